"""What evaluation counts: pure functions of scores, labels and answers, with numpy alone.

Shapes: `probabilities` is `(N, K)`, rows in 0 to 1; `labels` is `(N,)` of integers below K;
`confidence` is `(N,)` in 0 to 1 and `correct` `(N,)` of booleans. A measure of nothing (N = 0) has
no value: every function raises `ValueError` for it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.integer[Any]]
Booleans = NDArray[np.bool_]

CALIBRATION_BINS = 15
_NORMAL_QUANTILE_975 = 1.959963984540054
# float32 cannot hold 1 - 1e-8, so a smaller floor would punish rounding, not confidence.
_SMALLEST_PROBABILITY = 1e-7


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`, `total` at least 1."""

    count: int
    total: int

    def __post_init__(self) -> None:
        if not 0 <= self.count <= self.total or self.total == 0:
            raise ValueError(f"{self.count} of {self.total} is not a share")

    @property
    def value(self) -> float:
        return self.count / self.total

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % Wilson score interval (E. B. Wilson, 1927), 0 to 1."""
        n, z = self.total, _NORMAL_QUANTILE_975
        centre = (self.value + z * z / (2 * n)) / (1 + z * z / n)
        spread = self.value * (1 - self.value) / n + z * z / (4 * n * n)
        half = z * math.sqrt(spread) / (1 + z * z / n)
        return max(0.0, centre - half), min(1.0, centre + half)


def share(marks: Booleans) -> Share:
    """How many of `marks` are true."""
    _some(marks)
    return Share(int(np.count_nonzero(marks)), len(marks))


def accuracy(scores: Floats, labels: Integers) -> Share:
    """How often the highest of the scores `(N, K)` is at the label; the first wins a tie."""
    _same_length(scores, labels)
    return share(scores.argmax(axis=1) == labels)


def negative_log_likelihood(probabilities: Floats, labels: Integers) -> float:
    """The mean of -ln p(label), in nats; probabilities below 1e-7 count as 1e-7."""
    _same_length(probabilities, labels)
    of_label = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(of_label, _SMALLEST_PROBABILITY)).mean())


def brier(probabilities: Floats, labels: Integers) -> float:
    """The mean over rows of the summed squared error to the one-hot label, 0 to 2 (Brier 1950)."""
    _same_length(probabilities, labels)
    one_hot = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - one_hot) ** 2).sum(axis=1).mean())


def calibration_error(
    confidence: Floats, correct: Booleans, bins: int = CALIBRATION_BINS, equal_mass: bool = False
) -> float:
    """Expected calibration error, 0 to 1: the mean gap between confidence and share correct.

    The gap is taken in bins and weighted by their share of the N. By default the bins are equally
    wide, `(k/bins, (k+1)/bins]` with 0 in the first, as in Guo et al. 2017 (arXiv:1706.04599);
    with `equal_mass` they hold equally many, split in order of confidence.
    """
    _same_length(confidence, correct)
    values = confidence.astype(np.float64)
    if equal_mass:
        groups = np.array_split(np.argsort(values, kind="stable"), bins)
    else:
        groups = equal_width_bins(values, bins)
    gaps = (abs(values[group].sum() - correct[group].sum()) for group in groups)
    return float(sum(gaps) / len(values))


def equal_width_bins(confidence: Floats, bins: int = CALIBRATION_BINS) -> list[NDArray[np.intp]]:
    """Which of the `(N,)` fall into each of the bins `(k/bins, (k+1)/bins]`, 0 in the first."""
    number = np.clip(np.ceil(confidence.astype(np.float64) * bins) - 1, 0, bins - 1)
    return [np.flatnonzero(number == k) for k in range(bins)]


def coverage_curve(confidence: Floats, correct: Booleans) -> tuple[Floats, Floats]:
    """What answering only the surest gives: the share answered `(M,)`, the accuracy on it `(M,)`.

    The share rises to 1, all of them; those of the same confidence are answered only together.
    """
    _same_length(confidence, correct)
    order = np.argsort(-confidence, kind="stable")
    answered = np.arange(1, len(order) + 1)
    last = np.diff(confidence[order], append=-np.inf) < 0
    right = np.cumsum(correct[order])
    return answered[last] / len(order), right[last] / answered[last]


def auroc(positive: Floats, negative: Floats) -> float:
    """The chance that a positive scores above a negative, ties counting half (Mann and Whitney).

    `positive` `(P,)` and `negative` `(Q,)` are scores of any scale, none of them NaN.
    """
    _some(positive)
    _some(negative)
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    not_above = np.searchsorted(ordered, positive, side="right")
    return float((below + not_above).mean() / (2 * len(negative)))


def coverage_at_accuracy(confidence: Floats, correct: Booleans, target: float) -> float:
    """The largest share that can be answered with an accuracy of at least `target`, 0 to 1.

    Answers are given from the surest downwards; those of the same confidence only together.
    """
    return coverage_reaching(*coverage_curve(confidence, correct), target)


def coverage_reaching(coverage: Floats, accuracy: Floats, target: float) -> float:
    """The largest share of a `coverage_curve` whose accuracy is at least `target`; 0 if none is."""
    # A target such as 0.55 is not exact in binary: 55 of 100 must still reach it.
    return float(coverage[accuracy >= target - 1e-9].max(initial=0.0))


def edit_distance(truth: str, answer: str) -> int:
    """The fewest insertions, deletions and substitutions of one character (Levenshtein)."""
    row = list(range(len(answer) + 1))
    for i, wanted in enumerate(truth, start=1):
        previous, row = row, [i]
        for j, given in enumerate(answer, start=1):
            row.append(min(previous[j] + 1, row[-1] + 1, previous[j - 1] + (wanted != given)))
    return row[-1]


def digits_of(text: str) -> str:
    """The digits 0 to 9 of `text` in its order, without anything else in it."""
    return "".join(character for character in text if character in "0123456789")


def exact_share(truths: Sequence[str], answers: Sequence[str]) -> Share:
    """How many images have all digits right; anything but digits is ignored on both sides."""
    _same_length(truths, answers)
    pairs = zip(truths, answers, strict=True)
    return Share(sum(digits_of(t) == digits_of(a) for t, a in pairs), len(truths))


def digit_error_rate(truths: Sequence[str], answers: Sequence[str]) -> float:
    """The sum of edit distances over the sum of true lengths, in digits; can exceed 1."""
    _same_length(truths, answers)
    pairs = [(digits_of(t), digits_of(a)) for t, a in zip(truths, answers, strict=True)]
    length = sum(len(truth) for truth, _ in pairs)
    if length == 0:
        raise ValueError("no digits in the truth: an error rate has no value")
    return sum(edit_distance(truth, answer) for truth, answer in pairs) / length


def _some(values: Sequence[Any] | NDArray[Any]) -> None:
    if len(values) == 0:
        raise ValueError("a measure of nothing has no value")


def _same_length(one: Sequence[Any] | NDArray[Any], other: Sequence[Any] | NDArray[Any]) -> None:
    _some(one)
    if len(one) != len(other):
        raise ValueError(f"lengths differ: {len(one)} and {len(other)}")
