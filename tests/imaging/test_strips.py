"""A row of a page becomes one level strip that holds the ink of that row alone."""

import cv2
import numpy as np
import pytest

from inkdigits.imaging.layout import Layout, find_layout
from inkdigits.imaging.strips import slope_of, strip_of
from inkdigits.reading import Box
from tests.imaging.drawn import Floats, ink_of, place, rows_of_digits

NUMBER = "123456789012"


def sloping(degrees: float, rows: tuple[str, ...] = (NUMBER,)) -> Layout:
    page = rows_of_digits(rows, 40, margin_px=120)
    height, width = page.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    turned = np.asarray(cv2.warpAffine(page, matrix, (width, height)), np.float32)
    return find_layout(ink_of(turned), "page")


def ink_px(ink: Floats) -> float:
    return float((ink > 0).sum())


def test_level_row_is_cut_pixel_by_pixel() -> None:
    layout = find_layout(ink_of(rows_of_digits(("3071", "469"))), "page")
    for row in layout.rows:
        strip = strip_of(layout, row)
        own = layout.cut(row)
        margin = (strip.ink.shape[0] - own.shape[0]) // 2
        assert margin >= 1
        assert strip.ink.dtype == np.float32
        np.testing.assert_array_equal(strip.ink[margin:-margin, margin:-margin], own)
        assert ink_px(strip.ink) == ink_px(own)


@pytest.mark.parametrize("degrees", [-15, -6, 3, 9])
def test_sloping_row_becomes_level(degrees: float) -> None:
    (row,) = sloping(degrees).rows
    assert np.degrees(np.arctan(slope_of(row))) == pytest.approx(-degrees, abs=0.7)
    strip = strip_of(sloping(degrees), row)
    level = strip_of(sloping(0), sloping(0).rows[0])
    assert strip.ink.shape == pytest.approx(level.ink.shape, rel=0.12, abs=4)
    assert strip.ink.sum() == pytest.approx(level.ink.sum(), rel=0.05)
    assert strip.ink[0].max() == strip.ink[-1].max() == 0


@pytest.mark.parametrize("degrees", [-15, 0, 9])
def test_boxes_of_the_strip_lie_on_the_ink_of_the_map(degrees: float) -> None:
    layout = sloping(degrees)
    (row,) = layout.rows
    strip = strip_of(layout, row)
    mask = (strip.ink > 0.3).astype(np.uint8)
    stats, centres = cv2.connectedComponentsWithStats(mask)[2:]
    found = [index for index in range(1, len(stats)) if stats[index][4] > 20]
    found.sort(key=lambda index: int(stats[index][0]))
    assert len(found) == len(row)
    for index, piece in zip(found, row, strict=True):
        ys, xs = np.nonzero(np.isin(layout.labels, piece.labels))
        middle = strip.to_map @ (centres[index][0] + 0.5, centres[index][1] + 0.5, 1)
        assert middle == pytest.approx((xs.mean() + 0.5, ys.mean() + 0.5), abs=0.5)
        x, y, wide, high = stats[index][:4].tolist()
        box = strip.on_map(Box(x, y, x + wide, y + high))
        union = box.union(piece.box)
        assert (union.width, union.height) == pytest.approx((box.width, box.height), abs=2)


def test_ink_of_the_row_above_that_hangs_into_a_row_is_left_out() -> None:
    page = rows_of_digits(("11711", "47 74"), 60)
    above, below = find_layout(ink_of(page), "page").rows
    seven = above[2].box
    foot = int(np.flatnonzero(page[seven.bottom - 2, seven.left : seven.right] > 0.3)[0])
    page[seven.bottom - 3 : below[0].box.top + 25, seven.left + foot :][:, :4] = 1
    layout = find_layout(ink_of(page), "page")
    assert [len(row) for row in layout.rows] == [5, 4]
    assert layout.rows[0][2].box.bottom > layout.rows[1][0].box.top + 20
    for row in layout.rows:
        assert ink_px(strip_of(layout, row).ink) == sum(piece.area for piece in row)


def test_point_between_digits_stays_and_a_speck_above_does_not() -> None:
    page = rows_of_digits(("12 34",), 60)
    boxes = [piece.box for piece in find_layout(ink_of(page), "page").rows[0]]
    x, y = (boxes[1].right + boxes[2].left) // 2, boxes[1].bottom - 8
    page[y : y + 8, x : x + 8] = 1
    page[boxes[0].top - 25 : boxes[0].top - 17, x : x + 8] = 1
    layout = find_layout(ink_of(page), "page")
    (row,) = layout.rows
    assert len(row) == 4
    assert ink_px(strip_of(layout, row).ink) == sum(piece.area for piece in row) + 64


def test_ink_can_be_cut_from_another_map() -> None:
    layout = sloping(0)
    contrast = np.full(layout.strength.shape, 0.25, np.float32)
    strip = strip_of(layout, layout.rows[0], contrast)
    assert set(np.unique(strip.ink).tolist()) <= {0.0, 0.25}
    assert (strip.ink > 0).mean() > 0.5


@pytest.mark.parametrize("size", [(1, 1), (40, 3)])
def test_ink_that_fills_the_map(size: tuple[int, int]) -> None:
    layout = find_layout(ink_of(place([(np.ones(size, np.float32), 0, 0)], size)), "digit")
    for row in layout.rows:
        strip = strip_of(layout, row)
        assert ink_px(strip.ink) == size[0] * size[1]
        assert strip.on_map(Box(0, 0, *strip.ink.shape[::-1])).width > size[1]


def test_short_row_is_not_turned() -> None:
    page = rows_of_digits(("1234",), 40)
    layout = find_layout(ink_of(page), "page")
    assert slope_of(layout.rows[0][:2]) == 0
