"""Thin lines that run all over a page, or along a part of it, traced from strip to strip.

The page is cut into narrow strips across the line; in each, a thin line stands out of its
neighbours on both sides, and peaks that continue each other make a track (as staff lines are traced
in printed music, Dalitz et al. 2008). A camera bends and tilts lines, so no straight one is fitted:
a track only has to be smooth.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.light import Grey

_STRIP = 20
"""Width of a strip in traced pixels: averages grain, and a slope of 1 in 10 blurs over 2."""

REACH = 4
"""A rule is thinner than this many traced pixels: so far away there is paper on both sides."""

FAINTEST = 4.0
"""A rule takes away at least so much light, of 255; what takes less is no ink either."""

_ABOVE_NOISE = 5.0

_STEEPEST = 0.2
"""Rules rise or fall at most so much: further turned, a page is not read either."""

_OFF = 1.6
"""A track goes on where it points to, give or take so many traced pixels."""

_MOST_MISSED = 2
"""A track ends after so many strips without a trace of it."""

_SHORTEST = 5
"""A rule is at least so many strips long."""

_FRAGMENT = 3
"""A trace of fewer strips tells nothing of where it goes on."""

_MOST_FRAGMENTS = 2000
"""So many fragments are put together, the longest first. A page of print has some hundred."""

_WIDEST_GAP = 0.7
"""Fragments of a rule lie at most this share of their length apart."""

_STRAYS = 0.03
"""A fragment points so far past the next one, for each pixel between them."""

_COVERED = 0.6
"""It is seen in at least this share of its strips: a row of digits with bars has gaps."""

_ROUGHEST = 0.9
"""Root mean square, in traced pixels, of what a parabola leaves: a hand draws no straighter."""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A line on the page: `along` and `across` float64 `(n,)`, in pixels of the picture.

    A level rule has its x in `along`, ascending, and its y in `across`; one that is `upright` has
    y and x. Of the sides of two boxes that stand apart a little, `apart` is how far their middles
    are: they are one rule, with paper in it.
    """

    along: NDArray[np.float64]
    across: NDArray[np.float64]
    upright: bool
    apart: float = 0.0

    @property
    def length(self) -> float:
        return float(self.along[-1] - self.along[0])

    @property
    def slopes(self) -> tuple[float, float]:
        """How it rises at its beginning and at its end, over a few points."""
        few = min(4, len(self.along) - 1)
        ends = [(0, few), (-1 - few, -1)]
        rises = [
            (self.across[last] - self.across[first]) / (self.along[last] - self.along[first])
            for first, last in ends
        ]
        return float(rises[0]), float(rises[1])

    def at(self, along: NDArray[np.float64]) -> NDArray[np.float64]:
        """Where it runs, also a little beyond its ends."""
        inside = np.interp(along, self.along, self.across)
        first, last = self.slopes
        before = np.minimum(along - self.along[0], 0) * first
        after = np.maximum(along - self.along[-1], 0) * last
        return np.asarray(inside + before + after, np.float64)


