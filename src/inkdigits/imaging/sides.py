"""The long sides of rows of boxes among the traced lines of a page: which they are, and whole.

Digits that touch their boxes hide the sides, and lead the tracing astray. But the sides of a row
run along each other, end together, and the rows of one page are about as high as each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from inkdigits.imaging.light import Grey
from inkdigits.imaging.tracing import Rule

_ALONG, _BESIDE, _PARALLEL = 0.8, 0.12, 0.03
"""A line beside a rule shares this much of its length with it, lies at most this share of the
page's long side away, and comes nearer by at most this share of its length."""

_LONGER = 3
"""A row of boxes is more than so many times as long as high; the bars of a 2 or a Z are not."""

_PART = 0.8
"""What is shorter than this share of the rule beside it may be a part of one."""

_AS_DARK, _COVERED = 0.4, 0.8
"""Where a line is taken to go on there is ink along this share of it, at least this share as dark
as where it was traced."""

_ASTRAY_PX = 4
"""A side is found within so many pixels of where the others say."""


def is_beside(rule: Rule, other: Rule, small: Grey) -> bool:
    """Whether a level line runs along another, as one side of a row of boxes along the other."""
    if rule.upright or other.upright:
        return False
    ends = rule.along[[0, -1]]
    apart = rule.across[[0, -1]] - other.at(ends)
    return bool(
        _shared(rule, other) > _ALONG * rule.length
        and abs(apart.mean()) < _BESIDE * max(small.shape)
        and abs(apart[1] - apart[0]) < _PARALLEL * rule.length
    )


def heights(rule: Rule, others: Iterable[Rule], small: Grey) -> list[float]:
    """How far from a level line those run that may be the other side of its row of boxes."""
    apart = [
        abs(_offset(rule, other))
        for other in others
        if other is not rule and is_beside(rule, other, small) and is_beside(other, rule, small)
    ]
    return [height for height in apart if height < rule.length / _LONGER]


def with_whole_sides(rules: Sequence[Rule], small: Grey) -> list[Rule]:
    """The rules of a page with the sides of its rows of boxes whole, and without strokes in them.

    `small` is the contrast of the page on which they were traced. That there is a rule where one
    is added is for `measure` to find out.
    """
    whole = _completed(rules, small)
    whole += _other_sides(whole, small)
    return [rule for rule in whole if not _is_in_boxes(rule, whole, small)]


def _completed(rules: Sequence[Rule], small: Grey) -> list[Rule]:
    """The rules, with sides that were traced in parts as long as the other side, beside them."""
    level = [rule for rule in rules if not rule.upright]
    completed: list[Rule] = []
    parts: list[Rule] = []
    for part in level:
        beside = [
            rule
            for rule in level
            if part.length < _PART * rule.length and is_beside(part, rule, small)
        ]
        for side in (-1, 1):
            others = [rule for rule in beside if side * _offset(part, rule) > 0]
            if others:
                other = min(others, key=lambda rule: abs(_offset(part, rule)))
                whole = _copied(other, _offset(part, other), part, small)
                completed += [whole] if whole else []
                parts += [part] if whole else []
    return [rule for rule in rules if rule not in parts] + completed


def _other_sides(rules: Sequence[Rule], small: Grey) -> Iterator[Rule]:
    """Sides that were not traced at all: as far from the one that was as those of other rows."""
    level = [rule for rule in rules if not rule.upright]
    near = [heights(rule, level, small) for rule in level]
    if not any(near):
        return
    height = float(np.median([min(apart) for apart in near if apart]))
    for rule in (rule for rule, apart in zip(level, near, strict=True) if not apart):
        for below in (height, -height):
            side = _copied(rule, below, rule, small)
            if side and not any(_overlap(side, other, height / 2) for other in level):
                yield side


def _is_in_boxes(rule: Rule, others: Sequence[Rule], small: Grey) -> bool:
    """Whether a level line runs between the two long sides of a row of boxes: strokes in them."""
    if rule.upright:
        return False
    longer = [
        other
        for other in others
        if rule.length < _PART * other.length and is_beside(rule, other, small)
    ]
    above = [other for other in longer if _offset(rule, other) > _ASTRAY_PX]
    below = [other for other in longer if _offset(rule, other) < -_ASTRAY_PX]
    return any(heights(upper, below, small) for upper in above)


def _copied(rule: Rule, below: float, part: Rule, small: Grey) -> Rule | None:
    """A line like `rule`, about `below` it, where it is darkest; None where there is none.

    Beyond the ends of the `part` that was traced of it there is ink all along, as dark as there.
    """
    level = float(np.median(_darkness(part, small)))
    shifts = range(-_ASTRAY_PX, _ASTRAY_PX + 1)
    copies = [Rule(rule.along, rule.across + below + shift, upright=False) for shift in shifts]
    dark = np.stack([_darkness(copy, small) for copy in copies])
    x = np.arange(dark.shape[1]) + rule.along[0]
    beyond = (x < part.along[0]) | (x > part.along[-1])
    new = dark[:, beyond] if beyond.any() else dark
    inked = np.mean(new > _AS_DARK * level, axis=1) > _COVERED
    # What is written on it is darker, and says nothing of where it runs.
    darkness = inked * np.minimum(dark, level).mean(1)
    best = int(np.argmax(darkness))
    return copies[best] if darkness[best] > 0 else None


def _overlap(rule: Rule, other: Rule, near: float) -> bool:
    """Whether level rules run beside each other somewhere, less than `near` apart."""
    return _shared(rule, other) > 0 and abs(_offset(rule, other)) < near


def _shared(rule: Rule, other: Rule) -> float:
    """How far two level rules run beside each other; negative where they do not."""
    return float(min(rule.along[-1], other.along[-1]) - max(rule.along[0], other.along[0]))


def _offset(rule: Rule, other: Rule) -> float:
    """How far below another level rule a rule runs, on average."""
    return float((rule.across - other.at(rule.along)).mean())


def _darkness(rule: Rule, small: Grey) -> Grey:
    """The darkest near a level rule, pixel by pixel along it."""
    x = np.arange(round(rule.along[0]), min(round(rule.along[-1]), small.shape[1]))
    rows = np.rint(rule.at(x + 0.5) - 0.5).astype(int) + np.arange(-1, 2)[:, None]
    return np.asarray(small[np.clip(rows, 0, small.shape[0] - 1), x].max(0), np.uint8)
