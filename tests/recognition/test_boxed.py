"""Printed boxes: what stands in each, and which are empty, on forms and tables."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from inkdigits.imaging.decode import Page
from inkdigits.reading import BLANK_FIELD, Box, Reading
from inkdigits.recognition import request
from inkdigits.recognition.reader import Reader
from inkdigits.recognition.request import RequestText
from tests.recognition.drawing import BOX_PX, boxed_page, clean_digit, put, to_pixels


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=1)


def values_of(reading: Reading) -> list[tuple[str | None, ...]]:
    return [row.values for row in reading.box_rows]


def test_boxes_say_which_of_them_are_empty(reader: Reader) -> None:
    page = boxed_page(reader, "507       ", "          ", "  42")
    reading = reader.read_page(page, "page")
    assert values_of(reading) == [
        ("5", "0", "7", *[""] * 7), ("",) * 10, ("", "", "4", "2"),
    ]  # fmt: skip
    assert [row.each for row in reading.box_rows] == ["digit"] * 3
    assert [row.reason for row in reading.box_rows] == ["", BLANK_FIELD, ""]
    numbers = [[reading.numbers[n].text for n in row.numbers] for row in reading.box_rows]
    assert numbers == [["507"], [], ["42"]]
    for line, row in enumerate(reading.box_rows):
        for place, box in enumerate(row.boxes):
            left, top = 120 + place * BOX_PX, 100 + 140 * line
            assert box == pytest.approx((left, top, left + BOX_PX, top + BOX_PX), abs=5)


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_boxes_of_a_turned_page_are_told_as_it_is_read(reader: Reader, quarter_turns: int) -> None:
    rows = ("50746 ", "   ", "392", "7053   ")
    upright = boxed_page(reader, *rows)
    turned = replace(upright, pixels=np.ascontiguousarray(np.rot90(upright.pixels, quarter_turns)))
    reading = reader.read_page(turned)
    assert reading.rotation == 90 * quarter_turns
    assert values_of(reading) == [tuple(text.strip() for text in row) for row in rows]
    for row in reading.box_rows:
        for box in row.boxes:
            assert (box.right <= reading.width, box.bottom <= reading.height) == (True, True)
            assert (box.width, box.height) == pytest.approx((BOX_PX, BOX_PX), abs=6)


def test_a_form_that_nobody_filled_in_is_known_as_empty(reader: Reader) -> None:
    reading = reader.read_page(boxed_page(reader, "        ", "     "), "page")
    assert reading.numbers == ()
    assert values_of(reading) == [("",) * 8, ("",) * 5]
    assert [boxes for _, boxes in reading.empty_fields] == ["________", "_____"]


def test_what_is_refused_is_not_empty(reader: Reader) -> None:
    reading = reader.read_page(boxed_page(reader, "50x   "), "page")
    ((five, nought, crossed, *rest),) = values_of(reading)
    assert (five, nought, rest) == ("5", "0", ["", "", ""])
    assert crossed is None
    assert reading.box_rows[0].reason


def test_each_cell_of_a_table_has_its_number(reader: Reader) -> None:
    page = np.zeros((700, 1000), np.float32)
    for y in range(100, 501, 100):
        cv2.line(page, (100, y), (880, y), 0.8, 2)
    for x in range(100, 881, 260):
        cv2.line(page, (x, 100), (x, 500), 0.8, 2)
    for column, row, text in ((0, 0, "42"), (2, 0, "507"), (1, 2, "8")):
        left = 130 + 260 * column
        for place, value in enumerate(text):
            ink = clean_digit(reader, int(value), 10 * row + column + 100 * place, 54)
            put(page, ink, left, 122 + 100 * row)
            left += ink.shape[1] + 12
    reading = reader.read_page(Page("table.png", 1, to_pixels(page)), "page")
    assert [row.each for row in reading.box_rows] == ["number"] * 4
    assert values_of(reading) == [("42", "", "507"), ("",) * 3, ("", "8", ""), ("",) * 3]
    assert len(reading.empty_fields) == 9


def test_boxes_in_a_region_are_in_the_frame_of_the_page(reader: Reader) -> None:
    page = boxed_page(reader, "507   ", "12 ")
    asked = RequestText(layout="page", region="50,200,900,400").parsed()
    (row,) = request.read(reader, page, asked).box_rows
    assert row.values == ("1", "2", "")
    assert row.box == pytest.approx(Box(120, 240, 120 + 3 * BOX_PX, 240 + BOX_PX), abs=5)
