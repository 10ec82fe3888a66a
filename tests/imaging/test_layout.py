"""Pieces of writing are put in rows, from top to bottom and left to right."""

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkdigits.data.synthesis import draw_digit
from inkdigits.imaging.ink import find_ink, turned
from inkdigits.imaging.layout import Kind, Layout, find_layout
from inkdigits.reading import Box
from tests.imaging.drawn import (
    Floats,
    Pixels,
    draw_plain_digit,
    ink_of,
    on_paper,
    place,
    rows_of_digits,
)

ROWS = ("3071", "469", "25814")


def layout_of(strength: Floats, kind: Kind = "page") -> Layout:
    layout = find_layout(ink_of(strength), kind)
    check_frame(layout)
    return layout


def check_frame(layout: Layout) -> None:
    """Boxes are half-open, tight around the ink of their pieces, and in the frame of the map."""
    height, width = layout.labels.shape
    for row in layout.rows:
        assert row
        assert all(one.box.left <= next_.box.left for one, next_ in pairwise(row))
        for piece in row:
            box = piece.box
            assert 0 <= box.left < box.right <= width
            assert 0 <= box.top < box.bottom <= height
            ink = np.isin(layout.labels, piece.labels)
            assert ink.sum() == piece.area
            rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
            assert box == (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)


def lengths(layout: Layout) -> list[int]:
    return [len(row) for row in layout.rows]


def slope(page: Floats, degrees: float) -> Floats:
    height, width = page.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(page, matrix, (width, height)), np.float32)


@pytest.mark.parametrize("degrees", [-8, -4, 0, 4, 8])
def test_rows_are_in_reading_order_also_when_they_slope(degrees: float) -> None:
    page = rows_of_digits(ROWS, margin_px=80)
    layout = layout_of(slope(page, degrees))
    assert lengths(layout) == [len(row) for row in ROWS]
    tops = [np.mean([piece.box.top for piece in row]) for row in layout.rows]
    assert tops == sorted(tops)


@pytest.mark.parametrize("degrees", [-5, 0, 5])
def test_long_sloping_rows_are_not_mixed_up(degrees: float) -> None:
    page = rows_of_digits(["12345678901234"] * 4, 40, margin_px=120)
    assert lengths(layout_of(slope(page, degrees))) == [14] * 4


def test_gaps_do_not_break_a_row() -> None:
    assert lengths(layout_of(rows_of_digits(["12    34", "5      6"]))) == [4, 2]


def test_line_layout_is_one_row_whatever_its_slope() -> None:
    page = slope(rows_of_digits(["123456"], margin_px=200), 20)
    assert lengths(layout_of(page, "line")) == [6]


def test_one_digit_in_many_parts_is_one_symbol() -> None:
    page = place([(draw_plain_digit(8, 150), 60, 40)], (240, 240))
    page[100:106] = 0
    page[10:13, 10:13] = 1
    layout = layout_of(page, "digit")
    assert lengths(layout) == [1]
    assert layout.rows[0][0].box.top > 30
    assert layout.rows[0][0].box.height > 140


@pytest.mark.parametrize("kind", ["digit", "line", "page"])
def test_no_ink_has_no_rows(kind: Kind) -> None:
    assert layout_of(np.zeros((30, 200), np.float32), kind).rows == ()
    assert layout_of(np.zeros((1, 1), np.float32), kind).rows == ()


@pytest.mark.parametrize("kind", ["digit", "line", "page"])
def test_page_of_ink_alone(kind: Kind) -> None:
    assert sum(lengths(layout_of(np.ones((150, 200), np.float32), kind))) <= 1


def test_cut_holds_the_ink_of_its_pieces_alone() -> None:
    inner, outer = np.ones((10, 10), np.float32), np.ones((60, 60), np.float32)
    outer[5:-5, 5:-5] = 0
    page = place([(outer, 30, 30), (0.5 * inner, 55, 55), (outer, 120, 30)], (120, 220))
    page[60, 130:170:4] = 0.7
    layout = find_layout(ink_of(page), "page")
    first = layout.rows[0][0]
    cut = layout.cut([first])
    assert cut.dtype == np.float32
    assert cut.shape == (first.box.height, first.box.width)
    assert (cut > 0).sum() == first.area
    both = layout.cut(layout.rows[0])
    assert both.shape[1] == Box.around([piece.box for piece in layout.rows[0]]).width
    assert (both > 0).sum() == sum(piece.area for piece in layout.rows[0])
    np.testing.assert_array_equal(both[:, : cut.shape[1]], cut)


@pytest.mark.parametrize("quarter_turns", [1, 2, 3])
def test_page_turned_back_is_laid_out_like_the_upright_page(quarter_turns: int) -> None:
    page = rows_of_digits(ROWS)
    aside = ink_of(np.rot90(page, quarter_turns).copy())
    found, expected = find_layout(turned(aside, quarter_turns), "page"), layout_of(page)
    check_frame(found)
    assert lengths(found) == lengths(expected) == [len(row) for row in ROWS]
    for one, other in zip(found.rows, expected.rows, strict=True):
        assert [piece.box for piece in one] == [piece.box for piece in other]
        for mine, theirs in zip(one, other, strict=True):
            np.testing.assert_array_equal(found.cut([mine]), expected.cut([theirs]))


def boxes_on(pixels: Pixels) -> list[tuple[float, ...]]:
    """Boxes in reading order, in pixels of the page."""
    ink = find_ink(pixels)
    rows = find_layout(ink, "page").rows
    return [tuple(ink.scale * side for side in piece.box) for row in rows for piece in row]


@st.composite
def pages(draw: st.DrawFn) -> Floats:
    """Two rows of digits in any hand, one a cell, with a wide margin."""
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    symbols = []
    for row in range(2):
        for column in range(draw(st.integers(1, 4))):
            digit = draw_digit(rng, int(rng.integers(10)), 48)[:, :70]
            symbols.append((digit, 60 + 80 * column, 60 + 80 * row))
    return place(symbols, (280, 440))


@given(
    page=pages(),
    left=st.integers(0, 150),
    top=st.integers(0, 150),
    scale=st.sampled_from((1.0, 1.5, 2.0, 3.0)),
    inverted=st.booleans(),
)
@settings(max_examples=15)
def test_moving_scaling_and_inverting_keep_the_symbols(
    page: Floats, left: int, top: int, scale: float, inverted: bool
) -> None:
    before = boxes_on(on_paper(page))
    moved = np.pad(page, ((top, 150 - top), (left, 150 - left)))
    size = (round(moved.shape[1] * scale), round(moved.shape[0] * scale))
    pixels = on_paper(np.asarray(cv2.resize(moved, size, interpolation=cv2.INTER_LINEAR)))
    after = boxes_on(255 - pixels if inverted else pixels)
    assert len(after) == len(before)
    for old, new in zip(before, after, strict=True):
        expected = [(side + by) * scale for side, by in zip(old, (left, top) * 2, strict=True)]
        np.testing.assert_allclose(new, expected, atol=1.5 + 2 * scale)


def test_three_hundred_digits() -> None:
    page = rows_of_digits(["483275169032659"] * 20, 40)
    assert lengths(layout_of(page)) == [15] * 20
