from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.imaging.annotate import (
    ACCEPTED,
    DOUBTFUL,
    LINE,
    MIN_SIDE_PX,
    REFUSED,
    SURE,
    annotate,
    label_of,
    short,
    state_of,
    symbols_of,
)
from inkdigits.reading import Box, BoxRow, Digit, Number, Reading

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
    ("text", "confidence", "shown", "absent"),
    [
        ("507", SURE, {ACCEPTED}, {DOUBTFUL, REFUSED}),
        ("507", SURE - 0.01, {DOUBTFUL}, {ACCEPTED, REFUSED}),
        ("5?7", 0.99, {DOUBTFUL, REFUSED}, {ACCEPTED}),
        ("?", 0.3, {REFUSED}, {ACCEPTED, DOUBTFUL}),
    ],
)
def test_colour_tells_trust(
    text: str,
    confidence: float,
    shown: set[tuple[int, int, int]],
    absent: set[tuple[int, int, int]],
) -> None:
    pixels = drawn(number(text, 100, 100, confidence=confidence))
    assert all(count(pixels, colour) > 100 for colour in shown)
    assert not any(count(pixels, colour) for colour in absent)


def test_form_tells_trust_without_colour() -> None:
    """A frame is one solid line, dashes, or two lines: counted along a row through the number."""

    def crossings(text: str, confidence: float) -> int:
        pixels = drawn(number(text, 100, 100, confidence=confidence))
        row = np.abs(pixels[120, :118].astype(int) - pixels[120, 300]).sum(1) > 60
        return int((np.diff(row.astype(int)) == 1).sum())

    def inked(confidence: float) -> float:
        pixels = drawn(number("507", 100, 100, confidence=confidence))
        below = (pixels[140:160, 100:220] != 255).any(2).any(0)
        return float(below.mean())

    assert crossings("5", 0.99) == 1
    assert crossings("?", 0.3) == 2
    assert inked(0.99) == 1.0
    assert 0.4 < inked(0.5) < 0.8


def test_each_doubtful_digit_of_a_number_is_framed() -> None:
    sure = number("5071", 100, 100, confidence=0.99)
    one = replace(sure.digits[2], confidence=0.6)
    doubtful = replace(sure, confidence=0.6, digits=(*sure.digits[:2], one, sure.digits[3]))
    whole, framed = drawn(replace(sure, confidence=0.6)), drawn(doubtful)
    changed = np.argwhere((whole != framed).any(2))
    (top, left), (bottom, right) = changed.min(0), changed.max(0)
    edges = (left, top, right, bottom)
    assert all(abs(a - b) < 8 for a, b in zip(edges, one.box, strict=True))


def test_numbers_of_one_line_are_joined() -> None:
    one, other = number("5", 100, 100), number("7", 400, 110)
    between = np.s_[100:150, 200:350]
    assert (drawn(one, other)[between] != 255).any()
    assert (drawn(one, replace(other, line=1))[between] == 255).all()


def test_the_page_given_is_left_alone_and_may_be_read_only() -> None:
    page = np.full((HEIGHT, WIDTH, 3), 240, np.uint8)
    page.flags.writeable = False
    reading = Reading("", 1, WIDTH, HEIGHT, 0, (number("5", 90, 90),), "m")
    assert (annotate(page, reading) != page).any()
    assert (page == 240).all()


def test_a_page_without_numbers_stays_as_it_is() -> None:
    assert (drawn(paper=77) == 77).all()
    assert drawn().shape == (HEIGHT, WIDTH, 3)


