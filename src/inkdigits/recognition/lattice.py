"""The class scores of a line, and the probability of digit strings in them.

A lattice has a row for each frame (a step along the line), with the log-probabilities of the ten
digits, of other ink and of the blank. A string of digits is what is left of a path of one label a
frame when repeated labels count once and what is no digit is left out (connectionist temporal
classification, Graves 2006); its probability is the sum over all of its paths.
"""

from __future__ import annotations

from dataclasses import dataclass

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

    def possible(self, log_probability: float) -> bool:
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


@dataclass(frozen=True, slots=True, eq=False)
class Prefix:
    """The digits so far, and when they were read.

    `starts` float64 `(T,)` is the log-probability, summed over the frames up to t, that the last
    digit begins at frame t; the empty prefix, which has none, holds an empty array.
    """

    text: str
    starts: Array


EMPTY = Prefix("", np.empty(0))


@dataclass(frozen=True, slots=True, eq=False)
class Extended:
    """What comes of a prefix.

    `log_probability` is that of the prefix as the whole string; `starts` float64 `(10, T)` are the
    `Prefix.starts` of the prefix with each digit behind it.
    """

    log_probability: float
    starts: Array


def extend(lattice: Lattice, prefix: Prefix) -> Extended:
    """Read on: the prefix ends here, or any digit follows (Graves 2006, section 3.2)."""
    frames = lattice.frames
    before = np.full(frames, lattice.impossible)
    if not prefix.text:
        if not frames:
            return Extended(0.0, np.empty((10, 0)))
        before[0] = 0.0
        before[1:] = lattice.blank_to[:-1]
        return Extended(float(lattice.blank_to[-1]), lattice.digits + before)
    last = int(prefix.text[-1])
    on_digit = _held(prefix.starts, lattice.digits_to[last])
    left = np.full(frames, lattice.impossible)
    left[1:] = on_digit[:-1] + lattice.blank[1:]
    on_blank = _held(left, lattice.blank_to)
    before[1:] = np.logaddexp(on_digit[:-1], on_blank[:-1])
    starts = lattice.digits + before
    # The same digit again needs a blank between.
    starts[last, 0] = lattice.impossible
    starts[last, 1:] = lattice.digits[last, 1:] + on_blank[:-1]
    return Extended(float(np.logaddexp(on_digit[-1], on_blank[-1])), starts)


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
