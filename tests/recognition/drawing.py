"""Pages of clearly written digits, drawn by the simulated pen."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.synthesis import crop, draw_digit
from inkdigits.imaging.normalize import normalize
from inkdigits.reading import Box
from inkdigits.recognition.reader import Reader

Pixels = NDArray[np.uint8]
Ink = NDArray[np.float32]

ROW_PX = 120
MARGIN_PX = 80


def clean_digit(reader: Reader, value: int, seed: int, height_px: int = 64) -> Ink:
    """A digit as the pen draws it, cropped; hands that the model alone finds unclear are skipped.

    So a test of reading a page hangs on where things are, and not on how well single digits read.
    """
    rng = np.random.default_rng(seed)
    for _ in range(60):
        ink = draw_digit(rng, value, height_px)
        if reader.classify(normalize(ink)[np.newaxis])[0, value] > 0.97:
            return np.asarray(crop(ink), np.float32)
    raise AssertionError(f"of 60 hands not one wrote a clear {value}")


def draw_page(reader: Reader, lines: Sequence[str], seed: int) -> tuple[Pixels, list[list[Box]]]:
    """Black on white, uint8 (H, W, 3), and by line the boxes of its digits; a space is wide."""
    page = np.zeros((2 * MARGIN_PX + ROW_PX * len(lines), 900), np.float32)
    boxes: list[list[Box]] = []
    for number, line in enumerate(lines):
        x, top = MARGIN_PX, MARGIN_PX + ROW_PX * number
        boxes.append([])
        for place, character in enumerate(line):
            if character == " ":
                x += 120
                continue
            ink = clean_digit(reader, int(character), seed * 10_000 + 100 * number + place)
            height, width = ink.shape
            page[top : top + height, x : x + width] = ink
            boxes[-1].append(Box(x, top, x + width, top + height))
            x += width + 14
    return to_pixels(page), boxes


def to_pixels(ink: Ink) -> Pixels:
    """Ink 1 as black on white, uint8 (H, W, 3)."""
    grey = np.rint(255 * (1 - ink)).astype(np.uint8)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
