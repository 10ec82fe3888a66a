"""From scores to trust: calibrated probabilities, and whether an answer is given or refused.

The thresholds are the model's own, in its `model.json`:

- `digit`: a symbol must be a digit, whichever, with at least this probability;
- `confidence`: the best digit must have at least this probability;
- `min_height_px`: symbols lower than this on the page are too small to trust.

A reason is what is wrong in a few words, then, after a colon, the particulars or what to do about
it; several are joined by semicolons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from inkdigits.recognition.contract import Contract
from inkdigits.recognition.trust import Promise, percent

ALTERNATIVES = 3
"""So many runners-up are reported, if they reach `WORTH_TELLING`."""

WORTH_TELLING = 0.005
"""Runners-up below this probability say nothing."""

NOT_A_DIGIT = "not a digit"
TOO_SMALL = "too small"
AMONG_OTHERS = f"stands among what is {NOT_A_DIGIT}"
CLOSE = "two readings close together"
NOT_SURE = "not sure enough"
BREAKS_FIELD = "breaks the field"
IN_DOUBT = "stands in a number that is refused"
"""Reasons for refusing a symbol or a number, some with particulars after a colon."""

_STRANGERS, _LONG_WORD, _STRANGERS_IN_LONG = 0.5, 6, 0.3
"""A word has more than this share of symbols that are no digits; a row of so many symbols is print
from a smaller share on. On composed pages of print it is about a half."""

_AND = "; "


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
        alternatives=runners_up(row, contract.labels[best], contract),
    )


def runners_up(
    row: NDArray[np.float32], guess: str, contract: Contract
) -> tuple[tuple[str, float], ...]:
    """The digits that a symbol may be but for the one that is guessed, most likely first."""
    others = [column for column in digit_columns(contract) if contract.labels[column] != guess]
    return tuple(
        (contract.labels[column], float(row[column]))
        for column in sorted(others, key=lambda column: -row[column])[:ALTERNATIVES]
        if row[column] >= WORTH_TELLING
    )


def in_company(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """Refuse the digits of a number most of whose symbols are none, or many of a long one.

    In words stand letters of a digit's shape: o, l, z, b. One symbol alone is never affected.
    """
    strangers = sum(verdict.reason == NOT_A_DIGIT for verdict in verdicts)
    most = _STRANGERS if len(verdicts) < _LONG_WORD else _STRANGERS_IN_LONG
    if strangers <= most * len(verdicts):
        return list(verdicts)
    return [
        verdict if verdict.reason else replace(verdict, value=None, reason=AMONG_OTHERS)
        for verdict in verdicts
    ]


def explained(verdict: Verdict, fault: str) -> Verdict:
    """A refusal that first says what is wrong with the picture; anything else as it is."""
    if not verdict.reason or not fault:
        return verdict
    return replace(verdict, reason=f"{fault}{_AND}{verdict.reason}")


def number_confidence(verdicts: Sequence[Verdict], contract: Contract) -> float:
    """The calibrated probability, 0 to 1, that all guesses of a number are right."""
    return calibrated(prod(verdict.confidence for verdict in verdicts), contract)


def calibrated(stated: float, contract: Contract) -> float:
    """How often numbers of a stated confidence, 0 to 1, are right, as far as that was measured."""
    return stated if contract.trust is None else contract.trust.calibrated(stated)


def as_promised(
    verdicts: Sequence[Verdict], confidence: float, promise: Promise | None
) -> list[Verdict]:
    """Refuse a number as a whole where it is not sure enough, or a digit of it is refused.

    Half of a number is none: what a promise was made for is answered in full or not at all. Without
    a promise the verdicts stay.
    """
    if promise is None:
        return list(verdicts)
    if confidence < promise.confidence:
        # Rounded down: what is not sure enough must not look as if it were.
        reason = f"{NOT_SURE} for {percent(promise.accuracy)}: {int(confidence * 1000) / 1000:.3f}"
    elif any(verdict.reason for verdict in verdicts):
        reason = IN_DOUBT
    else:
        return list(verdicts)
    return [
        verdict if verdict.reason else replace(verdict, value=None, reason=reason)
        for verdict in verdicts
    ]


def breaking_field(verdicts: Sequence[Verdict], why: str) -> list[Verdict]:
    """Refuse a number that no field may hold; `why` says so: `12 digits, not 16`."""
    reason = f"{BREAKS_FIELD}: {why}"
    return [
        verdict if verdict.reason else replace(verdict, value=None, reason=reason)
        for verdict in verdicts
    ]


def reason_of(verdicts: Sequence[Verdict]) -> str:
    """Why a number was refused: each reason of its digits once, `""` if there is none.

    Where two readings are all that stands in its way, both are told of the whole number.
    """
    reasons = [part for verdict in verdicts for part in verdict.reason.split(_AND) if part]
    if len(verdicts) > 1 and reasons and all(part.startswith(CLOSE) for part in reasons):
        return _both(verdicts)
    return _AND.join(part for part in dict.fromkeys(reasons) if part != IN_DOUBT)


def _both(verdicts: Sequence[Verdict]) -> str:
    """The two most likely numbers, of which one digit is not the same."""
    doubtful = [place for place, verdict in enumerate(verdicts) if verdict.alternatives]
    guesses = [verdict.guess for verdict in verdicts]
    other = guesses.copy()
    if doubtful:
        place = max(doubtful, key=lambda n: verdicts[n].alternatives[0][1] / verdicts[n].confidence)
        other[place] = verdicts[place].alternatives[0][0]
    return f"{CLOSE}: {''.join(guesses)} or {''.join(other)}"


def _objection(
    row: NDArray[np.float32], best_two: tuple[int, int], height_px: float, contract: Contract
) -> str:
    thresholds: Mapping[str, float] = contract.thresholds
    best, second = best_two
    if height_px < thresholds["min_height_px"]:
        return f"{TOO_SMALL}: {height_px:.0f} px high"
    if contract.reject is not None and 1 - row[contract.reject] < thresholds["digit"]:
        return NOT_A_DIGIT
    if row[best] < thresholds["confidence"]:
        if contract.reject is not None and row[contract.reject] > row[second]:
            return f"perhaps a {contract.labels[best]}, perhaps {NOT_A_DIGIT}"
        return f"{CLOSE}: {contract.labels[best]} or {contract.labels[second]}"
    return ""
