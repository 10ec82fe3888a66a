"""A row of writing as a model sees it: symbols, and the lattice of what they may say together."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inkdigits.reading import Box
from inkdigits.recognition.decoding import Hypothesis


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """One symbol of the page: what the model saw of it, and what it said.

    `box` is in pixels of the ink map, `image` uint8 `(28, 28)`, bright on dark, and `row` float32
    `(L,)`, the calibrated probabilities of the digit model's labels.
    """

    box: Box
    image: NDArray[np.uint8]
    row: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the digit model says of a symbol that stands apart, in a row read as a whole.

    It stands in the frames `first` to `last`, which need not be whole. `digit` is its likeliest
    digit, `digits` float32 `(10,)` their probabilities, `stranger` that of no single digit.
    """

    first: float
    last: float
    digit: str
    digits: NDArray[np.float32]
    stranger: float


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A row of symbols, left to right, and the lattices that it is decoded from.

    `lattices` are one or more looks at it, each float32 `(T, 12)` as `decoding.best_strings` takes
    it; symbol i stands in the frames `spans[i]` (first, last; half-open), which follow each other
    without gaps. `together` says whether the symbols were read together, by the line model, or each
    by itself; `evidence` is what is weighed in then. `likeliest` are the strings that it may say,
    best first, where they were looked for already.
    """

    symbols: tuple[Symbol, ...]
    lattices: tuple[NDArray[np.float32], ...]
    spans: tuple[tuple[int, int], ...]
    together: bool = False
    evidence: tuple[Evidence, ...] = ()
    likeliest: tuple[Hypothesis, ...] = ()

    def part(self, which: range) -> Row:
        """A number of the row: some neighbouring symbols, at least one, and their frames."""
        first, last = self.spans[which[0]][0], self.spans[which[-1]][1]
        return Row(
            self.symbols[which.start : which.stop],
            tuple(lattice[first:last] for lattice in self.lattices),
            tuple((a - first, b - first) for a, b in self.spans[which.start : which.stop]),
            self.together,
            tuple(
                replace(said, first=said.first - first, last=said.last - first)
                for said in self.evidence
                if first <= (said.first + said.last) / 2 < last
            ),
            self.likeliest if len(which) == len(self.symbols) else (),
        )
