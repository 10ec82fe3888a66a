"""Ways to read a page: its layout taken so or so, each with how sure its symbols are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.ink import Ink
from inkdigits.imaging.layout import Kind, Layout, find_layout
from inkdigits.imaging.normalize import normalize
from inkdigits.imaging.pieces import Piece
from inkdigits.reading import Box
from inkdigits.recognition.bundle import Bundle
from inkdigits.recognition.confidence import digit_columns, probabilities
from inkdigits.recognition.contract import Contract
from inkdigits.recognition.decoding import chain
from inkdigits.recognition.polarity import READS_WELL
from inkdigits.recognition.segmentation import Candidate, best_path, candidates
from inkdigits.recognition.symbols import Row, Symbol


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """The rows read on `ink`, laid out as `layout` says.

    `certainty` is the mean probability, 0 to 1, of the best digit of each symbol; `quarter_turns`
    is how often `ink` was turned clockwise against the page; `read_well` of the symbols are surer
    than `polarity.READS_WELL`. `scores` float32 `(S, L)` are the logits of the first look at each
    symbol, row by row.
    """

    ink: Ink
    layout: Layout
    rows: tuple[Row, ...]
    certainty: float
    scores: NDArray[np.float32]
    quarter_turns: int = 0
    read_well: int = 0

    @property
    def size_unturned(self) -> tuple[int, ...]:
        """Width and height of the ink map as it was before it was turned."""
        return self.ink.strength.shape[:: 1 if self.quarter_turns % 2 else -1]


def attempt(bundle: Bundle, ink: Ink, kind: Kind, quarter_turns: int = 0) -> Attempt:
    """Read each symbol for itself, joining pieces to what reads best, with one look at each."""
    layout = find_layout(ink, kind)
    found = [candidates(row) for row in layout.rows]
    images = [
        normalize(layout.cut(row[candidate.first : candidate.last]))
        for row, choices in zip(layout.rows, found, strict=True)
        for candidate in choices
    ]
    if not images:
        nothing = np.empty((0, len(bundle.contract.labels)), np.float32)
        return Attempt(ink, layout, (), 0.0, nothing, quarter_turns)
    scores = bundle.scores(np.stack(images))
    scored = probabilities(scores, bundle.contract)
    columns = digit_columns(bundle.contract)
    certainty = scored[:, columns].max(1)
    rows: list[Row] = []
    taken: list[int] = []
    start = 0
    for row, choices in zip(layout.rows, found, strict=True):
        end = start + len(choices)
        path = best_path(choices, certainty[start:end], len(row))
        symbols = tuple(
            Symbol(_box_of(row, choices[i]), images[start + i], scored[start + i]) for i in path
        )
        taken += [start + i for i in path]
        rows.append(row_of(symbols, bundle.contract))
        start = end
    sure = certainty[taken]
    read_well = int(np.count_nonzero(sure > READS_WELL))
    return Attempt(
        ink, layout, tuple(rows), float(sure.mean()), scores[taken], quarter_turns, read_well
    )


def looked_at_again(bundle: Bundle, made: Attempt) -> Attempt:
    """The same symbols with the probabilities that are answered, of several looks at each."""
    if not made.rows:
        return made
    images = np.stack([symbol.image for row in made.rows for symbol in row.symbols])
    scored = iter(probabilities(bundle.agreed_scores(images, made.scores), bundle.contract))
    rows = [
        row_of(tuple(replace(s, row=next(scored)) for s in row.symbols), bundle.contract)
        for row in made.rows
    ]
    return replace(made, rows=tuple(rows))


def row_of(symbols: tuple[Symbol, ...], contract: Contract) -> Row:
    """Symbols that were each read for themselves, as a row."""
    columns = digit_columns(contract)
    rows: NDArray[np.float32] = np.stack([symbol.row[columns] for symbol in symbols])
    return Row(symbols, (chain(rows),), tuple((2 * n, 2 * n + 2) for n in range(len(symbols))))


def _box_of(row: Sequence[Piece], candidate: Candidate) -> Box:
    return Box.around([piece.box for piece in row[candidate.first : candidate.last]])
