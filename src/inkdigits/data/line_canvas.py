"""The ink of one line while it is written, symbol by symbol, and how it is bent onto a strip."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.data.hands import Ink
from inkdigits.imaging.normalize import STRIP_HEIGHT

_SOLID = 80
"""Ink from this level on, of 255, is where symbols touch; fainter is the blur around them."""

_DEEPEST = 0.45
"""A symbol reaches into those before it by this share of its width at most."""


@dataclass(slots=True)
class Canvas:
    """Ink that is being written, left to right.

    `ink` is uint8 `(h, w)`; `height` is that of a usual digit and `base` the row on which digits
    stand, in pixels. `x` is the column where the writing ends, `right`, int64 `(h,)`, the same for
    each row. `labels` are those of what has been written, in order.
    """

    ink: NDArray[np.uint8]
    height: float
    base: int
    right: NDArray[np.int64]
    x: int
    labels: list[int]

    @staticmethod
    def blank(width: int, height: float) -> Canvas:
        """Nothing written yet; digits have room to rise and to hang."""
        tall, base = round(1.5 * height) + 8, 4 + round(1.25 * height)
        ink = np.zeros((tall, width), np.uint8)
        return Canvas(ink, height, base, np.zeros(tall, np.int64), 0, [])

    def advance(self, x: int) -> None:
        """Go on writing from column `x`, in every row."""
        self.x = x
        self.right[:] = x

    def top_of(self, symbol: Ink, foot: float) -> int:
        """The first row of a symbol whose last is at `foot`, or as near as the canvas allows."""
        return int(np.clip(round(foot - len(symbol)), 0, len(self.ink) - len(symbol)))

    def place(self, symbol: Ink, top: int, gap: int, follow_outline: bool = False) -> bool:
        """Write a symbol `gap` pixels after what stands there; False if there is no room.

        The gap is that between the boxes; with `follow_outline` it is the least between the
        outlines, row by row, so that a 7 may reach over a 2.
        """
        height, width = symbol.shape
        rows = slice(top, top + height)
        solid = symbol > _SOLID
        written = solid.any(1)
        left = self.x + gap
        if follow_outline:
            first = np.where(written, solid.argmax(1), width)
            left = int((self.right[rows] - first).max()) + gap
            left = max(left, self.x - int(_DEEPEST * width))
        left = max(left, 0)
        if left + width > self.ink.shape[1]:
            return False
        view = self.ink[rows, left : left + width]
        np.maximum(view, symbol, out=view)
        last = left + width - solid[:, ::-1].argmax(1)
        self.right[rows] = np.where(written, np.maximum(self.right[rows], last), self.right[rows])
        self.x = max(self.x, left + width)
        return True


def scaled(ink: Ink, height: float, stretch: float = 1.0) -> Ink:
    """Ink of about that height; a flat symbol is not blown up to it. `stretch` widens it."""
    return resized(ink, height / max(ink.shape[0], 0.6 * ink.shape[1]), stretch)


def resized(ink: Ink, scale: float, stretch: float = 1.0) -> Ink:
    """Ink `scale` times as high, and as wide, but for `stretch`."""
    size = (max(2, round(ink.shape[1] * scale * stretch)), max(2, round(ink.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(ink, size, interpolation=how), np.uint8)


def separator(rng: np.random.Generator, canvas: Canvas) -> None:
    """A dot, a comma or a short dash at the foot of the line; it has no label."""
    height = canvas.height
    x = canvas.x + round(rng.uniform(-0.05, 0.25) * height)
    y = canvas.base + round(rng.normal(0.0, 0.06) * height)
    radius = max(1, round(rng.uniform(0.025, 0.07) * height))
    kind = rng.random()
    end = (x, y)
    if kind < 0.4:
        left, down = rng.uniform(0, 0.12), rng.uniform(0.05, 0.22)
        end = (x - round(left * height), y + round(down * height))
    elif kind < 0.5:
        end = (x + round(rng.uniform(0.05, 0.2) * height), y)
    cv2.line(canvas.ink, (x, y), end, int(rng.integers(150, 256)), 2 * radius, cv2.LINE_AA)
    canvas.x = max(canvas.x, x + radius - round(rng.uniform(0, 0.1) * height))


def dash(rng: np.random.Generator, canvas: Canvas) -> None:
    """One dash, or two above each other: it closes an amount and has no label."""
    height = canvas.height
    thick = max(1, round(rng.uniform(0.03, 0.1) * height))
    left = canvas.x + round(rng.uniform(0.05, 0.4) * height)
    right = left + round(rng.uniform(0.25, 1.4) * height)
    if left >= canvas.ink.shape[1]:
        return
    y = canvas.base - round(rng.uniform(0.15, 0.75) * height)
    drop = round(rng.normal(0, 0.1) * height)
    for offset in (0, round(0.22 * height)) if rng.random() < 0.35 else (0,):
        ends = (left, y + offset), (right, y + offset + drop)
        cv2.line(canvas.ink, *ends, int(rng.integers(150, 256)), thick, cv2.LINE_AA)
    canvas.x = min(right, canvas.ink.shape[1])
    canvas.right[:] = np.maximum(canvas.right, canvas.x)


def bent(rng: np.random.Generator, canvas: Canvas, zoom: float, width: int) -> NDArray[np.uint8]:
    """The ink slanted, turned and made smaller by `zoom`: uint8 `(STRIP_HEIGHT, width)`.

    What is written stays on the strip, but for, seldom, a little above or below.
    """
    slant = rng.normal(0, 0.12) if rng.random() < 0.7 else 0.0
    turn = np.deg2rad(rng.normal(0, 1.5))
    ink = canvas.ink
    rows = np.flatnonzero(ink.any(1))
    top, bottom = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, len(ink))
    # Room above and below, or, seldom, a little less than none.
    free = STRIP_HEIGHT - (bottom - top) / zoom
    scale = 1 / zoom if free > -2 else STRIP_HEIGHT / (bottom - top)
    free = max(free, STRIP_HEIGHT - (bottom - top) * scale)
    shift = rng.uniform(-0.03 * STRIP_HEIGHT, max(0.0, free) + 0.03 * STRIP_HEIGHT)
    sink = np.sin(turn) * scale
    # Slanted and turned around the middle of the line, so that it neither leaves the strip nor
    # shifts.
    across = [scale, -slant * scale, slant * scale * 0.5 * (top + bottom)]
    down = [sink, scale, shift - top * scale - sink * canvas.x / 2]
    if scale < 0.7:  # average, where shrinking would skip pixels
        ink = np.asarray(cv2.blur(ink, (2, 2)), np.uint8)
    matrix, size = np.array([across, down]), (width, STRIP_HEIGHT)
    return np.asarray(cv2.warpAffine(ink, matrix, size, flags=cv2.INTER_LINEAR), np.uint8)
