"""A form is found under what was written on it, wherever the camera stood."""

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw

from inkdigits.imaging.alignment import (
    GOOD_FIT,
    Alignment,
    Reference,
    align_by_size,
    box_under,
    mapped,
)
from inkdigits.reading import Box
from tests.recognition.forms import SIZE, Pixels, empty_form, photographed, seen_from

GRID = np.array([(x, y) for x in (60, 500, 940) for y in (60, 700, 1340)], np.float64)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(empty_form())


def scribbled(page: Pixels) -> Pixels:
    """The page with writing in two of its frames."""
    written = Image.fromarray(page)
    pen = ImageDraw.Draw(written)
    for top in (310, 750):
        points = [(360 + 20 * i, top + (-30 if i % 2 else 25)) for i in range(20)]
        pen.line(points, fill=(20, 30, 110), width=6)
    return np.array(written)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_photograph_is_aligned_to_a_few_pixels(reference: Reference, seed: int) -> None:
    page = scribbled(empty_form())
    found = reference.align(photographed(page, seed))
    assert found is not None
    assert found.fit is not None
    assert found.fit > 0.9
    off = mapped(found.matrix, GRID) - mapped(seen_from(page, seed)[0], GRID)
    assert np.abs(off).max() < 3


def test_any_turn_is_found(reference: Reference) -> None:
    page = scribbled(empty_form())
    turned = np.rot90(page, 2).copy()
    found = reference.align(turned)
    assert found is not None
    corner = mapped(found.matrix, np.array([[0.0, 0.0]]))[0]
    assert np.abs(corner - SIZE).max() < 4


def test_a_coarse_scan_is_aligned(reference: Reference) -> None:
    size = (SIZE[0] * 3 // 5, SIZE[1] * 3 // 5)
    small = np.asarray(cv2.resize(empty_form(), size, interpolation=cv2.INTER_AREA), np.uint8)
    found = reference.align(small)
    assert found is not None
    assert np.abs(mapped(found.matrix, GRID) - GRID * 0.6).max() < 2


def other_form() -> Pixels:
    page = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(page)
    for i in range(12):
        left, top = 80 + 330 * (i % 3), 140 + 310 * (i // 3)
        pen.rectangle((left, top, left + 240, top + 90), outline=(40, 40, 40), width=3)
        pen.text((left, top - 40), f"Please fill in {i}", fill=(30, 30, 30), font_size=24)
    return np.array(page)


def noise() -> Pixels:
    return np.random.default_rng(0).integers(0, 255, (700, 500, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    "page",
    [
        np.full((700, 500, 3), 255, np.uint8),
        np.zeros((700, 500, 3), np.uint8),
        np.full((1, 1, 3), 255, np.uint8),
        np.zeros((3, 2000, 3), np.uint8),
        noise(),
        other_form(),
        photographed(other_form(), 1),
    ],
    ids=["white", "black", "a pixel", "a thread", "noise", "another form", "a photo of another"],
)
def test_what_is_not_the_form_is_not_aligned(reference: Reference, page: Pixels) -> None:
    assert reference.align(page) is None


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 900, 3), (60, 40, 3)])
def test_an_empty_reference_aligns_nothing(shape: tuple[int, int, int]) -> None:
    assert Reference(np.full(shape, 255, np.uint8)).align(empty_form()) is None


def test_the_threshold_lies_between_the_form_and_others(reference: Reference) -> None:
    """With room on both sides, so that it hangs on no detail of a picture."""
    grey = np.asarray(cv2.cvtColor(other_form(), cv2.COLOR_RGB2GRAY), np.uint8)
    scaled = np.asarray(cv2.resize(grey, None, fx=1200 / 1400, fy=1200 / 1400), np.uint8)
    assert reference._fit(scaled, np.eye(3)) < GOOD_FIT - 0.2
    found = reference.align(photographed(scribbled(empty_form()), 4))
    assert found is not None
    assert found.fit is not None
    assert found.fit > GOOD_FIT + 0.2


def test_without_a_picture_the_size_of_the_page_counts() -> None:
    alignment = align_by_size((100, 200), (300, 400))
    assert alignment.fit is None
    assert box_under(alignment.matrix, Box(10, 20, 50, 100), 300, 400) == Box(30, 40, 150, 200)


def test_a_part_is_cut_as_fine_as_the_page_shows_it() -> None:
    page = np.random.default_rng(1).integers(0, 255, (400, 300, 3), dtype=np.uint8)
    smooth = np.asarray(cv2.GaussianBlur(page, (0, 0), 3), np.uint8)
    part, matrix = align_by_size((100, 200), (300, 600)).cut(smooth, Box(10, 20, 50, 60))
    assert part.shape == (120, 120, 3)
    np.testing.assert_allclose(part.astype(int), smooth[60:180, 30:150], atol=2)
    np.testing.assert_allclose(mapped(matrix, np.array([[0.0, 0.0]]))[0], (30, 60))


def test_what_lies_off_the_page_is_white_paper() -> None:
    black = np.zeros((50, 50, 3), np.uint8)
    part, _ = Alignment(np.eye(3), 1.0).cut(black, Box(40, 40, 60, 60))
    assert part[:9, :9].max() == 0
    assert part[12:, 12:].min() == 255


def test_no_alignment_makes_a_part_of_endless_size() -> None:
    part, _ = align_by_size((10, 10), (9000, 9000)).cut(
        np.full((9000, 9000, 1), 255, np.uint8).repeat(3, 2), Box(0, 0, 10, 10)
    )
    assert part.shape[0] * part.shape[1] <= 24_500_000
