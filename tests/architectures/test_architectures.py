"""What every network of images keeps: its size, its input and its output."""

import keras
import numpy as np
import pytest

from inkdigits import architectures
from inkdigits.architectures import ARCHITECTURES
from inkdigits.errors import RecipeError

OF_IMAGES = [name for name in ARCHITECTURES if name != "line"]

every = pytest.mark.parametrize("name", OF_IMAGES)


@pytest.fixture(scope="module")
def built() -> dict[str, keras.Model]:
    return {name: architectures.build(name, 10) for name in OF_IMAGES}


@every
def test_it_has_the_parameters_that_are_said(built: dict[str, keras.Model], name: str) -> None:
    assert built[name].count_params() == ARCHITECTURES[name].parameters


@every
def test_images_go_in_and_logits_come_out(built: dict[str, keras.Model], name: str) -> None:
    model = built[name]
    (images,) = model.inputs
    assert (images.name, images.dtype, images.shape) == ("images", "uint8", (None, 28, 28))
    logits = np.asarray(model(np.random.default_rng(1).integers(0, 256, (5, 28, 28), np.uint8)))
    assert logits.shape == (5, 10)
    assert logits.dtype == np.float32
    assert logits.min() < 0  # scores, not probabilities


@every
def test_scaling_is_inside(built: dict[str, keras.Model], name: str) -> None:
    scaling = next(x for x in built[name].layers if isinstance(x, keras.layers.Rescaling))
    assert np.asarray(scaling(np.array([0, 255], np.uint8))).tolist() == pytest.approx([0, 1])


@every
@pytest.mark.parametrize("shape", [(32, 40), (32, 32, 3)])
def test_images_may_have_another_size_and_colours(name: str, shape: tuple[int, ...]) -> None:
    model = architectures.build(name, 3, shape)
    assert model.input.shape == (None, *shape)
    assert model.output.shape == (None, 3)


def test_images_that_are_too_small_are_refused() -> None:
    with pytest.raises(RecipeError, match="lenet cannot take images of 8x8: choose another"):
        architectures.build("lenet", 10, (8, 8))
    assert architectures.build("mlp", 10, (8, 8)).count_params() > 0


def layers_of(model: keras.Model) -> list[str]:
    return [type(layer).__name__ for layer in model.layers]


def test_design_a_has_its_layers(built: dict[str, keras.Model]) -> None:
    assert layers_of(built["cnn-32-64"])[3:] == [
        *("Conv2D", "MaxPooling2D", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense")
    ]


def test_design_d_has_its_layers(built: dict[str, keras.Model]) -> None:
    model = built["cnn-64-32-dropout"]
    assert layers_of(model)[3:] == [
        *("Conv2D", "MaxPooling2D", "Dropout", "Conv2D", "MaxPooling2D", "Dropout"),
        *("Flatten", "Dense", "Dropout", "Dense"),
    ]
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert [layer.filters for layer in convolutions] == [64, 32]
    assert {layer.kernel_size for layer in convolutions} == {(2, 2)}
    dropouts = [layer.rate for layer in model.layers if isinstance(layer, keras.layers.Dropout)]
    assert dropouts == [0.3, 0.3, 0.5]
    # The number that Keras prints for the published code.
    assert model.count_params() == 412_778


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(RecipeError, match=r"'large': choose one of cnn-32-64, "):
        architectures.build("large", 11)
