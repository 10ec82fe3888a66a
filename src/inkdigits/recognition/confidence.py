"""From scores to trust: calibrated probabilities, and whether an answer is given or refused.

The thresholds are the model's own, in its `model.json`:

- `digit`: a symbol must be a digit, whichever, with at least this probability;
- `confidence`: the best digit must have at least this probability;
- `min_height_px`: symbols lower than this on the page are too small to trust.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inkdigits.recognition.contract import Contract

ALTERNATIVES = 3
"""So many runners-up are reported, if they reach `_WORTH_TELLING`."""

_WORTH_TELLING = 0.005

NOT_A_DIGIT = "not a digit"
AMONG_OTHERS = f"stands among what is {NOT_A_DIGIT}"
"""Reasons for refusing a symbol; others name numbers or digits."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is answered for one symbol: see `reading.Digit`."""

    value: str | None
    guess: str
    confidence: float
    reason: str
    alternatives: tuple[tuple[str, float], ...]


def probabilities(logits: NDArray[np.float32], contract: Contract) -> NDArray[np.float32]:
    """Calibrated probabilities float32 `(N, L)` of the labels, from logits of the same shape."""
    return softmax(logits / np.float32(contract.temperature))


def softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Probabilities float32 `(N, L)`, each row summing to 1; N may be 0."""
    shifted = logits - logits.max(1, keepdims=True, initial=-np.inf)
    np.exp(shifted, out=shifted)
    return np.asarray(shifted / shifted.sum(1, keepdims=True), np.float32)


def digit_columns(contract: Contract) -> list[int]:
    """The columns of the scores that are digits, in the order of their labels."""
    return [index for index in range(len(contract.labels)) if index != contract.reject]


def judge(row: NDArray[np.float32], height_px: float, contract: Contract) -> Verdict:
    """Accept or refuse one symbol, from its probabilities `(L,)` and its height on the page."""
    columns = digit_columns(contract)
    order = sorted(columns, key=lambda column: -row[column])
    best, second = order[0], order[1]
    reason = _objection(row, (best, second), height_px, contract)
    return Verdict(
        value=None if reason else contract.labels[best],
        guess=contract.labels[best],
        confidence=float(row[best]),
        reason=reason,
        alternatives=tuple(
            (contract.labels[column], float(row[column]))
            for column in order[1 : 1 + ALTERNATIVES]
            if row[column] >= _WORTH_TELLING
        ),
    )


def in_company(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Refuse the digits of a number most of whose symbols are none.

    In words stand letters of a digit's shape: o, l, z, b. One symbol alone is never affected.
    """
    strangers = sum(verdict.reason == NOT_A_DIGIT for verdict in verdicts)
    if 2 * strangers <= len(verdicts):
        return list(verdicts)
    return [
        verdict if verdict.reason else replace(verdict, value=None, reason=AMONG_OTHERS)
        for verdict in verdicts
    ]


def _objection(
    row: NDArray[np.float32], best_two: tuple[int, int], height_px: float, contract: Contract
) -> str:
    thresholds: Mapping[str, float] = contract.thresholds
    best, second = best_two
    if height_px < thresholds["min_height_px"]:
        return f"too small: {height_px:.0f} px high"
    if contract.reject is not None and 1 - row[contract.reject] < thresholds["digit"]:
        return NOT_A_DIGIT
    if row[best] < thresholds["confidence"]:
        if contract.reject is not None and row[contract.reject] > row[second]:
            return f"perhaps a {contract.labels[best]}, perhaps {NOT_A_DIGIT}"
        return f"two readings close together: {contract.labels[best]} or {contract.labels[second]}"
    return ""