def trace(small: Grey, upright: bool) -> list[Rule]:
    """The level or upright lines of a picture of the contrast, as in `Ink`, in its own pixels."""
    picture = np.ascontiguousarray(small.T) if upright else small
    height, width = picture.shape
    strips = max(1, width // _STRIP)
    means = cv2.resize(picture.astype(np.float32), (strips, height), interpolation=cv2.INTER_AREA)
    step = width / strips
    tracks = _linked(_peaks(_standing_out(means)), step)
    rules = [
        Rule((np.array(at) + 0.5) * step, np.array(level) + 0.5, upright)
        for at, level in tracks
        if len(at) >= _FRAGMENT
    ]
    return [rule for rule in _continued(rules) if _is_smooth(rule, step)]


def _continued(fragments: Sequence[Rule]) -> list[Rule]:
    """Fragments of one rule as one: writing hides it, and its trace strays along a stroke."""
    longest = sorted(fragments, key=lambda rule: -rule.length)[:_MOST_FRAGMENTS]
    rules: list[Rule] = []
    # Of each rule so far, where it ends, its slope there, and its length.
    ends = np.empty((len(longest), 4))
    for coming in sorted(longest, key=lambda rule: float(rule.along[0])):
        x, y, slope, length = ends[: len(rules)].T
        start, level = coming.along[0], coming.across[0]
        gap = start - x
        there = np.abs(y + slope * gap - level)
        here = np.abs(level - coming.slopes[0] * gap - y)
        off = np.maximum(there, here) / (_OFF + _STRAYS * np.abs(gap))
        fits = (gap > 0) & (gap < _WIDEST_GAP * (length + coming.length)) & (off < 1)
        index = int(np.where(fits, off, np.inf).argmin()) if fits.any() else len(rules)
        if index == len(rules):
            rules.append(coming)
        else:
            rules[index] = _joined(rules[index], coming)
        rule = rules[index]
        ends[index] = rule.along[-1], rule.across[-1], rule.slopes[1], rule.length
    return rules


def _joined(first: Rule, second: Rule) -> Rule:
    return Rule(
        np.concatenate([first.along, second.along]),
        np.concatenate([first.across, second.across]),
        first.upright,
    )


def _standing_out(means: NDArray[np.float32]) -> NDArray[np.float32]:
    """By how much each place is darker than both places at its sides, 0 where it is not plain."""
    padded = np.pad(means, ((REACH, REACH), (0, 0)), mode="edge")
    beside = np.maximum(padded[: -2 * REACH], padded[2 * REACH :])
    above = means - beside
    # On squared paper every other place lies beside a rule: a quartile still is paper.
    spread = 3.14 * float(np.percentile(np.abs(above - np.median(above)), 25))
    return np.where(above > max(FAINTEST, _ABOVE_NOISE * spread), above, np.float32(0))


def _peaks(strips: NDArray[np.float32]) -> list[NDArray[np.float64]]:
    """Where each column is darkest among its neighbours, between pixels: the middles of lines."""
    highest = cv2.dilate(strips, np.ones((2 * REACH - 1, 1), np.uint8))
    first = strips > np.concatenate([strips[:1] - 1, strips[:-1]])
    strip, at = np.nonzero(((strips > 0) & (strips >= highest) & first).T)
    around = np.clip(at[:, None] + np.arange(-3, 4), 0, len(strips) - 1)
    weight = strips[around, strip[:, None]]
    middles = np.asarray((weight * around).sum(1) / weight.sum(1), np.float64)
    return np.split(middles, np.searchsorted(strip, np.arange(1, strips.shape[1])))


@dataclass(slots=True)
class _Track:
    """A rule while it is being traced: its strips and levels so far."""

    at: list[int]
    level: list[float]

    def expected(self, strip: int) -> float:
        """Where it should go on, by its last few strips."""
        if len(self.at) < 2:
            return self.level[-1]
        at, level = self.at[-8:], self.level[-8:]
        rise = (level[-1] - level[0]) / (at[-1] - at[0])
        return level[-1] + rise * (strip - at[-1])


def _linked(
    peaks: Sequence[NDArray[np.float64]], step: float
) -> Iterator[tuple[list[int], list[float]]]:
    """Tracks through the peaks of neighbouring strips, each peak in one of them at most."""
    running: list[_Track] = []
    for strip, levels in enumerate(peaks):
        free = np.ones(len(levels), bool)
        # The longest first, so that no young track takes the peak of an old one.
        running.sort(key=lambda track: -len(track.at))
        for track in running:
            if not free.any():
                break
            off = np.where(free, np.abs(levels - track.expected(strip)), np.inf)
            nearest = int(off.argmin())
            young = len(track.at) < 2
            if off[nearest] <= (_STEEPEST * step if young else _OFF):
                track.at.append(strip)
                track.level.append(float(levels[nearest]))
                free[nearest] = False
        for track in running:
            if strip - track.at[-1] >= _MOST_MISSED + (len(track.at) > _SHORTEST):
                yield track.at, track.level
        running = [
            track
            for track in running
            if strip - track.at[-1] < _MOST_MISSED + (len(track.at) > _SHORTEST)
        ]
        running += [_Track([strip], [float(level)]) for level in levels[free]]
    for track in running:
        yield track.at, track.level


def _is_smooth(rule: Rule, step: float) -> bool:
    span = rule.length / step + 1
    if span < _SHORTEST or len(rule.along) < _COVERED * span:
        return False
    middle = (rule.along - rule.along.mean()) / max(rule.length, 1.0)
    parabola = np.polynomial.polynomial.polyfit(middle, rule.across, 2)
    left = rule.across - np.polynomial.polynomial.polyval(middle, parabola)
    # A longer rule may bend more than a parabola does, as paper does.
    roughest = _ROUGHEST * max(1.0, span / 20)
    steep = abs(rule.across[-1] - rule.across[0]) > _STEEPEST * rule.length
    return not steep and float(np.sqrt(np.mean(left**2))) < roughest
