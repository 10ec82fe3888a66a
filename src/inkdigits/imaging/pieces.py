"""Connected ink, and how to measure it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading import Box

MOST_PIECES = 3000
"""A page holds at most so many pieces; the heaviest are kept. A full page of text has fewer."""

TINY_PAGE = 100
"""A picture with a shorter side holds little but a digit or two: they may fill it, and a few of its
pixels may be a part of one."""

_CRUMB = 6
"""Fewer connected pixels than this are no part of a symbol on a larger page."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Connected ink: box, labels of its components, area, and mean contrast, 0 to 255."""

    box: Box
    labels: tuple[int, ...]
    area: int
    contrast: float

    @property
    def weight(self) -> float:
        """How much ink it is: area times contrast."""
        return self.area * self.contrast

    @property
    def extent(self) -> int:
        return max(self.box.width, self.box.height)

    @property
    def stroke(self) -> float:
        """How much ink it is on each pixel of its length: a crease has little, faint and thin."""
        return self.weight / self.extent


def components(
    labels: NDArray[np.int32], stats: NDArray[np.int32], contrast: NDArray[np.uint8]
) -> list[Piece]:
    """One piece a component, heaviest first, without crumbs.

    `labels` `(h, w)` and `stats` are those of `cv2.connectedComponentsWithStats`, `contrast` is
    that of `Ink`.
    """
    inside = np.flatnonzero(labels)
    total = np.bincount(labels.ravel()[inside], contrast.ravel()[inside], len(stats))
    area = stats[:, cv2.CC_STAT_AREA]
    crumb = 1 if min(labels.shape) < TINY_PAGE else _CRUMB
    kept = 1 + np.flatnonzero(area[1:] >= crumb)
    kept = kept[np.argsort(-total[kept], kind="stable")][:MOST_PIECES]
    pieces = []
    for label in kept.tolist():
        left, top, width, height, size = stats[label].tolist()
        box = Box(left, top, left + width, top + height)
        pieces.append(Piece(box, (label,), size, float(total[label]) / size))
    return pieces


def merged(pieces: Sequence[Piece]) -> Piece:
    """Several pieces, at least one, as one."""
    area = sum(piece.area for piece in pieces)
    return Piece(
        Box.around([piece.box for piece in pieces]),
        tuple(label for piece in pieces for label in piece.labels),
        area,
        sum(piece.weight for piece in pieces) / area,
    )


def usual(pieces: Sequence[Piece], values: Sequence[float]) -> float:
    """The median of a quantity over the ink, so that many specks do not outvote few symbols."""
    order = np.argsort(values)
    weights = np.array([piece.weight for piece in pieces])[order]
    middle = int(np.searchsorted(np.cumsum(weights), 0.5 * weights.sum()))
    return float(values[int(order[middle])])


def gaps(box: Box, pieces: Sequence[Piece]) -> NDArray[np.float64]:
    """The distance in pixels of a box from that of each piece, 0 where they overlap."""
    left, top, right, bottom = np.array([piece.box for piece in pieces]).reshape(-1, 4).T
    across = np.maximum(left, box.left) - np.minimum(right, box.right)
    down = np.maximum(top, box.top) - np.minimum(bottom, box.bottom)
    return np.asarray(np.hypot(np.maximum(across, 0), np.maximum(down, 0)), np.float64)
