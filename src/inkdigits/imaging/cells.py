"""Boxes between rules: the combs of a form, with a digit a box, and the cells of a table.

Their upper and lower sides are level rules that were traced; what is left to find is where between
two of them a thin line goes all the way down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.light import Grey
from inkdigits.imaging.tracing import Rule
from inkdigits.reading import Box

BEYOND_PX = 3
"""A side of a box reaches so far past the middle of the rules that it stands between."""

_LOWEST_PX = 20
_HIGHEST = 0.12
"""Boxes are at least so many pixels, and at most this share of the page's long side, high."""

_SHARED = 0.5
"""Upper and lower side lie above each other along this share of the longer one."""

_DOWN = 20
"""A side is looked for at so many heights."""

_WHOLE = 0.93
"""It is seen at this share of them: a 1 in a box does not touch both of its ends."""

_LEANS = (0.0, 0.04, -0.04, 0.08, -0.08, 0.12, -0.12, 0.16, -0.16)
"""How far sides may lean, as a share of their height: all between two rules lean alike."""

_IN_RULE = 0.4
"""Ink is at least this share as dark as the rules around."""

_GAP = 0.35
"""Between boxes that stand apart there is less than this share of a box."""

_TOO_NEAR = 0.8
"""A line nearer to both its neighbours than this share of a box is a stroke in a box."""

_COMB = (0.35, 1.6)
"""Widths of a box for one digit, in heights of it; wider ones hold a number each."""

_FEWEST, _EVEN = 2, 0.15
"""A comb has at least so many boxes, most of them as wide as the others, give or take so much."""

_ALIKE = 1.4
"""The lines of ruled paper are as far apart as their neighbours, give or take this ratio."""

_ON_RULE_PX = 6.0

_SQUARED = 8
"""Squared paper has at least so many rules each way."""

_MOST_BANDS = 120


@dataclass(frozen=True, slots=True)
class Cells:
    """Adjacent boxes of one height, left to right, in pixels of the ink map.

    In a `comb` each box takes a digit, and all of them one number; otherwise each takes a number.
    """

    boxes: tuple[Box, ...]
    comb: bool

    def place(self, box: Box) -> int | None:
        """Which of the boxes holds the middle of another box; None: none of them."""
        x, y = box.middle
        for index, (left, top, right, bottom) in enumerate(self.boxes):
            if left <= x < right and top <= y < bottom:
                return index
        return None


def field_of(box: Box, cells: Sequence[Cells]) -> tuple[int, int] | None:
    """What tells the answer that a symbol belongs to: a comb, or one box of a table.

    None: it stands in no box.
    """
    for index, each in enumerate(cells):
        place = each.place(box)
        if place is not None:
            return index, 0 if each.comb else place
    return None


def find_cells(contrast: Grey, rules: Sequence[Rule]) -> tuple[tuple[Cells, ...], tuple[Rule, ...]]:
    """Boxes between the level `rules` of a page, and those of their sides that are no rules yet.

    `contrast` is that of `Ink`, before rules are taken out.
    """
    level = sorted(
        (rule for rule in rules if not rule.upright), key=lambda rule: float(rule.across.mean())
    )
    bands = list(_bands(level, max(contrast.shape)))[:_MOST_BANDS]
    if not bands or _is_squared(rules):
        return (), ()
    wide = np.asarray(cv2.dilate(contrast, np.ones((1, 3), np.uint8)), np.uint8)
    upright = [rule for rule in rules if rule.upright]
    drawn = [_Band(wide, upper, lower) for upper, lower in bands]
    ruled = [[x for x in band.lines if band.is_rule(x, upright)] for band in drawn]
    # Sides that go on above and below are those of a table.
    combs = [
        _is_comb(band.boxes(band.lines)) and 2 * len(on_rules) <= len(band.lines)
        for band, on_rules in zip(drawn, ruled, strict=True)
    ]
    cells, sides = [], []
    for band, on_rules, has_digits in zip(drawn, ruled, combs, strict=True):
        beside = [other for other in drawn if other.adjoins(band)]
        is_comb = has_digits and not any(combs[drawn.index(other)] for other in beside)
        among_like = not is_comb and any(other.is_like(band) for other in beside)
        lines = on_rules if among_like else band.lines
        boxes = band.boxes(lines)
        if boxes and (is_comb or _aspect(boxes) > _COMB[1]):
            cells.append(Cells(tuple(boxes), is_comb))
            sides += [band.side(x) for x in lines]
    return tuple(cells), tuple(sides)


def _is_squared(rules: Sequence[Rule]) -> bool:
    """Whether it is squared paper, or a large grid: as many rules one way as the other, as near."""
    pitches = []
    for upright in (False, True):
        places = np.sort([float(np.median(r.across)) for r in rules if r.upright == upright])
        if len(places) < _SQUARED:
            return False
        pitches.append(float(np.median(np.diff(places))))
    return 1 / _COMB[1] < pitches[0] / max(pitches[1], 1e-6) < _COMB[1]


def _is_comb(boxes: Sequence[Box]) -> bool:
    """Whether they are boxes for one digit each: several, about square, most of one width."""
    if len(boxes) < _FEWEST or not _COMB[0] < _aspect(boxes) < _COMB[1]:
        return False
    widths = np.array([box.width for box in boxes])
    return bool(np.mean(np.abs(widths / np.median(widths) - 1) < _EVEN) > 0.5)


def _aspect(boxes: Sequence[Box]) -> float:
    return float(np.median([box.width / box.height for box in boxes]))


