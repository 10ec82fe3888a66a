"""Whether two classifiers differ by more than chance, from which images each of them got right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from inkdigits.evaluation.metrics import Booleans

EXACT_UP_TO = 1_000
"""Up to so many images that only one of the two got right, the test is exact: it costs nothing."""

BOOTSTRAPS = 10_000
LEVEL = 0.05
"""A difference that chance alone would give less often than this is called more than chance."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The second classifier against the first, on the same images.

    `only_first` and `only_second` count the images that only that one got right. `difference` is
    the accuracy of the second less that of the first, -1 to 1, `interval` its 95 % interval by
    bootstrap. `p_value` is McNemar's: how often chance alone would give so uneven a pair of counts,
    were both equally good; `exact` says how it was taken.
    """

    only_first: int
    only_second: int
    difference: float
    interval: tuple[float, float]
    p_value: float
    exact: bool


def compare(first: Booleans, second: Booleans, seed: int = 0) -> Difference:
    """Compare two classifiers by which of the same N images each got right, `(N,)` booleans."""
    if first.shape != second.shape or first.ndim != 1 or len(first) == 0:
        raise ValueError(f"images differ: {first.shape} and {second.shape}")
    only_first = int(np.count_nonzero(first & ~second))
    only_second = int(np.count_nonzero(second & ~first))
    exact = only_first + only_second <= EXACT_UP_TO
    return Difference(
        only_first=only_first,
        only_second=only_second,
        difference=(only_second - only_first) / len(first),
        interval=bootstrap_interval(only_first, only_second, len(first), seed),
        p_value=(mcnemar_exact if exact else mcnemar_chi2)(only_first, only_second),
        exact=exact,
    )


def mcnemar_exact(only_first: int, only_second: int) -> float:
    """McNemar's test (1947), two-sided and exact: a sign test on the images that tell them apart.

    Twice the chance that of `only_first + only_second` fair coins at most the smaller count falls
    one way, at most 1; 1 if no image tells them apart.
    """
    total = only_first + only_second
    fewer = min(only_first, only_second)
    # Whole numbers: no float holds 2**1000.
    ways = sum(math.comb(total, k) for k in range(fewer + 1))
    return min(1.0, float(Fraction(2 * ways, 2**total)))


def mcnemar_chi2(only_first: int, only_second: int) -> float:
    """McNemar's test by chi-squared of one degree with Edwards' correction (1948), for many."""
    total = only_first + only_second
    if total == 0:
        return 1.0
    statistic = max(0.0, abs(only_first - only_second) - 1) ** 2 / total
    return math.erfc(math.sqrt(statistic / 2))


def bootstrap_interval(
    only_first: int, only_second: int, images: int, seed: int = 0, samples: int = BOOTSTRAPS
) -> tuple[float, float]:
    """The 95 % percentile interval of the difference in accuracy, second less first (Efron 1979).

    Images are drawn again with replacement, pairs kept together. What a drawn sample says depends
    only on how many of its images each one alone got right, so these counts are drawn. The same
    seed gives the same interval.
    """
    shares = np.array([only_first, only_second, images - only_first - only_second]) / images
    drawn = np.random.default_rng(seed).multinomial(images, shares, samples)
    low, high = np.quantile((drawn[:, 1] - drawn[:, 0]) / images, [0.025, 0.975])
    return float(low), float(high)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values corrected for being several (Holm 1979), in their order, at most 1."""
    order = sorted(range(len(p_values)), key=lambda n: p_values[n])
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, n in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[n]))
        corrected[n] = highest
    return corrected


def verdict(names: tuple[str, str], found: Difference, p_value: float) -> str:
    """One sentence: which of the two is better, by how much, and whether that is more than chance.

    `p_value` is the corrected one where several pairs are compared.
    """
    first, second = names
    if found.only_first == found.only_second == 0:
        return f"{first} and {second} are right and wrong on the very same images."
    if found.only_first == found.only_second:
        alone = f"each alone on {found.only_first} images"
        return f"{first} and {second} are right equally often, {alone}."
    sign, better, worse = (1, second, first) if found.difference > 0 else (-1, first, second)
    low, high = sorted(100 * sign * bound for bound in found.interval)
    figures = (
        f"{100 * abs(found.difference):.2f} points (95 % interval {low:.2f} to {high:.2f}, "
        f"{_shown_p(p_value)})"
    )
    if p_value < LEVEL:
        return f"{better} is better than {worse} by {figures}: more than chance."
    return f"{better} is ahead of {worse} by {figures}: no more than chance may give."


def _shown_p(p_value: float) -> str:
    return "p < 0.0001" if p_value < 0.0001 else f"p = {p_value:.2g}"


def to_dict(names: tuple[str, str], found: Difference, corrected: float) -> dict[str, Any]:
    """A comparison as plain JSON types."""
    return {
        "first": names[0],
        "second": names[1],
        "only_first_right": found.only_first,
        "only_second_right": found.only_second,
        "difference": round(found.difference, 6),
        "interval_95": [round(bound, 6) for bound in found.interval],
        "p_value": found.p_value,
        "p_value_holm": corrected,
        "test": "McNemar, exact" if found.exact else "McNemar, chi-squared with correction",
        "verdict": verdict(names, found, corrected),
    }
