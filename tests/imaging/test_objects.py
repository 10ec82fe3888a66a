"""An object is cut out of its ground, whatever the ground, the margin and the grain."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkdigits.imaging.objects import cut_out, fills, has_light_border

SHAPE = (28, 28)


def boot(height: int = 140, width: int = 100) -> NDArray[np.float32]:
    """How much of each pixel is the object: an upright shaft on a long sole."""
    object_ = np.zeros((height, width), np.float32)
    object_[:, : width // 2] = 1
    object_[-height // 3 :] = 1
    return object_


def on_ground(
    object_: NDArray[np.float32], ground: int, colour: int, margin: int
) -> NDArray[np.uint8]:
    cover = np.pad(object_, margin)
    return np.asarray(np.rint(ground * (1 - cover) + colour * cover), np.uint8)


def expected() -> NDArray[np.uint8]:
    small = np.rint(cv2.resize(boot(), (20, 28), interpolation=cv2.INTER_AREA) * 255)
    return np.pad(small.astype(np.uint8), ((0, 0), (4, 4)))


@pytest.mark.parametrize("margin", [1, 20, 150])
@pytest.mark.parametrize(("ground", "colour"), [(255, 0), (240, 130), (10, 220), (40, 90)])
def test_the_same_object_gives_the_same_image(margin: int, ground: int, colour: int) -> None:
    found = cut_out(on_ground(boot(), ground, colour, margin), SHAPE)
    np.testing.assert_allclose(found, expected(), atol=2)


def test_grain_and_specks_are_no_part_of_it() -> None:
    page = on_ground(boot(), 235, 60, 60).astype(float)
    page += np.random.default_rng(0).normal(0, 3, page.shape)
    page[3, 5] = page[-4, -9] = 0
    found = cut_out(np.clip(page, 0, 255).astype(np.uint8), SHAPE)
    assert np.abs(found.astype(int) - expected()).mean() < 8


def test_colours_are_seen_as_grey() -> None:
    page = np.dstack([on_ground(boot(), 250, level, 30) for level in (180, 30, 20)])
    np.testing.assert_allclose(cut_out(page, SHAPE), expected(), atol=2)


def test_an_array_of_that_size_keeps_its_pixels() -> None:
    image = np.random.default_rng(0).integers(0, 256, SHAPE, np.uint8)
    image[[0, -1]] = image[:, [0, -1]] = 0
    np.testing.assert_array_equal(cut_out(image, SHAPE), image)
    np.testing.assert_array_equal(cut_out(255 - image, SHAPE), image)


@pytest.mark.parametrize("level", [0, 127, 128, 255])
@pytest.mark.parametrize("size", [(200, 300), (1, 1), (1, 5_000), (30, 28)], ids=str)
def test_where_there_is_nothing_the_image_is_black(level: int, size: tuple[int, int]) -> None:
    assert not cut_out(np.full(size, level, np.uint8), SHAPE).any()


@given(
    st.integers(1, 90), st.integers(1, 90), st.integers(0, 9), st.sampled_from([(28, 28), (9, 40)])
)
def test_noise_of_any_size_gives_an_image(
    height: int, width: int, seed: int, shape: tuple[int, int]
) -> None:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    found = cut_out(pixels, shape)
    assert found.shape == shape
    assert found.dtype == np.uint8


def test_what_goes_from_edge_to_edge_fills() -> None:
    across = np.pad(boot(28, 10), ((0, 0), (9, 9)))
    assert fills(on_ground(across, 0, 200, 0))
    assert fills(on_ground(across.T, 250, 20, 0))
    assert not fills(on_ground(boot(20, 10), 0, 200, 4))
    assert not fills(np.zeros(SHAPE, np.uint8))


def test_a_border_is_light_or_dark() -> None:
    assert has_light_border(on_ground(boot(), 200, 0, 5))
    assert not has_light_border(on_ground(boot(), 20, 255, 5))
