"""Two ways to read a row, symbol by symbol and as a whole; here it is settled which is answered."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from inkdigits.imaging.ink import Ink
from inkdigits.imaging.strips import Strip, strip_of
from inkdigits.recognition.attempts import Attempt
from inkdigits.recognition.confidence import digit_columns
from inkdigits.recognition.contract import Contract
from inkdigits.recognition.decoding import best_strings
from inkdigits.recognition.lines import LineModel, read_strip
from inkdigits.recognition.symbols import Row

_SURE = 0.9
"""A single symbol that is read so surely is not two that touch."""

_WIDE = 1.5
"""A picture so many times wider than high may be one line, cut out already."""


def read_together(lines: LineModel, made: Attempt, contract: Contract, one_line: bool) -> Attempt:
    """Each row as whichever way of reading it is surer of.

    `one_line` says that the page holds a line and no more, which is also tried where its shape
    says so: then whatever is printed on its paper is left to the line model.
    """
    rows = tuple(
        _surer(row, lines, strip_of(made.layout, pieces), contract)
        for row, pieces in zip(made.rows, made.layout.rows, strict=True)
    )
    height, width = made.ink.strength.shape
    if one_line or width > _WIDE * height:
        whole = read_strip(lines, _all_of(made.ink), contract)
        if whole is not None and _chance(whole, contract) > _chance_of_all(rows, contract):
            return replace(made, rows=(whole,))
    return replace(made, rows=rows)


def _surer(row: Row, lines: LineModel, strip: Strip, contract: Contract) -> Row:
    chance = _chance(row, contract)
    if len(row.symbols) == 1 and chance > _SURE:
        return row
    other = read_strip(lines, strip, contract)
    if other is None or _text(other, contract) == _text(row, contract):
        return row
    return other if _chance(other, contract) > chance else row


def _chance(row: Row, contract: Contract) -> float:
    """How probable it is that the row says what is read in it."""
    if row.together:
        return best_strings(row.lattice)[0].probability
    columns = digit_columns(contract)
    return float(np.prod([symbol.row[columns].max() for symbol in row.symbols]))


def _chance_of_all(rows: tuple[Row, ...], contract: Contract) -> float:
    return float(np.prod([_chance(row, contract) for row in rows])) if rows else 0.0


def _text(row: Row, contract: Contract) -> str:
    columns = digit_columns(contract)
    return "".join(
        contract.labels[columns[int(symbol.row[columns].argmax())]] for symbol in row.symbols
    )


def _all_of(ink: Ink) -> Strip:
    """The whole picture as a strip, its light evened out."""
    darkness = cv2.multiply(ink.contrast, 1 / 255, dtype=cv2.CV_32F)
    return Strip(np.asarray(darkness, np.float32), np.eye(2, 3))
