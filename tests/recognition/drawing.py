"""Pages of clearly written digits, drawn by the simulated pen."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.data.synthesis import crop, draw_digit
from inkdigits.imaging.decode import Page
from inkdigits.imaging.normalize import normalize
from inkdigits.reading import Box
from inkdigits.recognition.reader import Reader

Pixels = NDArray[np.uint8]
Ink = NDArray[np.float32]

ROW_PX = 120
MARGIN_PX = 80
BOX_PX = 70


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


def boxed_page(reader: Reader, *rows: str) -> Page:
    """Rows of boxes, one for each character: a space leaves it empty, an `x` is a cross in it."""
    page = np.zeros((700, 1000), np.float32)
    for line, row in enumerate(rows):
        for place, character in enumerate(row):
            left, top = 120 + place * BOX_PX, 100 + 140 * line
            cv2.rectangle(page, (left, top), (left + BOX_PX, top + BOX_PX), 0.8, 2)
            if character == "x":
                for y, other in ((14, 56), (56, 14)):
                    cv2.line(page, (left + 14, top + y), (left + 56, top + other), 1.0, 5)
            elif character != " ":
                ink = clean_digit(reader, int(character), 100 * line + place, 46)
                put(page, ink, left + (BOX_PX - ink.shape[1]) // 2, top + 12)
    return Page("form.png", 1, to_pixels(page))


def put(page: Ink, ink: Ink, left: int, top: int) -> None:
    """Add ink to a page, in place."""
    part = page[top : top + ink.shape[0], left : left + ink.shape[1]]
    np.maximum(part, ink, out=part)


def to_pixels(ink: Ink) -> Pixels:
    """Ink 1 as black on white, uint8 (H, W, 3)."""
    grey = np.rint(255 * (1 - ink)).astype(np.uint8)
    return np.repeat(grey[:, :, np.newaxis], 3, axis=2)
