"""Class scores -> text, under the constraints of a field.

A constrained reading is not the best string, kept if it satisfies the field, but the best of those
that do: the field's automaton takes part in the search.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice, pairwise
from math import exp
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkdigits.recognition.automaton import DIGITS
from inkdigits.recognition.field import Field
from inkdigits.recognition.lattice import (
    BLANK,
    LABELS,
    NOTHING,
    OTHER,
    Array,
    Lattice,
    checked,
    extend,
    lattice_of,
)
from inkdigits.recognition.prefix_search import search_under


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A string of digits and how probable it is.

    `log_probability` is the natural logarithm of the probability that the scores give to exactly
    this text. `share`, 0 to 1, is that probability as a part of the probability of all strings that
    the field allows; it is the probability itself where there is no field. For a field with a check
    function, and for one of thousands of states, strings that it does not allow count among the
    others: then the share is a lower bound.
    """

    text: str
    log_probability: float
    share: float

    @property
    def probability(self) -> float:
        """The probability, 0 to 1, of exactly this text."""
        return min(1.0, exp(self.log_probability))


class Span(NamedTuple):
    """Frames, half-open: `first <= frame < last`."""

    first: int
    last: int


class Token(NamedTuple):
    """A label, 0 to 9 or `OTHER`, and the frames that it holds, half-open."""

    label: int
    first: int
    last: int


def best_strings(
    log_probs: NDArray[np.floating], field: Field | None = None, count: int = 1
) -> tuple[Hypothesis, ...]:
    """The `count` most probable strings of digits that satisfy a field, best first.

    `log_probs` float `(T, 12)` are the log-probabilities of the digits, of other ink and of the
    blank; other ink counts as blank, and the empty string is a string. There are fewer strings than
    asked for, down to none, if no more satisfy the field and fit into the frames.

    The answer is exact, except for scores so flat that thousands of prefixes rival: then, and while
    a check function refuses all that is found, a beam finds good strings that satisfy the field,
    in bounded time. Raises `ValueError` for other arrays and for a `count` below 1.
    """
    if count < 1:
        raise ValueError(f"count is at least 1, not {count}")
    lattice = lattice_of(log_probs)
    search = search_under(lattice) if field is None else search_under(lattice, field.automaton)
    total = search.total
    found = (
        Hypothesis(text, log_probability, min(1.0, exp(log_probability - total)))
        for text, log_probability in search.strings()
        if field is None or field.allows(text)
    )
    return tuple(islice(found, count))


def log_probability(log_probs: NDArray[np.floating], text: str) -> float:
    """The natural logarithm of the probability of exactly this string of digits.

    `log_probs` as for `best_strings`; very low for a string that does not fit into the frames.
    """
    lattice = lattice_of(log_probs)
    if len(text) > lattice.frames:
        return lattice.impossible
    starts = NOTHING
    for place, digit in enumerate(text):
        starts = extend(lattice, text[:place], starts).starts[int(digit)]
    return float(extend(lattice, text, starts).log_probability)


def align(log_probs: NDArray[np.floating], text: str) -> tuple[Span, ...]:
    """Where each digit of a string stands: the frames that the most probable path gives to it.

    `log_probs` as for `best_strings`. Raises `ValueError` for other arrays, and for a text that is
    not all digits or does not fit into the frames.
    """
    if not all(character in DIGITS for character in text):
        raise ValueError(f"align takes a text of digits, not {text!r}")
    lattice = lattice_of(log_probs)
    misfit = f"{text[:40]!r}, {len(text)} digits, does not fit into {lattice.frames} frames"
    if len(text) > lattice.frames:
        raise ValueError(misfit)
    came_by, score = _best_paths(lattice, [int(digit) for digit in text])
    # The last label of a path is the last digit or the blank behind it.
    place = len(score) - 1 - int(len(score) > 1 and score[-2] > score[-1])
    if not lattice.possible(float(score[place])):
        raise ValueError(misfit)
    places = np.empty(lattice.frames, np.intp)
    for frame in reversed(range(lattice.frames)):
        places[frame] = place
        place -= int(came_by[frame, place])
    digits = np.arange(1, 2 * len(text), 2)
    firsts, lasts = (np.searchsorted(places, digits, side) for side in ("left", "right"))
    return tuple(map(Span, firsts.tolist(), lasts.tolist()))


def _best_paths(lattice: Lattice, digits: list[int]) -> tuple[NDArray[np.int8], Array]:
    """The best path to each label of the string, digits at odd places and blanks at even ones.

    Gives by how many places each frame came on, int8 `(T, S)`, and the log-probabilities `(S,)`
    behind the last frame.
    """
    places = 2 * len(digits) + 1
    labels = np.broadcast_to(lattice.blank, (places, lattice.frames)).copy()
    labels[1::2] = lattice.digits[digits]
    # From digit to digit at once, unless the two are the same.
    may_skip = np.zeros(places, np.bool_)
    may_skip[3::2] = [one != other for one, other in pairwise(digits)]
    score = np.full(places, lattice.impossible)
    score[0] = 0.0
    ways = np.full((3, places), lattice.impossible)
    came_by = np.empty((lattice.frames, places), np.int8)
    for frame in range(lattice.frames):
        ways[0] = score
        ways[1, 1:] = score[:-1]
        ways[2, 2:] = np.where(may_skip[2:], score[:-2], lattice.impossible)
        came_by[frame] = ways.argmax(0)
        score = ways.max(0) + labels[:, frame]
    return came_by, score


def tokens(log_probs: NDArray[np.floating]) -> tuple[Token, ...]:
    """The most probable label of each frame, equal neighbours as one and blanks left out.

    Other ink is kept, so that numbers can be told apart where it stands. `log_probs` as for
    `best_strings`; raises `ValueError` for other arrays.
    """
    labels = checked(log_probs).argmax(1)
    edges = [0, *(np.flatnonzero(np.diff(labels)) + 1).tolist(), len(labels)]
    return tuple(
        Token(int(labels[first]), first, last)
        for first, last in pairwise(edges)
        if first < last and labels[first] != BLANK
    )


def chain(probabilities: NDArray[np.floating]) -> NDArray[np.float32]:
    """Symbols that stand apart as a lattice: float32 `(2N, 12)` from probabilities `(N, 10)`.

    Row i holds the probabilities of the digits 0 to 9 for symbol i; what it lacks to 1 is that of
    other ink. Symbol i becomes frame 2i, and a sure blank behind it frame 2i + 1.
    """
    probabilities = np.asarray(probabilities)
    if probabilities.ndim != 2 or probabilities.shape[1] != 10:
        raise ValueError(f"chain takes probabilities (N, 10), not {probabilities.shape}")
    frames = np.zeros((len(probabilities), 2, LABELS), np.float64)
    frames[:, 0, :OTHER] = probabilities
    frames[:, 0, OTHER] = np.maximum(0.0, 1.0 - probabilities.sum(1))
    frames[:, 1, BLANK] = 1.0
    with np.errstate(divide="ignore"):
        return np.log(frames).reshape(-1, LABELS).astype(np.float32)
