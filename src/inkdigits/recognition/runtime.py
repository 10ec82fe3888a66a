"""ONNX Runtime, told to keep to itself.

Since version 1.29 its builds for Linux and macOS report to their maker what they run, keep a queue
of reports in the user's cache folder, and mark the machine with an identifier. Nothing that reads
digits has a reason to: it is switched off here, before the library is loaded, as it looks only
once. Whoever has set the variable otherwise is left alone.
"""

import os

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime

__all__ = ["onnxruntime"]
