"""Pictures are brought to the size of an input whole, in proportion, and anti-aliased."""

import numpy as np
import pytest

from inkdigits.imaging.fit import border_of, fit


@pytest.mark.parametrize("shape", [(28, 28), (28, 28, 3), (10, 30), (30, 10, 3), (1, 1)], ids=str)
@pytest.mark.parametrize("size", [(28, 28), (300, 200), (5, 7), (1, 1), (1, 4_000)], ids=str)
@pytest.mark.parametrize("channels", [(), (3,)], ids=["grey", "RGB"])
def test_every_size_and_colour_fits(
    shape: tuple[int, ...], size: tuple[int, int], channels: tuple[int, ...]
) -> None:
    fitted = fit(np.full((*size, *channels), 77, np.uint8), shape)
    assert fitted.shape == shape
    assert fitted.dtype == np.uint8
    np.testing.assert_array_equal(fitted, 77)


def test_a_picture_of_that_size_keeps_its_pixels() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (28, 28, 3), np.uint8)
    np.testing.assert_array_equal(fit(pixels, (28, 28, 3)), pixels)
    grey = pixels[:, :, 0]
    np.testing.assert_array_equal(fit(np.dstack([grey] * 3), (28, 28)), grey)


def test_proportions_are_kept_and_the_border_is_continued() -> None:
    pixels = np.full((20, 100), 200, np.uint8)
    pixels[4:16, 40:60] = 0
    fitted = fit(pixels, (50, 50))
    assert (fitted[:20] == 200).all()
    assert (fitted[30:] == 200).all()
    rows, columns = np.nonzero(fitted < 100)
    assert (rows.min(), rows.max() + 1) == (22, 28)
    assert (columns.min(), columns.max() + 1) == (20, 30)


def test_a_thin_line_does_not_fall_between_the_pixels() -> None:
    for column in range(280):
        pixels = np.zeros((280, 280), np.uint8)
        pixels[:, column] = 255
        assert fit(pixels, (28, 28)).sum(dtype=int) == pytest.approx(28 * 25.5, rel=0.02)


def test_a_line_of_a_million_pixels_is_no_square_of_them() -> None:
    assert fit(np.zeros((1, 1_000_000, 3), np.uint8), (28, 28)).shape == (28, 28)


def test_the_border_is_what_lies_outermost() -> None:
    pixels = np.zeros((4, 6), np.uint8)
    pixels[1:-1, 1:-1] = 9
    assert border_of(pixels).shape == (20,)
    assert not border_of(pixels).any()
