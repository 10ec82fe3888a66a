"""Lets some files do to their reader what the worst of decoders do: told by a word in the name.

Python runs this at the start of every process that has this folder in PYTHONPATH.
"""

import os
import signal
import sys
import time
from importlib.machinery import PathFinder
from typing import Any


def misbehave(name: str) -> None:
    if "segfault" in name:
        os.kill(os.getpid(), signal.SIGSEGV)
    if "greedy" in name:  # past any limit on memory, and touched
        hoard = []
        while True:
            hoard.append(bytearray(b"\1" * 50_000_000))
    if "killer" in name:
        os.kill(os.getpid(), signal.SIGKILL)
    if "slow" in name:
        time.sleep(0.02)


class Patching:
    """Wraps `decode_pages` as `inkdigits.batch.work` uses it, once that is imported."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        if name != "inkdigits.batch.work":
            return None
        spec: Any = PathFinder.find_spec(name, path, target)
        load = spec.loader.exec_module

        def load_and_patch(module: Any) -> None:
            load(module)
            decode = module.decode_pages

            def decode_or_die(source: str, *others: object) -> object:
                misbehave(os.path.basename(source))
                return decode(source, *others)

            module.decode_pages = decode_or_die

        spec.loader.exec_module = load_and_patch
        return spec


sys.meta_path.insert(0, Patching())
