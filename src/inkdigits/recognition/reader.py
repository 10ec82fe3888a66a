"""`Reader`: the one way in. Every surface reads through it, so all of them say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import prod
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import IncompatibleModel, UnsupportedFormat
from inkdigits.imaging.cells import Cells
from inkdigits.imaging.decode import Limits, Page, Source, decode
from inkdigits.imaging.ink import Ink, find_ink, turned
from inkdigits.imaging.layout import Layout, find_layout
from inkdigits.imaging.normalize import SIDE, normalize
from inkdigits.imaging.pieces import Piece
from inkdigits.reading import Box, Digit, Number, Reading
from inkdigits.recognition.bundle import DEFAULT, Bundle, load_bundle
from inkdigits.recognition.confidence import digit_columns, in_company, judge, probabilities
from inkdigits.recognition.decoding import Candidate, best_path, candidates, split_numbers
from inkdigits.recognition.polarity import READS_WELL, SURE, exchanged

LayoutKind = Literal["auto", "digit", "line", "page"]

_ONE_DIGIT_PX = 40
"""An image up to this size, both ways, holds one digit, cut out already."""

_ENOUGH_TO_TURN = 3
"""Fewer symbols than this do not tell which way up a page is."""


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """One symbol of the page: what the model saw of it, and what it said.

    `box` is in pixels of the ink map, `image` uint8 `(28, 28)`, bright on dark, and `row` float32
    `(L,)`, the calibrated probabilities of the model's labels.
    """

    box: Box
    image: NDArray[np.uint8]
    row: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """A reading with what is behind it: `symbols[i][j]` is that of `numbers[i].digits[j]`."""

    reading: Reading
    symbols: tuple[tuple[Symbol, ...], ...]


@dataclass(frozen=True, slots=True)
class _Attempt:
    """The lines of symbols found under one layout, and how sure they are on average, 0 to 1.

    `read_well` of the symbols are surer than `READS_WELL`.
    """

    lines: tuple[tuple[Symbol, ...], ...]
    certainty: float
    quarter_turns: int = 0
    cells: tuple[Cells, ...] = ()
    read_well: int = 0


@dataclass(frozen=True, slots=True)
class _Frame:
    """From the ink map, turned clockwise by quarter turns, back to pixels of the page.

    `ink` and `page` are the sizes of both before turning, as (width, height).
    """

    ink: tuple[int, ...]
    page: tuple[int, int]
    quarter_turns: int

    def on_page(self, box: Box) -> Box:
        """The box of a symbol on the page: inside of it, and not empty."""
        # After an odd turn the map is as wide as it was high.
        width, height = self.ink[:: -1 if self.quarter_turns % 2 else 1]
        for _ in range(self.quarter_turns):
            # One quarter turn back: what was to the left is at the bottom again.
            box = Box(box.top, width - box.right, box.bottom, width - box.left)
            width, height = height, width
        # Side by side: a map whose sides were rounded is not the page on one scale.
        across, down = self.page[0] / width, self.page[1] / height
        left, right = round(box.left * across), round(box.right * across)
        top, bottom = round(box.top * down), round(box.bottom * down)
        return Box(left, top, max(right, left + 1), max(bottom, top + 1))

    def height_px(self, box: Box) -> int:
        """How high a symbol stands, in pixels of the page, when it is read."""
        placed = self.on_page(box)
        return placed.width if self.quarter_turns % 2 else placed.height


class Reader:
    """Reads handwritten digits.

    `model` is the name of a bundle in the package or the folder of one; `limits` bound what is
    decoded; `threads` is how many threads one batch may use, 0 for one a core. Loading takes some
    10 ms, so make one reader and keep it. A call never changes it, and threads may share it. Raises
    what `load_bundle` does, and `IncompatibleModel` for a model of other classes than the digits.
    """

    def __init__(
        self, model: str | Path = DEFAULT, *, limits: Limits | None = None, threads: int = 0
    ) -> None:
        self.bundle: Bundle = load_bundle(model, threads)
        if not self.bundle.contract.reads_digits:
            raise IncompatibleModel(
                f"the model {self.bundle.contract.title} does not read digits: its classes are not "
                f"0 to 9 in this order, from {SIDE}x{SIDE} grey: use `inkdigits predict`"
            )
        self.limits = limits or Limits()
        self._digits = digit_columns(self.bundle.contract)

    def read(self, source: Source, layout: LayoutKind = "auto") -> Reading:
        """Read the first page of an image.

        `source` is a path, `"-"` for standard input, bytes, a binary file, a PIL image or an array;
        `layout` says what is on it: one `"digit"`, one `"line"`, a `"page"` of lines, or `"auto"`.
        Raises `ImageError`, and `ValueError` for another layout; finding no digit is a reading.
        """
        return self.read_page(decode(source, self.limits)[0], layout)

    def read_pages(self, source: Source, layout: LayoutKind = "auto") -> list[Reading]:
        """Read every page of an image: as `read`, one reading a page."""
        return [self.read_page(page, layout) for page in decode(source, self.limits)]

    def read_page(self, page: Page, layout: LayoutKind = "auto") -> Reading:
        """Read a page that `decode` gave: as `read`, whatever the limits."""
        return self.examine_page(page, layout).reading

    def examine_page(self, page: Page, layout: LayoutKind = "auto") -> Examined:
        """Read a page as `read_page` does, and keep what the model saw of each symbol."""
        if layout not in get_args(LayoutKind):
            raise ValueError(f"layout is one of {', '.join(get_args(LayoutKind))}, not {layout!r}")
        ink = find_ink(page.pixels)
        attempt = self._attempt_as(ink, layout)
        if attempt.lines and attempt.certainty < READS_WELL:
            other = self._other_polarity(page, ink, layout)
            # The paper of a page of print, taken for ink, may look just like one digit.
            if other is not None and other.read_well >= attempt.read_well:
                attempt = other
        height, width = page.pixels.shape[:2]
        frame = _Frame(ink.strength.shape[::-1], (width, height), attempt.quarter_turns)
        found = self._numbers(attempt)
        numbers = tuple(self._number(symbols, line, frame) for line, symbols in found)
        reading = Reading(
            page.source, page.number, width, height, attempt.quarter_turns * 90, numbers,
            self.bundle.contract.title,
        )  # fmt: skip
        return Examined(reading, tuple(tuple(symbols) for _, symbols in found))

    def classify(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Probabilities float32 `(N, 10)` of the digits 0 to 9 for images uint8 `(N, 28, 28)`.

        The images are digits bright on dark, in MNIST's format. What a row lacks to 1 is the
        probability that the image is not a digit. Raises `UnsupportedFormat` for other arrays.
        """
        try:
            images = np.asarray(images)
        except ValueError as error:  # rows of different lengths
            raise UnsupportedFormat(
                f"classify takes uint8 (N, {SIDE}, {SIDE}): what was given is no array"
            ) from error
        if images.dtype != np.uint8 or images.ndim != 3 or images.shape[1:] != (SIDE, SIDE):
            raise UnsupportedFormat(
                f"classify takes uint8 (N, {SIDE}, {SIDE}), not {images.dtype} {images.shape}: "
                "use read for images of any other kind"
            )
        return self._probabilities(images)[:, self._digits]

    def _probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return probabilities(self.bundle.scores(images), self.bundle.contract)

    def _other_polarity(self, page: Page, ink: Ink, layout: LayoutKind) -> _Attempt | None:
        """The page read with ink and paper exchanged, if that is plainly the better way."""
        other = exchanged(page, ink)
        if other is None:
            return None
        attempt = self._attempt_as(other, layout)
        return attempt if attempt.certainty > SURE else None

    def _attempt_as(self, ink: Ink, layout: LayoutKind) -> _Attempt:
        return self._auto(ink) if layout == "auto" else self._attempt(find_layout(ink, layout))

    def _auto(self, ink: Ink) -> _Attempt:
        if max(ink.strength.shape) <= _ONE_DIGIT_PX:
            return self._attempt(find_layout(ink, "digit"))
        upright = self._attempt(find_layout(ink, "page"))
        if upright.certainty >= READS_WELL:
            return upright
        if sum(map(len, upright.lines)) >= _ENOUGH_TO_TURN:
            others = [
                self._attempt(find_layout(turned(ink, turns), "page"), turns) for turns in (1, 2, 3)
            ]
            best = max(others, key=lambda attempt: attempt.certainty)
            return best if best.certainty > SURE else upright
        whole = self._attempt(find_layout(ink, "digit"))
        return whole if whole.certainty > SURE else upright

    def _attempt(self, layout: Layout, quarter_turns: int = 0) -> _Attempt:
        found = [candidates(row) for row in layout.rows]
        images = [
            normalize(layout.cut(row[candidate.first : candidate.last]))
            for row, choices in zip(layout.rows, found, strict=True)
            for candidate in choices
        ]
        if not images:
            return _Attempt((), 0.0, quarter_turns)
        scored = self._probabilities(np.stack(images))
        certainty = scored[:, self._digits].max(1)
        lines, start = [], 0
        for row, choices in zip(layout.rows, found, strict=True):
            end = start + len(choices)
            path = best_path(choices, certainty[start:end], len(row))
            lines.append(
                tuple(
                    Symbol(_box_of(row, choices[i]), images[start + i], scored[start + i])
                    for i in path
                )
            )
            start = end
        taken = np.array([symbol.row[self._digits].max() for line in lines for symbol in line])
        return _Attempt(
            tuple(lines), float(taken.mean()), quarter_turns, layout.cells,
            int(np.count_nonzero(taken > READS_WELL)),
        )  # fmt: skip

    def _numbers(self, attempt: _Attempt) -> list[tuple[int, Sequence[Symbol]]]:
        return [
            (index, [line[i] for i in part])
            for index, line in enumerate(attempt.lines)
            for part in split_numbers([symbol.box for symbol in line], attempt.cells)
        ]

    def _number(self, symbols: Sequence[Symbol], line: int, frame: _Frame) -> Number:
        verdicts = [
            judge(symbol.row, frame.height_px(symbol.box), self.bundle.contract)
            for symbol in symbols
        ]
        digits = [
            Digit(box=frame.on_page(symbol.box), **asdict(verdict))
            for symbol, verdict in zip(symbols, in_company(verdicts), strict=True)
        ]
        reasons = [digit.reason for digit in digits if digit.reason]
        return Number(
            text="".join(digit.value for digit in digits if digit.value is not None),
            line=line,
            confidence=prod(digit.confidence for digit in digits),
            accepted=not reasons,
            reason="; ".join(dict.fromkeys(reasons)),
            box=Box.around([digit.box for digit in digits]),
            digits=tuple(digits),
        )


def _box_of(row: Sequence[Piece], candidate: Candidate) -> Box:
    return Box.around([piece.box for piece in row[candidate.first : candidate.last]])
