"""Stroke templates: how a symbol is written, before any hand or pen has touched it.

A template is text, one path a stroke: `"4,14 34,0 88,24! 36,48 / 0,50 90,50"`. A pair is a control
point in hundredths of the symbol's box (x to the right, y downwards), `/` lifts the pen, and `!`
marks a point where the pen turns sharply; between such points the curve is a Catmull-Rom spline.
"""

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

SAMPLES_PER_SEGMENT = 12


@dataclass(frozen=True)
class Stroke:
    """One movement of the pen: control points float64 (n, 2) in the unit box, and its corners."""

    points: NDArray[np.float64]
    corners: tuple[bool, ...]

    def curve(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """The path float64 (m, 2) through `points` (n, 2), which stand in for the template's."""
        closed = bool(np.allclose(self.points[0], self.points[-1])) and not self.corners[0]
        path: NDArray[np.float64] = _basis(self.corners, closed) @ points
        return path


@dataclass(frozen=True)
class Glyph:
    """A way to write one symbol.

    `aspect` is its usual width over its height, `weight` how often it is chosen among its
    variants, and `widest_pen` the stroke width, as a fraction of the height, past which its
    loops fill up and a reader would begin to guess.
    """

    path: str
    aspect: float = 0.65
    weight: float = 1.0
    widest_pen: float = 0.14
    strokes: tuple[Stroke, ...] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "strokes", tuple(map(_parse, self.path.split("/"))))


def choose(rng: np.random.Generator, glyphs: tuple[Glyph, ...]) -> Glyph:
    """One of the variants, drawn by weight."""
    bounds = np.cumsum([glyph.weight for glyph in glyphs])
    return glyphs[int(np.searchsorted(bounds, rng.random() * bounds[-1], side="right"))]


def _parse(path: str) -> Stroke:
    tokens = path.split()
    points = [[float(part) for part in token.rstrip("!").split(",")] for token in tokens]
    return Stroke(np.array(points) / 100.0, tuple(token.endswith("!") for token in tokens))


@lru_cache(maxsize=512)
def _basis(corners: tuple[bool, ...], closed: bool) -> NDArray[np.float64]:
    """The matrix (samples, n) that turns n control points into the curve: splines are linear."""
    count = len(corners)
    unit = np.eye(count)
    breaks = [0, *(i for i in range(1, count - 1) if corners[i]), count - 1]
    rows = [unit[:1]]
    for first, last in pairwise(breaks):
        run = unit[first : last + 1]
        # A missing neighbour is mirrored at the end of the run; a closed loop borrows the far side.
        whole_loop = closed and len(breaks) == 2
        before = unit[-2] if whole_loop else 2 * run[0] - run[1]
        after = unit[1] if whole_loop else 2 * run[-1] - run[-2]
        rows.append(_catmull_rom(np.vstack([before, run, after])))
    return np.vstack(rows)


def _catmull_rom(knots: NDArray[np.float64]) -> NDArray[np.float64]:
    """Samples of the uniform Catmull-Rom spline between the second and the last but one knot."""
    t = np.arange(1, SAMPLES_PER_SEGMENT + 1)[:, None] / SAMPLES_PER_SEGMENT
    weights = 0.5 * np.hstack(
        [-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2]
    )
    return np.vstack([weights @ knots[i : i + 4] for i in range(len(knots) - 3)])
