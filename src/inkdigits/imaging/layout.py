"""Ink -> pieces of writing, row by row, left to right.

Which neighbouring pieces make one symbol (a 4 in two strokes) is decided later, by what reads best:
see `recognition/segmentation.py`. Coordinates here are those of the ink map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.cells import Cells, field_of
from inkdigits.imaging.clutter import is_rule
from inkdigits.imaging.ink import Ink
from inkdigits.imaging.pieces import Piece, merged
from inkdigits.imaging.writing import find_pieces, one_symbol, writing_among
from inkdigits.reading import Box

_LEVEL, _HIGH = 0.3, 0.6
"""What continues a row of boxes is off its middle by less, and at least so high, in heights of it:
the print above a form is smaller, or higher up."""

Kind = Literal["digit", "line", "page"]


@dataclass(frozen=True, slots=True)
class Layout:
    """Rows of pieces in reading order, over one ink map.

    `labels` is int32 `(h, w)`, 0 on paper; `strength` is float32 `(h, w)`, as in `Ink`. `marks` are
    in no row: points, dashes, specks. `cells` are the boxes of forms and tables, empty ones too.
    """

    rows: tuple[tuple[Piece, ...], ...]
    labels: NDArray[np.int32]
    strength: NDArray[np.float32]
    marks: tuple[Piece, ...] = ()
    cells: tuple[Cells, ...] = ()

    def cut(self, pieces: Sequence[Piece]) -> NDArray[np.float32]:
        """The ink of these pieces alone, in their common box: float32 `(h, w)`."""
        box = Box.around([piece.box for piece in pieces])
        window = np.s_[box.top : box.bottom, box.left : box.right]
        inside = self.labels[window]
        own = np.zeros(inside.shape, bool)
        for piece in pieces:
            for label in piece.labels:
                own |= inside == label
        return np.where(own, self.strength[window], np.float32(0))


def find_layout(ink: Ink, kind: Kind) -> Layout:
    """Find the pieces of writing and their rows.

    `kind`: `"digit"` (everything on the page is one symbol), `"line"` (one row) or `"page"`.
    """
    mask = (ink.strength > 0).astype(np.uint8)
    _, found, stats, _ = cv2.connectedComponentsWithStats(mask, ltype=cv2.CV_32S)
    labels = np.asarray(found, np.int32)
    pieces = find_pieces(labels, np.asarray(stats), ink.contrast)
    rows: list[list[Piece]]
    if kind == "digit":
        symbol = one_symbol(pieces)
        rows = [[merged(symbol)]] if symbol else []
    elif kind == "line":
        writing = writing_among(pieces)
        rows = [writing] if writing else []
    else:
        rows = _rows(writing_among(pieces), ink.cells)
    taken = {label for row in rows for piece in row for label in piece.labels}
    marks = [piece for piece in pieces if taken.isdisjoint(piece.labels) and not is_rule(piece)]
    return Layout(_in_order(rows), labels, ink.strength, tuple(marks), ink.cells)


def _in_order(rows: Sequence[Sequence[Piece]]) -> tuple[tuple[Piece, ...], ...]:
    return tuple(tuple(sorted(row, key=lambda piece: piece.box.left)) for row in rows)


def _rows(pieces: Sequence[Piece], cells: Sequence[Cells]) -> list[list[Piece]]:
    """Rows from top to bottom: what stands in one comb, and what follows each other."""
    combs = [each for each in cells if each.comb]
    boxed: list[list[Piece]] = [[] for _ in combs]
    free: list[Piece] = []
    for piece in pieces:
        field = field_of(piece.box, combs)
        (free if field is None else boxed[field[0]]).append(piece)
    rows = [row for row in boxed if row]
    rows += _free_rows([piece for piece in free if not _joins(piece, rows)])
    return sorted(rows, key=lambda row: sum(piece.box.middle[1] for piece in row) / len(row))


def _joins(piece: Piece, rows: Sequence[list[Piece]]) -> bool:
    """Put a piece into the row whose end it continues: its box of the comb was not made out."""
    for row in rows:
        around = Box.around([other.box for other in row])
        height = around.height
        near = around._replace(left=around.left - height, right=around.right + height)
        x, y = piece.box.middle
        if (
            near.left <= x < near.right
            and abs(y - around.middle[1]) < _LEVEL * height
            and piece.box.height > _HIGH * height
        ):
            row.append(piece)
            return True
    return False


def _free_rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Each piece follows the one to its left that is at its height."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.box.left):
        misfits = [_misfit(row, piece) for row in rows]
        if misfits and min(misfits) < 1:
            rows[misfits.index(min(misfits))].append(piece)
        else:
            rows.append([piece])
    return rows


def _misfit(row: Sequence[Piece], piece: Piece) -> float:
    """How badly a piece continues a row: 1 is about half a symbol too high or too low.

    The further away, the more it may be off: rows slope.
    """
    last = row[-1].box
    (last_x, last_y), (x, y) = last.middle, piece.box.middle
    height = max(last.height, piece.box.height)
    return abs(y - last_y) / (0.5 * height + 0.1 * abs(x - last_x))
