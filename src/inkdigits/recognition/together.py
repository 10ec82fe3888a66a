"""Two ways to read a row, symbol by symbol and as a whole; here it is settled which is answered."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from inkdigits.imaging.ink import Ink
from inkdigits.imaging.normalize import normalize_strip
from inkdigits.imaging.strips import Strip, strip_of
from inkdigits.reading import Box
from inkdigits.recognition.attempts import Attempt
from inkdigits.recognition.confidence import digit_columns
from inkdigits.recognition.contract import Contract
from inkdigits.recognition.field import Field
from inkdigits.recognition.hypotheses import hypotheses
from inkdigits.recognition.lines import LineModel, read_strip
from inkdigits.recognition.polarity import READS_WELL
from inkdigits.recognition.symbols import Row

_SURE = 0.9
"""A single symbol that is read so surely is not two that touch."""

_BEYOND_DOUBT = 0.99
"""Where each symbol of a row is told so surely, none touches another."""

_MOST_SYMBOLS = 120
_SHORT_WORDS = 20
"""No line of numbers has more symbols; with more of which most are no digits, it is text."""

_NOISE = 0.3
"""Very many symbols that are on average read less surely are none."""

_LONGEST = 60
"""No line of numbers is longer than so many times its height."""

_WIDE = 1.8
"""A picture so many times wider than high may be one line, cut out already."""

_LEAST_HEIGHT = 0.4
"""Writing lower than this share of the picture is a row with paper around, not a line cut out."""

_PAPER_TO, _INK_FROM = 25, 110
_PRINTED = 0.45
"""Of printed paper more than this share of what is ink lies between these levels of a strip: of the
cheques in the validation set 0.54 and more but for a few, of digits on clean paper mostly 0.4."""

_LIKELY = 0.5
_BETTER_THAN_NOTHING = 0.1
"""A line read as a whole counts from this probability on; the lower one holds where no symbols were
found that read well."""


def read_rows(
    lines: LineModel, made: Attempt, contract: Contract, field: Field | None = None
) -> Attempt:
    """Each row as whichever way of reading it is surer of; of noise all stays as it is."""
    if is_noise(made):
        return made
    rows = tuple(
        row
        if _is_settled(row, contract, field)
        else _surer(
            row,
            read_strip(
                lines, strip_of(made.layout, pieces), made.ink, contract, row.symbols, field
            ),
            contract,
            field,
        )
        for row, pieces in zip(made.rows, made.layout.rows, strict=True)
    )
    return replace(made, rows=rows)


def read_whole(
    lines: LineModel, made: Attempt, contract: Contract, field: Field | None = None
) -> Attempt | None:
    """A picture that `is_on_print` as one line; None if that is not what it shows.

    Nothing is dropped as clutter beforehand, and symbols that were found say little. Where they
    surely read just the same, theirs is the answer. A word alone is left to them too.
    """
    whole = read_strip(lines, _all_of(made.ink), made.ink, contract, (), field)
    if whole is None or not hypotheses(whole)[0].text:
        return None
    least = _LIKELY if made.certainty >= READS_WELL else _BETTER_THAN_NOTHING
    if _chance(whole, contract) < least:
        return None
    if len(made.rows) == 1 and _is_confirmed(made.rows[0], whole, contract):
        return made
    return replace(made, rows=(whole,))


def is_on_print(made: Attempt) -> bool:
    """Whether a picture of one line is best read as a whole: its paper is printed all over."""
    height, width = made.ink.strength.shape
    if is_noise(made) or width > _LONGEST * height or not _is_printed(_all_of(made.ink)):
        return False
    return made.certainty < READS_WELL or _fills(made)


def _is_printed(strip: Strip) -> bool:
    """Whether much of the paper is neither white nor as dark as ink: a pattern, a tint, grain."""
    seen = normalize_strip(strip.ink)
    ink = int(np.count_nonzero(seen >= _INK_FROM))
    between = int(np.count_nonzero(seen > _PAPER_TO)) - ink
    return between > _PRINTED * ink


def _fills(made: Attempt) -> bool:
    """Whether what was found is as high in its picture as the line model has learnt writing."""
    boxes = [symbol.box for row in made.rows for symbol in row.symbols]
    if not boxes:
        return True
    return bool(Box.around(boxes).height > _LEAST_HEIGHT * made.ink.strength.shape[0])


def are_settled(made: Attempt, contract: Contract, field: Field | None) -> bool:
    """Whether no row of a page is worth reading as a whole."""
    return all(_is_settled(row, contract, field) for row in made.rows)


def is_noise(made: Attempt) -> bool:
    """Whether very many symbols were found, and hardly any of them read."""
    many = sum(len(row.symbols) for row in made.rows) > _MOST_SYMBOLS
    return many and made.certainty < _NOISE


def may_be_line(ink: Ink) -> bool:
    """Whether a picture has the shape of a line that was cut out of its page."""
    height, width = ink.strength.shape
    return bool(width > _WIDE * height)


def _surer(row: Row, other: Row | None, contract: Contract, field: Field | None) -> Row:
    if other is None or _is_confirmed(row, other, contract):
        return row
    if field is not None:
        return max((row, other), key=lambda one: _chance_within(one, field))
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


def _is_settled(row: Row, contract: Contract, field: Field | None) -> bool:
    """Whether reading a row as a whole is no use: sure digits, a line of text, or noise."""
    count = len(row.symbols)
    if count == 1:
        return _chance(row, contract) > _SURE
    columns = digit_columns(contract)
    if field is None and min(symbol.row[columns].max() for symbol in row.symbols) > _BEYOND_DOUBT:
        return True
    box = Box.around([symbol.box for symbol in row.symbols])
    too_long = count > _MOST_SYMBOLS or box.width > _LONGEST * box.height
    return too_long or (count > _SHORT_WORDS and _is_word(row, contract))


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


def _chance_within(row: Row, field: Field) -> float:
    """How probable the likeliest number of a row is that the field allows."""
    found = hypotheses(row, field)
    return found[0].probability if found else 0.0


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
