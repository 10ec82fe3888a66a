"""One symbol's ink -> the 28x28 image that MNIST would have made of it; one line's -> a strip.

MNIST (LeCun, Cortes, Burges 1998) scaled each digit, keeping its aspect ratio, to fit a box of
20x20 pixels, anti-aliased, and placed it so that its centre of mass is at the centre of 28x28.
The training data of the digit model goes through this same function, and that of the line model
through `normalize_strip`.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

SIDE = 28
"""Side of a normalised image, in pixels."""

BOX = 20
"""Side of the box that a symbol fills, in pixels."""

MIN_PEN = 1.6
"""Thinnest pen, in pixels of the 20x20 box: a thinner one would fade when the symbol shrinks.
MNIST's own pens are 1.5 to 4 wide."""

_FINE = 160
"""Symbols of twice this side and more are shrunk before their pen is widened: the time to widen a
pen grows with the fourth power of the side, and a box of 20 pixels needs no finer pen."""

_EDGE = 0.12
"""Ink below this share of the darkest ink is blur, not part of the symbol's extent."""

STRIP_HEIGHT = 48
"""Height of every strip, in pixels."""

STRIP_STEP = 4
"""The line model says what it sees once in so many pixels: widths are multiples of it."""

MAX_STRIP_WIDTH = 8192
"""Widest strip, in pixels; at the usual height of digits that is some 300 of them."""

_INK_SHARE = 0.01
"""The darkest hundredth of a strip is ink."""

_FAINTEST = 0.05
"""What is darker than the paper by less than this is grain, not to be blown up into ink."""


def normalize(ink: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Make one symbol as MNIST was made.

    `ink` is float32 `(h, w)`, 1 on ink and 0 on paper, any size, with the symbol anywhere in it.
    Returns uint8 `(28, 28)`, bright on dark, the darkest ink at 255; all zeros if there is no ink.
    """
    symbol = _crop(ink)
    if symbol is None:
        return np.zeros((SIDE, SIDE), np.uint8)
    symbol = _thicken(symbol)
    scale = BOX / max(symbol.shape)
    height, width = (max(1, round(length * scale)) for length in symbol.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(symbol, (width, height), interpolation=how)
    brightest = max(float(small.max()), 1e-6)
    return _place(np.rint(small * (255 / brightest)).astype(np.uint8))


def _crop(ink: NDArray[np.float32]) -> NDArray[np.float32] | None:
    peak = float(ink.max(initial=0.0))
    if peak <= 0:
        return None
    solid = ink > _EDGE * peak
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return np.ascontiguousarray(np.minimum(cut / peak, 1), np.float32)


def _thicken(symbol: NDArray[np.float32]) -> NDArray[np.float32]:
    """Widen a pen that would be thinner than MIN_PEN once the symbol is scaled to its box."""
    scale = BOX / max(symbol.shape)
    missing = MIN_PEN / scale - pen_width(symbol)
    if scale >= 1 or missing < 1:
        return symbol
    if max(symbol.shape) >= 2 * _FINE:
        return _thicken(_shrink_by_maximum(symbol, max(symbol.shape) // _FINE))
    side = round(missing) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    # An even kernel reaches one pixel further to the right and down.
    near, far = (side - 1) // 2, side // 2
    padded = cv2.copyMakeBorder(symbol, near, far, near, far, cv2.BORDER_CONSTANT)
    return np.asarray(cv2.dilate(padded, kernel), np.float32)


def _shrink_by_maximum(symbol: NDArray[np.float32], factor: int) -> NDArray[np.float32]:
    """Every block of `factor` x `factor` pixels becomes its darkest: no line is lost or faded."""
    height, width = (-(-length // factor) * factor for length in symbol.shape)
    blocks = np.zeros((height, width), np.float32)
    blocks[: symbol.shape[0], : symbol.shape[1]] = symbol
    blocks = blocks.reshape(height // factor, factor, width // factor, factor)
    return np.asarray(blocks.max(3).max(1), np.float32)


def pen_width(symbol: NDArray[np.float32]) -> float:
    """Mean width of the strokes in pixels: a long line has two edges, so 2 x area / perimeter."""
    solid = (symbol > 0.5).astype(np.uint8)
    area = int(np.count_nonzero(solid))
    # By default OpenCV takes what is outside for ink, and a straight 1 would have no edges.
    inner = cv2.erode(
        solid, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_CONSTANT, borderValue=0
    )
    return 2 * area / max(1, area - int(np.count_nonzero(inner)))


def _place(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Move the centre of mass to the centre of the field by whole pixels, as MNIST does."""
    height, width = small.shape
    mass = float(small.sum(dtype=np.int64))
    y = float(small.sum(1, dtype=np.int64) @ np.arange(height)) / mass
    x = float(small.sum(0, dtype=np.int64) @ np.arange(width)) / mass
    top = min(max(round(SIDE / 2 - y), 0), SIDE - height)
    left = min(max(round(SIDE / 2 - x), 0), SIDE - width)
    field = np.zeros((SIDE, SIDE), np.uint8)
    field[top : top + height, left : left + width] = small
    return field


def normalize_strip(darkness: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Scale a line to `STRIP_HEIGHT`, its paper to 0 and its darkest ink to 255.

    `darkness` is float32 `(h, w)`, 0 white to 1 black, of ink on whatever paper. Returns uint8
    `(STRIP_HEIGHT, W)`, bright on dark; W is a multiple of `STRIP_STEP`, at most `MAX_STRIP_WIDTH`.
    """
    height, width = darkness.shape
    wide = min(max(1, round(width * STRIP_HEIGHT / height)), MAX_STRIP_WIDTH)
    how = cv2.INTER_AREA if height > STRIP_HEIGHT else cv2.INTER_LINEAR
    scaled = cv2.resize(darkness, (wide, STRIP_HEIGHT), interpolation=how)
    paper = float(np.median(scaled))
    # Of a few pixels more than one, so that a speck is no measure of the ink.
    soft = cv2.blur(scaled, (3, 3))
    place = max(1, math.ceil(_INK_SHARE * soft.size))
    ink = float(np.partition(soft, -place, axis=None)[-place])
    scale = 255 / max(ink - paper, _FAINTEST)
    strip = np.rint(((scaled - paper) * scale).clip(0, 255)).astype(np.uint8)
    return np.pad(strip, ((0, 0), (0, -wide % STRIP_STEP)))
