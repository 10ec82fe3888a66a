"""`Reader`: the one way in. Every surface reads through it, so all of them say the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import IncompatibleModel, UnsupportedFormat
from inkdigits.imaging.decode import Limits, Page, Source, decode_first, decode_pages
from inkdigits.imaging.ink import find_ink
from inkdigits.imaging.layout import Kind
from inkdigits.imaging.normalize import SIDE
from inkdigits.reading import Reading
from inkdigits.recognition import lines, request
from inkdigits.recognition.attempts import Attempt, attempt, looked_at_again
from inkdigits.recognition.boxed import box_rows
from inkdigits.recognition.bundle import DEFAULT, Bundle, find_bundle, load_bundle
from inkdigits.recognition.confidence import digit_columns, probabilities
from inkdigits.recognition.contract_file import read_contract
from inkdigits.recognition.doubts import why_nothing
from inkdigits.recognition.field import Field
from inkdigits.recognition.form import FormReading, read_form
from inkdigits.recognition.frame import Frame
from inkdigits.recognition.lines import LineModel, load_line_model
from inkdigits.recognition.numbers import Judging, number_of, within
from inkdigits.recognition.orientation import turned_or_one
from inkdigits.recognition.polarity import READS_WELL, SURE, exchanged
from inkdigits.recognition.request import Request, RequestText
from inkdigits.recognition.segmentation import split_numbers
from inkdigits.recognition.symbols import Row, Symbol
from inkdigits.recognition.together import (
    are_settled,
    is_noise,
    is_on_print,
    may_be_line,
    read_rows,
    read_whole,
)
from inkdigits.recognition.trust import promise_of

if TYPE_CHECKING:
    from inkdigits.recognition.template import Template

LayoutKind = Literal["auto", "digit", "line", "page"]

_ONE_DIGIT_PX = 40
"""An image up to this size, both ways, holds one digit, cut out already."""

_HALF = 0.5
"""What is a digit with less than this probability is likelier none."""


@dataclass(frozen=True, slots=True, eq=False)
class Examined:
    """A reading with what is behind it: `symbols[i][j]` is that of `numbers[i].digits[j]`."""

    reading: Reading
    symbols: tuple[tuple[Symbol, ...], ...]


class Reader:
    """Reads handwritten digits and numbers.

    `model` is the name of a bundle in the package or the folder of one; `line_model` likewise the
    one that reads rows as a whole, None to read symbol by symbol only; `limits` bound what is
    decoded; `threads` is how many threads one batch may use, 0 for one a core. With `min_accuracy`,
    such as 0.999, only numbers are accepted of which on validation data at least that share was
    right (see `recognition/trust.py`). Loading takes some 10 ms, so make one reader and keep it. A
    call never changes it, and threads may share it. Raises what `load_bundle` does, and
    `IncompatibleModel` for models of anything else, or that cannot promise so much.
    """

    def __init__(
        self,
        model: str | Path = DEFAULT,
        *,
        line_model: str | Path | None = lines.DEFAULT,
        limits: Limits | None = None,
        threads: int = 0,
        min_accuracy: float | None = None,
    ) -> None:
        self.bundle: Bundle = load_bundle(model, threads)
        contract = self.bundle.contract
        if contract.reads_lines:
            raise IncompatibleModel(
                f"the model {contract.title} reads whole lines, but single symbols are asked of "
                "it: give it as line_model, and a model of digits as model"
            )
        if not contract.reads_digits:
            raise IncompatibleModel(
                f"the model {contract.title} does not read digits: its classes are not "
                f"0 to 9 in this order, from {SIDE}x{SIDE} grey: use `inkdigits predict`"
            )
        self._line_model, self._threads = line_model, threads
        if line_model != lines.DEFAULT:  # the shipped one is loaded when it is first needed
            _ = self.lines
        self.promise = (
            None
            if min_accuracy is None
            else promise_of(contract.trust, min_accuracy, contract.title)
        )
        self.limits = limits or Limits()
        self._digits = digit_columns(contract)

    @cached_property
    def lines(self) -> LineModel | None:
        """The model that reads rows as a whole, None if there is none."""
        if self._line_model is None:
            return None
        return load_line_model(self._line_model, self._threads)

    @cached_property
    def title(self) -> str:
        """The name and the version of each model that reads."""
        contracts = [self.bundle.contract]
        if self._line_model is not None:
            contracts.append(read_contract(find_bundle(self._line_model)))
        return " + ".join(contract.title for contract in contracts)

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
        made = self._best_attempt(page, layout, field)
        height, width = page.pixels.shape[:2]
        frame = Frame(made.size_unturned, (width, height), made.quarter_turns)
        by = Judging(
            self.bundle.contract, self.promise, field, made.ink, frame.on_page, frame.height_px
        )
        found = [
            (line, within(row.part(which), field))
            for line, row in enumerate(made.rows)
            for which in _numbers_in(row, made, field, self._digits)
        ]
        numbers = tuple(number_of(part, line, by) for line, part in found)
        symbols = tuple(part.symbols for _, part in found)
        reading = Reading(
            page.source, page.number, width, height, made.quarter_turns * 90, numbers,
            self.title, "" if numbers else why_nothing(made.ink),
            box_rows(made.layout, numbers, symbols, frame.on_page),
        )  # fmt: skip
        return Examined(reading, symbols)

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
        scores = self.bundle.settled_scores(images)
        return probabilities(scores, self.bundle.contract)[:, self._digits]

    def _best_attempt(self, page: Page, layout: LayoutKind, field: Field | None) -> Attempt:
        ink = find_ink(page.pixels)
        if layout == "digit" or (layout == "auto" and max(ink.strength.shape) <= _ONE_DIGIT_PX):
            made = self._or_other_polarity(page, attempt(self.bundle, ink, "digit"), "digit")
            return looked_at_again(self.bundle, made)
        kind: Kind = "page" if layout == "auto" else layout
        made = attempt(self.bundle, ink, kind)
        one_line = layout == "line" or (layout == "auto" and may_be_line(ink))
        if one_line and is_on_print(made) and self.lines is not None:
            seen = looked_at_again(self.bundle, made)
            whole = read_whole(self.lines, seen, self.bundle.contract, field)
            if whole is not None:
                return whole
        if layout == "auto":
            made = turned_or_one(self.bundle, page, made)
        made = looked_at_again(self.bundle, self._or_other_polarity(page, made, layout))
        if are_settled(made, self.bundle.contract, field) or self.lines is None:
            return made
        return read_rows(self.lines, made, self.bundle.contract, field)

    def _or_other_polarity(self, page: Page, made: Attempt, layout: LayoutKind) -> Attempt:
        """The same page with ink and paper exchanged, if that is plainly the better way."""
        if not made.rows or made.certainty >= READS_WELL or is_noise(made):
            return made
        other = exchanged(page, find_ink(page.pixels) if made.quarter_turns else made.ink)
        if other is None:
            return made
        if layout == "auto":
            again = turned_or_one(self.bundle, page, attempt(self.bundle, other, "page"))
        else:
            again = attempt(self.bundle, other, layout)
        # The paper of a page of print, taken for ink, may look just like one digit.
        better = again.certainty > SURE and again.read_well >= made.read_well
        return again if better else made


def _numbers_in(row: Row, made: Attempt, field: Field | None, digits: Sequence[int]) -> list[range]:
    """Where a row falls into numbers; under a field it is one. `digits` are their columns."""
    if field is not None:
        return [range(len(row.symbols))]
    boxes = [symbol.box for symbol in row.symbols]
    strange = [float(symbol.row[digits].sum()) < _HALF for symbol in row.symbols]
    return split_numbers(boxes, made.layout.cells, strange)


def _request(
    layout: LayoutKind, field: Field | None, pages: str | None, region: str | None
) -> Request:
    return replace(RequestText(layout, pages, region).parsed(), field=field)
