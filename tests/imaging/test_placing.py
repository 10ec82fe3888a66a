"""A label stands near what it speaks of, and on nothing that is to be seen."""

import numpy as np
import pytest

from inkdigits.imaging.placing import Places
from inkdigits.reading import Box

SIZE = (80, 20)
GAP = 6


def page(height: int = 400, width: int = 600) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.full((height, width, 3), 255, np.uint8)


def meet(one: Box, other: Box) -> bool:
    across = min(one.right, other.right) - max(one.left, other.left)
    down = min(one.bottom, other.bottom) - max(one.top, other.top)
    return across > 0 and down > 0


def test_a_label_stands_above_and_flush_where_there_is_room() -> None:
    number = Box(200, 200, 300, 250)
    place = Places(page(), [number], 1).take(number, SIZE, GAP)
    assert (place.right - place.left, place.bottom - place.top) == SIZE
    assert abs(place.left - number.left) <= 1
    assert abs(place.bottom + GAP - number.top) <= 1


def test_a_label_goes_elsewhere_where_there_is_none() -> None:
    number, above = Box(200, 30, 300, 80), Box(100, 0, 500, 25)
    place = Places(page(), [number, above], 1).take(number, SIZE, GAP)
    assert not meet(place, number)
    assert not meet(place, above)
    assert place.top <= number.bottom + 3 * SIZE[1]


@pytest.mark.parametrize("corner", [(0, 0), (560, 0), (0, 360), (560, 360)])
def test_a_label_stays_on_the_page(corner: tuple[int, int]) -> None:
    number = Box(*corner, corner[0] + 40, corner[1] + 40)
    place = Places(page(), [number], 1).take(number, SIZE, GAP)
    assert not meet(place, number)
    assert min(place) >= 0
    assert place.right <= 600
    assert place.bottom <= 400


def test_no_label_stands_on_another() -> None:
    number = Box(280, 180, 320, 220)
    places = Places(page(), [number], 1)
    taken = [places.take(number, SIZE, GAP) for _ in range(8)]
    assert not any(meet(one, number) for one in taken)
    assert not any(meet(taken[i], taken[j]) for i in range(8) for j in range(i))


def test_where_a_number_fills_the_page_its_ink_stays_free() -> None:
    filled = page()
    filled[:, :60] = filled[120:180] = filled[:, 540:] = 0
    number = Box(0, 0, 600, 400)
    place = Places(filled, [number], 1).take(number, SIZE, GAP)
    assert (filled[place.top : place.bottom, place.left : place.right] == 255).all()


def test_other_ink_is_covered_rather_than_a_number() -> None:
    written = page()
    written[::8] = 0  # a page of lines, but for what stands in the number
    number = Box(200, 150, 400, 250)
    written[number.top : number.bottom, number.left : number.right] = 255
    written[190:210, 220:380] = 0
    place = Places(written, [number], 1).take(number, SIZE, GAP)
    assert not meet(place, number)


@pytest.mark.parametrize("scale", [1, 3])
def test_places_are_in_pixels_of_the_drawing(scale: int) -> None:
    number = Box(60, 50, 100, 70)
    places = Places(page(100, 200), [number], scale)
    scaled = Box(*(edge * scale for edge in number))
    place = places.take(scaled, SIZE, GAP)
    assert abs(place.left - scaled.left) <= 2
    assert abs(place.bottom + GAP - scaled.top) <= 2


def test_a_large_page_is_looked_at_coarsely_and_boxes_fit() -> None:
    number = Box(1000, 800, 1500, 1000)
    place = Places(page(2000, 3000), [number], 1).take(number, (400, 100), 20)
    assert not meet(place, number)
    assert abs(place.bottom + 20 - number.top) <= 2 * 3000 / 600
    assert (place.width, place.height) == (400, 100)


@pytest.mark.parametrize("shape", [(1, 1), (3, 500), (500, 3), (30, 40)])
def test_a_label_larger_than_its_page_begins_on_it(shape: tuple[int, int]) -> None:
    whole = Box(0, 0, shape[1], shape[0])
    place = Places(page(*shape), [whole], 1).take(whole, SIZE, GAP)
    assert (place.left, place.top) >= (0, 0)
    assert place.left == 0 or place.right <= shape[1]
    assert place.top == 0 or place.bottom <= shape[0]
