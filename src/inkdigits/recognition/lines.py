"""Rows of writing read as a whole by the line model, and what it sees turned into symbols.

The digit model needs symbols that stand apart. Where digits touch, or paper is printed all over,
the line model reads the strip in one go, and only then is told where each digit stood.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import IncompatibleModel
from inkdigits.imaging.ink import Ink
from inkdigits.imaging.normalize import STRIP_HEIGHT, STRIP_STEP, normalize, normalize_strip
from inkdigits.imaging.strips import Strip
from inkdigits.reading import Box
from inkdigits.recognition.automaton import DIGITS
from inkdigits.recognition.bundle import load_bundle
from inkdigits.recognition.confidence import digit_columns
from inkdigits.recognition.contract import Contract
from inkdigits.recognition.decoding import Token, align, tokens
from inkdigits.recognition.field import Field
from inkdigits.recognition.frame import inside
from inkdigits.recognition.hypotheses import hypotheses
from inkdigits.recognition.lattice import BLANK, OTHER
from inkdigits.recognition.symbols import Evidence, Row, Symbol

DEFAULT = "line"
"""The line model in the package."""

_INK = 0.35
"""What is darker than this share of the darkest ink of a strip is a part of its symbols."""

_LIKELIEST = 12
"""So many strings of a row are kept."""

_LEANS = (0.0, 0.2, -0.2)
"""A strip is looked at as it is, and leaning: hands differ most in their slant."""

_REACH = 4
"""A symbol reaches at most so many frames beyond those in which the model names it."""

_STRAY = 0.06
"""Rows of pixels with less than this share of a symbol's ink do not belong to its extent."""


@dataclass(frozen=True, slots=True)
class LineModel:
    """A line model, ready to read strips; a call never changes it."""

    contract: Contract
    scores: Callable[[NDArray[np.uint8]], NDArray[np.float32]]

    def lattices(self, strips: NDArray[np.uint8]) -> tuple[NDArray[np.float32], ...]:
        """Calibrated log-probabilities float32 `(T, 12)` of each strip that `normalize_strip` made.

        `strips` are uint8 `(N, STRIP_HEIGHT, W)`, looked at in one go.
        """
        logits = self.scores(strips) / np.float32(self.contract.temperature)
        shifted = logits - logits.max(2, keepdims=True)
        return tuple(shifted - np.log(np.exp(shifted).sum(2, keepdims=True)))


def load_line_model(name_or_path: str | Path, threads: int) -> LineModel:
    """Load and check a line model; raises what `load_bundle` does."""
    bundle = load_bundle(name_or_path, threads)
    if not bundle.contract.reads_lines:
        raise IncompatibleModel(
            f"the model {bundle.contract.title} does not read lines: name a line model"
        )
    return LineModel(bundle.contract, bundle.scores)


def read_strip(
    model: LineModel,
    strip: Strip,
    ink: Ink,
    digit_model: Contract,
    apart: Sequence[Symbol] = (),
    field: Field | None = None,
) -> Row | None:
    """Read one level strip that was cut from `ink`; None if no ink of it is a symbol.

    The rows of its symbols are in the order of the digit model's labels, as everywhere. `apart` are
    symbols of it that the digit model has read, each for itself: what it said is weighed in. Under
    a `field` the symbols are those of the likeliest number that it allows.
    """
    seen = normalize_strip(strip.ink)
    lattices = model.lattices(np.stack([leaning(seen, lean) for lean in _LEANS]))
    evidence = tuple(_evidence(symbol, strip, digit_model) for symbol in apart)
    seen_as = Row((), lattices, (), True, evidence)
    # All is weighed once: it takes as long as the model itself.
    likeliest = hypotheses(seen_as, None, _LIKELIEST)
    wanted = (hypotheses(seen_as, field) if field else likeliest) or likeliest
    found = _tokens(lattices[0], wanted[0].text if wanted else "")
    if not found:
        return None
    lattice = lattices[0]
    scale = strip.ink.shape[0] / STRIP_HEIGHT
    edges = _edges(found, len(lattice))
    boxes = [
        _box(
            seen,
            max(first, token.first - _REACH) * STRIP_STEP,
            min(last, token.last + _REACH) * STRIP_STEP,
        )
        for token, (first, last) in zip(found, edges, strict=True)
    ]
    symbols = []
    for token, box in zip(found, boxes, strict=True):
        scaled = Box(*(round(side * scale) for side in box))
        part = seen[box.top : box.bottom, box.left : box.right]
        solid = np.where(part > 255 * _INK, part, np.uint8(0)).astype(np.float32)
        image = normalize(solid / np.float32(255))
        # A strip has a margin, which may lie off the map.
        on_map = inside(strip.on_map(scaled), *ink.strength.shape[::-1])
        symbols.append(Symbol(on_map, image, _row(lattice, token, digit_model)))
    return Row(tuple(symbols), lattices, edges, True, evidence, likeliest)


