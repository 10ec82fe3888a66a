"""The whole process `inkdigits read one.png` against merely importing what it cannot do without."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.drawing import save_page
from benchmarks.timing import Figure, alternating_medians_s

REPEATS = 11
IMPORTS = "import numpy, cv2, onnxruntime"


def measure(bundle: str) -> list[Figure]:
    """Medians of runs in turn, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        image = save_page(Path(folder) / "one.png", ("7",), (200, 200, 3))
        ours, peer = alternating_medians_s(
            lambda: _run("-m", "inkdigits", "read", "--model", bundle, str(image)),
            lambda: _run("-c", IMPORTS),
            REPEATS,
        )
    return [Figure("read one.png, whole process", 1000 * ours, "ms", 1000 * peer, IMPORTS)]


def _run(*arguments: str) -> None:
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
