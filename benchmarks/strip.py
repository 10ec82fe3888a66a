"""One strip the size of a cheque's amount, on one thread: the line model against PP-OCRv6's.

Of both it is the recogniser alone, from pixels to text: no page is searched for the strip. The peer
runs in an interpreter of its own, which `INKDIGITS_RAPIDOCR_PYTHON` names: it needs rapidocr, whose
wheel brings the models, and onnxruntime. Both read the same strip in turn, so that both meet the
same moods of the machine.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.drawing import draw_page
from benchmarks.timing import Figure, seconds
from inkdigits.imaging.normalize import normalize_strip
from inkdigits.recognition.decoding import best_strings
from inkdigits.recognition.lines import DEFAULT, load_line_model

INTERPRETER = "INKDIGITS_RAPIDOCR_PYTHON"
TEXT = "15730"
SHAPE = (48, 180, 3)
REPEATS = 200
WARM_UP = 20


def measure(_bundle: str) -> list[Figure]:
    """Milliseconds for one strip."""
    strip = draw_page((TEXT,), SHAPE)
    model = load_line_model(DEFAULT, threads=1)

    def read() -> str:
        grey = cv2.cvtColor(strip, cv2.COLOR_RGB2GRAY)
        darkness = 1 - np.asarray(grey, np.float32) / np.float32(255)
        return best_strings(model.lattice(normalize_strip(darkness)))[0].text

    text = read()
    python = os.environ.get(INTERPRETER)
    if not python:
        ours = median([seconds(read) for _ in range(WARM_UP + REPEATS)][WARM_UP:])
        note = f"no peer: {INTERPRETER} names no interpreter with rapidocr; read as {text}"
        return [Figure("cheque strip", 1000 * ours, "ms", None, note)]
    own, others, said = _in_turn(python, strip, read)
    note = f"PP-OCRv6 small, rapidocr {said['version']}, one thread, which read {said['text']!r}"
    return [
        Figure("cheque strip", 1000 * own, "ms", 1000 * others, f"{note}; ours read {text!r}"),
    ]


def _in_turn(
    python: str, strip: NDArray[np.uint8], read: Any
) -> tuple[float, float, dict[str, Any]]:
    """The median seconds of ours and of the peer, and what the peer says of itself."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "strip.npy"
        np.save(path, strip)
        command = [python, str(Path(__file__).with_name("peer_strip.py")), str(path)]
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as peer:
            if peer.stdin is None or peer.stdout is None:
                raise RuntimeError("the peer has to be started with pipes")
            said: dict[str, Any] = json.loads(peer.stdout.readline())
            pairs = []
            for _ in range(WARM_UP + REPEATS):
                ours = seconds(read)
                peer.stdin.write("\n")
                peer.stdin.flush()
                answer = json.loads(peer.stdout.readline())
                pairs.append((ours, float(answer["seconds"])))
            said["text"] = answer["text"]
            peer.stdin.close()
    kept = pairs[WARM_UP:]
    return median(one for one, _ in kept), median(other for _, other in kept), said
