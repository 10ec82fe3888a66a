import keras
import pytest

from inkdigits import architectures
from inkdigits.architectures import compact


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
