"""Reads every sample and shows, in the terminal, the image, the answer and the truth.

Run `python samples/demo.py [FOLDER]`; it needs the base install only. The samples with boxes and
answers drawn on them go to FOLDER, `build/demo` if none is named.
"""

from __future__ import annotations

import io
import sys
import time
from itertools import zip_longest
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigits import Box, Reader, Reading
from inkdigits.imaging.annotate import annotate, symbols_of
from inkdigits.imaging.decode import decode

HERE = Path(__file__).parent
COLUMNS = 52
ROWS = 18
BLOCKS = " ▀▄█"


def main() -> None:
    """Read, show and annotate all samples."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent / "build" / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    truths = read_answers()
    reader = Reader()
    right = 0
    for name, truth in truths.items():
        page = decode(HERE / name)[0]
        start = time.perf_counter()
        reading = reader.read(page.pixels)
        took_ms = 1000 * (time.perf_counter() - start)
        right += reading.text == truth
        print(f"\n{name}, {reading.width} x {reading.height}, read in {took_ms:.0f} ms")
        show(thumbnail(page.pixels, reading), describe(reading, truth))
        Image.fromarray(annotate(page.pixels, reading)).save(folder / f"{Path(name).stem}.png")
    print(f"\n{right} of {len(truths)} samples right. Boxes and answers are drawn in {folder}")


def read_answers() -> dict[str, str]:
    """File name to true text, lines separated by newlines, as `Reading.text` has them."""
    rows = (HERE / "answers.tsv").read_text(encoding="utf-8").splitlines()[1:]
    pairs = (row.split("\t") for row in rows)
    return {name: digits.replace("|", "\n") for name, digits in pairs}


def describe(reading: Reading, truth: str) -> list[str]:
    """The lines beside the picture: what was read, how surely, what was refused and why."""
    lines = []
    for number in reading.numbers:
        trust = f"{int(number.confidence * 100)} % sure" if number.accepted else number.reason
        lines.append(f"{symbols_of(number):>6}  {trust}")
    if reading.text == truth:
        verdict = "right" if truth else "right: there is no digit"
    else:
        verdict = f"wrong, it is {truth.replace(chr(10), ' / ') or 'no digit'}"
    return [*lines, "", f"        {verdict}"]


def thumbnail(pixels: NDArray[np.uint8], reading: Reading) -> list[str]:
    """What was read of a page (uint8 (H, W, 3)) as block characters, two pixels to each."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    # The paper is the median of the surroundings, in light and shadow alike.
    share = min(1, 300 / max(grey.shape))
    coarse = cv2.resize(grey, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    paper = cv2.resize(cv2.medianBlur(coarse, 51), grey.shape[::-1])
    left, top, right, bottom = written_part(reading)
    # As a share of the paper, a stroke is as dark in the shadow as in the light.
    contrast = cv2.absdiff(grey, paper) / (paper + np.float32(20))
    ink = contrast[top:bottom, left:right]
    height, width = ink.shape
    scale = min(COLUMNS / width, 2 * ROWS / height)
    size = (max(1, round(width * scale)), 2 * max(1, round(height * scale / 2)))
    ink = cv2.resize(ink, size, interpolation=cv2.INTER_AREA)
    solid = ink > 0.28 * ink.max()
    return [
        "".join(BLOCKS[int(upper) + 2 * int(lower)] for upper, lower in zip(*pair, strict=True))
        for pair in zip(solid[::2], solid[1::2], strict=True)
    ]


def written_part(reading: Reading) -> tuple[int, int, int, int]:
    """All that was read with a little paper around it, as left, top, right, bottom."""
    if not reading.numbers:
        return 0, 0, reading.width, reading.height
    box = Box.around([number.box for number in reading.numbers])
    margin = round(0.05 * max(box.width, box.height)) + 1
    return (
        *(max(0, box.left - margin), max(0, box.top - margin)),
        *(min(reading.width, box.right + margin), min(reading.height, box.bottom + margin)),
    )


def show(picture: list[str], words: list[str]) -> None:
    """Print the picture with the words beside it."""
    above = max(0, (len(picture) - len(words)) // 2)
    for left, right in zip_longest(picture, [""] * above + words, fillvalue=""):
        print(f"  {left:<{COLUMNS}}  {right}".rstrip())


if __name__ == "__main__":
    main()
