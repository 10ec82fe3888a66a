"""What training images show is told by their borders, and what a file becomes by what they show."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.recognition.contract import BRIGHT_ON_DARK, OBJECT, PICTURE
from inkdigits.recognition.preparing import meaning_of, picture_of


def bright_on_dark(count: int, margin: int = 3) -> NDArray[np.uint8]:
    images = np.zeros((count, 12, 12), np.uint8)
    images[:, margin : 12 - margin, 3:-3] = 250
    return images


def test_images_with_a_dark_border_are_bright_on_dark() -> None:
    assert meaning_of(bright_on_dark(100)) == BRIGHT_ON_DARK


def test_what_goes_from_edge_to_edge_is_an_object() -> None:
    assert meaning_of(bright_on_dark(100, margin=0)) == OBJECT
    both = np.concatenate([bright_on_dark(60, margin=0), bright_on_dark(40)])
    assert meaning_of(both) == OBJECT
    assert meaning_of(both[::-1][:60]) == BRIGHT_ON_DARK


@pytest.mark.parametrize("light", [1, 20])
def test_a_few_that_fill_their_field_do_not_change_it(light: int) -> None:
    images = bright_on_dark(100)
    images[:light] = 255
    assert meaning_of(images) == (BRIGHT_ON_DARK if light == 1 else PICTURE)


def test_light_borders_and_colours_are_pictures() -> None:
    assert meaning_of(255 - bright_on_dark(10)) == PICTURE
    assert meaning_of(np.zeros((10, 12, 12, 3), np.uint8)) == PICTURE


def test_a_picture_becomes_what_the_model_learnt_from() -> None:
    page = np.full((60, 60, 3), 255, np.uint8)
    page[20:40, 25:35] = 0
    as_it_is, turned, cut = (
        picture_of(page, (30, 30), meaning) for meaning in (PICTURE, BRIGHT_ON_DARK, OBJECT)
    )
    np.testing.assert_array_equal(as_it_is, 255 - turned)
    assert (turned > 0).sum() == 10 * 6  # half pixels to the left and right
    assert (cut > 0).sum() == 30 * 15
    in_colour = picture_of(page, (30, 30, 3), OBJECT)
    np.testing.assert_array_equal(in_colour[:, :, 0], turned)
