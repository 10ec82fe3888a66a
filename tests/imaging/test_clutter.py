"""What stands on a page and is no writing is dropped, and nothing else."""

import cv2
import numpy as np
import pytest

from inkdigits.imaging.ink import find_ink
from inkdigits.imaging.writing import writing_among
from inkdigits.reading import Box
from tests.imaging.drawn import (
    draw_plain_digit,
    ink_of,
    lit,
    on_paper,
    pieces_of,
    place,
    rows_of_digits,
    vignette,
    writing_on,
)

ROWS = ("3071", "469", "25814")
COUNT = len("".join(ROWS))


@pytest.mark.parametrize("side", ["left", "top", "right", "bottom"])
def test_shadow_along_a_border_is_dropped(side: str) -> None:
    page = rows_of_digits(ROWS)
    quarter_turns = ["top", "right", "bottom", "left"].index(side)
    np.rot90(page, quarter_turns)[:12] = 1
    assert len(writing_on(page)) == COUNT


def test_digit_that_reaches_the_border_is_kept() -> None:
    digit = draw_plain_digit(8, 60)
    page = place([(digit, 40, -8), (digit, 120, 60), (digit, 185, 150)], (205, 240))
    assert len(writing_on(page)) == 3


def test_rule_under_a_row_is_dropped() -> None:
    page = rows_of_digits(ROWS)
    page[-20:-17, 10:-10] = 1
    assert len(writing_on(page)) == COUNT


@pytest.mark.parametrize("quarter_turns", range(4))
def test_ink_that_lies_along_a_border_counts_by_its_share_there(quarter_turns: int) -> None:
    """A bar cut off by the border is kept, one that hugs it is not."""
    page = np.zeros((300, 400), np.float32)
    page[100:180, 150:250] = 1
    across, along = np.rot90(page, quarter_turns), np.rot90(page, quarter_turns).copy()
    across = across.copy()
    across[:60, 60:70] = 1
    along[:8, 60:120] = 1
    assert len(pieces_of(ink_of(across))) == 2
    assert len(pieces_of(ink_of(along))) == 1


@pytest.mark.parametrize("thick_px", [2, 4, 7])
@pytest.mark.parametrize("gap_px", [6, 15, 25])
def test_drawn_frame_around_digits_is_dropped(thick_px: int, gap_px: int) -> None:
    page = rows_of_digits(ROWS)
    boxes = [each.box for each in writing_on(page)]
    around, high, wide = Box.around(boxes), *page.shape
    left, top = max(2, around.left - gap_px), max(2, around.top - gap_px)
    right, bottom = min(wide - 3, around.right + gap_px), min(high - 3, around.bottom + gap_px)
    cv2.rectangle(page, (left, top), (right, bottom), 1.0, thick_px)
    assert [each.box for each in writing_on(page)] == boxes


@pytest.mark.parametrize("thick_px", [1, 3])
def test_boxes_of_a_form_are_dropped(thick_px: int) -> None:
    page = rows_of_digits(ROWS, margin_px=60)
    boxes = [each.box for each in writing_on(page)]
    for row, text in enumerate(ROWS):
        for column in range(len(text)):
            left, top = 52 + 78 * column, 50 + 102 * row
            cv2.rectangle(page, (left, top), (left + 70, top + 86), 1.0, thick_px)
    assert [each.box for each in writing_on(page)] == boxes


@pytest.mark.parametrize("value", [0, 6, 8, 9])
@pytest.mark.parametrize("dot_px", [6, 12])
def test_loop_with_a_dot_in_it_is_no_frame(value: int, dot_px: int) -> None:
    digit = draw_plain_digit(value, 120, 0.05)
    page = place([(digit, 60, 50), (digit, 220, 50)], (240, 400))
    first = writing_on(page)[0].box
    x, y = (round(side) for side in first.middle)
    y -= {6: -25, 9: 25, 8: 25}.get(value, 0)
    page[y - dot_px // 2 : y + dot_px // 2, x - dot_px // 2 : x + dot_px // 2] = 1
    assert [each.box for each in writing_on(page)][:1] == [first]
    assert len(writing_on(page)) == 2


def test_residue_of_a_vignette_is_dropped() -> None:
    page = rows_of_digits(ROWS, margin_px=80)
    pixels = lit(on_paper(page, 235, noise=3), vignette(page.shape, 0.85))
    assert len(writing_among(pieces_of(find_ink(pixels)))) == COUNT


def test_a_one_at_the_very_edge_of_a_tight_row_is_kept() -> None:
    page = rows_of_digits(("3071",), height_px=160, pen=0.05)
    rows, columns = np.flatnonzero(page.any(1)), np.flatnonzero(page.any(0))
    tight = page[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert len(pieces_of(ink_of(tight))) == 4
