"""Reading the fields of a form: the page is aligned with its template, then each field read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from inkdigits.errors import NotOnPage
from inkdigits.imaging.alignment import Alignment, Reference, align_by_size, box_under
from inkdigits.imaging.decode import Page
from inkdigits.imaging.preprint import without_print
from inkdigits.imaging.region import with_boxes
from inkdigits.imaging.sources import label_of
from inkdigits.reading import Box, BoxRow, Number, Reading
from inkdigits.recognition.doubts import BLANK, TOO_FAINT_TO_FIND

if TYPE_CHECKING:
    from inkdigits.recognition.reader import Reader
    from inkdigits.recognition.template import Template, TemplateField

MORE_THAN_ONE = "more than one number"
"""Why a field is doubtful in which several stand."""

_SAME_SHAPE = 0.04
"""So much wider or narrower than the form a page may be: a scanner cuts off a little, while A4 and
US letter are 9 % apart."""


@dataclass(frozen=True, slots=True)
class FieldReading:
    """What stands in one field; `box` is where it lies on the page, in pixels.

    `nothing` says why no number was found, and is `""` where one was. `box_rows` are the printed
    boxes in it, where the template has no picture of the form to take them out by.
    """

    name: str
    box: Box
    numbers: tuple[Number, ...]
    nothing: str = ""
    box_rows: tuple[BoxRow, ...] = ()

    @property
    def text(self) -> str:
        """The accepted digits; numbers are joined by a space."""
        return " ".join(number.text for number in self.numbers if number.text)

    @property
    def reason(self) -> str:
        """Why somebody has to look at it, or that it is blank; `""` for a number accepted."""
        reasons = [number.reason for number in self.numbers if number.reason]
        if len(self.numbers) > 1:
            reasons.append(MORE_THAN_ONE)
        return "; ".join(dict.fromkeys(reasons)) or self.nothing

    @property
    def accepted(self) -> bool:
        """Whether it is one number that is accepted, or nothing is written there."""
        return self._is_empty or (len(self.numbers) == 1 and self.numbers[0].accepted)

    @property
    def _is_empty(self) -> bool:
        """Whether nothing is written there, which is no reason to look."""
        return not self.numbers and self.nothing != TOO_FAINT_TO_FIND

    @property
    def value(self) -> str | None:
        """The number, as its digits; `""` if nothing is written there, None if it is doubtful."""
        return self.text if self.accepted else None

    def to_dict(self) -> dict[str, Any]:
        confidence = prod(number.confidence for number in self.numbers) if self.numbers else None
        return {
            "text": self.text,
            "confidence": None if confidence is None else round(confidence, 4),
            "accepted": self.accepted,
            "reason": self.reason,
            "box": list(self.box),
            "numbers": [number.to_dict() for number in self.numbers],
            "box_rows": [row.to_dict() for row in self.box_rows],
        }


@dataclass(frozen=True, slots=True)
class FormReading:
    """The fields of one page, in the order of the template; `source` to `model` as in a `Reading`.

    `fit` says how well the page goes with the picture of the empty form, 0 to 1; None without one.
    """

    source: str
    page: int
    width: int
    height: int
    model: str
    fit: float | None
    fields: tuple[FieldReading, ...]

    @property
    def values(self) -> dict[str, str | None]:
        """Each field's `value` by its name."""
        return {field.name: field.value for field in self.fields}

    @property
    def doubtful(self) -> tuple[str, ...]:
        """The names of the fields that somebody has to look at."""
        return tuple(field.name for field in self.fields if not field.accepted)

    @property
    def numbers(self) -> tuple[Number, ...]:
        """The numbers of all fields."""
        return tuple(number for field in self.fields for number in field.numbers)

    @property
    def reading(self) -> Reading:
        """All that was read on the page; each field is a line, and an empty one a box."""
        rows: list[BoxRow] = []
        numbers: list[Number] = []
        for line, field in enumerate(self.fields):
            found = field.box_rows
            if not found and field.value == "":
                found = (BoxRow("number", (field.box,), ("",), (), field.reason),)
            rows += (
                replace(row, numbers=tuple(len(numbers) + i for i in row.numbers)) for row in found
            )
            numbers += (replace(number, line=line) for number in field.numbers)
        reason = "" if self.numbers else "; ".join(dict.fromkeys(f.reason for f in self.fields))
        return Reading(
            self.source, self.page, self.width, self.height, 0, tuple(numbers), self.model,
            reason, tuple(rows),
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """The form as plain JSON types: what the command prints."""
        return {
            "file": self.source,
            "page": self.page,
            "width": self.width,
            "height": self.height,
            "model": self.model,
            "fit": None if self.fit is None else round(self.fit, 4),
            "values": self.values,
            "fields": {field.name: field.to_dict() for field in self.fields},
        }


def read_form(reader: Reader, page: Page, template: Template) -> FormReading:
    """Read the fields of a form on a page that `decode` gave.

    Raises `NotOnPage` where the form is not found on it.
    """
    height, width = page.pixels.shape[:2]
    alignment = _align(page, template)
    fields = tuple(
        _read_field(reader, page, alignment, each, template.reference) for each in template.fields
    )
    return FormReading(page.source, page.number, width, height, reader.title, alignment.fit, fields)


def _align(page: Page, template: Template) -> Alignment:
    height, width = page.pixels.shape[:2]
    where = f"{label_of(page.source)}: page {page.number}"
    if template.reference is not None:
        found = template.reference.align(page.pixels)
        if found is None:
            raise NotOnPage(
                f"{where}: the form is not found on it; is it this form, whole and in focus?"
            )
        return found
    if abs(width * template.height / (height * template.width) - 1) > _SAME_SHAPE:
        raise NotOnPage(
            f"{where}: {width} x {height} pixels is not the shape of the form,"
            f" {template.width} x {template.height}; scan it whole and upright,"
            ' or give the template a "reference"'
        )
    return align_by_size((template.width, template.height), (width, height))


def _read_field(
    reader: Reader,
    page: Page,
    alignment: Alignment,
    asked: TemplateField,
    reference: Reference | None,
) -> FieldReading:
    height, width = page.pixels.shape[:2]
    pixels, matrix = alignment.cut(page.pixels, asked.box)
    if reference is not None:
        into_form = np.linalg.inv(alignment.matrix) @ matrix
        pixels = without_print(pixels, reference.part(into_form, pixels.shape[1::-1]))
    part = Page(page.source, page.number, pixels)
    reading = reader.read_page(part, asked.layout, asked.field)

    def move(box: Box) -> Box:
        return box_under(matrix, box, width, height)

    return FieldReading(
        asked.name,
        box_under(alignment.matrix, asked.box, width, height),
        tuple(with_boxes(number, move) for number in reading.numbers),
        _nothing(reading, reference),
        tuple(row.moved(move) for row in reading.box_rows),
    )


def _nothing(reading: Reading, reference: Reference | None) -> str:
    """Why no number was found; print that was taken out leaves traces that are no faint writing."""
    if reference is not None and reading.reason == TOO_FAINT_TO_FIND:
        return BLANK
    return reading.reason
