"""Networks of users' own, and what a trained network becomes."""

from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from numpy.typing import NDArray

from inkdigits.errors import RecipeError
from inkdigits.training.backend import computing_in
from inkdigits.training.network import (
    batch_normalizations,
    builder,
    in_float32,
    settle_statistics,
)
from tests.training import tiny

SHAPE = (12, 12)

PLAIN = """\
import keras
from keras import layers

def build(classes, shape):
    return keras.Sequential([
        keras.Input((*shape, 1)),
        layers.Conv2D(4, 3, activation="relu"),
        layers.BatchNormalization(),
        layers.Flatten(),
        layers.Dense(classes),
    ])
"""

BYTES = """\
import keras
from keras import layers

def build(classes, shape):
    images = keras.Input(shape, dtype="uint8")
    x = layers.Flatten()(layers.Rescaling(1 / 255)(images))
    return keras.Model(images, layers.Dense(classes)(x))
"""

FLAT = PLAIN.replace("(*shape, 1)", "shape").replace(
    'layers.Conv2D(4, 3, activation="relu"),', 'layers.Conv1D(4, 3, activation="relu"),'
)


@pytest.fixture
def images() -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (5, *SHAPE), np.uint8)


def own(folder: Path, content: str) -> Path:
    path = folder / "network.py"
    path.write_text(content)
    return path


@pytest.mark.parametrize("content", [PLAIN, BYTES, FLAT], ids=["floats", "bytes", "no channel"])
def test_a_network_of_one_s_own_takes_images_and_gives_logits(
    tmp_path: Path, images: NDArray[np.uint8], content: str
) -> None:
    model = builder(str(own(tmp_path, content)), 3, SHAPE)()
    assert (model.input.dtype, model.input.shape) == ("uint8", (None, *SHAPE))
    assert (model.output.dtype, model.output.shape) == ("float32", (None, 3))
    logits = np.asarray(model(images))
    (inner,) = (layer for layer in model.layers if isinstance(layer, keras.Model))
    if content != BYTES:  # it sees what it was written for: 0 to 1
        images = (images / 255).reshape(-1, *inner.inputs[0].shape[1:]).astype(np.float32)
    np.testing.assert_allclose(logits, np.asarray(inner(images)), atol=1e-5)


def test_it_gives_float32_whatever_it_computes_in(tmp_path: Path) -> None:
    with computing_in("mixed_bfloat16"):
        model = builder(str(own(tmp_path, PLAIN)), 3, SHAPE)()
    (inner,) = (x for x in model.layers if isinstance(x, keras.Model))
    assert inner.output.dtype == "bfloat16"
    assert model.output.dtype == "float32"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x = 1\n", r"has no function build\(classes, shape\)"),
        ("build = 3\n", "has no function build"),
        (PLAIN.replace("Dense(classes)", "Dense(7)"), r"gives \(7,\), not one score for each of 3"),
        (PLAIN.replace("(classes),", "(classes, activation='softmax'),"), "ends in a softmax"),
        (PLAIN.replace("(classes),", "(classes), layers.Softmax(),"), "ends in a softmax"),
        (PLAIN.replace("(*shape, 1)", "(28, 28, 1)"), r"takes \(28, 28, 1\), but the images are"),
        (PLAIN.replace("keras.Input((*shape, 1)),", ""), "must begin with keras.Input"),
        (PLAIN.replace("Conv2D(4, 3", "Conv2D(4, 30"), "network.py, line 5: ValueError: "),
        (PLAIN.replace("(4, 3", "(4, three"), "network.py, line 7: NameError: name 'three'"),
        ("def build(classes, shape):\n    return 5\n", "build returns int, not a Keras model"),
        ("def build(classes):\n    return 5\n", "network.py: TypeError: build"),
    ],
)
def test_a_network_that_cannot_be_trained_is_refused(
    tmp_path: Path, content: str, said: str
) -> None:
    with pytest.raises(RecipeError, match=said) as raised:
        builder(str(own(tmp_path, content)), 3, SHAPE)()
    assert "\n" not in str(raised.value)


def test_an_unknown_network_is_refused_at_once() -> None:
    with pytest.raises(RecipeError, match="no network is called 'large'"):
        builder("large", 3, SHAPE)


def test_the_same_weights_in_float32() -> None:
    with computing_in("mixed_bfloat16"):
        model = tiny.build(3)
    exact = in_float32(model, lambda: tiny.build(3))
    for weight, other in zip(exact.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(weight, other)
    images = tiny.stripes("any", 4, 1).images
    rounded, precise = np.asarray(model(images)), np.asarray(exact(images))
    assert not np.array_equal(rounded, precise)
    np.testing.assert_allclose(rounded, precise, atol=0.05)


def arrays_of(variables: list[keras.Variable]) -> list[NDArray[np.float32]]:
    return [keras.ops.convert_to_numpy(variable).copy() for variable in variables]


def test_settled_statistics_make_training_and_inference_agree() -> None:
    keras.utils.set_random_seed(1)
    model = tiny.build(tiny.CLASSES, dropout=0.0)
    (normalizing,) = batch_normalizations(model)
    normalizing.moving_mean.assign(np.full(6, 3.0))
    images = tiny.stripes("any", 320, 7).images
    batches = np.split(images, 10)
    weights = arrays_of(model.trainable_variables)

    def disagreement() -> float:
        trained = np.mean([model(batch, training=True).numpy() for batch in batches], axis=(0, 1))
        inferred = model(images, training=False).numpy().mean(0)
        return float(abs(trained - inferred).max())

    # Looking in training mode moves the statistics a little, so settle before and after.
    assert disagreement() > 0.3
    settle_statistics(model, images, 32)
    statistics = arrays_of([normalizing.moving_mean, normalizing.moving_variance])
    convolved = keras.Model(model.input, normalizing.input)
    in_batches = [convolved(batch).numpy() for batch in batches]
    np.testing.assert_allclose(statistics[0], np.mean(in_batches, (0, 1, 2, 3)), atol=1e-5)
    variances = [values.var((0, 1, 2)) for values in in_batches]
    np.testing.assert_allclose(statistics[1], np.mean(variances, 0), atol=1e-5)
    assert disagreement() < 0.02
    assert normalizing.momentum == 0.8
    for weight, other in zip(arrays_of(model.trainable_variables), weights, strict=True):
        np.testing.assert_array_equal(weight, other)


def test_batch_statistics_inside_an_inner_network_are_found(tmp_path: Path) -> None:
    model = builder(str(own(tmp_path, PLAIN)), 3, SHAPE)()
    assert len(batch_normalizations(model)) == 1
    assert isinstance(batch_normalizations(model)[0], layers.BatchNormalization)
