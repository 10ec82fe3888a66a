"""Rules out of the ink, and writing that crosses them left whole.

Beside a stroke, a rule is as thin as everywhere; where a stroke crosses or touches it, the ink is
thicker there and stays (Roach and Tatem 1988 took the lines out of music so). What is much darker
than its rule stays too: a stroke along a faint rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.light import Grey
from inkdigits.imaging.rules import Rule

_REACH = 11
"""How far from the middle of a rule its thickness is looked for, in pixels of the ink map."""

_ASTRAY = 3
"""The traced middle of a rule is off by at most so many pixels."""

_CHUNK = 48
"""Thickness and darkness of a rule are measured on pieces of so many pixels."""

BEYOND = 60
"""A rule is followed so many pixels beyond the ends of its trace."""

_IN_RULE = 0.4
"""Where more than this share of the darkness of a rule is left, there is ink."""

_PLAIN = 0.5
"""Along this share of a rule there is nothing but the rule; what runs from stroke to stroke of a
row of writing is none."""

_DARKER = 1.5
"""What is so many times darker than its rule is a stroke."""

_THICKER_PX = 1.5
_THICKER = 0.15
"""A rule may be thicker in places by so many pixels and this share of its thickness."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A rule as it was measured on the page, in a frame where it is level, column by column.

    `rows` `(2 * _REACH + 1, n)` lie around it at `x` `(n,)`; `centre`, `level` and `thick` `(n,)`
    are its row within `rows`, its darkness and its thickness.
    """

    rule: Rule
    rows: NDArray[np.int64]
    x: NDArray[np.int64]
    centre: NDArray[np.int64]
    level: NDArray[np.float32]
    thick: NDArray[np.float32]

    def runs(self, band: Grey) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """How far the ink goes on up and down, and where that is no more than the rule."""
        above, below = _run(band > _IN_RULE * self.level, self.centre)
        limit = _THICKER_PX + (1 + _THICKER) * self.thick
        return above, below, above + below - 1 <= limit


def measure(contrast: Grey, rules: Sequence[Rule], beyond: int = BEYOND) -> list[Line]:
    """Measure rules on a page, whose `contrast` is that of `Ink`, `beyond` pixels past their ends.

    Those that are none, but strokes of writing that follow each other, are left out.
    """
    turned = np.ascontiguousarray(contrast.T)
    lines = [_measured(turned if rule.upright else contrast, rule, beyond) for rule in rules]
    return [line for line in lines if line is not None]


def without(contrast: Grey, lines: Sequence[Line]) -> Grey:
    """The contrast of a page with these rules made paper."""
    level = [line for line in lines if not line.rule.upright]
    upright = [line for line in lines if line.rule.upright]
    page = contrast.copy()
    for line in level:
        _erase(page, line)
    if upright:
        turned = np.ascontiguousarray(page.T)
        for line in upright:
            _erase(turned, line)
        page = np.ascontiguousarray(turned.T)
        # Where two rules cross, each was as thick as a stroke for the other.
        for line in level:
            _erase(page, line)
    return page


def _measured(page: Grey, rule: Rule, beyond: int) -> Line | None:
    height, width = page.shape
    first, last = int(rule.along[0]) - beyond, int(rule.along[-1]) + beyond
    x = np.arange(max(0, first), min(width, last), dtype=np.int64)
    if not len(x):
        return None
    middle = np.rint(rule.at(x + 0.5) - 0.5).astype(np.int64)
    rows = np.clip(middle + np.arange(-_REACH, _REACH + 1)[:, None], 0, height - 1)
    band = page[rows, x]
    line = Line(rule, rows, x, *_profile(band))
    above, _, thin = line.runs(band)
    own = (x >= rule.along[0]) & (x < rule.along[-1])
    return line if np.mean((thin & (above > 0))[own]) >= _PLAIN else None


def _erase(page: Grey, line: Line) -> None:
    """Make one level rule paper, in place."""
    band = page[line.rows, line.x]
    above, below, thin = line.runs(band)
    stroke = _without_single(~thin)
    offset = np.arange(len(band))[:, None] - line.centre
    gone = (offset > -above - 2) & (offset < below + 2)
    # Where the run is hidden in noise, as much as the rule is thick goes.
    gone |= np.abs(offset) <= line.thick / 2 + 1
    gone &= ~stroke & (band <= _DARKER * line.level + 8)
    page[line.rows[gone], np.broadcast_to(line.x, band.shape)[gone]] = 0


def _profile(
    band: Grey,
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
    """Row of the middle, darkness and thickness of a rule in each column of the band around it.

    They are medians over pieces, so that what crosses the rule does not count.
    """
    count = max(1, band.shape[1] // _CHUNK)
    pieces = np.array_split(band, count, axis=1)
    profile = np.stack([np.median(piece, axis=1) for piece in pieces], axis=1).astype(np.float32)
    near = profile[_REACH - _ASTRAY : _REACH + _ASTRAY + 1]
    peak = near.argmax(0) + _REACH - _ASTRAY
    level = near.max(0)
    above, below = _run(profile > 0.5 * level, peak)
    lengths = [piece.shape[1] for piece in pieces]
    thick = np.minimum((above + below - 1).astype(np.float32), 2 * _REACH)
    # A piece may be full of ink, or past the end: the rule is about as thick and dark as elsewhere.
    usual = float(np.median(level))
    peak = np.where(level < 0.5 * usual, _REACH, peak)
    level = np.clip(level, 0.67 * usual, 1.5 * usual + 1).astype(np.float32)
    thick = np.minimum(thick, 1.5 * np.median(thick) + 1).astype(np.float32)
    spread = [np.repeat(values, lengths) for values in (peak, level, thick)]
    return spread[0].astype(np.int64), spread[1], spread[2]


def _run(
    ink: NDArray[np.bool_], centre: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How far ink goes on up and down from the row `centre` of each column, that row included."""
    row = np.arange(len(ink))[:, None]
    paper_above = np.where(~ink & (row <= centre), row, -1).max(0)
    paper_below = np.where(~ink & (row >= centre), row, len(ink)).min(0)
    return centre - paper_above, paper_below - centre


def _without_single(stroke: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without runs of a single column: grain, where a stroke is wider."""
    line = stroke.astype(np.uint8)[None]
    return np.asarray(cv2.morphologyEx(line, cv2.MORPH_OPEN, np.ones((1, 2), np.uint8))[0] > 0)
