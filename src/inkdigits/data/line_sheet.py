"""Contact sheets of the lines that the line model learns from, with what is written in each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigits.atomic import replacing
from inkdigits.data.backgrounds import Papers
from inkdigits.data.composing import OTHER, Composer, Line
from inkdigits.data.hands import PoolSizes, make_hands
from inkdigits.data.lines import STRIP_WIDTH, most_digits, real_lines, training_digits
from inkdigits.data.sheet import INK, MUTED, PAPER
from inkdigits.imaging.normalize import STRIP_HEIGHT

_POOLS: Final = PoolSizes(hands=60, letters=200, signs=100, chains=40)
_SHEETS_OF_PAPER: Final = 24
"""Smaller pools than those of a training show the same, in seconds."""

_COLUMNS: Final = 3
_MARGIN_PX: Final = 12
_FONT_PX: Final = 14
_SAID_PX: Final = _FONT_PX + 8


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """Lines of one kind, below a heading."""

    heading: str
    lines: Sequence[Line]


def line_sections(rows: int, seed: int, with_real: bool) -> list[Section]:
    """`rows` rows of composed lines; `with_real`, also on real paper, and of real strips.

    The same rows, seed and data give the same lines. Raises `DataError` for data that is missing.
    """
    count = _COLUMNS * rows
    hands = make_hands(training_digits(), seed, _POOLS)
    papers = Papers(seed, _SHEETS_OF_PAPER)
    rng = np.random.default_rng((seed, 3))
    sections = [Section("composed", _composed(Composer(hands, papers), rng, count))]
    if with_real:
        real = real_lines(hands, papers)
        strips = [real.cheques.line(rng, STRIP_WIDTH) for _ in range(count)]
        on_paper = _composed(real.composer, rng, count)
        sections += [
            Section("composed, also with digits of real cheques and on their paper", on_paper),
            Section("real strips, bent anew or joined from parts", strips),
        ]
    return sections


def what_is_written(line: Line) -> str:
    """Its digits, and `(word)` for ink that is none; `nothing` if there is neither."""
    said = "".join(" (word) " if label == OTHER else str(label) for label in line.labels)
    return " ".join(said.split()) or "nothing"


def draw_lines(title: str, sections: Sequence[Section]) -> NDArray[np.uint8]:
    """The strips in columns, what is written in them below each: `uint8 (H, W, 3)`, RGB."""
    step = STRIP_HEIGHT + _SAID_PX + _MARGIN_PX
    rows = sum(-(-len(section.lines) // _COLUMNS) for section in sections)
    heading = _FONT_PX + _MARGIN_PX
    height = 2 * _MARGIN_PX + _FONT_PX + len(sections) * heading + rows * step
    width = _MARGIN_PX + _COLUMNS * (STRIP_WIDTH + _MARGIN_PX)
    sheet = Image.new("RGB", (width, height), PAPER)
    drawing, font = ImageDraw.Draw(sheet), ImageFont.load_default(_FONT_PX)
    drawing.text((_MARGIN_PX, _MARGIN_PX), title, MUTED, font)
    top = 2 * _MARGIN_PX + _FONT_PX
    for section in sections:
        drawing.text((_MARGIN_PX, top), section.heading, MUTED, font)
        top += heading
        for index, line in enumerate(section.lines):
            row, column = divmod(index, _COLUMNS)
            place = _MARGIN_PX + column * (STRIP_WIDTH + _MARGIN_PX), top + row * step
            sheet.paste(Image.fromarray(line.strip), place)
            below = place[0], place[1] + STRIP_HEIGHT + 2
            drawing.text(below, what_is_written(line), INK, font)
        top += -(-len(section.lines) // _COLUMNS) * step
    return np.asarray(sheet)


def save_lines(path: Path, title: str, sections: Sequence[Section]) -> None:
    """Write the sheet as PNG; `OSError` if that fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        Image.fromarray(draw_lines(title, sections)).save(file, format="PNG", optimize=True)


def _composed(composer: Composer, rng: np.random.Generator, count: int) -> list[Line]:
    return [composer.compose(rng, STRIP_WIDTH, most_digits(rng)) for _ in range(count)]
