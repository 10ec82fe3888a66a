"""Several looks at one symbol say together what it is, and less surely where they differ."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.recognition.agreement import agreed, changed
from inkdigits.recognition.confidence import softmax


@pytest.fixture
def bar() -> NDArray[np.uint8]:
    """A level bar right of the middle, one image."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 12:16, 16:24] = 255
    return image


def test_a_look_without_a_change_is_the_image(bar: NDArray[np.uint8]) -> None:
    assert np.array_equal(changed(bar), bar)


def test_a_positive_tilt_is_clockwise(bar: NDArray[np.uint8]) -> None:
    rows = np.flatnonzero(changed(bar, tilt_deg=20)[0].any(1))
    assert rows.mean() > np.flatnonzero(bar[0].any(1)).mean() + 1


def test_larger_is_more_ink_and_smaller_is_less(bar: NDArray[np.uint8]) -> None:
    larger, smaller = (int(changed(bar, scale=scale).astype(int).sum()) for scale in (1.2, 0.8))
    assert larger > int(bar.astype(int).sum()) > smaller


def test_looks_that_say_the_same_say_it_together(bar: NDArray[np.uint8]) -> None:
    same = np.log(np.array([0.7, 0.2, 0.1], np.float32))
    shares = softmax(agreed(bar, same[None], lambda images: np.tile(same, (len(images), 1))))
    assert shares[0] == pytest.approx([0.7, 0.2, 0.1], abs=1e-5)


def test_a_sure_answer_that_a_look_contradicts_is_not_sure(bar: NDArray[np.uint8]) -> None:
    upright = np.array([[9.0, -9.0]], np.float32)
    shares = softmax(agreed(bar, upright, lambda images: np.tile(-upright, (len(images), 1))))
    assert shares[0] == pytest.approx([0.2, 0.8], abs=1e-3)


def test_no_images_have_no_answers() -> None:
    nothing = agreed(
        np.zeros((0, 28, 28), np.uint8),
        np.zeros((0, 3), np.float32),
        lambda images: np.zeros((len(images), 3), np.float32),
    )
    assert nothing.shape == (0, 3)
