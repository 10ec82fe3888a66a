"""Draws a reading on its page, so that a glance finds what is to be checked.

A sure number has a thin green frame. A doubtful one, refused in part or less sure than `SURE`, has
a dashed amber frame, each doubtful digit of it is framed too, and its label begins with `?`. One
that is refused as a whole has a double red frame and a label that begins with `!`. Form tells what
colour does, for those who see no difference. A grey line joins the numbers of one line. Printed
boxes with nothing in them are crossed out in grey, and a field of them says that it is empty.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigits.imaging.placing import Places
from inkdigits.reading import Box, Digit, Number, Reading

Colour = tuple[int, int, int]
State = Literal["sure", "doubtful", "refused"]

ACCEPTED: Colour = (22, 128, 61)
DOUBTFUL: Colour = (180, 83, 9)
REFUSED: Colour = (200, 30, 45)
LINE: Colour = (91, 102, 114)
LABEL_TEXT: Colour = (255, 255, 255)

SURE = 0.9
"""What is accepted with less confidence is to be checked all the same."""

EMPTY = "empty"

MIN_SIDE_PX = 360  # smaller pages are enlarged to this, or a label would hide them
GROWN_SIDE_PX = 1440
LABEL_OF_PAGE = 1 / 30  # height of the letters, as a share of the page's geometric mean side
LABEL_OF_NUMBER = 0.5  # and at most this share of the usual height of a number
LABEL_MIN_PX = 15

_COLOURS: dict[State, Colour] = {"sure": ACCEPTED, "doubtful": DOUBTFUL, "refused": REFUSED}
_MARKS: dict[State, str] = {"sure": "", "doubtful": "? ", "refused": "! "}


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
    if reading.numbers or reading.box_rows:
        drawing = _Drawing(page, scale, sizes_of(page, reading, scale))
        drawing.empty(reading)
        drawing.lines(reading.numbers)
        for number in reading.numbers:
            drawing.number(number)
        places = Places(pixels, [number.box for number in reading.numbers], scale)
        # The doubtful ones choose their places first.
        for number in sorted(reading.numbers, key=lambda number: state_of(number) == "sure"):
            drawing.label(number, places)
    return np.asarray(page)


def state_of(number: Number) -> State:
    """Whether a number can be taken as it is, is to be checked, or was refused as a whole."""
    if not number.text:
        return "refused"
    return "sure" if number.accepted and number.confidence >= SURE else "doubtful"


def label_of(number: Number) -> str:
    """The mark of its state, the answer, then the confidence or why the number was refused."""
    # Rounded down: nothing that is less than certain is shown as 100 %.
    trust = f"{int(number.confidence * 100)}%" if number.accepted else short(number.reason)
    return f"{_MARKS[state_of(number)]}{symbols_of(number)}  {trust}".strip()


def symbols_of(number: Number) -> str:
    """The digits with `?` for each refused one; the likely guess of a number that has no others."""
    if not number.text and number.confidence >= 0.5:
        return "".join(digit.guess for digit in number.digits) + "?"
    return "".join(digit.value or "?" for digit in number.digits)


def short(reason: str) -> str:
    """The first reason alone, of its kind and its particulars the shorter: `blurred`, `5 or 6`."""
    kind, _, particulars = reason.partition(";")[0].partition(": ")
    return particulars if 0 < len(particulars) < len(kind) else kind


@dataclass(frozen=True, slots=True)
class Sizes:
    """The height of letters and the width of lines, in pixels of the drawing."""

    text: int
    line: int


def sizes_of(page: Image.Image, reading: Reading, scale: int) -> Sizes:
    """Sizes that suit the page, and the digits or boxes on it, of which there is one at least."""
    of_page = (page.width * page.height) ** 0.5 * LABEL_OF_PAGE
    usual = median(
        [
            max(digit.box.width, digit.box.height)
            for number in reading.numbers
            for digit in number.digits
        ]
        or [row.box.height for row in reading.box_rows]
    )
    text = max(LABEL_MIN_PX, round(min(of_page, LABEL_OF_NUMBER * usual * scale)))
    return Sizes(text, max(2, text // 9))


class _Drawing:
    """A page being drawn on, `scale` times as large as the reading's."""

    def __init__(self, page: Image.Image, scale: int, sizes: Sizes) -> None:
        self._page = page
        self._scale = scale
        self._sizes = sizes
        self._draw = ImageDraw.Draw(page)
        self._font = ImageFont.load_default(sizes.text)

    def empty(self, reading: Reading) -> None:
        """A stroke through each empty box, from corner to corner; a word in an empty field."""
        for row in reading.box_rows:
            for place in row.empty:
                left, top, right, bottom = self._scaled(row.boxes[place])
                self._draw.line((left, bottom, right, top), LINE, max(1, self._sizes.line // 2))
        for box, _ in reading.empty_fields:
            middle = self._scaled(box).middle
            around = self._draw.textbbox(middle, EMPTY, self._font, "mm")
            self._draw.rectangle(around, LABEL_TEXT)
            self._draw.text(middle, EMPTY, LINE, self._font, "mm")

    def lines(self, numbers: tuple[Number, ...]) -> None:
        """A grey line from each number to the next of its line."""
        for one, other in pairwise(numbers):
            if one.line == other.line:
                # From frame to frame: inside stands the ink.
                before, after = (
                    _grown(self._scaled(number.box), 3 * self._sizes.line)
                    for number in (one, other)
                )
                end = _nearest(before.middle, after)
                self._draw.line((*_nearest(end, before), *end), LINE, self._sizes.line)

    def number(self, number: Number) -> None:
        """The frame of a number, and of each digit of it that is to be looked at."""
        state = state_of(number)
        self._frame(number.box, state, 2)
        if state == "doubtful" and len(number.digits) > 1:
            for digit in number.digits:
                if _is_doubtful(digit):
                    self._frame(digit.box, "refused" if digit.value is None else "doubtful", 0)

    def label(self, number: Number, places: Places) -> None:
        """The label of a number where it hides least, and a line to it if that is elsewhere.

        A label that would take more than half the page's width is cut down to the symbols.
        """
        pad = self._sizes.text // 3
        text = label_of(number)
        if 2 * self._font.getlength(text) > self._page.width:
            text = f"{_MARKS[state_of(number)]}{symbols_of(number)}"
        size = (round(self._font.getlength(text)) + 2 * pad, self._sizes.text + pad)
        box = self._scaled(number.box)
        place = places.take(box, size, 4 * self._sizes.line)
        colour = _COLOURS[state_of(number)]
        if _gap(place, box) > 2 * self._sizes.text:
            end = _nearest(place.middle, box)
            self._draw.line((*place.middle, *end), colour, self._sizes.line)
        corners = (place.left, place.top, place.right - 1, place.bottom - 1)
        self._draw.rectangle(corners, colour, LABEL_TEXT)
        middle = (place.top + place.bottom) // 2
        self._draw.text((place.left + pad, middle), text, LABEL_TEXT, self._font, "lm")

    def _frame(self, box: Box, state: State, away: int) -> None:
        """A frame so many widths of its line outside a box, on white to show on any ground."""
        width = self._sizes.line
        frame = _grown(self._scaled(box), (away + 1) * width)
        self._draw.rectangle(_corners(_grown(frame, 1)), None, LABEL_TEXT, width + 2)
        if state == "doubtful":
            for dash in _dashes(frame, width):
                self._draw.rectangle(_corners(dash), DOUBTFUL)
            return
        self._draw.rectangle(_corners(frame), None, _COLOURS[state], width)
        if state == "refused":
            self._draw.rectangle(_corners(_grown(frame, 2 * width)), None, REFUSED, width)

    def _scaled(self, box: Box) -> Box:
        return Box(*(edge * self._scale for edge in box))


def _is_doubtful(digit: Digit) -> bool:
    return digit.value is None or digit.confidence < SURE


def _grown(box: Box, by: int) -> Box:
    return Box(box.left - by, box.top - by, box.right + by, box.bottom + by)


def _corners(box: Box) -> tuple[int, int, int, int]:
    """The first and the last pixel of a box, as Pillow draws it."""
    return box.left, box.top, box.right - 1, box.bottom - 1


def _dashes(frame: Box, width: int) -> Iterator[Box]:
    """The dashes of a frame: its sides, in parts of equal length with gaps as long between."""
    for start, end in _parts(frame.left, frame.right, 4 * width):
        yield Box(start, frame.top, end, frame.top + width)
        yield Box(start, frame.bottom - width, end, frame.bottom)
    for start, end in _parts(frame.top, frame.bottom, 4 * width):
        yield Box(frame.left, start, frame.left + width, end)
        yield Box(frame.right - width, start, frame.right, end)


def _parts(start: int, end: int, length: int) -> Iterator[tuple[int, int]]:
    """An odd number of parts of about `length`, every other one: both corners are drawn."""
    count = max(1, (end - start) // (2 * length)) * 2 + 1
    edges = [start + (end - start) * n // count for n in range(count + 1)]
    return zip(edges[::2], edges[1::2], strict=True)


def _gap(one: Box, other: Box) -> float:
    """How far two boxes lie apart, in pixels; 0 where they meet."""
    across = max(one.left, other.left) - min(one.right, other.right)
    down = max(one.top, other.top) - min(one.bottom, other.bottom)
    return math.hypot(max(across, 0), max(down, 0))


def _nearest(point: tuple[float, float], box: Box) -> tuple[float, float]:
    """The point of a box that is nearest to another point, as (x, y)."""
    x, y = point
    return min(max(x, box.left), box.right), min(max(y, box.top), box.bottom)
