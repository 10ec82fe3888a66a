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

from inkdigits.imaging.cells import Cells
from inkdigits.imaging.clutter import is_rule
from inkdigits.imaging.ink import Ink
from inkdigits.imaging.pieces import Piece, merged
from inkdigits.imaging.writing import find_pieces, one_symbol, writing_among
from inkdigits.reading import Box

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
        rows = _rows(writing_among(pieces))
    taken = {label for row in rows for piece in row for label in piece.labels}
    marks = [piece for piece in pieces if taken.isdisjoint(piece.labels) and not is_rule(piece)]
    return Layout(_in_order(rows), labels, ink.strength, tuple(marks), ink.cells)


def _in_order(rows: Sequence[Sequence[Piece]]) -> tuple[tuple[Piece, ...], ...]:
    return tuple(tuple(sorted(row, key=lambda piece: piece.box.left)) for row in rows)


def _rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Rows from top to bottom: each piece follows the one to its left that is at its height."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.box.left):
        misfits = [_misfit(row, piece) for row in rows]
        if misfits and min(misfits) < 1:
            rows[misfits.index(min(misfits))].append(piece)
        else:
            rows.append([piece])
    return sorted(rows, key=lambda row: sum(piece.box.middle[1] for piece in row) / len(row))


def _misfit(row: Sequence[Piece], piece: Piece) -> float:
    """How badly a piece continues a row: 1 is about half a symbol too high or too low.

    The further away, the more it may be off: rows slope.
    """
    last = row[-1].box
    (last_x, last_y), (x, y) = last.middle, piece.box.middle
    height = max(last.height, piece.box.height)
    return abs(y - last_y) / (0.5 * height + 0.1 * abs(x - last_x))