def _bands(level: Sequence[Rule], side: int) -> Iterator[tuple[Rule, Rule]]:
    """Each rule with the next one below it along most of its length."""
    for index, upper in enumerate(level):
        for lower in level[index + 1 :]:
            left, right = _common(upper, lower)
            if right - left < _SHARED * max(upper.length, lower.length):
                continue
            middle = np.array([(left + right) / 2])
            apart = float((lower.at(middle) - upper.at(middle))[0])
            if _LOWEST_PX <= apart <= _HIGHEST * side:
                yield upper, lower
            break


def _common(upper: Rule, lower: Rule) -> tuple[float, float]:
    return (
        float(max(upper.along[0], lower.along[0])),
        float(min(upper.along[-1], lower.along[-1])),
    )


class _Band:
    """What lies between two rules, drawn level: columns of it are places along the rules."""

    def __init__(self, contrast: Grey, upper: Rule, lower: Rule) -> None:
        left, right = _common(upper, lower)
        middle = np.array([(left + right) / 2])
        self.height = float((lower.at(middle) - upper.at(middle))[0])
        # The ends of a trace are a strip or two short of the ends of the rule.
        reach = 0.9 * self.height
        first = min(upper.along[0], lower.along[0]) - reach
        last = max(upper.along[-1], lower.along[-1]) + reach
        self._x = np.arange(max(0.0, first), min(contrast.shape[1] - 1.0, last))
        self._top, self._bottom = upper.at(self._x), lower.at(self._x)
        inside = (self._x >= left) & (self._x <= right)
        rows = np.clip(np.rint(np.stack([self._top, self._bottom])), 0, contrast.shape[0] - 1)
        columns = np.rint(self._x).astype(int)
        self._level = float(np.median(contrast[rows.astype(int), columns][:, inside]))
        self._contrast = contrast
        self._lean = 0.0
        self.rules = (upper, lower)
        self.lines = self._found()

    def adjoins(self, other: _Band) -> bool:
        """Whether the one lies below the other, with a rule between them."""
        return self.rules[0] is other.rules[1] or self.rules[1] is other.rules[0]

    def is_like(self, other: _Band) -> bool:
        """Whether both are about as high, as the lines of ruled paper are."""
        return 1 / _ALIKE < other.height / self.height < _ALIKE

    def _found(self) -> list[float]:
        """Where lines go all the way down: x at half the height."""
        coarse = [int((self._covered(lean, _DOWN // 3) >= _WHOLE).sum()) for lean in _LEANS]
        self._lean = _LEANS[int(np.argmax(coarse))]
        columns = np.flatnonzero(self._covered(self._lean, _DOWN) >= _WHOLE)
        if not len(columns):
            return []
        groups = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
        thickest = max(10.0, 0.3 * self.height)
        lines = [float(self._x[group].mean()) for group in groups if len(group) <= thickest]
        return _regular(lines)

    def side(self, x: float) -> Rule:
        """The line at `x` as a rule, a little longer than the box is high."""
        top, bottom = (float(np.interp(x, self._x, ys)) for ys in (self._top, self._bottom))
        half = 0.5 * (bottom - top)
        along = np.array([top - 1, bottom + 1])
        lean = self._lean * self.height
        across = x + 0.5 + lean * np.array([-0.5, 0.5]) * (half + 1) / max(half, 1.0)
        return Rule(along, across, upright=True)

    def is_rule(self, x: float, upright: Sequence[Rule]) -> bool:
        """Whether a line at `x` is part of a rule: strokes that fill a line of writing are not."""
        middle = float(np.interp(x, self._x, (self._top + self._bottom) / 2))
        return any(
            rule.along[0] <= middle <= rule.along[-1]
            and abs(float(rule.at(np.array([middle]))[0]) - x) < _ON_RULE_PX
            for rule in upright
        )

    def boxes(self, lines: Sequence[float]) -> list[Box]:
        """What lies between neighbouring lines, but for narrow gaps between boxes."""
        if len(lines) < 2:
            return []
        widths = [after - before for before, after in pairwise(lines)]
        usual = float(np.median([w for w in widths if w >= _GAP * max(widths)]))
        boxes = []
        for before, after in pairwise(lines):
            if after - before < _GAP * usual:
                continue
            top, bottom = (
                float(np.interp((before + after) / 2, self._x, ys))
                for ys in (self._top, self._bottom)
            )
            boxes.append(Box(round(before), round(top), round(after), round(bottom)))
        return boxes

    def _covered(self, lean: float, heights: int) -> NDArray[np.float64]:
        """The share of the height at which there is ink, for each place along the rules."""
        down = np.linspace(0.05, 0.95, heights)[:, None]
        y = self._top + down * (self._bottom - self._top)
        x = self._x + lean * (down - 0.5) * self.height
        height, width = self._contrast.shape
        rows = np.clip(np.rint(y), 0, height - 1).astype(int)
        columns = np.clip(np.rint(x), 0, width - 1).astype(int)
        ink = self._contrast[rows, columns] > _IN_RULE * self._level
        return np.asarray(ink.mean(0), np.float64)


def _regular(lines: Sequence[float]) -> list[float]:
    """Without lines that stand in the middle of a box: strokes as high as the box."""
    lines = list(lines)
    while len(lines) > 3:
        widths = np.diff(lines)
        usual = float(np.median(widths))
        near = [
            index
            for index in range(1, len(lines) - 1)
            if max(widths[index - 1], widths[index]) < _TOO_NEAR * usual
            and abs(widths[index - 1] + widths[index] - usual) < 0.2 * usual
            and min(widths[index - 1], widths[index]) > 0.2 * usual
        ]
        if not near:
            break
        del lines[near[0]]
    return lines
