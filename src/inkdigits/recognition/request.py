"""What to read of an image or a document, and how: one set of options for every surface."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inkdigits.imaging.decode import Page
from inkdigits.imaging.pages import ALL_PAGES, PageChoice, parse_pages
from inkdigits.imaging.region import Region, cut, moved_back, parse_region
from inkdigits.recognition.field import Field

if TYPE_CHECKING:
    from inkdigits.recognition.reader import Examined, LayoutKind, Reader

_LENGTH = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")


@dataclass(frozen=True, slots=True)
class Request:
    """Which pages to read, which part of each, and what its numbers may be; `layout` as in `read`.

    With a `field` every line is one number that satisfies it.
    """

    layout: LayoutKind = "auto"
    pages: PageChoice = ALL_PAGES
    region: Region | None = None
    field: Field | None = None


@dataclass(frozen=True, slots=True)
class RequestText:
    """A request as it is typed, and as it travels between processes: each option a text, or None.

    `pages` is as for `parse_pages`, `region` as for `parse_region`. `length` is `5` or `3-6`,
    `choices` numbers with commas between them; they, `pattern` and `check` make the `Field`.
    """

    layout: LayoutKind = "auto"
    pages: str | None = None
    region: str | None = None
    length: str | None = None
    pattern: str | None = None
    choices: str | None = None
    check: str | None = None

    def parsed(self) -> Request:
        """The request; raises `ValueError` or `FieldError` with a sentence on what to write."""
        return Request(
            layout=self.layout,
            pages=ALL_PAGES if self.pages is None else parse_pages(self.pages),
            region=None if self.region is None else parse_region(self.region),
            field=self._field(),
        )

    def _field(self) -> Field | None:
        if (self.length, self.pattern, self.choices, self.check) == (None,) * 4:
            return None
        return Field(
            length=None if self.length is None else parse_length(self.length),
            pattern=self.pattern,
            choices=None if self.choices is None else parse_choices(self.choices),
            check=self.check,
        )


def parse_length(text: str) -> int | tuple[int, int]:
    """How many digits a number has, `5` or `3-6`; raises `ValueError`."""
    match = _LENGTH.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text[:60]!r} is no length: write 5, or 3-6 for from 3 to 6 digits")
    return (int(match[1]), int(match[2])) if match[2] else int(match[1])


def parse_choices(text: str) -> tuple[str, ...]:
    """The numbers in `12,17,99`; what is none, `Field` refuses."""
    return tuple(part.strip() for part in text.split(","))


def examine(reader: Reader, page: Page, request: Request) -> Examined:
    """Read of a page what is asked for, boxes in the frame of the whole page.

    `page` is one of `decode_pages(source, limits, request.pages)`. Raises `NotOnPage` for a region
    that is not on it.
    """
    if request.region is None:
        return reader.examine_page(page, request.layout, request.field)
    part, box = cut(page, request.region)
    examined = reader.examine_page(part, request.layout, request.field)
    return replace(examined, reading=moved_back(examined.reading, page, box))
