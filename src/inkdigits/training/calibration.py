"""Fit what turns scores into trust: one temperature and the thresholds for refusing.

Both are fitted on images that no epoch contains, as they are and augmented as in training, so that
the confidence is honest for writing that is harder than MNIST. They are reported on other data.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.recognition.confidence import softmax
from inkdigits.recognition.contract import THRESHOLDS

Logits = NDArray[np.float32]
Labels = NDArray[Any]

REFUSED_DIGITS = 0.004
"""The thresholds refuse about this share of the digits they are fitted on."""

FEWEST_MISTAKES = 5
"""With fewer the temperature stays at 1."""

MIN_HEIGHT_PX = 7.0
"""Lower symbols than this hold too few pixels to tell a 3 from an 8."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """What goes into `model.json`: see `recognition/confidence.py`."""

    temperature: float
    thresholds: dict[str, float]


def calibrate(logits: Logits, labels: Labels, reject: int | None) -> Calibration:
    """Fit to held-out logits `(N, L)` and labels `(N,)`, of which `reject` marks non-digits.

    `reject` is None for a model that has no label for what is no digit: its threshold for that
    never refuses anything.
    """
    temperature = fit_temperature(logits, labels) if _mistakes(logits, labels) else 1.0
    probabilities = softmax(logits / np.float32(temperature))
    if reject is None:
        digit, best = np.ones(len(labels)), probabilities.max(1)
    else:
        probabilities = probabilities[labels != reject]
        digit = 1 - probabilities[:, reject]
        best = np.delete(probabilities, reject, axis=1).max(1)
    fitted = (
        _at_most_half(np.quantile(digit, REFUSED_DIGITS / 2)),
        _at_most_half(np.quantile(best, REFUSED_DIGITS)),
        MIN_HEIGHT_PX,
    )
    return Calibration(temperature, dict(zip(THRESHOLDS, fitted, strict=True)))


def _mistakes(logits: Logits, labels: Labels) -> bool:
    """Whether there are enough to tell from how sure the answers should be.

    Without any, the likelihood grows with confidence without end.
    """
    return int((logits.argmax(1) != labels).sum()) >= FEWEST_MISTAKES


def fit_temperature(logits: Logits, labels: Labels) -> float:
    """The temperature with the least negative log likelihood (Guo 2017)."""

    def loss(temperature: float) -> float:
        scaled = logits.astype(np.float64) / temperature
        shifted = scaled - scaled.max(1, keepdims=True)
        of_label = shifted[np.arange(len(labels)), labels]
        return float((np.log(np.exp(shifted).sum(1)) - of_label).mean())

    return best_temperature(loss)


def best_temperature(loss: Callable[[float], float], precision: float = 1e-3) -> float:
    """The temperature from 0.1 to 10 at which `loss` is least, by golden section.

    `precision` is that of its logarithm.
    """
    low, high = np.log(0.1), np.log(10.0)
    golden = (np.sqrt(5) - 1) / 2
    while high - low > precision:
        left, right = high - golden * (high - low), low + golden * (high - low)
        if loss(float(np.exp(left))) < loss(float(np.exp(right))):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def fit_confidence(stated: NDArray[np.float64], right: NDArray[np.bool_]) -> tuple[float, float]:
    """The slope and offset that turn stated confidences into how often whole numbers are right.

    Both arrays are `(N,)`; `recognition/trust.py` says what comes of it. Logistic regression on the
    log-odds (Platt 1999), by Newton's method, with his targets, which keep few mistakes from making
    certain. Of too few mistakes, or too few that are right, nothing is learnt: 1 and 0. The slope
    is never negative: a surer number stays the surer one.
    """
    wrong = int((~right).sum())
    if min(wrong, len(right) - wrong) < FEWEST_MISTAKES:
        return 1.0, 0.0
    kept = np.clip(stated.astype(np.float64), 1e-7, 1 - 1e-7)
    features = np.stack([np.log(kept / (1 - kept)), np.ones(len(kept))], axis=1)
    hits = len(right) - wrong
    targets = np.where(right, (hits + 1) / (hits + 2), 1 / (wrong + 2))
    fitted = np.array([1.0, 0.0])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(features @ fitted, -30, 30)))
        weights = np.maximum(chance * (1 - chance), 1e-9)
        curvature = (features * weights[:, None]).T @ features + 1e-9 * np.eye(2)
        step = np.linalg.solve(curvature, features.T @ (targets - chance))
        fitted += step / max(1.0, float(np.abs(step).max()))
        if np.abs(step).max() < 1e-8:
            break
    return max(0.01, float(fitted[0])), float(fitted[1])


def _at_most_half(threshold: float) -> float:
    """Never refuse what is more likely right than wrong; round for the reader of the file."""
    return round(min(0.5, float(threshold)), 3)
