"""Three looks at a symbol, and what they say together."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.recognition.agreement import TILT_DEG, agreed, tilted
from inkdigits.recognition.bundle import load_bundle
from inkdigits.recognition.confidence import softmax
from tests.recognition.conftest import MakeBundle


def bar() -> NDArray[np.uint8]:
    """An upright bar, uint8 `(1, 28, 28)`."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 4:24, 12:16] = 255
    return image


def lean(image: NDArray[np.uint8]) -> float:
    """How far the upper half of the ink lies to the right of the lower, in pixels."""
    columns = np.arange(28)
    upper, lower = (half.sum(0, dtype=np.float64) for half in (image[:14], image[14:]))
    return float(upper @ columns / upper.sum() - lower @ columns / lower.sum())


def test_positive_is_clockwise_and_negative_is_back() -> None:
    assert lean(bar()[0]) == 0
    expected = 10 * np.sin(np.radians(TILT_DEG))
    assert lean(tilted(bar(), TILT_DEG)[0]) == pytest.approx(expected, abs=0.4)
    assert lean(tilted(bar(), -TILT_DEG)[0]) == pytest.approx(-expected, abs=0.4)


def test_a_tilt_keeps_the_ink_in_the_middle() -> None:
    before, after = bar()[0], tilted(bar(), TILT_DEG)[0]
    assert int(after.sum()) == pytest.approx(int(before.sum()), rel=0.02)
    for axis in (0, 1):
        places = [
            ink.sum(axis, dtype=np.float64) @ np.arange(28) / ink.sum() for ink in (before, after)
        ]
        assert places[0] == pytest.approx(places[1], abs=0.1)


def test_images_are_left_alone_and_may_be_read_only() -> None:
    images = bar()
    images.flags.writeable = False
    tilted(images, 10)
    assert (images == bar()).all()


def test_nothing_is_looked_at_as_nothing(make_bundle: MakeBundle) -> None:
    none = np.zeros((0, 28, 28), np.uint8)
    assert tilted(none, 10).shape == none.shape
    assert load_bundle(make_bundle()).agreed_scores(none).shape == (0, 11)


def test_the_mean_of_what_three_looks_say() -> None:
    logits = np.random.default_rng(0).normal(0, 3, (6, 5)).astype(np.float32)
    seen: list[NDArray[np.uint8]] = []

    def scores(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        seen.append(images)
        return logits

    images = np.concatenate([bar(), 255 - bar()])
    together = softmax(agreed(images, scores))
    expected = softmax(logits).reshape(3, 2, 5).mean(0)
    np.testing.assert_allclose(together, expected, atol=1e-6)
    looks = [images, tilted(images, -TILT_DEG), tilted(images, TILT_DEG)]
    np.testing.assert_array_equal(seen[0], np.concatenate(looks))


def test_looks_that_say_the_same_change_nothing() -> None:
    logits = np.array([[2.0, -1.0, 0.5]], np.float32)
    together = agreed(bar(), lambda images: np.repeat(logits, len(images), 0))
    np.testing.assert_allclose(softmax(together / 0.65), softmax(logits / 0.65), atol=1e-6)


def test_a_look_that_is_certain_leaves_numbers() -> None:
    logits = np.array([[1e4, 0.0]], np.float32)
    assert np.isfinite(agreed(bar(), lambda images: np.repeat(logits, len(images), 0))).all()
