"""How the digits of one line are written: how wide, how far apart, how even."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from inkdigits.data.hands import Ink
from inkdigits.data.line_canvas import Canvas


@dataclass(frozen=True, slots=True)
class Spacing:
    """How wide digits are, against how they came, and how far apart, in pixels.

    `spread` is the standard deviation of the gaps, in heights of a digit.
    """

    stretch: float
    gap: float
    spread: float
    follow_outline: bool

    @staticmethod
    def drawn(rng: np.random.Generator, height: float) -> Spacing:
        stretch = float(np.exp(rng.normal(0, 0.12)))
        spread = 0.17 if rng.random() < 0.3 else 0.07
        return Spacing(stretch, rng.normal(0.1, 0.13) * height, spread, rng.random() < 0.55)

    def next_gap(self, rng: np.random.Generator, height: float) -> int:
        """Pixels to the next digit; now and then very many."""
        gap = round(self.gap + rng.normal(0, self.spread) * height)
        return gap + round(rng.uniform(0.3, 2.0) * height) if rng.random() < 0.04 else gap


@dataclass(frozen=True, slots=True)
class Evenness:
    """How even the digits of a line are.

    `size_spread` is that of the logarithm of their height, `drift` the pixels by which each sinks
    below the one before it. `dotted` lines have separators, `thin` ones are eroded. Zeros behind
    other digits are `zeros` times as high, and in `chained` lines written in one go.
    """

    size_spread: float
    dotted: bool
    drift: float
    thin: bool
    zeros: float
    chained: bool

    @staticmethod
    def drawn(rng: np.random.Generator, height: float) -> Evenness:
        spread, dotted = abs(rng.normal(0, 0.07)), rng.random() < 0.3
        zeros = rng.uniform(0.45, 1.0) if rng.random() < 0.45 else 1.0
        drift, thin = rng.normal(0, 0.012) * height, rng.random() < 0.15
        return Evenness(spread, dotted, drift, thin, zeros, rng.random() < 0.5)

    def next_height(self, rng: np.random.Generator, canvas: Canvas, small: bool) -> float:
        """Pixels; some digits are written smaller than the rest, and `small` zeros."""
        usual = canvas.height * np.exp(rng.normal(0, self.size_spread))
        usual *= self.zeros if small else 1.0
        height = min(usual, len(canvas.ink) - 4)
        return float(height * rng.uniform(0.65, 0.9) if rng.random() < 0.06 else height)

    def written(self, ink: Ink) -> Ink:
        if not self.thin or min(ink.shape) <= 8:
            return ink
        return np.asarray(cv2.erode(ink, np.ones((2, 2), np.uint8)), np.uint8)

    def next_foot(self, rng: np.random.Generator, canvas: Canvas, index: int) -> float:
        """The row at which a digit ends."""
        return float(canvas.base + self.drift * index + rng.normal(0, 0.045) * canvas.height)
