"""The form's own print goes, what was written stays."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.imaging.preprint import without_print

Pixels = NDArray[np.uint8]


def field(light: int = 235) -> Pixels:
    """A printed frame and a word's worth of small print."""
    page = np.full((80, 400, 3), light, np.uint8)
    page[8:72, 10:390] = 70
    page[11:69, 13:387] = light
    page[74:78, 20:200:6] = 90
    return page


def written(page: Pixels, left: int, top: int = 24) -> Pixels:
    """With a blue stroke in it."""
    page = page.copy()
    page[top : top + 30, left : left + 6] = (40, 50, 130)
    return page


def test_print_alone_leaves_bare_paper() -> None:
    cleaned = without_print(field(), field())
    assert cleaned.min() > 220
    assert cleaned.shape == (80, 400, 3)
    assert cleaned.dtype == np.uint8


@pytest.mark.parametrize("shift", [(0, 0), (2, 0), (0, -2)])
def test_writing_stays_as_it_is_and_print_goes(shift: tuple[int, int]) -> None:
    seen = np.roll(written(field(), 150), shift, (0, 1))
    cleaned = without_print(seen, field())
    stroke = np.roll(written(np.full_like(seen, 235), 150), shift, (0, 1))
    inside = stroke[..., 0] < 200
    np.testing.assert_array_equal(cleaned[inside], seen[inside])
    assert cleaned[~inside].min() > 220


def test_writing_that_touches_print_keeps_all_its_ink() -> None:
    seen = written(field(), 150, top=45)  # down through the lower line of the frame
    cleaned = without_print(seen, field())
    np.testing.assert_array_equal(cleaned[45:75, 150:156], seen[45:75, 150:156])


def test_uneven_light_is_kept() -> None:
    light = np.linspace(1, 0.6, 400)[None, :, None]
    seen = (written(field(), 300) * light).astype(np.uint8)
    cleaned = without_print(seen, field())
    paper = 235 * light[0, :, 0]
    assert np.abs(cleaned[40, 20:290, 0] - paper[20:290]).max() < 12
    assert np.abs(cleaned[9, 20:290, 0] - paper[20:290]).max() < 12


def test_where_nothing_is_printed_nothing_changes() -> None:
    seen = written(field(), 150)
    np.testing.assert_array_equal(without_print(seen, np.full_like(seen, 250)), seen)


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 300, 3), (40, 40, 3)])
def test_any_even_picture_comes_through(level: int, shape: tuple[int, int, int]) -> None:
    seen = np.full(shape, level, np.uint8)
    np.testing.assert_allclose(without_print(seen, np.zeros(shape, np.uint8)), seen, atol=1)
