"""A row of writing -> one straight strip of ink, for a model that reads whole lines.

The row is turned level by a Theil-Sen fit to the tops and bottoms of its pieces, which a tall or a
hanging digit does not tilt, and only its own ink is kept: the row above that hangs into it, rules
and frames are left out, while small marks between its digits stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.layout import Layout
from inkdigits.imaging.pieces import Piece, usual
from inkdigits.reading import Box

_MARGIN = 0.12
"""Paper around the row, as a share of its height."""

_LEAST_SLOPE = 0.015
"""A row that slopes less is taken as it is, pixel by pixel."""

_STEEPEST = 0.7
"""No row of writing slopes more: what seems to is digits strewn over a picture."""

_SHORTEST = 3.0
"""The slope of a row shorter than so many heights is not told from the unevenness of the hand."""

_FITTED_PIECES = 100
"""A slope is fitted to at most so many pieces, evenly chosen: pairs grow with their square."""

_MARK_CONTRAST = 0.5
"""A mark is at least this share as dark as the row; paler specks are paper."""


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """One row, level, with a margin of paper.

    `ink` is float32 `(h, w)`, 0 paper to 1 ink. `to_map` is float64 `(2, 3)`: it takes `(x, y, 1)`
    of the strip to `(x, y)` of the ink map, both measured from the corner of the first pixel, as
    boxes are.
    """

    ink: NDArray[np.float32]
    to_map: NDArray[np.float64]

    def on_map(self, box: Box) -> Box:
        """The smallest box, in pixels of the ink map, that holds a box of the strip."""
        left, top, right, bottom = box
        corners = np.array([(x, y, 1.0) for x in (left, right) for y in (top, bottom)])
        placed = corners @ self.to_map.T
        # A hair's breadth of rounding must not cost a pixel.
        low, high = np.floor(placed.min(0) + 1e-6), np.ceil(placed.max(0) - 1e-6)
        return Box(int(low[0]), int(low[1]), int(high[0]), int(high[1]))


def strip_of(layout: Layout, row: Sequence[Piece], ink: NDArray[np.float32] | None = None) -> Strip:
    """Cut one row, of at least one piece, out of a layout.

    `ink` is what to cut from, float32 `(h, w)` in the frame of the layout, 0 paper to 1 ink; the
    strength of the layout if None.
    """
    left, top, right, bottom = Box.around([piece.box for piece in row])
    pad = round(_MARGIN * (bottom - top)) + 1
    corner = np.array([max(0, left - pad), max(0, top - pad)])
    window = np.s_[corner[1] : bottom + pad, corner[0] : right + pad]
    labels = layout.labels[window]
    own = np.isin(labels, _labels(row))
    turn = _turn(slope_of(row))
    # The middles of the row's pixels, in a frame that is turned with the row.
    inked = (np.argwhere(own)[:, ::-1] + (corner + 0.5)) @ turn
    low, high = inked.min(0) - 0.5, inked.max(0) + 0.5
    margin = round(_MARGIN * float(high[1] - low[1])) + 1
    width, height = np.ceil(high - low - 1e-6).astype(int) + 2 * margin
    to_map = np.column_stack([turn, turn @ (low - margin)])
    marks = [piece for piece in layout.marks if _belongs(piece, row, turn, (low[1], high[1]))]
    source = (layout.strength if ink is None else ink)[window]
    kept = np.where(own | ~_foreign(labels, [*row, *marks]), source, np.float32(0))
    return Strip(_warped(kept, to_map, corner, (int(width), int(height))), to_map)


def slope_of(row: Sequence[Piece]) -> float:
    """By how much a row sinks for each pixel to the right: negative where it climbs."""
    boxes = np.array([piece.box for piece in row], np.float64)
    boxes = boxes[np.unique(np.linspace(0, len(boxes) - 1, _FITTED_PIECES).round().astype(int))]
    height = float(np.median(boxes[:, 3] - boxes[:, 1]))
    middle = (boxes[:, 0] + boxes[:, 2]) / 2
    if len(boxes) < 3 or np.ptp(middle) < _SHORTEST * height:
        return 0.0
    first, second = np.triu_indices(len(boxes), 1)
    across = middle[second] - middle[first]
    apart = np.abs(across) > height
    down = (boxes[second] - boxes[first])[apart][:, [1, 3]]
    slope = float(np.median(down / across[apart][:, None]))
    return slope if _LEAST_SLOPE < abs(slope) < _STEEPEST else 0.0


def _turn(slope: float) -> NDArray[np.float64]:
    """Columns: a step along the row, and a step across it, on the map."""
    step = np.array([1.0, slope]) / np.hypot(1.0, slope)
    return np.array([[step[0], -step[1]], [step[1], step[0]]])


def _labels(pieces: Sequence[Piece]) -> list[int]:
    return [label for piece in pieces for label in piece.labels]


def _belongs(
    mark: Piece, row: Sequence[Piece], turn: NDArray[np.float64], band: tuple[float, float]
) -> bool:
    """Whether a mark stands at the height of the row and is as dark and not larger."""
    across = float((np.array(mark.box.middle) @ turn)[1])
    return (
        band[0] <= across <= band[1]
        and mark.extent < band[1] - band[0]
        and mark.contrast > _MARK_CONTRAST * usual(row, [piece.contrast for piece in row])
    )


def _foreign(labels: NDArray[np.int32], pieces: Sequence[Piece]) -> NDArray[np.bool_]:
    """Ink of other rows, with the blur around it, and what is no writing at all."""
    other = (labels > 0) & ~np.isin(labels, _labels(pieces))
    return np.asarray(cv2.dilate(other.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0)


def _warped(
    ink: NDArray[np.float32],
    to_map: NDArray[np.float64],
    corner: NDArray[np.int64],
    size: tuple[int, int],
) -> NDArray[np.float32]:
    """The part of the map that starts at `corner`, drawn into a strip of (width, height)."""
    # OpenCV measures from the middle of the first pixel, of the strip and of the part.
    matrix = to_map.copy()
    matrix[:, 2] += to_map[:, :2] @ (0.5, 0.5) - 0.5 - corner
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(ink, matrix, size, flags=how), np.float32)
