"""What to read of an image or a document, and how: one set of options for every surface."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from inkdigits.imaging.decode import Page
from inkdigits.imaging.pages import ALL_PAGES, PageChoice, parse_pages
from inkdigits.imaging.region import Region, cut, moved_back, parse_region
from inkdigits.reading import Box, Reading
from inkdigits.recognition.field import Field, field_from_options

if TYPE_CHECKING:
    from inkdigits.recognition.reader import Examined, LayoutKind, Reader


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

    `pages` is as for `parse_pages`, `region` as for `parse_region`; `length`, `pattern`, `choices`
    (numbers with commas between them) and `check` as for `field_from_options`.
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
            field=field_from_options(
                self.length,
                self.pattern,
                None if self.choices is None else [self.choices],
                self.check,
            ),
        )


WHOLE = RequestText()
"""Everything on every page."""


def read(reader: Reader, page: Page, request: Request) -> Reading:
    """Read of a page what is asked for, boxes in the frame of the whole page.

    `page` is one of `decode_pages(source, limits, request.pages)`. Raises `NotOnPage` for a region
    that is not on it.
    """
    part, box = _part(page, request)
    reading = reader.read_page(part, request.layout, request.field)
    return reading if box is None else moved_back(reading, page, box)


def examine(reader: Reader, page: Page, request: Request) -> Examined:
    """As `read`, with what the model saw of each symbol."""
    part, box = _part(page, request)
    examined = reader.examine_page(part, request.layout, request.field)
    if box is None:
        return examined
    return replace(examined, reading=moved_back(examined.reading, page, box))


def _part(page: Page, request: Request) -> tuple[Page, Box | None]:
    return (page, None) if request.region is None else cut(page, request.region)
