"""From the strokes of a pen on a screen to the page that they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float32]
"""Float32 `(n, 3)`, n at least 1: x and y in pixels of the canvas, y downwards, and the pressure of
the pen, 0 to 1."""

USUAL_PRESSURE = 0.5
"""What a pen that does not tell its pressure presses with; the line is as wide as asked for."""

_OVERSAMPLING = 2
_SUBPIXEL_BITS = 4
_STEPS_OF_A_CURVE = 6


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """One line of a round pen; `pen_width` is in pixels of the canvas, at `USUAL_PRESSURE`."""

    points: Points
    pen_width: float


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """Strokes on a canvas of `width` x `height` pixels, whose points may lie off it."""

    width: int
    height: int
    strokes: Sequence[Stroke]


def render(drawing: Drawing) -> NDArray[np.uint8]:
    """The drawing as a page: uint8 `(height, width, 3)`, black on white, anti-aliased.

    The line runs through the middles between points, bent by the points themselves (quadratic
    curves), as a canvas draws it; its width goes from half of `pen_width` to one and a half with
    the pressure. A stroke of one point is a dot.
    """
    size = (drawing.height * _OVERSAMPLING, drawing.width * _OVERSAMPLING)
    canvas = np.full(size, 255, np.uint8)
    for stroke in drawing.strokes:
        _draw(canvas, smoothed(stroke.points), stroke.pen_width * _OVERSAMPLING)
    page = cv2.resize(canvas, (drawing.width, drawing.height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(page, cv2.COLOR_GRAY2RGB), np.uint8)


def smoothed(points: Points) -> Points:
    """The points of the curve, float32 `(m, 3)`: from the first point over the middles to the last.

    Between two middles it is the quadratic curve that the point between them bends.
    """
    if len(points) < 3:
        return points
    middles = (points[:-1] + points[1:]) / 2
    ends = np.concatenate([points[:1], middles[1:-1], points[-1:]])
    t = np.linspace(0, 1, _STEPS_OF_A_CURVE, endpoint=False, dtype=np.float32)[:, None]
    curves = [
        (1 - t) ** 2 * start + 2 * t * (1 - t) * bend + t**2 * end
        for (start, end), bend in zip(pairwise(ends), points[1:-1], strict=True)
    ]
    return np.concatenate([*curves, points[-1:]])


def _draw(canvas: NDArray[np.uint8], path: Points, pen_width: float) -> None:
    # Where the centre of the first pixel is at 0, a line from 0 to 2 lies between -0.5 and 1.5.
    points = path[:, :2] * _OVERSAMPLING - 0.5
    # Far off the canvas nothing is seen, and OpenCV's fixed-point numbers would overflow.
    points = points.clip(-(2**14), 2**14)
    fixed = np.rint(points * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    widths = np.rint(pen_width * (0.5 + path[:, 2].clip(0, 1))).clip(1, None).astype(int)
    if len(path) == 1:
        radius = int(widths[0] * (1 << _SUBPIXEL_BITS)) // 2
        cv2.circle(canvas, fixed[0].tolist(), radius, 0, -1, cv2.LINE_AA, _SUBPIXEL_BITS)
    breaks = [0, *(np.flatnonzero(np.diff(widths)) + 1).tolist(), len(path) - 1]
    for first, last in pairwise(breaks):
        run = [fixed[first : last + 1]]
        cv2.polylines(canvas, run, False, 0, int(widths[first]), cv2.LINE_AA, _SUBPIXEL_BITS)
