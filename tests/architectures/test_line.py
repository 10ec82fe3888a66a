"""The network of lines: what goes in, what comes out, and how large it is."""

import keras
import numpy as np
import pytest

from inkdigits import architectures
from inkdigits.architectures import ARCHITECTURES, line
from inkdigits.errors import RecipeError
from inkdigits.recognition.contract import LINE_LABELS


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return architectures.build("line", len(LINE_LABELS), (48, 0))


def test_it_has_the_size_that_it_says(model: keras.Model) -> None:
    assert model.count_params() == ARCHITECTURES["line"].parameters == 591_408
    assert "591,408 parameters" in " ".join((line.__doc__ or "").split())


@pytest.mark.parametrize("width", [4, 8, 52, 224, 1000])
def test_it_says_something_every_four_pixels(model: keras.Model, width: int) -> None:
    (strips,) = model.inputs
    assert (strips.name, strips.dtype, strips.shape) == ("images", "uint8", (None, 48, None))
    logits = np.asarray(model(np.random.default_rng(1).integers(0, 256, (2, 48, width), np.uint8)))
    assert logits.shape == (2, width // 4, 12)
    assert logits.dtype == np.float32


def test_scaling_is_inside(model: keras.Model) -> None:
    scaling = next(x for x in model.layers if isinstance(x, keras.layers.Rescaling))
    assert np.asarray(scaling(np.array([0, 255], np.uint8))).tolist() == pytest.approx([0, 1])


def test_what_is_written_elsewhere_changes_nothing_here(model: keras.Model) -> None:
    """It looks some way to either side only, and so takes any width."""
    rng = np.random.default_rng(2)
    strip = rng.integers(0, 256, (1, 48, 400), np.uint8)
    other = strip.copy()
    other[:, :, 300:] = 0
    before, after = (np.asarray(model(one))[0] for one in (strip, other))
    np.testing.assert_allclose(before[:40], after[:40], atol=1e-5)
    assert np.abs(before[80:] - after[80:]).max() > 1e-3


@pytest.mark.parametrize("shape", [(28, 28), (48, 224), (48, 0, 3), (40, 0)])
def test_anything_but_strips_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(RecipeError, match="the network line cannot take images of"):
        architectures.build("line", 12, shape)
