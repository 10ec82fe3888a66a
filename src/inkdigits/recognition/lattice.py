"""The class scores of a line, and the probability of digit strings in them.

A lattice has a row for each frame (a step along the line), with the log-probabilities of the ten
digits, of other ink and of the blank. A string of digits is what is left of a path of one label a
frame when repeated labels count once and what is no digit is left out (connectionist temporal
classification, Graves 2006); its probability is the sum over all of its paths.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkdigits.recognition.automaton import Automaton

OTHER = 10
"""The label of ink that is no digit; the labels 0 to 9 are the digits."""

BLANK = 11
"""The label of a frame in which nothing new begins."""

LABELS = 12

_LOWEST = -100.0
"""What is less probable than e^-100, but possible, counts as e^-100 in one frame."""

_ROUNDING = 0.01
"""A log-probability above 0 by less than this is one of 0 that was rounded."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Lattice:
    """Log-probabilities of T frames, for strings of digits: other ink counts as blank.

    `digits` float64 `(10, T)` and `blank` `(T,)` are those of the labels; `digits_to` `(10, T)` and
    `blank_to` `(T,)` are their sums up to each frame, itself included. What is impossible has the
    finite value `impossible`, below all that is possible: sums and differences stay numbers.
    """

    digits: Array
    blank: Array
    digits_to: Array
    blank_to: Array
    impossible: float

    @property
    def frames(self) -> int:
        return len(self.blank)

    def most_probable_path(self) -> list[int]:
        """The digits that the most probable label of each frame reads."""
        labels = np.vstack([self.digits, self.blank]).argmax(0).tolist()
        return [
            label
            for label, before in zip(labels, [OTHER, *labels], strict=False)
            if label not in (OTHER, before)
        ]

    def possible(self, log_probability: float | Array) -> bool | NDArray[np.bool_]:
        """Whether a sum over paths holds more than impossible ones."""
        return log_probability > self.impossible / 2


def checked(log_probs: NDArray[np.floating]) -> NDArray[np.floating]:
    """Log-probabilities float `(T, 12)`; raises `ValueError` for any other array."""
    log_probs = np.asarray(log_probs)
    if log_probs.ndim != 2 or log_probs.shape[1] != LABELS or log_probs.dtype.kind != "f":
        raise ValueError(
            f"decoding takes float (T, {LABELS}), not {log_probs.dtype} {log_probs.shape}"
        )
    if not (log_probs < _ROUNDING).all():
        raise ValueError("decoding takes log-probabilities: these hold values above 0, or NaN")
    return log_probs


def lattice_of(log_probs: NDArray[np.floating]) -> Lattice:
    """The lattice of log-probabilities `(T, 12)`, -inf for 0; raises `ValueError` as `checked`."""
    scores = checked(log_probs).astype(np.float64)
    scores[:, BLANK] = np.logaddexp(scores[:, OTHER], scores[:, BLANK])
    # A path through T frames sums to _LOWEST * T or more: half of this is below them all.
    impossible = 2 * _LOWEST * (len(scores) + 1)
    scores = np.where(scores == -np.inf, impossible, np.maximum(scores, _LOWEST)).T
    digits, blank = np.ascontiguousarray(scores[:OTHER]), scores[BLANK].copy()
    return Lattice(digits, blank, digits.cumsum(1), blank.cumsum(), impossible)


class Extended(NamedTuple):
    """What comes of a prefix of n digits.

    `log_probability` is that of the prefix as the whole string. `starts` float64 `(10, T - n)` are
    those of the prefix with each digit behind it: the log-probability, summed over the frames up to
    t, that the last digit begins at frame t, for t from n on, as no digit begins before.
    """

    log_probability: float
    starts: Array


NOTHING = np.empty(0)
"""The `starts` of the empty prefix, which has no last digit."""


def extend(lattice: Lattice, prefix: str, starts: Array) -> Extended:
    """Read on: the prefix ends here, or any digit follows (Graves 2006, section 3.2).

    `starts` float64 `(T - n + 1,)` are those of the prefix of n digits, as in `Extended`.
    """
    if not prefix:
        before = np.concatenate([np.zeros(1), lattice.blank_to])
        return Extended(float(before[-1]), lattice.digits + before[:-1])
    read, last = len(prefix), int(prefix[-1])
    on_digit = _held(starts, lattice.digits_to[last, read - 1 :])
    left = np.empty_like(on_digit)
    left[0] = lattice.impossible
    np.add(on_digit[:-1], lattice.blank[read:], out=left[1:])
    on_blank = _held(left, lattice.blank_to[read - 1 :])
    on_either = np.logaddexp(on_digit, on_blank)
    following = lattice.digits[:, read:] + on_either[:-1]
    # The same digit again needs a blank between.
    following[last] = lattice.digits[last, read:] + on_blank[:-1]
    return Extended(float(on_either[-1]), following)


def _held(entered: Array, held_to: Array) -> Array:
    """At each frame: a label entered then or earlier, and held since."""
    return np.asarray(held_to + np.logaddexp.accumulate(entered - held_to), np.float64)


def rest(lattice: Lattice) -> Array:
    """Log-probability float64 `(T + 1,)` of all that can be read from each frame to the end."""
    frames = np.logaddexp.reduce(np.vstack([lattice.digits, lattice.blank]), axis=0)
    return np.append(frames[::-1].cumsum()[::-1], 0.0)


_BUT_ITSELF_AND_BLANK = np.hstack([1 - np.eye(10), np.ones((10, 1))])


def rest_allowed(lattice: Lattice, automaton: Automaton) -> Array:
    """As `rest`, of that which ends in an accepting state; float64 `(T + 1, Q + 1, 11)`.

    The value at `[t, q, k]` is for reading on at frame t in state q after the label k, 0 to 9 or 10
    for the blank. The row behind the last state is that of no state: nothing can be read there.
    """
    states = len(automaton.accepts)
    table = np.full((lattice.frames + 1, states + 1, 11), lattice.impossible)
    table[-1, :-1][automaton.accepts] = 0.0
    begins = np.where(automaton.step < 0, states, automaton.step) * 11 + np.arange(10)
    with np.errstate(divide="ignore"):
        for frame in reversed(range(lattice.frames)):
            after = table[frame + 1]
            digits = lattice.digits[:, frame]
            begun = after.take(begins) + digits
            held = after[:-1, :10] + digits
            blank = after[:-1, 10:] + lattice.blank[frame]
            top = np.maximum(np.maximum(begun, held).max(1, keepdims=True), blank)
            # A digit that follows itself without a blank is the same digit, held.
            total = np.exp(begun - top) @ _BUT_ITSELF_AND_BLANK + np.exp(blank - top)
            total[:, :10] += np.exp(held - top)
            np.maximum(np.log(total) + top, lattice.impossible, out=table[frame, :-1])
    return table
