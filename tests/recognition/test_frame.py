"""Where boxes of the ink map stand on the page, whichever way it was turned."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigits.reading import Box
from inkdigits.recognition.frame import Frame, inside


@pytest.mark.parametrize(
    ("turns", "box"),
    [
        (0, Box(10, 20, 30, 60)),
        (1, Box(40, 10, 80, 30)),
        (2, Box(170, 40, 190, 80)),
        (3, Box(20, 170, 60, 190)),
    ],
)
def test_a_box_of_a_turned_map_is_turned_back(turns: int, box: Box) -> None:
    """One and the same place of a map of 200x100 that was turned clockwise."""
    assert Frame((200, 100), (200, 100), turns).on_page(box) == Box(10, 20, 30, 60)


def test_a_page_has_its_own_scale() -> None:
    frame = Frame((200, 100), (600, 300), 0)
    assert frame.on_page(Box(10, 20, 30, 60)) == Box(30, 60, 90, 180)
    assert frame.height_px(Box(10, 20, 30, 60)) == 120


def test_height_is_that_of_the_symbol_as_it_is_read() -> None:
    assert Frame((200, 100), (200, 100), 1).height_px(Box(40, 10, 80, 30)) == 20


sides = st.integers(1, 3000)
places = st.integers(-50, 3100)


boxes = st.builds(
    lambda left, top, wide, high: Box(left, top, left + wide, top + high),
    *(places, places, sides, sides),
)


@given(sides, sides, st.integers(0, 3), boxes)
def test_a_box_lies_on_the_page_and_is_not_empty(
    width: int, height: int, turns: int, box: Box
) -> None:
    scale = max(1.0, max(width, height) / 2000)
    ink = (max(1, round(width / scale)), max(1, round(height / scale)))
    box = Frame(ink, (width, height), turns).on_page(box)
    assert 0 <= box.left < box.right <= width
    assert 0 <= box.top < box.bottom <= height


def test_what_lies_inside_stays() -> None:
    assert inside(Box(1, 2, 3, 4), 10, 10) == Box(1, 2, 3, 4)
    assert inside(Box(-5, 8, 3, 40), 10, 10) == Box(0, 8, 3, 10)
    assert inside(Box(12, 12, 14, 14), 10, 10) == Box(9, 9, 10, 10)
