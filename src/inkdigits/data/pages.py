"""Pages of numbers, composed: handwriting of one writer on any paper, photographed.

Real pages with known numbers are few, so finding lines and digits is measured on these too. Every
function is pure but for the generator it is given: the same state of `rng` makes the same page.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.digit_glyphs import DIGITS
from inkdigits.data.glyphs import Glyph, choose
from inkdigits.data.papers import Room, Sheet, cover, draw_paper
from inkdigits.data.photos import photograph
from inkdigits.data.strokes import Hand, Ink, Pen, draw, random_hand, write
from inkdigits.data.synthesis import crop
from inkdigits.reading import Box

_INKS = ((30, 35, 45), (35, 45, 120), (70, 70, 75), (25, 60, 140))


@dataclass(frozen=True, slots=True)
class Written:
    """A number on a page: its digits and its box in pixels of the photo."""

    text: str
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """A photo of numbers, uint8 RGB `(h, w, 3)`, with what is written on it, line by line."""

    kind: str
    pixels: NDArray[np.uint8]
    lines: tuple[tuple[Written, ...], ...]

    @property
    def text(self) -> str:
        """Numbers of a line joined by a space, lines by a newline, as in `Reading.text`."""
        return "\n".join(" ".join(number.text for number in line) for line in self.lines)


@dataclass(frozen=True, slots=True)
class _Writer:
    """One hand with one pen, which writes each digit in one way and stands about on the line."""

    hand: Hand
    pen: Pen
    glyphs: tuple[Glyph, ...]
    colour: tuple[int, int, int]


def compose_page(rng: np.random.Generator, kind: str, desk: bool = False) -> Page:
    """A page of a kind of `papers.KINDS`; with `desk`, the whole sheet lies on one."""
    paper = draw_paper(rng, kind)
    writer = _random_writer(rng)
    flat = [
        [_write_number(rng, writer, paper.sheet, room) for room in line] for line in paper.lines
    ]
    pixels, place = photograph(rng, paper.sheet, desk)

    def seen(box: Box) -> Box:
        left, top, right, bottom = box
        placed = place(np.array([(x, y) for x in (left, right) for y in (top, bottom)], np.float64))
        low, high = np.floor(placed.min(0)), np.ceil(placed.max(0))
        return Box(int(low[0]), int(low[1]), int(high[0]), int(high[1]))

    lines = [tuple(Written(one.text, seen(one.box)) for one in line) for line in flat]
    return Page(kind, pixels, tuple(lines))


def _random_writer(rng: np.random.Generator) -> _Writer:
    glyphs = tuple(choose(rng, DIGITS[value]) for value in range(10))
    thickest = min(0.1, *(glyph.widest_pen for glyph in glyphs))
    pen = Pen(float(rng.uniform(0.035, thickest)), pressure=float(rng.uniform(0, 0.3)))
    return _Writer(random_hand(rng), pen, glyphs, _INKS[int(rng.integers(len(_INKS)))])


def _write_number(rng: np.random.Generator, writer: _Writer, sheet: Sheet, room: Room) -> Written:
    """Write a number as long as fits into its room, or shorter; digits do not touch."""
    most = room.digits
    count = int(rng.integers(min(most, 2), most + 1))
    text, boxes, x = "", [], room.left
    for place in range(count):
        value = int(rng.integers(10))
        ink = _write_digit(rng, writer, value, room.height * float(rng.uniform(0.88, 1.05)))
        if room.boxes:
            wide = room.width / room.boxes
            x = room.left + wide * (place + 0.5) - ink.shape[1] / 2 + rng.normal(0, 0.06 * wide)
        elif text and x + ink.shape[1] > room.left + room.width:
            break
        top = room.base - ink.shape[0] + rng.normal(0, 0.04 * room.height)
        cover(sheet, ink, x, top, writer.colour)
        left, upper = round(x), round(top)
        boxes.append(Box(left, upper, left + ink.shape[1], upper + ink.shape[0]))
        text += str(value)
        x += ink.shape[1] + room.height * float(rng.uniform(0.12, 0.35))
    return Written(text, Box.around(boxes))


def _write_digit(rng: np.random.Generator, writer: _Writer, value: int, height_px: float) -> Ink:
    glyph = writer.glyphs[value]
    return crop(
        draw(rng, write(rng, glyph.strokes, glyph.aspect, writer.hand), writer.pen, height_px)
    )
