"""Boxes between rules: the combs of a form, with a digit a box, and the cells of a table.

Their upper and lower sides are level rules that were traced; what is left to find is where between
two of them a thin line goes all the way down.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from inkdigits.imaging.bands import Band, between
from inkdigits.imaging.light import Grey
from inkdigits.imaging.tracing import Rule
from inkdigits.reading import Box

_COMB = (0.35, 1.6)
"""Widths of a box for one digit, in heights of it; wider ones hold a number each."""

_FEWEST, _EVEN = 2, 0.15
"""A comb has at least so many boxes, most of them as wide as the others, give or take so much."""

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

    def filled(self, symbols: Sequence[Box]) -> tuple[bool, ...]:
        """Of each of the boxes, whether one of the symbols stands in it: the others are empty."""
        places = {self.place(symbol) for symbol in symbols}
        return tuple(index in places for index in range(len(self.boxes)))


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
    bands = list(between(level, max(contrast.shape)))[:_MOST_BANDS]
    if not bands or _is_squared(rules):
        return (), ()
    wide = np.asarray(cv2.dilate(contrast, np.ones((1, 3), np.uint8)), np.uint8)
    upright = [rule for rule in rules if rule.upright]
    drawn = [Band(wide, upper, lower) for upper, lower in bands]
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
        is_ruled_paper = among_like and len(boxes) == 1  # from its margin, or edge, to the other
        narrowest = 1.0 if among_like else _COMB[1]
        if boxes and (is_comb or _aspect(boxes) > narrowest) and not is_ruled_paper:
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
