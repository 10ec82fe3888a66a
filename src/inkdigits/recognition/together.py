"""Two ways to read a row, symbol by symbol and as a whole; here it is settled which is answered."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from inkdigits.imaging.ink import Ink
from inkdigits.imaging.strips import Strip, strip_of
from inkdigits.reading import Box
from inkdigits.recognition.attempts import Attempt
from inkdigits.recognition.confidence import digit_columns
from inkdigits.recognition.contract import Contract
from inkdigits.recognition.hypotheses import hypotheses
from inkdigits.recognition.lines import LineModel, read_strip
from inkdigits.recognition.polarity import READS_WELL
from inkdigits.recognition.symbols import Row

_SURE = 0.9
"""A single symbol that is read so surely is not two that touch; symbols that are on average stand
apart on clean paper."""

_WIDE = 1.8
"""A picture so many times wider than high may be one line, cut out already."""

_LEAST_HEIGHT = 0.4
"""Writing lower than this share of the picture is a row with paper around, not a line cut out."""

_LIKELY = 0.5
_BETTER_THAN_NOTHING = 0.1
"""A line read as a whole counts from this probability on; the lower one holds where no symbols were
found that read well."""


def read_rows(lines: LineModel, made: Attempt, contract: Contract) -> Attempt:
    """Each row as whichever way of reading it is surer of."""
    rows = tuple(
        row
        if len(row.symbols) == 1 and _chance(row, contract) > _SURE
        else _surer(
            row,
            read_strip(lines, strip_of(made.layout, pieces), made.ink, contract, row.symbols),
            contract,
        )
        for row, pieces in zip(made.rows, made.layout.rows, strict=True)
    )
    return replace(made, rows=rows)


def read_whole(lines: LineModel, made: Attempt, contract: Contract) -> Attempt | None:
    """The whole picture as one line, whatever its paper; None if that is not what it shows.

    Nothing of it is dropped as clutter beforehand. Where the symbols that were found surely read
    just the same, theirs is the answer. A word alone is left to them too.
    """
    reads_well = made.certainty >= READS_WELL
    if reads_well and not _fills(made):
        return None
    # On printed paper much that is found is no symbol, and no evidence.
    apart = made.rows[0].symbols if made.certainty > _SURE and len(made.rows) == 1 else ()
    whole = read_strip(lines, _all_of(made.ink), made.ink, contract, apart)
    if whole is None or not hypotheses(whole)[0].text:
        return None
    if _chance(whole, contract) < (_LIKELY if reads_well else _BETTER_THAN_NOTHING):
        return None
    if len(made.rows) == 1 and _is_confirmed(made.rows[0], whole, contract):
        return made
    return replace(made, rows=(whole,))


def _fills(made: Attempt) -> bool:
    """Whether what was found is as high in its picture as the line model has learnt writing."""
    boxes = [symbol.box for row in made.rows for symbol in row.symbols]
    if not boxes:
        return True
    return bool(Box.around(boxes).height > _LEAST_HEIGHT * made.ink.strength.shape[0])


def may_be_line(ink: Ink) -> bool:
    """Whether a picture has the shape of a line that was cut out of its page."""
    height, width = ink.strength.shape
    return bool(width > _WIDE * height)


def _surer(row: Row, other: Row | None, contract: Contract) -> Row:
    if other is None or _is_confirmed(row, other, contract):
        return row
    # What is no digit at all, the digit model tells better: it has seen far more that is none.
    if _strangers(other, contract) > _strangers(row, contract):
        return row
    least = _chance(row, contract)
    if _is_word(row, contract):
        # Whatever is made of a word is likelier than that its letters are digits. What looks like
        # no digit may be several that touch, but then they are more.
        if len(other.symbols) <= len(row.symbols):
            return row
        least = max(least, _LIKELY)
    return other if _chance(other, contract) > least else row


def _is_confirmed(row: Row, other: Row, contract: Contract) -> bool:
    """Whether symbols that are sure enough for themselves are read together just the same."""
    sure = _chance(row, contract) >= contract.thresholds["confidence"]
    return sure and _text(other, contract) == _text(row, contract)


def _is_word(row: Row, contract: Contract) -> bool:
    """Whether most of its symbols are no digits."""
    return 2 * _strangers(row, contract) > len(row.symbols)


def _chance(row: Row, contract: Contract) -> float:
    """How probable it is that the row says what is read in it."""
    if row.together:
        return hypotheses(row)[0].probability
    columns = digit_columns(contract)
    return float(np.prod([symbol.row[columns].max() for symbol in row.symbols]))


def _strangers(row: Row, contract: Contract) -> int:
    """How many symbols are likeliest no digit."""
    return sum(int(symbol.row.argmax()) == contract.reject for symbol in row.symbols)


def _text(row: Row, contract: Contract) -> str:
    """The labels that are likeliest, symbol by symbol; what is no digit shows as its label."""
    return " ".join(contract.labels[int(symbol.row.argmax())] for symbol in row.symbols)


def _all_of(ink: Ink) -> Strip:
    """The whole picture as a strip, its light evened out."""
    darkness = cv2.multiply(ink.contrast, 1 / 255, dtype=cv2.CV_32F)
    return Strip(np.asarray(darkness, np.float32), np.eye(2, 3))
