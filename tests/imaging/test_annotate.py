from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.imaging.annotate import (
    ACCEPTED,
    DOUBTFUL,
    MIN_SIDE_PX,
    REFUSED,
    annotate,
    label_of,
)
from inkdigits.reading import Box, Digit, Number, Reading

WIDTH, HEIGHT = 600, 400


def number(text: str, left: int, top: int, size: int = 40, confidence: float = 0.9) -> Number:
    """A number of square symbols; `?` in `text` is a refused one."""
    boxes = [Box(left + i * size, top, left + (i + 1) * size, top + size) for i in range(len(text))]
    digits = tuple(
        Digit(None if c == "?" else c, c, confidence, "not a digit" * (c == "?"), box)
        for c, box in zip(text, boxes, strict=True)
    )
    reason = "not a digit" if "?" in text else ""
    box = boxes[0].union(boxes[-1])
    return Number(text.replace("?", ""), 0, confidence, not reason, reason, box, digits)


def drawn(
    *numbers: Number, width: int = WIDTH, height: int = HEIGHT, paper: int = 255
) -> NDArray[np.uint8]:
    page = np.full((height, width, 3), paper, np.uint8)
    return annotate(page, Reading("", 1, width, height, 0, numbers, "m"))


def count(pixels: NDArray[np.uint8], colour: tuple[int, int, int]) -> int:
    return int((pixels == colour).all(axis=2).sum())


@pytest.mark.parametrize(
    ("text", "shown", "absent"),
    [
        ("507", {ACCEPTED}, {DOUBTFUL, REFUSED}),
        ("5?7", {DOUBTFUL, REFUSED}, {ACCEPTED}),
        ("?", {REFUSED}, {ACCEPTED, DOUBTFUL}),
    ],
)
def test_colour_tells_trust(
    text: str, shown: set[tuple[int, int, int]], absent: set[tuple[int, int, int]]
) -> None:
    pixels = drawn(number(text, 100, 100))
    assert all(count(pixels, colour) > 100 for colour in shown)
    assert not any(count(pixels, colour) for colour in absent)


def test_the_page_given_is_left_alone_and_may_be_read_only() -> None:
    page = np.full((HEIGHT, WIDTH, 3), 240, np.uint8)
    page.flags.writeable = False
    reading = Reading("", 1, WIDTH, HEIGHT, 0, (number("5", 90, 90),), "m")
    assert (annotate(page, reading) != page).any()
    assert (page == 240).all()


def test_a_page_without_numbers_stays_as_it_is() -> None:
    assert (drawn(paper=77) == 77).all()
    assert drawn().shape == (HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("paper", [0, 128, 255])
def test_the_ink_inside_a_box_stays_uncovered(paper: int) -> None:
    boxes = [number("5", 100, top, 60) for top in (60, 140, 220)]
    pixels = drawn(*boxes, paper=paper)
    for box in (one.box for one in boxes):
        assert (pixels[box.top : box.bottom, box.left : box.right] == paper).all()


def test_labels_do_not_cover_each_other() -> None:
    pixels = [
        count(drawn(*numbers), ACCEPTED)
        for numbers in (
            [number("5", 100, 100)],
            [number("5", 400, 100)],
            [number("5", 100, 100), number("5", 400, 100)],
        )
    ]
    assert pixels[2] == pixels[0] + pixels[1]


@pytest.mark.parametrize("corner", [(0, 0), (WIDTH - 40, 0), (0, HEIGHT - 40), (560, 360)])
def test_a_number_in_the_corner_keeps_its_whole_label(corner: tuple[int, int]) -> None:
    middle, edge = drawn(number("5", 280, 180)), drawn(number("5", *corner))
    # The frame is cut by the page's edge, the label is not: its letters are as many.
    assert count(edge, ACCEPTED) > 0.6 * count(middle, ACCEPTED)


def test_small_pages_are_enlarged_by_a_whole_number() -> None:
    pixels = drawn(number("7", 9, 4, 10), width=28, height=35)
    assert pixels.shape == (13 * 35, 13 * 28, 3)
    assert min(pixels.shape[:2]) >= MIN_SIDE_PX


def test_a_page_may_be_one_pixel_high() -> None:
    assert drawn(number("1", 0, 0, 1), width=3, height=1).shape == (MIN_SIDE_PX, 3 * MIN_SIDE_PX, 3)


def test_a_long_strip_is_not_enlarged_beyond_measure() -> None:
    assert drawn(width=5000, height=2).shape == (2, 5000, 3)
    assert drawn(width=500, height=20).shape == (40, 1000, 3)


def test_labels_grow_with_the_page() -> None:
    small = count(drawn(number("5", 100, 100)), ACCEPTED)
    large = count(drawn(number("5", 500, 500), width=6000, height=4000), ACCEPTED)
    assert large > 20 * small


@pytest.mark.parametrize(
    ("text", "confidence", "label"),
    [("507", 0.98, "507  98%"), ("5", 0.9999, "5  99%"), ("1?3", 0.4, "1?3  not a digit")],
)
def test_labels_say_what_was_read_and_how_surely(text: str, confidence: float, label: str) -> None:
    assert label_of(number(text, 0, 0, confidence=confidence)) == label


def test_a_reason_too_long_for_the_page_is_left_out() -> None:
    one = number("1?", 100, 100)
    long = replace(one, reason="two readings close together: 3 or 8; not a digit")
    wordless = replace(one, reason="")
    assert np.array_equal(drawn(long), drawn(wordless))
    assert not np.array_equal(drawn(one), drawn(wordless))


def test_a_reading_of_another_page_is_refused() -> None:
    page = np.zeros((30, 20, 3), np.uint8)
    with pytest.raises(ValueError, match="20x31"):
        annotate(page, Reading("", 1, 20, 31, 0, (), "m"))
