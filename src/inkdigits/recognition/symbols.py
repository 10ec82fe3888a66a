"""A row of writing as a model sees it: symbols, and the lattice of what they may say together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigits.reading import Box


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
class Row:
    """A row of symbols, left to right, and the lattice that it is decoded from.

    `lattice` is float32 `(T, 12)` as `decoding.best_strings` takes it; symbol i stands in the
    frames `spans[i]` (first, last; half-open), which follow each other without gaps. `together`
    says whether the symbols were read together, by the line model, or each by itself.
    """

    symbols: tuple[Symbol, ...]
    lattice: NDArray[np.float32]
    spans: tuple[tuple[int, int], ...]
    together: bool = False

    def part(self, which: range) -> Row:
        """A number of the row: some neighbouring symbols, at least one, and their frames."""
        first, last = self.spans[which[0]][0], self.spans[which[-1]][1]
        return Row(
            self.symbols[which.start : which.stop],
            self.lattice[first:last],
            tuple((a - first, b - first) for a, b in self.spans[which.start : which.stop]),
            self.together,
        )
