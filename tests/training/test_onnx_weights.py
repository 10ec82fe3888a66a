"""A bundle's graph gives its weights back to the network that it came from, and to no other."""

import keras
import numpy as np
import pytest
from keras import layers

from inkdigits import architectures
from inkdigits.architectures import ARCHITECTURES
from inkdigits.errors import IncompatibleModel
from inkdigits.recognition.bundle import SHIPPED, WEIGHTS
from inkdigits.training.export import to_onnx
from inkdigits.training.onnx_weights import set_weights_from

SHAPE = (28, 28)


def stirred(model: keras.Model) -> keras.Model:
    """The network as if it had learnt: statistics and biases are no longer those of the start."""
    rng = np.random.default_rng(1)
    for layer in model.layers:
        new = [value + rng.normal(0, 0.05, value.shape) for value in layer.get_weights()]
        if isinstance(layer, layers.BatchNormalization):
            new[3] = np.abs(new[3]) + 0.3
            new[0] *= rng.choice([-1, 1], new[0].shape)
        layer.set_weights(new)
    return model


def logits(model: keras.Model) -> np.ndarray:
    images = np.random.default_rng(2).integers(0, 256, (8, *model.input.shape[1:]), np.uint8)
    return np.asarray(model.predict(images, verbose=0))


@pytest.mark.parametrize("name", [name for name in ARCHITECTURES if name not in ("tiny", "line")])
def test_every_network_gets_its_weights_back(name: str) -> None:
    trained = stirred(architectures.build(name, 7, SHAPE))
    fresh = architectures.build(name, 7, SHAPE)
    set_weights_from(to_onnx(trained), fresh)
    np.testing.assert_allclose(logits(fresh), logits(trained), atol=2e-4, rtol=1e-3)


def test_normalisation_after_the_bend_is_not_taken_for_one_before(tmp_path: object) -> None:
    def build() -> keras.Model:
        images = keras.Input((*SHAPE, 3), dtype="uint8", name="images")
        x = layers.Conv2D(4, 5, strides=3, activation="relu")(layers.Rescaling(1 / 255)(images))
        x = layers.BatchNormalization()(x)
        x = layers.DepthwiseConv2D(3, depth_multiplier=2, activation="relu")(x)
        x = layers.Dense(6)(layers.Flatten()(x))
        x = layers.BatchNormalization()(x)
        return keras.Model(images, layers.Dense(3, name="logits")(layers.ReLU()(x)))

    trained, fresh = stirred(build()), build()
    set_weights_from(to_onnx(trained), fresh)
    np.testing.assert_allclose(logits(fresh), logits(trained), atol=2e-4, rtol=1e-3)


def test_the_shipped_bundle_gives_its_weights() -> None:
    graph = (SHIPPED / "compact" / WEIGHTS).read_bytes()
    set_weights_from(graph, architectures.build("compact", 11, SHAPE))


@pytest.mark.parametrize(
    ("name", "classes"), [("lenet", 10), ("cnn-32-64", 9), ("compact", 10), ("mlp", 10)]
)
def test_another_network_is_refused(name: str, classes: int) -> None:
    graph = to_onnx(architectures.build("cnn-32-64", 10, SHAPE))
    with pytest.raises(IncompatibleModel, match="start from the folder of its run"):
        set_weights_from(graph, architectures.build(name, classes, SHAPE))


def test_the_same_shapes_with_another_function_are_refused() -> None:
    def build(activation: str) -> keras.Model:
        images = keras.Input(SHAPE, dtype="uint8", name="images")
        x = layers.Flatten()(layers.Rescaling(1 / 255)(images))
        x = layers.Dense(8, activation=activation)(x)
        return keras.Model(images, layers.Dense(3, name="logits")(x))

    with pytest.raises(IncompatibleModel):
        set_weights_from(to_onnx(stirred(build("relu"))), build("tanh"))
