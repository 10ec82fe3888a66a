"""Sheets to write numbers on: plain, lined, squared, tables, forms of boxes, print beside them.

A sheet is drawn flat and evenly lit; `photos` bends it and lights it. Every function is pure but
for the generator it is given. Lengths are pixels of the sheet.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.data.printed import printed_word
from inkdigits.data.strokes import Ink

Sheet = NDArray[np.float32]
"""RGB, float32 `(h, w, 3)`, 0 to 255."""

SHAPE: Final = (1200, 900)
"""Height and width of a sheet: A5 at 145 dots to the inch."""

_MARGIN: Final = 85
_RULE_COLOURS: Final = ((96, 140, 205), (120, 120, 125), (150, 185, 220), (60, 60, 60))


@dataclass(frozen=True, slots=True)
class Room:
    """Where one number is written: on the line at `base`, digits about `height` high, from `left`.

    It takes at most `digits` of them. With `boxes`, each digit stands in one of so many boxes that
    together are `width` wide, from the first on; 0: they stand freely.
    """

    left: float
    base: float
    width: float
    height: float
    digits: int
    boxes: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Paper:
    """A sheet with the rooms for its numbers, line by line, from top to bottom, left to right."""

    kind: str
    sheet: Sheet
    lines: tuple[tuple[Room, ...], ...]


def draw_paper(rng: np.random.Generator, kind: str) -> Paper:
    """A sheet of one of `KINDS`. Raises KeyError for another name."""
    paper = rng.uniform(205, 250) + rng.uniform(-8, 0, 3)
    sheet = np.broadcast_to(paper.astype(np.float32), (*SHAPE, 3)).copy()
    return Paper(kind, sheet, KINDS[kind](rng, sheet))


def cover(sheet: Sheet, ink: Ink, left: float, top: float, colour: tuple[float, ...]) -> None:
    """Put ink of a colour on a sheet, where it covers what is there; overhang is cut off."""
    x, y = round(left), round(top)
    part = ink[max(0, -y) :, max(0, -x) :]
    target = sheet[max(0, y) : y + ink.shape[0], max(0, x) : x + ink.shape[1]]
    part = part[: target.shape[0], : target.shape[1], None]
    target += part * (np.asarray(colour, np.float32) - target)


def _plain(rng: np.random.Generator, _: Sheet) -> tuple[tuple[Room, ...], ...]:
    height = rng.uniform(44, 84)
    return _free_lines(
        rng, np.arange(_MARGIN + 1.3 * height, SHAPE[0] - _MARGIN, 1.9 * height), height
    )


def _lined(rng: np.random.Generator, sheet: Sheet) -> tuple[tuple[Room, ...], ...]:
    """Ruled paper, with a margin or not; writing stands on the rules, and runs into them."""
    pitch = rng.uniform(56, 92)
    rules = np.arange(_MARGIN + pitch, SHAPE[0] - _MARGIN / 2, pitch)
    mask = np.zeros(SHAPE, np.uint8)
    width = int(rng.integers(1, 4))
    for y in rules:
        _line(mask, (0, y), (SHAPE[1], y), width)
    _ink_rules(rng, sheet, mask)
    if rng.random() < 0.5:
        mask = np.zeros(SHAPE, np.uint8)
        _line(mask, (_MARGIN, 0), (_MARGIN, SHAPE[0]), width)
        cover(sheet, _as_ink(mask, 0.7), 0, 0, (205, 90, 90))
    height = pitch * rng.uniform(0.6, 0.95)
    bases = rules[:: 1 if height < 0.8 * pitch else 2] + rng.uniform(-0.06, 0.1) * pitch
    return _free_lines(rng, bases, height)


def _squared(rng: np.random.Generator, sheet: Sheet) -> tuple[tuple[Room, ...], ...]:
    """Squares of 4 to 7 mm: a digit fills one to two of them, wherever it comes to stand."""
    pitch = rng.uniform(26, 46)
    mask, width = np.zeros(SHAPE, np.uint8), int(rng.integers(1, 3))
    shift = rng.uniform(0, pitch, 2)
    for y in np.arange(shift[0], SHAPE[0], pitch):
        _line(mask, (0, y), (SHAPE[1], y), width)
    for x in np.arange(shift[1], SHAPE[1], pitch):
        _line(mask, (x, 0), (x, SHAPE[0]), width)
    _ink_rules(rng, sheet, mask)
    height = max(36.0, pitch * rng.uniform(1.0, 2.0))
    bases = np.arange(_MARGIN + 1.5 * height, SHAPE[0] - _MARGIN, 2 * height)
    return _free_lines(rng, bases + rng.uniform(-0.3, 0.3) * pitch, height)


def _table(rng: np.random.Generator, sheet: Sheet) -> tuple[tuple[Room, ...], ...]:
    """Rows and columns between rules: a number a cell."""
    columns, pitch = int(rng.integers(2, 5)), rng.uniform(70, 110)
    rows = int((SHAPE[0] - 2 * _MARGIN) / pitch)
    xs = np.linspace(_MARGIN, SHAPE[1] - _MARGIN, columns + 1)
    ys = _MARGIN + pitch * np.arange(rows + 1)
    mask, width = np.zeros(SHAPE, np.uint8), int(rng.integers(1, 5))
    for y in ys:
        _line(mask, (xs[0], y), (xs[-1], y), width)
    for x in xs:
        _line(mask, (x, ys[0]), (x, ys[-1]), width)
    _ink_rules(rng, sheet, mask, strongest=1.0)
    height, cell = pitch * rng.uniform(0.5, 0.75), float(xs[1] - xs[0])
    digits = max(1, int((cell - 30) / (0.95 * height)))
    lines = []
    for y in ys[1:]:
        base = float(y) - rng.uniform(0.02, 0.2) * pitch
        lines.append(tuple(Room(float(x) + 15, base, cell - 30, height, digits) for x in xs[:-1]))
    return tuple(lines)


def _boxes(rng: np.random.Generator, sheet: Sheet) -> tuple[tuple[Room, ...], ...]:
    """Fields of a form: printed words, and a row of boxes that touch, or stand apart a little."""
    side, most = rng.uniform(54, 84), int(rng.integers(5, 11))
    wide = min(side * rng.uniform(0.75, 1.0), (SHAPE[1] - 2 * _MARGIN) / most)
    mask, width = np.zeros(SHAPE, np.uint8), int(rng.integers(1, 5))
    apart = 0.0 if rng.random() < 0.7 else 0.15 * wide
    lines = []
    for top in np.arange(_MARGIN + 40, SHAPE[0] - 1.2 * side - _MARGIN, 2.3 * side):
        left = rng.uniform(_MARGIN, SHAPE[1] - _MARGIN - most * wide)
        for n in range(most):
            corner = (left + n * wide, top)
            _rectangle(mask, corner, (corner[0] + wide - apart, top + side), width)
        word = printed_word(rng, round(0.35 * side))
        cover(sheet, word, left, float(top) - 10 - word.shape[0], (40, 40, 40))
        height = side * rng.uniform(0.6, 0.95)
        base = float(top) + 0.5 * (side + height)
        lines.append((Room(left, base, most * wide, height, most, most),))
    _ink_rules(rng, sheet, mask, strongest=1.0)
    return tuple(lines)


def _underlined(rng: np.random.Generator, sheet: Sheet) -> tuple[tuple[Room, ...], ...]:
    """Every number on a rule of its own, as after "amount:" on a form, with the print before it."""
    lines, mask = [], np.zeros(SHAPE, np.uint8)
    height, width = rng.uniform(48, 80), int(rng.integers(1, 5))
    for base in np.arange(_MARGIN + 1.3 * height, SHAPE[0] - _MARGIN, 2 * height):
        word = printed_word(rng, round(0.45 * height))
        left = _MARGIN + 20 + min(word.shape[1], 250)
        cover(sheet, word[:, :250], _MARGIN, float(base) - word.shape[0], (40, 40, 40))
        right = rng.uniform(0.75, 0.9) * SHAPE[1]
        below = float(base) + rng.uniform(-0.06, 0.1) * height
        _line(mask, (left, below), (right, below), width)
        digits = int((right - left - 40) / (0.95 * height))
        lines.append((Room(left + 20, float(base), right - left - 40, height, digits),))
    _ink_rules(rng, sheet, mask, strongest=1.0)
    return tuple(lines)


def _text(rng: np.random.Generator, sheet: Sheet) -> tuple[tuple[Room, ...], ...]:
    """A printed page without a number on it."""
    size, grey = int(rng.integers(18, 40)), rng.uniform(20, 70)
    for y in np.arange(_MARGIN, SHAPE[0] - _MARGIN, 1.7 * size):
        x = float(_MARGIN)
        while x < SHAPE[1] - _MARGIN - 6 * size:
            word = printed_word(rng, size)
            cover(sheet, word, x, float(y) - word.shape[0], (grey, grey, grey))
            x += word.shape[1] + 0.45 * size
    return ()


def _free_lines(
    rng: np.random.Generator, bases: NDArray[np.float64], height: float
) -> tuple[tuple[Room, ...], ...]:
    """One to three numbers on each line, far apart, some lines left empty."""
    lines = []
    columns = int(rng.integers(1, 4)) if height < 60 else int(rng.integers(1, 3))
    wide = (SHAPE[1] - 2 * _MARGIN) / columns
    for base in bases:
        if rng.random() < 0.25:
            continue
        digits = max(1, int((wide - 1.8 * height) / (0.95 * height)))
        rooms = [
            Room(_MARGIN + column * wide + 10, float(base), wide - 1.8 * height, height, digits)
            for column in range(columns)
        ]
        lines.append(tuple(rooms))
    return tuple(lines)


def _line(
    mask: NDArray[np.uint8], start: tuple[float, float], end: tuple[float, float], width: int
) -> None:
    points = np.rint(16 * np.array([start, end])).astype(np.int32)
    cv2.polylines(mask, [points], False, 255, width, cv2.LINE_AA, 4)


def _rectangle(
    mask: NDArray[np.uint8], corner: tuple[float, float], other: tuple[float, float], width: int
) -> None:
    (left, top), (right, bottom) = corner, other
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    for start, end in pairwise(corners):
        _line(mask, start, end, width)


def _ink_rules(
    rng: np.random.Generator, sheet: Sheet, mask: NDArray[np.uint8], strongest: float = 0.85
) -> None:
    colour = _RULE_COLOURS[int(rng.integers(len(_RULE_COLOURS)))]
    strength = rng.uniform(0.25, strongest)
    cover(sheet, _as_ink(mask, strength), 0, 0, colour)


def _as_ink(mask: NDArray[np.uint8], strength: float) -> Ink:
    return np.asarray(mask * np.float32(strength / 255), np.float32)


KINDS: Final[Mapping[str, Callable[[np.random.Generator, Sheet], tuple[tuple[Room, ...], ...]]]] = {
    "plain": _plain,
    "lined": _lined,
    "squared": _squared,
    "table": _table,
    "boxes": _boxes,
    "underlined": _underlined,
    "text": _text,
}
"""What a sheet can be, and what draws it."""
