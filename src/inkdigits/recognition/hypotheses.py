"""What a row may say, all that is known of it taken together.

A line model looks at its strip several times, leaning a little to either side; a string is as
likely as the looks find it on average. What the digit model says of symbols that stand apart is
weighed in: it knows single digits better, and a piece that is no digit may be two that touch.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

import numpy as np

from inkdigits.recognition.decoding import Hypothesis, align, best_strings, log_probability
from inkdigits.recognition.field import Field
from inkdigits.recognition.symbols import Row

_CANDIDATES = 4
"""So many strings of each look are weighed."""

_WEIGHT = 0.7
"""How much what is said of a symbol counts: both models see the same ink, so not in full."""

_FLOOR = 0.01
"""Nothing that a model says of one symbol is surer than this from being wrong."""


def hypotheses(row: Row, field: Field | None = None, count: int = 1) -> tuple[Hypothesis, ...]:
    """The `count` most probable strings of a row that satisfy a field, as `best_strings` gives.

    There are none if no string of digits satisfies it.
    """
    if field is None and row.likeliest:
        return row.likeliest[:count]
    if len(row.lattices) == 1 and not row.evidence:
        return best_strings(row.lattices[0], field, count)
    looks = [best_strings(lattice, field, _CANDIDATES) for lattice in row.lattices]
    chances: dict[str, float] = {}
    allowed = 0.0
    for found in looks:
        for hypothesis in found:
            part = hypothesis.probability / len(looks)
            chances[hypothesis.text] = chances.get(hypothesis.text, 0.0) + part
        if found and found[0].share > 0:
            allowed += found[0].probability / found[0].share / len(looks)
    said = "".join(evidence.digit for evidence in row.evidence)
    if said and said not in chances and (field is None or field.allows(said)):
        chances[said] = float(
            np.mean([exp(log_probability(lattice, said)) for lattice in row.lattices])
        )
    if not chances:
        return ()
    return _weighed(row, chances, allowed)[:count]


def _weighed(row: Row, chances: dict[str, float], allowed: float) -> tuple[Hypothesis, ...]:
    """The strings, best first, each with what the symbols that stand apart say of it.

    What is not among them, of all that is `allowed`, is taken to fit the symbols as well as the
    best of them does.
    """
    fits = {text: exp(_WEIGHT * _fit(row, text)) for text in chances}
    weighed = {text: chance * fits[text] for text, chance in chances.items()}
    best_fit = max(fits.values())
    others = best_fit * max(0.0, allowed - sum(chances.values()))
    forbidden = best_fit * max(0.0, 1.0 - max(allowed, sum(chances.values())))
    within = sum(weighed.values()) + others
    total = within + forbidden
    if total <= 0:
        return ()
    return tuple(
        Hypothesis(text, log(max(weight / total, 1e-300)), weight / within)
        for text, weight in sorted(weighed.items(), key=lambda item: (-item[1], item[0]))
        if weight > 0
    )


def _fit(row: Row, text: str) -> float:
    """How well a string fits the symbols that stand apart: a log-likelihood, in nats."""
    if not row.evidence:
        return 0.0
    middles = _middles(row, text)
    fit = 0.0
    for evidence in row.evidence:
        inside = [value for value, at in middles if evidence.first <= at < evidence.last]
        chance = evidence.digits[int(inside[0])] if len(inside) == 1 else evidence.stranger
        fit += log(max(float(chance), _FLOOR))
    return fit


def _middles(row: Row, text: str) -> Sequence[tuple[str, float]]:
    """Each digit of a string with the frame in the middle of it."""
    try:
        spans = align(row.lattices[0], text)
    except ValueError:  # no room for it in the frames
        return ()
    return [(value, (first + last) / 2) for value, (first, last) in zip(text, spans, strict=True)]
