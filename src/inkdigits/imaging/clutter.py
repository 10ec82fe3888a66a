"""What stands on a page and is no writing: its edges, drawn frames, rules."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.pieces import TINY_PAGE, Piece, usual

_EDGE_BAND = 0.04
"""What touches the edge of the page and lies mostly within this share of its short side of it is
no writing."""

_ALIKE = 1.25
"""What is like other writing is at most so many times higher and darker, or lower and paler."""

_WRITTEN_IN = 0.15
"""Writing in a frame is at least this share of its height: a dot in a 0 is less."""

_RULE = 9.0
"""Ink so many times longer than high is a rule or an edge of the paper, not a symbol."""


def off_edges(pieces: list[Piece], labels: NDArray[np.int32]) -> list[Piece]:
    """Drop what hugs the edge of the page: residue of a vignette, a shadow or the desk.

    Ink that runs out of the picture is a digit cut off, and stays: most of it lies further in. So
    does what looks just like the rest of the writing.
    """
    height, width = labels.shape
    band = round(_EDGE_BAND * min(height, width))
    if min(height, width) < TINY_PAGE:
        return pieces
    sides = (labels[:band], labels[-band:], labels[band:-band, :band], labels[band:-band, -band:])
    along = np.bincount(np.concatenate([side.ravel() for side in sides]))

    def hugs(piece: Piece) -> bool:
        left, top, right, bottom = piece.box
        touches = left <= 1 or top <= 1 or right >= width - 1 or bottom >= height - 1
        return touches and int(along[list(piece.labels)].sum()) > 0.5 * piece.area

    hugging = [hugs(piece) for piece in pieces]
    inner = [piece for piece, edge in zip(pieces, hugging, strict=True) if not edge]
    return [
        piece
        for piece, edge in zip(pieces, hugging, strict=True)
        if not edge or _is_like(piece, inner)
    ]


def _is_like(piece: Piece, others: Sequence[Piece]) -> bool:
    """Whether a piece is as high and as dark as the usual one: a 1 at the very edge."""
    if not others:
        return False
    height = piece.box.height / usual(others, [other.box.height for other in others])
    contrast = piece.contrast / usual(others, [other.contrast for other in others])
    return all(1 / _ALIKE < ratio < _ALIKE for ratio in (height, contrast))


def without_frames(pieces: list[Piece], labels: NDArray[np.int32]) -> list[Piece]:
    """Drop drawn frames and the boxes of a form: all ink along the sides, and writing inside."""
    boxes = np.array([piece.box for piece in pieces]).reshape(-1, 4)
    weights = np.array([piece.weight for piece in pieces])

    def is_frame(piece: Piece) -> bool:
        left, top, right, bottom = piece.box
        dx, dy = piece.box.width // 7, piece.box.height // 7
        if min(dx, dy) < 3:
            return False
        inside = (boxes[:, :2] > (left, top)).all(1) & (boxes[:, 2:] < (right, bottom)).all(1)
        high = boxes[:, 3] - boxes[:, 1] > _WRITTEN_IN * piece.box.height
        if not (inside & high & (weights > 0.02 * piece.weight)).any():
            return False
        middle = labels[top + dy : bottom - dy, left + dx : right - dx]
        return int(np.count_nonzero(middle == piece.labels[0])) < 0.05 * piece.area

    return [piece for piece in pieces if not is_frame(piece)]


def is_rule(piece: Piece) -> bool:
    """Whether it is a printed line or the edge of the paper, by its length."""
    return piece.box.width > max(40, _RULE * piece.box.height)
