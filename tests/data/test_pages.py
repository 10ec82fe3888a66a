"""Composed pages: always the same from a seed, and what is written on them is where they say."""

from itertools import pairwise

import cv2
import numpy as np
import pytest

from inkdigits.data.pages import compose_page
from inkdigits.data.papers import KINDS, SHAPE, draw_paper


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_makes_the_same_page(kind: str) -> None:
    one, other = (compose_page(np.random.default_rng(3), kind) for _ in range(2))
    np.testing.assert_array_equal(one.pixels, other.pixels)
    assert one.lines == other.lines
    assert one.pixels.dtype == np.uint8
    assert one.pixels.shape == (*SHAPE, 3)
    another = compose_page(np.random.default_rng(4), kind)
    assert (another.pixels != one.pixels).any()


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "text"])
@pytest.mark.parametrize("desk", [False, True])
@pytest.mark.parametrize("seed", [0, 5])
def test_every_number_is_in_its_box(kind: str, desk: bool, seed: int) -> None:
    page = compose_page(np.random.default_rng(seed), kind, desk)
    grey = cv2.cvtColor(page.pixels, cv2.COLOR_RGB2GRAY)
    height, width = grey.shape
    assert page.lines
    for line in page.lines:
        for number in line:
            left, top, right, bottom = number.box
            assert 0 <= left < right <= width
            assert 0 <= top < bottom <= height
            inside = grey[top:bottom, left:right]
            assert number.text.isdigit()
            assert np.percentile(inside, 3) < np.percentile(inside, 80) - 30
    assert page.text.replace("\n", " ").split() == [n.text for line in page.lines for n in line]


def test_numbers_of_a_line_stand_apart_from_left_to_right() -> None:
    for seed in range(5):
        for line in compose_page(np.random.default_rng(seed), "table").lines:
            for before, after in pairwise(line):
                assert before.box.right < after.box.left


def test_a_page_of_text_has_no_number() -> None:
    page = compose_page(np.random.default_rng(0), "text")
    assert page.lines == ()
    assert page.text == ""


def test_rooms_lie_on_the_sheet() -> None:
    for kind in KINDS:
        for seed in range(10):
            paper = draw_paper(np.random.default_rng(seed), kind)
            for line in paper.lines:
                for room in line:
                    assert 0 < room.left < room.left + room.width < SHAPE[1]
                    assert 0 < room.base - room.height < room.base < SHAPE[0]
                    assert room.digits >= 1


def test_another_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        compose_page(np.random.default_rng(0), "papyrus")
