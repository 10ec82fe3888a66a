"""Boxes of forms and tables are known, with what stands in them and what is empty."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from inkdigits.imaging.cells import Cells, field_of, find_cells
from inkdigits.imaging.ink import find_ink
from inkdigits.imaging.rules import find_rules
from inkdigits.imaging.unruling import measure
from inkdigits.reading import Box
from tests.imaging.drawn import Floats, draw_plain_digit, on_paper, place
from tests.imaging.test_rules import contrast_of


def cells_on(page: Floats) -> tuple[Cells, ...]:
    contrast = contrast_of(page)
    rules = [line.rule for line in measure(contrast, find_rules(contrast))]
    return find_cells(contrast, rules)[0]


def comb(page: Floats, corner: tuple[int, int], count: int, apart: int = 0, side: int = 60) -> None:
    left, top = corner
    for n in range(count):
        x = left + n * (side + apart)
        cv2.rectangle(page, (x, top), (x + side, top + side), 1.0, 2)


def table(ys: Sequence[int], xs: Sequence[int]) -> Floats:
    """Rules at these places, from the first to the last of those that cross them."""
    page = np.zeros((600, 900), np.float32)
    for y in ys:
        cv2.line(page, (xs[0], y), (xs[-1], y), 1.0, 2)
    for x in xs:
        cv2.line(page, (x, ys[0]), (x, ys[-1]), 1.0, 2)
    return page


def sloping(page: Floats, degrees: float) -> Floats:
    height, width = page.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(page, matrix, (width, height)), np.float32)


@pytest.mark.parametrize("apart", [0, 8])
@pytest.mark.parametrize("degrees", [-4, 0, 4])
@pytest.mark.parametrize("text", ["", "8", "10742", "90817"])
def test_boxes_of_a_comb_are_counted_whether_they_are_empty_or_not(
    apart: int, degrees: float, text: str
) -> None:
    digits = [
        (draw_plain_digit(int(value), 44), 112 + n * (60 + apart), 206)
        for n, value in enumerate(text)
    ]
    page = place(digits, (500, 900))
    comb(page, (100, 200), 8, apart)
    (found,) = cells_on(sloping(page, degrees))
    assert found.comb
    assert len(found.boxes) == 8
    for box in found.boxes:
        assert (box.width, box.height) == pytest.approx((60, 60), abs=6)


@pytest.mark.parametrize(("degrees", "blur", "apart"), [(0, 1.2, 6), (3, 1.2, 6), (0, 2.0, 8)])
def test_sides_of_boxes_that_stand_apart_leave_nothing(
    degrees: float, blur: float, apart: int
) -> None:
    """Out of focus the two sides between boxes run into each other."""
    page = np.zeros((500, 900), np.float32)
    comb(page, (100, 200), 8, apart)
    blurred = np.asarray(cv2.GaussianBlur(sloping(page, degrees), (0, 0), blur), np.float32)
    ink = find_ink(on_paper(blurred))
    assert [len(found.boxes) for found in ink.cells] == [8]
    assert np.count_nonzero(ink.strength) < 100


def test_two_combs_below_each_other_are_two() -> None:
    page = np.zeros((500, 900), np.float32)
    comb(page, (100, 100), 6)
    comb(page, (160, 300), 9)
    assert sorted(len(found.boxes) for found in cells_on(page)) == [6, 9]


def test_cells_of_a_table_take_a_number_each() -> None:
    found = cells_on(table(range(60, 541, 80), range(60, 841, 260)))
    assert [len(each.boxes) for each in found] == [3] * 6
    assert not any(each.comb for each in found)


def test_cells_of_a_table_may_be_as_wide_as_high() -> None:
    found = cells_on(table(range(60, 541, 80), range(60, 541, 96)))
    assert [len(each.boxes) for each in found] == [5] * 6
    assert not any(each.comb for each in found)


def test_ruled_paper_has_no_boxes_where_its_edges_are_seen() -> None:
    assert cells_on(table(range(60, 541, 60), (60, 840))) == ()


def test_ones_as_high_as_the_lines_of_the_paper_make_no_boxes() -> None:
    page = np.zeros((600, 900), np.float32)
    page[40::60] = 0.2
    for x in (200, 260, 320, 440):
        page[221:280, x : x + 5] = 1
    assert cells_on(page) == ()
    assert find_ink(on_paper(page)).strength[225:275, 202].min() > 0.5


def test_boxes_are_known_where_digits_touch_them_all() -> None:
    """Then pieces of ink are higher than boxes, and no side is long beside them."""
    page = np.zeros((800, 900), np.float32)
    corners = [(200 + 20 * row, 60 + 150 * row) for row in range(5)]
    for left, top in corners:
        comb(page, (left, top), 3, apart=8, side=56)
        digits = [(draw_plain_digit(4, 84), left + 64 * n, top - 14) for n in range(3)]
        page = np.maximum(page, place(digits, (800, 900)))
    assert [len(each.boxes) for each in cells_on(page)] == [3] * 5


def test_squared_and_ruled_paper_have_no_boxes() -> None:
    squared, lined = np.zeros((600, 900), np.float32), np.zeros((600, 900), np.float32)
    squared[10::40] = squared[:, 20::40] = 1
    lined[40::60] = 1
    assert cells_on(squared) == cells_on(lined) == ()


def test_field_of_a_symbol() -> None:
    boxes = (Box(0, 0, 50, 60), Box(50, 0, 100, 60))
    cells = (
        Cells(boxes, comb=True),
        Cells(tuple(b._replace(top=60, bottom=90) for b in boxes), False),
    )
    one, two = Box(10, 10, 20, 50), Box(60, 10, 70, 50)
    assert field_of(one, cells) == field_of(two, cells) == (0, 0)
    below = [box._replace(top=65, bottom=80) for box in (one, two)]
    assert [field_of(box, cells) for box in below] == [(1, 0), (1, 1)]
    assert field_of(Box(200, 0, 210, 9), cells) is None
    assert cells[0].place(two) == 1
    assert cells[0].filled([two, Box(200, 0, 210, 9)]) == (False, True)