def leaning(strip: NDArray[np.uint8], lean: float) -> NDArray[np.uint8]:
    """A strip slanted to the right, or to the left if negative, by `lean` pixels a pixel."""
    if not lean:
        return strip
    height, width = strip.shape
    matrix = np.array([[1.0, -lean, lean * (height - 1) / 2], [0.0, 1.0, 0.0]])
    return np.asarray(cv2.warpAffine(strip, matrix, (width, height)), np.uint8)


def _tokens(lattice: NDArray[np.float32], text: str) -> tuple[Token, ...]:
    """Where the digits of the likeliest string stand, and other ink beside them."""
    seen = tokens(lattice)
    if "".join(DIGITS[token.label] for token in seen if token.label != OTHER) == text:
        return seen
    try:
        spans = align(lattice, text)
    except ValueError:  # another look has room for what this one has not
        return seen
    digits = [Token(int(value), *span) for value, span in zip(text, spans, strict=True)]
    taken = {frame for token in digits for frame in range(token.first, token.last)}
    others = [
        token
        for token in seen
        if token.label == OTHER and taken.isdisjoint(range(token.first, token.last))
    ]
    return tuple(sorted([*digits, *others], key=lambda token: token.first))


def _evidence(symbol: Symbol, strip: Strip, digit_model: Contract) -> Evidence:
    """What was said of a symbol, in the frames of the strip that it stands in."""
    to_strip = np.linalg.inv(np.vstack([strip.to_map, (0.0, 0.0, 1.0)]))
    left, top, right, bottom = symbol.box
    middle = (top + bottom) / 2
    ends = to_strip @ np.array([[left, right], [middle, middle], [1.0, 1.0]])
    first, last = sorted(ends[0] * STRIP_HEIGHT / strip.ink.shape[0] / STRIP_STEP)
    columns = digit_columns(digit_model)
    digits = symbol.row[columns]
    return Evidence(
        float(first), float(last), digit_model.labels[columns[int(digits.argmax())]], digits,
        float(1 - digits.sum()),
    )  # fmt: skip


def _edges(found: tuple[Token, ...], frames: int) -> tuple[tuple[int, int], ...]:
    """The frames of each symbol, in the middle between two from one to the next."""
    middles = [(before.last + after.first) // 2 for before, after in pairwise(found)]
    cuts = [0, *middles, frames]
    return tuple(pairwise(cuts))


def _box(strip: NDArray[np.uint8], left: int, right: int) -> Box:
    """The extent of the ink in some columns of a strip; the columns if there is none."""
    right = min(max(right, left + 1), strip.shape[1])
    left = min(left, right - 1)
    ink = (strip[:, left:right] > 255 * _INK).astype(np.int64)
    across, down = np.flatnonzero(ink.sum(0)), ink.sum(1)
    rows = np.flatnonzero(down > _STRAY * max(1, int(down.max())))
    if not len(rows) or not len(across):
        return Box(left, 0, right, len(strip))
    return Box(left + int(across[0]), int(rows[0]), left + int(across[-1]) + 1, int(rows[-1]) + 1)


def _row(lattice: NDArray[np.float32], token: Token, digit_model: Contract) -> NDArray[np.float32]:
    """What stands in the frames of a token, as probabilities of the digit model's labels."""
    inside = np.exp(lattice[token.first : token.last].astype(np.float64))
    frame = inside[inside[:, token.label].argmax()]
    # How likely anything is there at all is a matter of the whole line: see `numbers.py`.
    shares = frame[:BLANK] / frame[:BLANK].sum()
    row = np.zeros(len(digit_model.labels), np.float32)
    digits = [n for n in range(len(digit_model.labels)) if n != digit_model.reject]
    row[digits] = shares[:OTHER]
    if digit_model.reject is not None:
        row[digit_model.reject] = shares[OTHER]
    return row
