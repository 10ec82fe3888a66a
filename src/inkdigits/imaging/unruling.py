"""Rules out of the ink, and writing that crosses them left whole.

Beside a stroke, a rule is as thin as everywhere; where a stroke crosses or touches it, the ink is
thicker there and stays (Roach and Tatem 1988 took the lines out of music so). What is much darker
than its rule stays too: a stroke along a faint rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.light import Grey
from inkdigits.imaging.tracing import Rule

_REACH = 11
"""How far from the middle of a rule its thickness is looked for, in pixels of the ink map."""

_ASTRAY = 3
"""The traced middle of a rule is off by at most so many pixels."""

_CHUNK = 48
"""Thickness and darkness of a rule are measured on pieces of so many pixels."""

_BEYOND = 60
"""A rule is followed so many pixels beyond the ends of its trace."""

_BEYOND_BOX = 3
"""A side of a box reaches so far past the middle of the rules that it stands between."""

_MOSTLY = 35
"""Percentile of darkness and thickness that is the rule's own: ink may cover more than half."""

_IN_RULE = 0.4
"""Where more than this share of the darkness of a rule is left, there is ink."""

_INKED, _PLAIN = 0.8, 0.4
"""Along these shares of a rule there is ink, and ink that is nothing but the rule. Strokes of
writing that follow each other leave paper between them, or are thicker across."""

_DARKER = 1.5
"""What is so many times darker than its rule is a stroke."""

_THICKER_PX = 1.4
_THICKER = 0.1
"""A rule may be thicker in places by so many pixels and this share of its thickness."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A rule as it was measured on the page, in a frame where it is level, column by column.

    `rows` `(2 * _REACH + 1, n)` lie around it at `x` `(n,)`; `centre`, `off`, `level` and `thick`
    `(n,)` are its row within `rows`, how far below the middle of that row it runs, its darkness
    and its thickness.
    """

    rule: Rule
    rows: NDArray[np.int64]
    x: NDArray[np.int64]
    centre: NDArray[np.int64]
    off: NDArray[np.float64]
    level: NDArray[np.float32]
    thick: NDArray[np.float32]

    def runs(self, band: Grey) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
        """How far the ink goes on up and down, and where that is no more than the rule."""
        above, below = _run(band > _IN_RULE * self.level, self.centre)
        reach = np.maximum(above + self.off, below - self.off) - 0.5
        return above, below, reach <= _THICKER_PX + (0.5 + _THICKER) * self.thick


def measure(contrast: Grey, rules: Sequence[Rule]) -> list[Line]:
    """Measure rules on a page, whose `contrast` is that of `Ink`, and some way past their ends.

    Those that are none, but strokes of writing that follow each other, are left out.
    """
    return [line for line, is_rule in _measured(contrast, rules, _BEYOND) if is_rule]


def measure_sides(contrast: Grey, sides: Sequence[Rule]) -> list[Line]:
    """Measure the sides of boxes, which were seen whole already, and little past their ends."""
    return [line for line, _ in _measured(contrast, sides, _BEYOND_BOX)]


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


def _measured(contrast: Grey, rules: Sequence[Rule], beyond: int) -> Iterator[tuple[Line, bool]]:
    """Rules that lie on the page, and whether all of each looks like one."""
    turned = np.ascontiguousarray(contrast.T)
    for rule in rules:
        page = turned if rule.upright else contrast
        first, last = int(rule.along[0]) - beyond, int(rule.along[-1]) + beyond
        x = np.arange(max(0, first), min(page.shape[1], last), dtype=np.int64)
        if len(x):
            yield _line(page, rule, x)


def _line(page: Grey, rule: Rule, x: NDArray[np.int64]) -> tuple[Line, bool]:
    """A level rule at `x`, and whether it is inked like one."""
    middle = rule.at(x + np.float64(0.5)) - 0.5
    nearest = np.rint(middle).astype(np.int64)
    rows = np.clip(nearest + np.arange(-_REACH, _REACH + 1)[:, None], 0, len(page) - 1)
    band = _closed(page[rows, x], rule)
    within, level, thick = _profile(band)
    centre = np.rint(within).astype(np.int64)
    line = Line(rule, rows, x, centre, middle - nearest + within - centre, level, thick)
    above, _, thin = line.runs(band)
    own = (x >= rule.along[0]) & (x < rule.along[-1])
    inked, plain = (above > 0)[own].mean(), (thin & (above > 0))[own].mean()
    return line, bool(inked >= _INKED and plain >= _PLAIN)


def _erase(page: Grey, line: Line) -> None:
    """Make one level rule paper, in place."""
    band = page[line.rows, line.x]
    above, below, thin = line.runs(_closed(band, line.rule))
    stroke = _without_single(~thin)
    offset = np.arange(len(band))[:, None] - line.centre
    gone = (offset > -above - 2) & (offset < below + 2)
    # Where the run is hidden in noise, as much as the rule is thick goes.
    gone |= np.abs(offset) <= line.thick / 2 + 1
    gone &= ~stroke & (band <= _DARKER * line.level + 8)
    page[line.rows[gone], np.broadcast_to(line.x, band.shape)[gone]] = 0


def _closed(band: Grey, rule: Rule) -> Grey:
    """The band with the paper between two sides as dark as they are: they are taken for one."""
    half = min(round(rule.apart / 2), _REACH - 2)
    if not half:
        return band
    band = band.copy()
    inside = np.s_[_REACH - half : _REACH + half + 1]
    band[inside] = band[inside].max(0)
    return band


def _profile(
    band: Grey,
) -> tuple[NDArray[np.float64], NDArray[np.float32], NDArray[np.float32]]:
    """Row of the middle, darkness and thickness of a rule in each column of the band around it.

    They are low percentiles over pieces, so that what crosses the rule does not count.
    """
    pieces = np.array_split(np.arange(band.shape[1]), max(1, band.shape[1] // _CHUNK))
    lengths = [len(piece) for piece in pieces]
    profile = np.stack([np.percentile(band[:, piece], _MOSTLY, axis=1) for piece in pieces], axis=1)
    near = profile[_REACH - _ASTRAY : _REACH + _ASTRAY + 1]
    level, peak = near.max(0), near.argmax(0) + _REACH - _ASTRAY
    # The darkest row may be any of several: the middle of what is dark, not its first row.
    above, below = _run(profile > 0.5 * level, peak)
    middle = peak + np.clip((below - above) / 2, -_ASTRAY, _ASTRAY)
    # A piece may be full of ink, or past the end: the rule is about as thick and dark as elsewhere.
    usual = float(np.median(level))
    middle = np.repeat(np.where(level < 0.5 * usual, _REACH, middle), lengths)
    level = np.repeat(np.clip(level, 0.67 * usual, 1.5 * usual + 1), lengths).astype(np.float32)
    centre = np.rint(middle).astype(np.int64)
    above, below = _run(band > _IN_RULE * level, centre)
    run = np.maximum(above + below - 1, 0)
    thick = np.array([np.percentile(run[piece], _MOSTLY) for piece in pieces])
    thick = np.minimum(thick, 1.5 * np.median(thick) + 1)
    return middle, level, np.repeat(thick, lengths).astype(np.float32)


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