def test_labels_leave_the_ink_of_all_numbers_free_on_a_crowded_page() -> None:
    numbers = [
        number("507", 20 + 190 * column, 10 + 80 * row, 40, 0.5 + 0.1 * ((row + column) % 5))
        for row in range(5)
        for column in range(3)
    ]
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    for one in numbers:
        for digit in one.digits:
            left, top, right, bottom = digit.box
            page[top + 6 : bottom - 6, left + 12 : right - 12] = 0
    pixels = annotate(page, Reading("", 1, WIDTH, HEIGHT, 0, tuple(numbers), "m"))
    ink = (page == 0).all(2)
    assert (pixels[ink] == 0).mean() > 0.99


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
    large = drawn(number("5", 500, 500, size=200), width=3000, height=2000)
    assert count(large, ACCEPTED) > 5 * small


def test_labels_of_small_numbers_on_a_large_page_stay_small() -> None:
    few = count(drawn(number("5", 500, 500, size=200), width=3000, height=2000), ACCEPTED)
    many = count(drawn(number("5", 500, 500, size=40), width=3000, height=2000), ACCEPTED)
    assert many < few / 4


@pytest.mark.parametrize(
    ("text", "confidence", "label"),
    [
        ("507", 0.98, "507  98%"),
        ("5", 0.9999, "5  99%"),
        ("507", 0.52, "? 507  52%"),
        ("1?3", 0.4, "? 1?3  not a digit"),
        ("??", 0.4, "! ??  not a digit"),
    ],
)
def test_labels_say_what_was_read_and_how_surely(text: str, confidence: float, label: str) -> None:
    assert label_of(number(text, 0, 0, confidence=confidence)) == label


@pytest.mark.parametrize(
    ("reason", "shown"),
    [
        ("not a digit", "not a digit"),
        ("two readings close together: 1307 or 1807", "1307 or 1807"),
        ("blurred: photograph it again, held still; not a digit", "blurred"),
        ("too small: 5 px high", "too small"),
        ("not sure enough for 99.9 %: 0.987", "0.987"),
        ("", ""),
    ],
)
def test_a_reason_is_shown_in_few_words(reason: str, shown: str) -> None:
    assert short(reason) == shown


def test_a_number_refused_as_a_whole_shows_what_it_probably_is() -> None:
    refused = number("???", 0, 0, confidence=0.98)
    guessed = replace(
        refused, digits=tuple(replace(d, guess=str(n)) for n, d in enumerate(refused.digits))
    )
    assert symbols_of(guessed) == "012?"
    assert symbols_of(replace(guessed, confidence=0.4)) == "???"
    assert state_of(guessed) == "refused"


def test_a_reason_too_long_for_the_page_is_left_out() -> None:
    one = number("1?", 100, 100)
    long = replace(one, reason="stands among what is not a digit and much else that is none either")
    wordless = replace(one, reason="")
    assert np.array_equal(drawn(long), drawn(wordless))
    assert not np.array_equal(drawn(one), drawn(wordless))


def test_a_reading_of_another_page_is_refused() -> None:
    page = np.zeros((30, 20, 3), np.uint8)
    with pytest.raises(ValueError, match="20x31"):
        annotate(page, Reading("", 1, 20, 31, 0, (), "m"))


@pytest.mark.parametrize("text", ["5", ""])
def test_empty_boxes_are_crossed_out_and_an_empty_field_says_so(text: str) -> None:
    boxes = tuple(Box(60 + 80 * place, 100, 140 + 80 * place, 180) for place in range(5))
    numbers = (number(text, 80, 120),) if text else ()
    row = BoxRow("digit", boxes, (text, "", "", "", ""), (0,) if text else ())
    page = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
    shown = annotate(page, Reading("", 1, WIDTH, HEIGHT, 0, numbers, "m", box_rows=(row,)))
    crossed = [count(shown[102:178, box.left + 2 : box.right - 2], LINE) > 20 for box in boxes]
    assert crossed == [not text, True, True, True, True]
    # The word stands in the middle of all of them; beside a number each is crossed out alone.
    strokes = [count(shown[102:178, box.left + 2 : box.right - 2], LINE) for box in boxes]
    assert (strokes[2] > 1.3 * strokes[4]) == (not text)
