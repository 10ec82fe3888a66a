"""What a model's confidence is worth, as measured: what `model.json` may say in `trust`.

Two things, both about whole numbers. `slope` and `offset` turn the stated confidence into how often
such numbers are right: sigmoid(slope * logit(stated) + offset) (Platt 1999), which keeps the order.
`promises` say from which confidence on the numbers of the validation sets were right often enough.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from inkdigits.errors import IncompatibleModel

_CERTAIN = 1e-7
"""Confidences are kept this far from 0 and 1, where log-odds have no end."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Of numbers accepted from `confidence` on, at least the share `accuracy` is right.

    `accepted` numbers of the validation sets were so sure, and `wrong` of them were not right.
    """

    accuracy: float
    confidence: float
    accepted: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Trust:
    """How confidence is calibrated, and what can be promised with it.

    `promises` are in order of their accuracy, and of their confidence too; `numbers` is how many
    they were measured on, by the name of the set.
    """

    promises: tuple[Promise, ...]
    numbers: Mapping[str, int]
    slope: float = 1.0
    offset: float = 0.0

    def calibrated(self, stated: float) -> float:
        """How often numbers of a stated confidence, 0 to 1, are right."""
        if (self.slope, self.offset) == (1.0, 0.0):
            return stated
        kept = min(max(stated, _CERTAIN), 1 - _CERTAIN)
        log_odds = self.slope * math.log(kept / (1 - kept)) + self.offset
        return 1 / (1 + math.exp(-log_odds))

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON types, the way `read_trust` takes them."""
        return {
            "slope": self.slope,
            "offset": self.offset,
            "numbers": dict(self.numbers),
            "promises": [asdict(promise) for promise in self.promises],
        }


def read_trust(given: Mapping[str, Any]) -> Trust:
    """What `to_dict` gave; `ValueError` for anything else, or for values that cannot be."""
    try:
        promises = tuple(Promise(**promise) for promise in given["promises"])
        trust = Trust(promises, given["numbers"], given["slope"], given["offset"])
        fits = given.keys() == trust.to_dict().keys() and _is_sound(trust)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError("trust is not what inkdigits writes") from error
    if not fits:
        raise ValueError("trust has values that cannot be")
    return trust


def promise_of(trust: Trust | None, accuracy: float, title: str) -> Promise:
    """The promise that keeps at least `accuracy`, of the model called `title`.

    Raises `ValueError` for what is no accuracy, `IncompatibleModel` where it was never measured, or
    where the validation sets cannot show as much.
    """
    if not 0 < accuracy < 1:
        raise ValueError(f"min_accuracy is a share between 0 and 1, such as 0.999, not {accuracy}")
    if trust is None or not trust.promises:
        raise IncompatibleModel(
            f"the model {title} was never measured for an accuracy to keep: "
            "run `inkdigits evaluate BUNDLE --promise`"
        )
    for promise in trust.promises:
        if promise.accuracy >= accuracy:
            return promise
    raise IncompatibleModel(
        f"the model {title} cannot promise {percent(accuracy)}: what it was measured on shows "
        f"{percent(trust.promises[-1].accuracy)} at most: ask for that, or for less"
    )


def percent(share: float) -> str:
    """A share in percent as it was asked for: `99.9 %`."""
    return f"{100 * share:.10g} %"


def _is_sound(trust: Trust) -> bool:
    numbers = (trust.slope, trust.offset)
    return (
        all(type(number) in (int, float) and math.isfinite(number) for number in numbers)
        and 0.01 <= trust.slope <= 100
        and abs(trust.offset) <= 100
        and isinstance(trust.numbers, dict)
        and all(type(count) is int and count >= 0 for count in trust.numbers.values())
        and all(map(_is_promise, trust.promises))
        and all(
            one.accuracy < other.accuracy and one.confidence <= other.confidence
            for one, other in pairwise(trust.promises)
        )
    )


def _is_promise(promise: Promise) -> bool:
    shares, counts = (promise.accuracy, promise.confidence), (promise.wrong, promise.accepted)
    return (
        all(type(share) in (int, float) and 0 <= share <= 1 for share in shares)
        and all(type(count) is int for count in counts)
        and 0 <= promise.wrong <= promise.accepted
    )
