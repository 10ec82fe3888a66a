"""Which pages of a document are read: `"3"`, `"2-5"`, `"1,4-6"`, `"2-"`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from inkdigits.errors import ImageTooLarge, NotOnPage
from inkdigits.imaging.limits import Limits

_SPAN = re.compile(r"([0-9]{1,9})(?:(-)([0-9]{1,9})?)?")
_MOST_SPANS = 1000


@dataclass(frozen=True, slots=True)
class PageChoice:
    """Pages of a document, counted from 1: spans of `(first, last)`, a last of None is the end."""

    spans: tuple[tuple[int, int | None], ...]

    def of(self, count: int, label: str, limits: Limits) -> list[int]:
        """The chosen pages of a document that has `count`, each once, in the document's order.

        A span may end past the last page, but has to begin on a page that is there. Raises
        `NotOnPage` where it does not, and `ImageTooLarge` for more pages than `limits` allows.
        """
        chosen: set[int] = set()
        for first, last in self.spans:
            if first > count:
                pages = "1 page" if count == 1 else f"{count:,} pages"
                raise NotOnPage(f"{label}: has {pages}, and no page {first}; choose others")
            chosen.update(range(first, min(last or count, count) + 1))
            if len(chosen) > limits.max_frames:
                raise ImageTooLarge(
                    f"{label}: over {limits.max_frames:,} pages to read; choose some of them,"
                    " or raise Limits.max_frames"
                )
        return sorted(chosen)


ALL_PAGES = PageChoice(((1, None),))
FIRST_PAGE = PageChoice(((1, 1),))


def parse_pages(text: str) -> PageChoice:
    """The pages that `text` names: numbers and ranges with commas between them.

    Raises `ValueError` with a sentence that says what to write.
    """
    parts = text.split(",")
    matches = [_SPAN.fullmatch(part.strip()) for part in parts[:_MOST_SPANS]]
    spans = [_span(match) for match in matches if match]
    fits = len(spans) == len(parts) and all(1 <= first <= (last or first) for first, last in spans)
    if not fits:
        raise ValueError(f"{text[:60]!r} names no pages: write 3, 2-5, 2- or 1,4-6, from 1 on")
    return PageChoice(tuple(spans))


def _span(match: re.Match[str]) -> tuple[int, int | None]:
    first, dash, last = match.groups()
    if last:
        # A last page of 0 would read as none at all.
        return int(first), int(last) or -1
    return int(first), None if dash else int(first)
