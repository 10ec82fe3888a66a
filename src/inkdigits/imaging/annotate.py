"""Draws a reading on its page: a box around each number, and the answer beside it.

Colour tells trust, and so does the label, for those who see no difference: accepted numbers are
green; a number with a refused symbol in it is amber, with `?` in its label in that place; a number
with nothing but refused symbols is red.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigits.reading import Box, Number, Reading

Colour = tuple[int, int, int]

ACCEPTED: Colour = (22, 128, 61)
DOUBTFUL: Colour = (180, 83, 9)
REFUSED: Colour = (200, 30, 45)
LABEL_TEXT: Colour = (255, 255, 255)

MIN_SIDE_PX = 360  # smaller pages are enlarged to this, or a label would hide them
GROWN_SIDE_PX = 1440
LABEL_OF_PAGE = 1 / 30  # height of the letters, as a share of the page's geometric mean side
LABEL_MIN_PX = 15


def annotate(pixels: NDArray[np.uint8], reading: Reading) -> NDArray[np.uint8]:
    """The page with boxes and answers drawn on it.

    Takes the upright page, uint8 (H, W, 3) RGB, that `reading` was made from, and leaves it as it
    is. Returns uint8 (H·k, W·k, 3), where the whole number k is 1 for all but small pages: those
    grow until the shorter side has `MIN_SIDE_PX` or the longer one near `GROWN_SIDE_PX`.
    Raises `ValueError` if the reading is of a page of another size.
    """
    if pixels.shape != (reading.height, reading.width, 3):
        raise ValueError(
            f"the page is {pixels.shape}, the reading is of {reading.width}x{reading.height}"
        )
    shorter, longer = sorted(pixels.shape[:2])
    scale = max(1, min(-(-MIN_SIDE_PX // shorter), GROWN_SIDE_PX // longer))
    page = Image.fromarray(pixels).resize(
        (reading.width * scale, reading.height * scale), Image.Resampling.NEAREST
    )
    drawing = _Drawing(page)
    framed = [(number, _scaled(number.box, scale)) for number in reading.numbers]
    for number, box in framed:
        drawing.frame(box, colour_of(number))
        if number.text:
            for digit in number.digits:
                if digit.value is None:
                    drawing.frame(_scaled(digit.box, scale), REFUSED)
    boxes = [box for _, box in framed]
    for number, box in framed:
        drawing.label(number, box, boxes)
    return np.asarray(page)


def colour_of(number: Number) -> Colour:
    """Green for accepted, amber for refused in part, red for refused as a whole; as RGB."""
    if number.accepted:
        return ACCEPTED
    return DOUBTFUL if number.text else REFUSED


def symbols_of(number: Number) -> str:
    """The digits with `?` for each refused one."""
    return "".join(digit.value or "?" for digit in number.digits)


def label_of(number: Number) -> str:
    """The symbols, then the confidence or why the number was refused."""
    # Rounded down: nothing that is less than certain is shown as 100 %.
    trust = f"{int(number.confidence * 100)}%" if number.accepted else number.reason
    return f"{symbols_of(number)}  {trust}".strip()


def _scaled(box: Box, scale: int) -> Box:
    return Box(*(edge * scale for edge in box))


def _overlap(a: Box, b: Box) -> int:
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    return max(width, 0) * max(height, 0)


class _Drawing:
    """A page being drawn on, with sizes that suit it and the labels set so far."""

    def __init__(self, page: Image.Image) -> None:
        self._page = page
        self._draw = ImageDraw.Draw(page)
        side = (page.width * page.height) ** 0.5
        self._text_px = max(LABEL_MIN_PX, round(side * LABEL_OF_PAGE))
        self._line_px = max(2, self._text_px // 7)
        self._font = ImageFont.load_default(self._text_px)
        self._labels: list[Box] = []

    def frame(self, box: Box, colour: Colour) -> None:
        """A frame just outside `box`, with a white edge so that it shows on any ground."""
        for grown, ink, width in (
            (2 * self._line_px, LABEL_TEXT, 1),
            (2 * self._line_px - 1, colour, self._line_px),
        ):
            edges = (box.left - grown, box.top - grown, box.right + grown, box.bottom + grown)
            self._draw.rectangle((*edges[:2], edges[2] - 1, edges[3] - 1), outline=ink, width=width)

    def label(self, number: Number, box: Box, numbers: Iterable[Box]) -> None:
        """The label of `number` beside `box`, where it hides least of `numbers` and other labels.

        A label that would take more than half the page's width is cut down to the symbols.
        """
        pad = self._text_px // 3
        text = label_of(number)
        if 2 * self._font.getlength(text) > self._page.width:
            text = symbols_of(number)
        size = (round(self._font.getlength(text)) + 2 * pad, self._text_px + pad)
        obstacles = [*numbers, *self._labels]
        place = min(
            self._places(box, size), key=lambda place: sum(_overlap(place, o) for o in obstacles)
        )
        self._labels.append(place)
        corners = (place.left, place.top, place.right - 1, place.bottom - 1)
        self._draw.rectangle(corners, fill=colour_of(number))
        middle = (place.top + place.bottom) // 2
        self._draw.text((place.left + pad, middle), text, LABEL_TEXT, self._font, "lm")

    def _places(self, box: Box, size: tuple[int, int]) -> Iterator[Box]:
        """Above, below, right, left and inside of `box`, in order of preference, on the page."""
        width, height = size
        gap = 2 * self._line_px
        middle = (box.top + box.bottom - height) // 2
        for left, top in (
            (box.left - gap, box.top - gap - height),
            (box.left - gap, box.bottom + gap),
            (box.right + gap, middle),
            (box.left - gap - width, middle),
            (box.left - gap, box.top - gap),
        ):
            x = max(0, min(left, self._page.width - width))
            y = max(0, min(top, self._page.height - height))
            yield Box(x, y, x + width, y + height)
