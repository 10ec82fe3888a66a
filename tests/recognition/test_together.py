"""Rows read as a whole: touching digits, words, several numbers on a line, and where digits stand.

Digits are written by the project's own pen, so that every sample is known to the pixel.
"""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits import Field, Reader, Reading
from inkdigits.reading import Box
from inkdigits.recognition.reader import LayoutKind
from tests.recognition.drawing import Pixels, clean_digit, draw_page, to_pixels

OVERLAP_PX = 3
HEIGHT_PX = 64

TOUCHING = ("71", "45", "380", "2046", "9175", "60312")


def written_close(reader: Reader, text: str, seed: int, margin_px: int = 24) -> NDArray[np.float32]:
    """Digits whose strokes run into each other, float32 ink `(h, w)`."""
    # The pen may end a little lower than it was told.
    ink = np.zeros(
        (round(1.2 * HEIGHT_PX) + 2 * margin_px, 90 * len(text) + 2 * margin_px), np.float32
    )
    right = np.full(len(ink), margin_px)
    for place, character in enumerate(text):
        symbol = clean_digit(reader, int(character), 50 * seed + place, HEIGHT_PX)
        height, width = symbol.shape
        solid = symbol > 0.5
        rows = np.flatnonzero(solid.any(1))
        left = int((right[rows] - solid[rows].argmax(1)).max()) - (OVERLAP_PX if place else 0)
        part = ink[margin_px : margin_px + height, left : left + width]
        np.maximum(part, symbol, out=part)
        right[rows] = left + width - solid[rows, ::-1].argmax(1)
        right[:] = np.maximum(right, left)
    return ink[:, : int(right.max()) + margin_px]


def strokes(ink: NDArray[np.float32]) -> int:
    return cv2.connectedComponents((ink > 0.5).astype(np.uint8))[0] - 1


def assert_boxes_hold_ink(page: Pixels, reading: Reading) -> None:
    dark = page[:, :, 0] < 128
    for number in reading.numbers:
        for digit in number.digits:
            left, top, right, bottom = digit.box
            assert 0 <= left < right <= reading.width
            assert 0 <= top < bottom <= reading.height
            assert dark[top:bottom, left:right].any()


@pytest.mark.parametrize("layout", ["line", "auto"])
def test_most_rows_of_touching_digits_are_read(reader: Reader, layout: LayoutKind) -> None:
    pages = {
        (text, seed): written_close(reader, text, seed) for text in TOUCHING for seed in (1, 2, 3)
    }
    assert all(strokes(ink) < len(text) for (text, _), ink in pages.items())
    right = [
        "".join(digit.guess for number in found.numbers for digit in number.digits) == text
        for (text, _), ink in pages.items()
        for found in [reader.read(to_pixels(ink), layout)]
    ]
    assert np.mean(right) >= 0.75


def test_without_the_line_model_touching_digits_are_refused(alone: Reader) -> None:
    for text in TOUCHING[:3]:
        reading = alone.read(to_pixels(written_close(alone, text, 1)), "line")
        assert reading.text != text
        assert not all(number.accepted for number in reading.numbers)


def test_what_stands_apart_is_read_the_same_with_and_without(reader: Reader, alone: Reader) -> None:
    page, _ = draw_page(reader, ["9075 183", "2461"], seed=3)
    with_lines, without = reader.read(page), alone.read(page)
    assert with_lines.text == without.text == "9075 183\n2461"
    assert without.model == alone.bundle.contract.title
    assert with_lines.model == reader.title
    assert with_lines.model.startswith(f"{without.model} + line ")


def test_a_word_beside_a_number_does_not_become_digits(reader: Reader) -> None:
    page, boxes = draw_page(reader, ["475"], seed=4)
    beside = boxes[0][-1].right + 120
    cv2.putText(
        page, "Hamburg", (beside, 140), cv2.FONT_HERSHEY_SIMPLEX, 2.2, (0, 0, 0), 4, cv2.LINE_AA
    )
    reading = reader.read(page, "page")
    assert reading.text == "475"
    for number in reading.numbers[1:]:
        assert not number.accepted
        assert number.reason


def test_two_numbers_on_a_line_are_told_apart(reader: Reader) -> None:
    parts = [written_close(reader, text, 2, margin_px=40) for text in ("380", "45")]
    gap = np.zeros((parts[0].shape[0], 150), np.float32)
    ink = np.concatenate([parts[0], gap, parts[1]], axis=1)
    for layout in ("line", "page"):
        reading = reader.read(to_pixels(ink), layout)
        assert len(reading.numbers) == 2
        assert [number.line for number in reading.numbers] == [0, 0]
        middle = ink.shape[1] * parts[0].shape[1] / (parts[0].shape[1] + parts[1].shape[1])
        assert reading.numbers[0].box.right < middle < reading.numbers[1].box.right


