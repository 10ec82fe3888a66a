"""Where a label goes on a page: near what it speaks of, and over as little as can be."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.ink import find_ink
from inkdigits.reading import Box

_MAP_SIDE = 600
"""Long side of the map of what may be covered, in pixels: labels need no finer place."""

_NUMBER_INK, _NUMBER, _OTHER_INK, _LABEL = 60.0, 15.0, 1.0, 100.0
"""What covering a pixel costs, beside a label's own height of distance, which costs 1 a pixel."""

_BELOW = 0.4
"""A place above is as good as one below that is nearer by so many heights of the label."""


class Places:
    """A page on which labels are put one after the other.

    `pixels` is the page, uint8 `(H, W, 3)`; `numbers` are the boxes that labels should not cover,
    in pixels of the page. Both are drawn `scale` times as large, and so are the boxes given back.
    """

    def __init__(self, pixels: NDArray[np.uint8], numbers: Iterable[Box], scale: int) -> None:
        height, width = (side * scale for side in pixels.shape[:2])
        self._page = (width, height)
        self._shrink = max(1.0, max(height, width) / _MAP_SIDE)
        size = (max(1, round(width / self._shrink)), max(1, round(height / self._shrink)))
        ink = cv2.resize(find_ink(pixels).strength, size, interpolation=cv2.INTER_AREA)
        self._cost = np.asarray(np.minimum(4 * ink, 1) * _OTHER_INK, np.float32)
        for number in numbers:
            inside = self._window(Box(*(edge * scale for edge in number)))
            self._cost[inside] = np.where(ink[inside] > 0.05, _NUMBER_INK, _NUMBER)

    def take(self, box: Box, size: tuple[int, int], gap: int) -> Box:
        """The best place for a label of `size` (width, height) that speaks of `box`, now taken.

        It keeps `gap` pixels from the box where there is room, and lies on the page if it fits.
        """
        width, height = (max(1, round(side / self._shrink)) for side in size)
        rows, columns = self._cost.shape
        width, height = min(width, columns), min(height, rows)
        total = cv2.integral(self._cost, sdepth=cv2.CV_64F)
        covered = (
            total[height:, width:]
            - total[:-height, width:]
            - total[height:, :-width]
            + total[:-height, :-width]
        )
        away = self._distance(box, (width, height), covered.shape, gap)
        row, column = np.unravel_index(
            int(np.argmin(covered / (width * height) + away / height)), covered.shape
        )
        left = min(round(int(column) * self._shrink), max(self._page[0] - size[0], 0))
        top = min(round(int(row) * self._shrink), max(self._page[1] - size[1], 0))
        place = Box(left, top, left + size[0], top + size[1])
        self._cost[self._window(place)] = _LABEL
        return place

    def _distance(
        self, box: Box, size: tuple[int, int], shape: tuple[int, ...], gap: int
    ) -> NDArray[np.float64]:
        """How far a label at each place is from its best ones, above the box and flush with it."""
        left, top, right, bottom = (edge / self._shrink for edge in box)
        width, height = size
        air = gap / self._shrink
        x, y = np.arange(shape[1])[np.newaxis, :], np.arange(shape[0])[:, np.newaxis]
        across = np.maximum(np.maximum(left - air - (x + width), x - right - air), 0)
        down = np.maximum(np.maximum(top - air - (y + height), y - bottom - air), 0)
        above, below = np.abs(y + height + air - top), np.abs(y - bottom - air) + _BELOW * height
        # Of places that touch the box, those above and at its left end are looked for first.
        order = 0.02 * np.abs(x - left) + 0.2 * np.minimum(above, below)
        return np.asarray(np.hypot(across, down) + order, np.float64)

    def _window(self, box: Box) -> tuple[slice, slice]:
        left, top = (int(edge / self._shrink) for edge in box[:2])
        right, bottom = (int(np.ceil(edge / self._shrink)) for edge in box[2:])
        return np.s_[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
