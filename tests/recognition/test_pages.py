"""Numbers on real paper: ruled, squared, in boxes and tables, in columns, on a desk."""

import numpy as np
import pytest

from inkdigits.data.pages import compose_page
from inkdigits.imaging.cells import Cells
from inkdigits.reading import Box
from inkdigits.recognition.reader import Reader
from inkdigits.recognition.segmentation import split_numbers


def boxes(*lefts: int) -> list[Box]:
    return [Box(left, 10, left + 30, 60) for left in lefts]


def cells(width: int, count: int, comb: bool) -> Cells:
    return Cells(tuple(Box(n * width, 0, (n + 1) * width, 70) for n in range(count)), comb)


def test_digits_of_one_comb_are_one_number_whatever_their_gaps() -> None:
    row = boxes(10, 80, 290, 360)
    assert [len(part) for part in split_numbers(row)] == [2, 2]
    assert [len(part) for part in split_numbers(row, [cells(70, 6, comb=True)])] == [4]


def test_cells_of_a_table_part_numbers_that_stand_close() -> None:
    row = boxes(10, 50, 105, 145)
    assert [len(part) for part in split_numbers(row)] == [4]
    assert [len(part) for part in split_numbers(row, [cells(95, 2, comb=False)])] == [2, 2]


def test_digits_beside_a_comb_part_by_their_gap_alone() -> None:
    row = boxes(10, 50, 90)
    comb = Cells((Box(40, 0, 80, 70), Box(80, 0, 120, 70)), comb=True)
    assert [len(part) for part in split_numbers(row, [comb])] == [3]


@pytest.mark.parametrize(
    ("kind", "seed", "desk"),
    [
        ("plain", 1, False),
        ("plain", 4, True),
        ("lined", 1, False),
        ("lined", 5, False),
        ("squared", 1, False),
        ("table", 1, False),
        ("boxes", 5, False),
    ],
)
def test_composed_pages_are_read_without_a_mistake(
    reader: Reader, kind: str, seed: int, desk: bool
) -> None:
    places = ("plain", "lined", "squared", "table", "boxes")
    page = compose_page(np.random.default_rng((seed, places.index(kind))), kind, desk)
    reading = reader.read(page.pixels)
    assert reading.text == page.text
    found = [number for number in reading.numbers if number.text]
    written = [number for line in page.lines for number in line]
    for one, other in zip(found, written, strict=True):
        # What a photo shows of a box: its corners lie aslant, and ink is thinner than its margin.
        assert one.box.middle == pytest.approx(other.box.middle, abs=15)


@pytest.mark.parametrize("seed", [3, 7])
def test_a_sheet_partly_in_shadow_is_read_to_its_edges(reader: Reader, seed: int) -> None:
    """No row of it is taken for the desk, and the shadow for no ink."""
    page = compose_page(np.random.default_rng((8, 2, seed)), "squared", desk=True)
    assert reader.read(page.pixels).text == page.text


@pytest.mark.parametrize("seed", [0, 1])
def test_a_page_of_print_gives_hardly_any_digit(reader: Reader, seed: int) -> None:
    page = compose_page(np.random.default_rng((seed, 6)), "text")
    accepted = [number.text for number in reader.read(page.pixels).numbers if number.accepted]
    assert sum(map(len, accepted)) <= 5
