import keras
import numpy as np
import pytest

from inkdigits import architectures
from inkdigits.architectures import compact
from inkdigits.errors import DataError


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return architectures.build("compact", 11)


def multiplications(layer: keras.layers.Layer) -> int:
    """Those for one image: every weight of a convolution is used at every place it gives."""
    if isinstance(layer, keras.layers.Conv2D | keras.layers.DepthwiseConv2D):
        _, height, width, _ = layer.output.shape
        return int(height * width * layer.kernel.shape.num_elements())
    if isinstance(layer, keras.layers.Dense):
        return int(layer.kernel.shape.num_elements())
    return 0


def test_it_has_the_size_that_it_says(model: keras.Model) -> None:
    assert model.count_params() == 150_427
    assert model.count_params() <= 500_000
    assert sum(map(multiplications, model.layers)) == 9_489_024
    said = " ".join((compact.__doc__ or "").split())
    assert "150,000 parameters and 9.5 million multiplications" in said


def test_images_go_in_and_logits_come_out(model: keras.Model) -> None:
    (images,) = model.inputs
    assert (images.name, images.dtype, images.shape) == ("images", "uint8", (None, 28, 28))
    logits = model(np.random.default_rng(1).integers(0, 256, (5, 28, 28), np.uint8)).numpy()
    assert (logits.shape, logits.dtype) == ((5, 11), np.float32)
    assert logits.min() < 0  # scores, not probabilities


def test_scaling_is_inside(model: keras.Model) -> None:
    (scaling,) = (x for x in model.layers if isinstance(x, keras.layers.Rescaling))
    assert scaling(np.array([0, 255], np.uint8)).numpy().tolist() == pytest.approx([0, 1])


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(DataError, match="'large': choose one of compact"):
        architectures.build("large", 11)
