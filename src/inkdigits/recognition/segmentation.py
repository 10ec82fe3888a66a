"""Pieces of a row -> symbols: which neighbours are one digit is decided by what reads best.

A digit may come in several pieces (a 4 in two strokes), and two pieces that stand close may be two
digits. Every run of close neighbours is a candidate; the best path through them is the reading
(over-segmentation and recognition, Casey and Lecolinet 1996).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.cells import Cells, field_of
from inkdigits.imaging.pieces import Piece
from inkdigits.reading import Box

MOST_PIECES_OF_A_DIGIT = 3
"""A digit comes in at most so many pieces."""

_CLOSE = 0.25
"""Pieces may be one digit if they are at most this far apart, as a share of the row's height."""

_WIDEST = 1.3
"""A digit is at most so many times as wide as the row is high."""

_RELUCTANCE = 1.0
"""Joining must read better than not joining by this much, in nats: most neighbours are two."""

_WORD, _WORD_GAP = 0.3, 1.5
"""A word and a number are at least this far apart, as a share of the height of the symbols, and so
many times as far as the digits of the number."""

_LOWER = 0.75
"""Print is lower than this share of the digits beside it. What is higher may be one of them."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """The pieces `first` to `last` of a row (half-open), taken as one symbol."""

    first: int
    last: int


def candidates(row: Sequence[Piece]) -> list[Candidate]:
    """Every run of pieces that may be one symbol, single pieces included."""
    if len(row) < 2:  # nothing to join
        return [Candidate(index, index + 1) for index in range(len(row))]
    height = max(1.0, float(np.median([piece.box.height for piece in row])))
    height = max(height, 0.6 * max(piece.box.height for piece in row))
    found = []
    for first in range(len(row)):
        found.append(Candidate(first, first + 1))
        box = row[first].box
        for last in range(first + 2, min(first + MOST_PIECES_OF_A_DIGIT, len(row)) + 1):
            coming = row[last - 1].box
            if coming.left - box.right > _CLOSE * height:
                break
            box = box.union(coming)
            if box.width > _WIDEST * height or box.height > 1.6 * height:
                break
            found.append(Candidate(first, last))
    return found


def best_path(found: Sequence[Candidate], certainty: NDArray[np.float32], pieces: int) -> list[int]:
    """Indices of the candidates that cover the row once and read best.

    `certainty` `(len(found),)` is the probability of the best digit of each candidate. A candidate
    counts once for each piece in it, so that fewer symbols are not better symbols.
    """
    score = np.full(pieces + 1, -np.inf)
    score[0] = 0.0
    came_by = np.full(pieces + 1, -1)
    for index in sorted(range(len(found)), key=lambda index: found[index].last):
        first, last = found[index].first, found[index].last
        gain = (last - first) * float(np.log(max(certainty[index], 1e-6)))
        total = score[first] + gain - _RELUCTANCE * (last - first - 1)
        if total > score[last]:
            score[last], came_by[last] = total, index
    path = []
    at = pieces
    while at > 0:
        path.append(int(came_by[at]))
        at = found[came_by[at]].first
    return path[::-1]


def split_numbers(
    boxes: Sequence[Box], cells: Sequence[Cells] = (), strange: Sequence[bool] = ()
) -> list[range]:
    """Where a row of symbols, left to right, falls into numbers: by gaps wider than the others.

    What stands in one field of a form, out of `cells`, is one number, whatever its gaps. `strange`
    says which symbols are no digits: less of a gap parts a word from the number after or before it.
    """
    if len(boxes) < 2:  # nothing to split
        return [range(len(boxes))] if boxes else []
    height = float(np.median([box.height for box in boxes]))
    gaps = [_gap(boxes, index) for index in range(len(boxes) - 1)]
    usual = float(np.median(gaps))
    limit = max(0.9 * height, 2.2 * usual) if len(gaps) > 1 else 1.6 * height
    fields = [field_of(box, cells) for box in boxes]
    cuts = []
    for index, (gap, (before, after)) in enumerate(zip(gaps, pairwise(fields), strict=True), 1):
        if gap > limit if before is None or after is None else before != after:
            cuts.append(index)
    numbers = _ranges(cuts, len(boxes))
    words = [_end_of_word(number, boxes, strange) for number in numbers] if any(strange) else []
    within = [end for end in words if end and None in fields[end - 1 : end + 1]]
    return _ranges(sorted([*cuts, *within]), len(boxes)) if within else numbers


def _end_of_word(number: range, boxes: Sequence[Box], strange: Sequence[bool]) -> int | None:
    """Where a number and the printed word before or after it part; None if there is no word."""
    words = [index for index in number if strange[index]]
    digits = [index for index in number if not strange[index]]
    changes = [index for index in number[:-1] if strange[index] != strange[index + 1]]
    if len(changes) != 1 or len(words) > len(digits):
        return None
    height = float(np.median([boxes[index].height for index in digits]))
    if max(boxes[index].height for index in words) > _LOWER * height:
        return None
    own = [_gap(boxes, index) for index in digits[:-1]]
    least = max(_WORD * height, _WORD_GAP * float(np.median(own)) if own else 0.0)
    return changes[0] + 1 if _gap(boxes, changes[0]) >= least else None


def _gap(boxes: Sequence[Box], index: int) -> int:
    """How far a symbol is from the next, 0 where they overlap."""
    return max(0, boxes[index + 1].left - boxes[index].right)


def _ranges(cuts: Sequence[int], count: int) -> list[range]:
    return [range(start, end) for start, end in pairwise([0, *cuts, count])]
