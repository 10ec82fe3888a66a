"""`Reader`: the one way in. Every surface reads through it, so all of them say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import IncompatibleModel, UnsupportedFormat
from inkdigits.imaging.decode import Limits, Page, Source, decode_first, decode_pages
from inkdigits.imaging.ink import Ink, find_ink, turned
from inkdigits.imaging.layout import Kind, find_layout
from inkdigits.imaging.normalize import SIDE, normalize
from inkdigits.imaging.pieces import Piece
from inkdigits.reading import Box, Digit, Number, Reading
from inkdigits.recognition import request
from inkdigits.recognition.bundle import DEFAULT, Bundle, load_bundle
from inkdigits.recognition.confidence import (
    as_promised,
    digit_columns,
    explained,
    in_company,
    judge,
    number_confidence,
    probabilities,
    reason_of,
)
from inkdigits.recognition.doubts import fault_of, why_nothing
from inkdigits.recognition.field import Field
from inkdigits.recognition.form import FormReading, read_form
from inkdigits.recognition.polarity import READS_WELL, SURE, exchanged
from inkdigits.recognition.request import Request, RequestText
from inkdigits.recognition.segmentation import Candidate, best_path, candidates, split_numbers
from inkdigits.recognition.trust import promise_of

if TYPE_CHECKING:
    from inkdigits.recognition.template import Template

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
    """The lines of symbols found on `ink`, and how sure they are on average, 0 to 1."""

    ink: Ink
    lines: tuple[tuple[Symbol, ...], ...]
    certainty: float
    quarter_turns: int = 0


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
    decoded; `threads` is how many threads one batch may use, 0 for one a core. With `min_accuracy`,
    such as 0.999, only numbers are accepted of which on validation data at least that share was
    right (see `recognition/trust.py`). Loading takes some 10 ms, so make one reader and keep it. A
    call never changes it, and threads may share it. Raises what `load_bundle` does, and
    `IncompatibleModel` for a model of other classes than the digits, or one that cannot promise so
    much.
    """

    def __init__(
        self,
        model: str | Path = DEFAULT,
        *,
        limits: Limits | None = None,
        threads: int = 0,
        min_accuracy: float | None = None,
    ) -> None:
        self.bundle: Bundle = load_bundle(model, threads)
        if not self.bundle.contract.reads_digits:
            raise IncompatibleModel(
                f"the model {self.bundle.contract.title} does not read digits: its classes are not "
                f"0 to 9 in this order, from {SIDE}x{SIDE} grey: use `inkdigits predict`"
            )
        contract = self.bundle.contract
        self.promise = (
            None
            if min_accuracy is None
            else promise_of(contract.trust, min_accuracy, contract.title)
        )
        self.limits = limits or Limits()
        self._digits = digit_columns(self.bundle.contract)

    def read(
        self,
        source: Source,
        layout: LayoutKind = "auto",
        field: Field | None = None,
        *,
        region: str | None = None,
    ) -> Reading:
        """Read the first page of an image or a document.

        `source` is a path, `"-"` for standard input, bytes, a binary file, a PIL image or an array;
        `layout` says what is on it: one `"digit"`, one `"line"`, a `"page"` of lines, or `"auto"`.
        With a `field` every line is one number that satisfies it. A `region`, `"0,50%,100%,100%"`,
        is the only part that is read (see `parse_region`). Raises `ImageError`, and `ValueError`
        for another layout or no region; finding no digit is a reading.
        """
        page = decode_first(source, self.limits)
        return request.read(self, page, _request(layout, field, None, region))

    def read_pages(
        self,
        source: Source,
        layout: LayoutKind = "auto",
        field: Field | None = None,
        *,
        pages: str | None = None,
        region: str | None = None,
    ) -> list[Reading]:
        """Read every page of a document, or only `pages="2-5"`: as `read`, one reading a page."""
        asked = _request(layout, field, pages, region)
        found = decode_pages(source, self.limits, asked.pages)
        return [request.read(self, page, asked) for page in found]

    def read_forms(
        self, source: Source, template: Template, *, pages: str | None = None
    ) -> list[FormReading]:
        """Read the fields of a form on every page of a document, or on those of `pages="2-5"`.

        `template` is what `load_template` gives. Raises as `read_pages` does, and `NotOnPage` for a
        page on which the form is not found.
        """
        asked = _request("auto", None, pages, None)
        found = decode_pages(source, self.limits, asked.pages)
        return [read_form(self, page, template) for page in found]

    def read_page(
        self, page: Page, layout: LayoutKind = "auto", field: Field | None = None
    ) -> Reading:
        """Read a page that `decode` gave: as `read`, whatever the limits."""
        return self.examine_page(page, layout, field).reading

    def examine_page(
        self, page: Page, layout: LayoutKind = "auto", field: Field | None = None
    ) -> Examined:
        """Read a page as `read_page` does, and keep what the model saw of each symbol."""
        if layout not in get_args(LayoutKind):
            raise ValueError(f"layout is one of {', '.join(get_args(LayoutKind))}, not {layout!r}")
        ink = find_ink(page.pixels)
        attempt = self._attempt_as(ink, layout)
        if attempt.lines and attempt.certainty < READS_WELL:
            attempt = self._other_polarity(page, ink, layout) or attempt
        attempt = self._looked_at_again(attempt)
        height, width = page.pixels.shape[:2]
        frame = _Frame(ink.strength.shape[::-1], (width, height), attempt.quarter_turns)
        found = self._numbers(attempt, field)
        numbers = tuple(
            _held_to(self._number(symbols, line, frame, attempt.ink), field)
            for line, symbols in found
        )
        reading = Reading(
            page.source, page.number, width, height, attempt.quarter_turns * 90, numbers,
            self.bundle.contract.title, "" if numbers else why_nothing(attempt.ink),
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
        return probabilities(self.bundle.agreed_scores(images), self.bundle.contract)

    def _looked_at_again(self, attempt: _Attempt) -> _Attempt:
        """The same symbols with the probabilities that are answered: candidates get one look."""
        if not attempt.lines:
            return attempt
        images = np.stack([symbol.image for line in attempt.lines for symbol in line])
        rows = iter(self._probabilities(images))
        lines = tuple(
            tuple(replace(symbol, row=next(rows)) for symbol in line) for line in attempt.lines
        )
        return replace(attempt, lines=lines)

    def _other_polarity(self, page: Page, ink: Ink, layout: LayoutKind) -> _Attempt | None:
        """The page read with ink and paper exchanged, if that is plainly the better way."""
        other = exchanged(page, ink)
        if other is None:
            return None
        attempt = self._attempt_as(other, layout)
        return attempt if attempt.certainty > SURE else None

    def _attempt_as(self, ink: Ink, layout: LayoutKind) -> _Attempt:
        return self._auto(ink) if layout == "auto" else self._attempt(ink, layout)

    def _auto(self, ink: Ink) -> _Attempt:
        if max(ink.strength.shape) <= _ONE_DIGIT_PX:
            return self._attempt(ink, "digit")
        upright = self._attempt(ink, "page")
        if upright.certainty >= READS_WELL:
            return upright
        if sum(map(len, upright.lines)) >= _ENOUGH_TO_TURN:
            others = [self._attempt(turned(ink, turns), "page", turns) for turns in (1, 2, 3)]
            best = max(others, key=lambda attempt: attempt.certainty)
            return best if best.certainty > SURE else upright
        whole = self._attempt(ink, "digit")
        return whole if whole.certainty > SURE else upright

    def _attempt(self, ink: Ink, kind: Kind, quarter_turns: int = 0) -> _Attempt:
        layout = find_layout(ink, kind)
        found = [candidates(row) for row in layout.rows]
        images = [
            normalize(layout.cut(row[candidate.first : candidate.last]))
            for row, choices in zip(layout.rows, found, strict=True)
            for candidate in choices
        ]
        if not images:
            return _Attempt(ink, (), 0.0, quarter_turns)
        scored = probabilities(self.bundle.scores(np.stack(images)), self.bundle.contract)
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
        taken = [symbol.row[self._digits].max() for line in lines for symbol in line]
        return _Attempt(ink, tuple(lines), float(np.mean(taken)), quarter_turns)

    def _numbers(
        self, attempt: _Attempt, field: Field | None
    ) -> list[tuple[int, Sequence[Symbol]]]:
        if field is not None:
            return list(enumerate(attempt.lines))
        return [
            (index, [line[i] for i in part])
            for index, line in enumerate(attempt.lines)
            for part in split_numbers([symbol.box for symbol in line])
        ]

    def _number(self, symbols: Sequence[Symbol], line: int, frame: _Frame, ink: Ink) -> Number:
        contract = self.bundle.contract
        verdicts = in_company(
            [judge(symbol.row, frame.height_px(symbol.box), contract) for symbol in symbols]
        )
        verdicts = [
            explained(verdict, fault_of(ink, symbol.box)) if verdict.reason else verdict
            for symbol, verdict in zip(symbols, verdicts, strict=True)
        ]
        confidence = number_confidence(verdicts, contract)
        verdicts = as_promised(verdicts, confidence, self.promise)
        digits = [
            Digit(box=frame.on_page(symbol.box), **asdict(verdict))
            for symbol, verdict in zip(symbols, verdicts, strict=True)
        ]
        return Number(
            text="".join(digit.value for digit in digits if digit.value is not None),
            line=line,
            confidence=confidence,
            accepted=all(digit.value is not None for digit in digits),
            reason=reason_of(verdicts),
            box=Box.around([digit.box for digit in digits]),
            digits=tuple(digits),
        )


def _held_to(number: Number, field: Field | None) -> Number:
    if field is None or field.allows(number.text):
        return number
    reason = "; ".join(filter(None, (number.reason, "breaks the field")))
    return replace(number, accepted=False, reason=reason)


def _request(
    layout: LayoutKind, field: Field | None, pages: str | None, region: str | None
) -> Request:
    return replace(RequestText(layout, pages, region).parsed(), field=field)


def _box_of(row: Sequence[Piece], candidate: Candidate) -> Box:
    return Box.around([piece.box for piece in row[candidate.first : candidate.last]])
