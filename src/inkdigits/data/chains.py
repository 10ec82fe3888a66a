"""Zeros written in one go, each running on into the next, as at the end of a round amount."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.glyphs import Stroke
from inkdigits.data.strokes import Pen, draw, random_hand, write

LONGEST_CHAIN = 5
"""More zeros than these are written in two chains."""

_POINTS = 9
"""Of each zero's curve."""


def draw_chain(
    rng: np.random.Generator, zeros: int, pen: Pen, height_px: float
) -> NDArray[np.float32]:
    """The ink of `zeros` (at least 1) zeros in a row, float32 `(h, w)`, 0 to 1.

    The pen goes round each of them from its top, and on to the next; how wide they are, how far
    apart, and how deep the stroke between them hangs is decided once for all.
    """
    width = float(np.exp(rng.normal(-0.35, 0.25)))  # of one zero, in its heights
    step = width * rng.uniform(0.85, 1.45)
    hang = rng.uniform(-0.05, 0.4)
    # Mostly from the top, counter-clockwise; some hands end in a loop, or join below.
    start = rng.uniform(-0.15, 0.1) + (rng.random() < 0.15)
    end = start + 2 + rng.uniform(*((-0.05, 0.2) if rng.random() < 0.7 else (0.2, 0.6)))
    turns = np.pi * np.linspace(start, end, _POINTS)
    shrink = rng.uniform(0.9, 1.02)  # each is smaller than the one before
    oval = 0.5 * np.column_stack([-width * np.sin(turns), 1 - np.cos(turns)])
    points = []
    for index in range(zeros):
        size, left = shrink**index, index * step
        points += [(left + size * x, 1 - size + size * y) for x, y in oval]
        if index < zeros - 1:
            points.append((left + 0.5 * step, 1 - size + size * hang))
    stroke = Stroke(np.array(points), (False,) * len(points))
    return draw(rng, write(rng, [stroke], 1.0, random_hand(rng)), pen, height_px)
