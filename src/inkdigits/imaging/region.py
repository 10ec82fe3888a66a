"""A part of a page: cut out to be read alone, and its boxes moved back onto the page."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from inkdigits.errors import NotOnPage
from inkdigits.imaging.decode import Page
from inkdigits.imaging.sources import label_of
from inkdigits.reading import Box, Number, Reading

_EDGE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{0,9})?)(%?)")


class Edge(NamedTuple):
    """Where one side of a region lies: in pixels, or in percent of the page's side."""

    value: float
    percent: bool

    def on(self, side: int) -> float:
        """In pixels of a page whose side has so many."""
        return self.value * side / 100 if self.percent else self.value

    def __str__(self) -> str:
        return f"{self.value:g}%" if self.percent else f"{self.value:g}"


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a page, each edge in pixels of the upright page or in percent of its side."""

    left: Edge
    top: Edge
    right: Edge
    bottom: Edge

    def box(self, width: int, height: int) -> Box | None:
        """The pixels of a page of that size in which it lies, if only in part; None if in none."""
        box = Box(
            math.floor(self.left.on(width)),
            math.floor(self.top.on(height)),
            min(math.ceil(self.right.on(width)), width),
            min(math.ceil(self.bottom.on(height)), height),
        )
        return box if box.width > 0 and box.height > 0 else None

    def __str__(self) -> str:
        return ",".join(map(str, (self.left, self.top, self.right, self.bottom)))


def parse_region(text: str) -> Region:
    """The region that `left,top,right,bottom` names: `100,50,900,300` or `0,50%,100%,100%`.

    Raises `ValueError` with a sentence that says what to write.
    """
    matches = [_EDGE.fullmatch(part.strip()) for part in text[:200].split(",")]
    edges = [Edge(float(match[1]), bool(match[2])) for match in matches if match]
    if len(edges) != 4 or len(matches) != 4 or not _fits(*edges):
        raise ValueError(
            f"{text[:60]!r} is no region: write left,top,right,bottom in pixels or percent,"
            " as 100,50,900,300 or 0,50%,100%,100%"
        )
    return Region(*edges)


def _fits(left: Edge, top: Edge, right: Edge, bottom: Edge) -> bool:
    """Whether it can hold anything on some page."""
    if any(edge.percent and edge.value > 100 for edge in (left, top, right, bottom)):
        return False
    pairs = ((left, right), (top, bottom))
    return all(low.percent != high.percent or low.value < high.value for low, high in pairs)


def cut(page: Page, region: Region) -> tuple[Page, Box]:
    """The part of a page in a region, as a page, and the box that it is on the page.

    A region that leaves the page ends at its edge. Raises `NotOnPage` if nothing of it is there.
    """
    height, width = page.pixels.shape[:2]
    box = region.box(width, height)
    if box is None:
        raise NotOnPage(
            f"{label_of(page.source)}: the region {region} is not on page {page.number},"
            f" which is {width} x {height} pixels"
        )
    pixels = np.ascontiguousarray(page.pixels[box.top : box.bottom, box.left : box.right])
    pixels.flags.writeable = False
    return Page(page.source, page.number, pixels), box


def moved_back(reading: Reading, page: Page, box: Box) -> Reading:
    """The reading of what `cut` gave, with its boxes in the frame of the whole page."""

    def move(inner: Box) -> Box:
        return Box(
            inner.left + box.left,
            inner.top + box.top,
            inner.right + box.left,
            inner.bottom + box.top,
        )

    height, width = page.pixels.shape[:2]
    numbers = tuple(with_boxes(number, move) for number in reading.numbers)
    rows = tuple(row.moved(move) for row in reading.box_rows)
    return replace(reading, width=width, height=height, numbers=numbers, box_rows=rows)


def with_boxes(number: Number, move: Callable[[Box], Box]) -> Number:
    """The number with its boxes, and those of its digits, where `move` puts them."""
    digits = tuple(replace(digit, box=move(digit.box)) for digit in number.digits)
    return replace(number, box=move(number.box), digits=digits)
