"""What lies between two level rules that follow each other, and the lines that cross it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.light import Grey
from inkdigits.imaging.tracing import Rule
from inkdigits.reading import Box

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

_DARKER = 2.0
"""A line that is so many times as dark is writing: a 1 as high as the lines of the paper."""

_GAP = 0.35
"""Between boxes that stand apart there is less than this share of a box."""

_TOO_NEAR = 0.8
"""A line nearer to both its neighbours than this share of a box is a stroke in a box."""

_ALIKE = 1.4
"""The lines of ruled paper are as far apart as their neighbours, give or take this ratio."""

_TWICE = 1.5
"""Lines between boxes that are so many times as wide as those at the ends are two sides each."""

_ON_RULE_PX = 6.0
"""A line so near to an upright rule is part of it."""


class Band:
    """What lies between two rules, drawn level: columns of it are places along the rules.

    `contrast` is that of `Ink`, in which lines may be widened by a pixel. `height` is that in the
    middle; `lines` are the x, at half the height, of thin lines that go all the way down.
    """

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
        self._lean = self._apart = 0.0
        self.rules = (upper, lower)
        self.lines = self._found()

    def adjoins(self, other: Band) -> bool:
        """Whether the one lies below the other, with a rule between them."""
        return self.rules[0] is other.rules[1] or self.rules[1] is other.rules[0]

    def is_like(self, other: Band) -> bool:
        """Whether both are about as high, as the lines of ruled paper are."""
        return 1 / _ALIKE < other.height / self.height < _ALIKE

    def _found(self) -> list[float]:
        """Where lines go all the way down: x at half the height."""
        coarse = [int((self._covered(lean, _DOWN // 3) >= _WHOLE).sum()) for lean in _LEANS]
        self._lean = _LEANS[int(np.argmax(coarse))]
        seen = self._contrast[self._pixels(self._lean, _DOWN)]
        columns = np.flatnonzero((seen > _IN_RULE * self._level).mean(0) >= _WHOLE)
        if not len(columns):
            return []
        groups = np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)
        thickest = max(10.0, 0.3 * self.height)
        darkest = _DARKER * self._level + 8
        groups = [
            group
            for group in groups
            if len(group) <= thickest and np.median(seen[:, group].max(1)) <= darkest
        ]
        self._apart = _apart([len(group) for group in groups])
        return _regular([float(self._x[group].mean()) for group in groups])

    def side(self, x: float) -> Rule:
        """The line at `x` as a rule, a little longer than the box is high."""
        top, bottom = (float(np.interp(x, self._x, ys)) for ys in (self._top, self._bottom))
        half = 0.5 * (bottom - top)
        along = np.array([top - 1, bottom + 1])
        lean = self._lean * self.height
        across = x + 0.5 + lean * np.array([-0.5, 0.5]) * (half + 1) / max(half, 1.0)
        return Rule(along, across, True, 0 if x in (self.lines[0], self.lines[-1]) else self._apart)

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
        ink = self._contrast[self._pixels(lean, heights)] > _IN_RULE * self._level
        return np.asarray(ink.mean(0), np.float64)

    def _pixels(self, lean: float, heights: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Rows and columns of the pixels at so many heights, for each place along the rules."""
        down = np.linspace(0.05, 0.95, heights)[:, None]
        y = self._top + down * (self._bottom - self._top)
        x = self._x + lean * (down - 0.5) * self.height
        height, width = self._contrast.shape
        rows = np.clip(np.rint(y), 0, height - 1).astype(np.int64)
        return rows, np.clip(np.rint(x), 0, width - 1).astype(np.int64)


def _apart(widths: Sequence[int]) -> float:
    """How far apart the sides of neighbouring boxes stand; 0 where they have one side in common."""
    if len(widths) < 3:
        return 0.0
    single, inner = min(widths[0], widths[-1]), float(np.median(widths[1:-1]))
    return inner - single if inner > _TWICE * single else 0.0


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


def between(level: Sequence[Rule], side: int) -> Iterator[tuple[Rule, Rule]]:
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
