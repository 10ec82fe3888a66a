"""The printed lines of a page: where ruled and squared paper, tables and forms have theirs.

Of the thin lines on a page, those are rules that are too long for the strokes of its writing, those
that there are several of, those beside another rule, as the two sides of a row of boxes are (see
`sides.py`), and those that a regular ruling lacks where writing covers it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import cv2
import numpy as np

from inkdigits.imaging.light import Grey
from inkdigits.imaging.sides import heights, is_beside, with_whole_sides
from inkdigits.imaging.tracing import FAINTEST, REACH, Rule, trace

_SIDE = 1000
"""Long side of the picture on which rules are traced."""

_SMALLEST_PAGE = 100
"""On pictures with a shorter side lies no ruled paper: what is long there is a stroke."""

_LONG = 0.5
"""Of the page: so long are the rules of ruled paper, of which there are several."""

_SEVERAL = 3

_LEAST = (0.12, 0.25)
"""Of the page's long side: so long is any level and any upright rule. No stem of a digit is."""

_TIMES_HEIGHT = 2.5
"""A rule that is alone is at least so many times as long as writing is high."""

_REGULAR, _UNEVEN, _MOST_MISSING = 5, 0.12, 3
"""A ruling with at least so many gaps, even but for this share, may lack so many rules in a row."""

_MOST_RULES = 250
"""Longest first; squared paper has fewer."""


def find_rules(contrast: Grey) -> tuple[Rule, ...]:
    """The rules of a page, whose `contrast` is that of `Ink`, before any is taken out."""
    if min(contrast.shape) < _SMALLEST_PAGE:
        return ()
    scale = max(1.0, max(contrast.shape) / _SIDE)
    small = contrast
    if scale > 1:
        size = (round(contrast.shape[1] / scale), round(contrast.shape[0] / scale))
        small = np.asarray(cv2.resize(contrast, size, interpolation=cv2.INTER_AREA), np.uint8)
    found = [*trace(small, upright=False), *trace(small, upright=True)]
    chosen = _plausible(found, small) if found else []
    chosen += [
        rule
        for rule in found
        if rule not in chosen and any(is_beside(rule, other, small) for other in chosen)
    ]
    chosen += [rule for upright in (False, True) for rule in _missing(chosen, upright, small)]
    chosen = with_whole_sides(chosen, small)
    chosen.sort(key=lambda rule: -rule.length)
    return tuple(
        Rule(scale * rule.along, scale * rule.across, rule.upright) for rule in chosen[:_MOST_RULES]
    )


def _plausible(found: Sequence[Rule], small: Grey) -> list[Rule]:
    """Those too long for strokes of what is written on the page, or many and long."""
    many = [rule for upright in (False, True) for rule in _long(found, upright, small)]
    height = _TIMES_HEIGHT * _height_of_writing(found, small)
    least = [share * max(small.shape) for share in _LEAST]
    level = [rule for rule in found if not rule.upright and rule.length > least[False]]
    # Digits that touch the sides of their boxes are as high as these; but two sides tell of boxes.
    sides = level if any(heights(rule, found, small) for rule in level) else []
    chosen = [
        rule
        for rule in found
        if rule in many or rule in sides or rule.length > max(height, least[rule.upright])
    ]
    # A stem or two on a small picture, 1 or 11, are long too. Nothing else need be on it.
    few = len(chosen) < _SEVERAL and all(rule.upright for rule in chosen)
    return [rule for rule in chosen if not few or rule.length >= _LONG * small.shape[0]]


def _long(rules: Sequence[Rule], upright: bool, small: Grey) -> list[Rule]:
    """The rules one way that run over much of the page; none if they are few."""
    least = max(_LONG * small.shape[0 if upright else 1], _LEAST[upright] * max(small.shape))
    long = [rule for rule in rules if rule.upright == upright and rule.length >= least]
    return long if len(long) >= _SEVERAL else []


def _missing(rules: Sequence[Rule], upright: bool, small: Grey) -> Iterator[Rule]:
    """Rules that a regular ruling lacks between its others: they lie under writing."""
    long = sorted(_long(rules, upright, small), key=lambda rule: float(rule.across.mean()))
    apart = [_apart(before, after) for before, after in pairwise(long)]
    if len(apart) < _REGULAR:
        return
    pitch = float(np.median(apart))
    for (before, after), distance in zip(pairwise(long), apart, strict=True):
        count = round(distance / pitch)
        if 2 <= count <= _MOST_MISSING + 1 and abs(distance / count / pitch - 1) < _UNEVEN:
            for index in range(1, count):
                yield _between(before, after, index / count)


def _apart(before: Rule, after: Rule) -> float:
    """The distance of two rules in their middle."""
    middle = before.along[[0, -1]].mean(keepdims=True)
    return float((after.at(middle) - before.at(middle))[0])


def _between(before: Rule, after: Rule, share: float) -> Rule:
    """A rule between two others, along what they have in common."""
    start = max(before.along[0], after.along[0])
    end = min(before.along[-1], after.along[-1])
    along = np.linspace(start, end, max(2, int((end - start) / REACH)))
    return Rule(along, (1 - share) * before.at(along) + share * after.at(along), before.upright)


def _height_of_writing(rules: Sequence[Rule], small: Grey) -> float:
    """How high pieces of ink usually are once these rules are cut out of a page; 0 without ink."""
    level, _ = cv2.threshold(small, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    mask = (small > max(0.6 * level, 2 * FAINTEST)).astype(np.uint8)
    for rule in rules:
        points = np.column_stack([rule.along, rule.across])
        points = np.rint(points[:, ::-1] if rule.upright else points).astype(np.int32)
        cv2.polylines(mask, [points], False, 0, REACH)
    stats = cv2.connectedComponentsWithStats(mask)[2][1:]
    extent, area = stats[:, 2:4].max(1), stats[:, 4]
    extent, area = extent[area > 6], area[area > 6]
    if not len(area):
        return 0.0
    order = np.argsort(extent)
    half = int(np.searchsorted(np.cumsum(area[order]), 0.5 * area.sum()))
    return float(extent[order[half]])
