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


def _at_most_half(threshold: float) -> float:
    """Never refuse what is more likely right than wrong; round for the reader of the file."""
    return round(min(0.5, float(threshold)), 3)