@pytest.mark.parametrize("turns", range(4))
def test_boxes_of_touching_digits_hold_their_ink(reader: Reader, turns: int) -> None:
    lines = [written_close(reader, text, 3, margin_px=30) for text in ("2046", "9175", "60312")]
    width = max(line.shape[1] for line in lines)
    ink = np.concatenate([np.pad(line, ((0, 30), (0, width - line.shape[1]))) for line in lines])
    page = np.ascontiguousarray(np.rot90(to_pixels(ink), turns))
    reading = reader.read(page)
    assert reading.numbers
    assert_boxes_hold_ink(page, reading)


def test_boxes_stay_on_a_page_that_ink_runs_out_of(reader: Reader) -> None:
    ink = written_close(reader, "380", 1, margin_px=10)[12:-22, 12:-12]
    page = to_pixels(np.ascontiguousarray(ink))
    for layout in ("line", "page", "auto"):
        assert_boxes_hold_ink(page, reader.read(page, layout))


def test_digits_of_a_line_stand_one_behind_the_other(reader: Reader) -> None:
    ink = written_close(reader, "9175", 1)
    (number,) = reader.read(to_pixels(ink), "line").numbers
    middles = [digit.box.middle[0] for digit in number.digits]
    assert middles == sorted(middles)
    assert number.box == Box.around([digit.box for digit in number.digits])


# Pictures of anything


ODD = {
    "one pixel": np.zeros((1, 1), np.uint8),
    "one row": np.zeros((1, 400), np.uint8),
    "a strip of 20,000 pixels": np.full((40, 20_000), 255, np.uint8),
    "a strip of noise": np.random.default_rng(2).integers(0, 256, (40, 400), dtype=np.uint8),
    "all black": np.zeros((300, 900), np.uint8),
    "noise": np.random.default_rng(1).integers(0, 256, (120, 900), dtype=np.uint8),
}


@pytest.mark.parametrize("layout", ["auto", "digit", "line", "page"])
@pytest.mark.parametrize("picture", ODD.values(), ids=ODD)
def test_a_picture_of_nothing_has_no_accepted_number(
    reader: Reader, picture: NDArray[np.uint8], layout: LayoutKind
) -> None:
    reading = reader.read(picture, layout)
    assert reading.text == ""
    assert all(number.reason for number in reading.numbers)
    assert bool(reading.reason) == (not reading.numbers)


def test_a_long_strip_is_read_to_its_end(reader: Reader) -> None:
    ink = np.zeros((120, 6_000), np.float32)
    for left in (200, 3_000, 5_800):
        symbol = clean_digit(reader, 8, left)
        ink[30 : 30 + symbol.shape[0], left : left + symbol.shape[1]] = symbol
    assert reader.read(to_pixels(ink), "line").text.replace(" ", "") == "888"


def test_threads_share_one_reader(reader: Reader) -> None:
    pages = [to_pixels(written_close(reader, text, 1)) for text in TOUCHING]
    expected = [reader.read(page, "line") for page in pages]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda page: reader.read(page, "line"), pages * 3))
    assert found == expected * 3


# Fields


def test_a_field_chooses_what_fits(reader: Reader) -> None:
    page = to_pixels(written_close(reader, "45", 2))
    free = reader.read(page, "line").numbers[0]
    assert free.unconstrained == free.text
    for layout in ("line", "page"):
        (number,) = reader.read(page, layout, Field(choices=("45", "99"))).numbers
        assert "".join(digit.guess for digit in number.digits) == "45"


@pytest.mark.parametrize("layout", ["digit", "line", "page", "auto"])
def test_a_field_holds_under_every_layout(reader: Reader, layout: LayoutKind) -> None:
    page = to_pixels(np.pad(clean_digit(reader, 4, 3), 24))
    (right,) = reader.read(page, layout, Field(choices=("4", "77"))).numbers
    assert (right.text, right.unconstrained, right.accepted) == ("4", "4", True)
    (wrong,) = reader.read(page, layout, Field(length=2)).numbers
    assert (wrong.text, wrong.unconstrained, wrong.accepted) == ("", "4", False)
    assert wrong.reason == "breaks the field: 1 digit, not 2"
    assert [digit.value for digit in wrong.digits] == [None]


@pytest.mark.parametrize("length", [3, 4, 5])
def test_a_number_on_printed_paper_is_as_long_as_its_field_says(
    reader: Reader, length: int
) -> None:
    ink = written_close(reader, "2046", 1)
    y, x = np.mgrid[: ink.shape[0], : ink.shape[1]]
    pattern = 0.3 * (np.sin(0.5 * y + 3 * np.sin(x / 15)) > 0.3)
    page = to_pixels(np.maximum(ink, pattern).astype(np.float32))
    reading = reader.read(page, "line", Field(length=length))
    for number in reading.numbers:
        assert not number.accepted or len(number.text) == len(number.digits) == length
    assert [number.unconstrained for number in reading.numbers] == ["2046"]
