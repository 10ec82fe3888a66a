"""From a recipe to an untrained network, and from a trained one to what is exported."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
from keras import layers
from numpy.typing import NDArray

from inkdigits import architectures
from inkdigits.architectures.images import image_input
from inkdigits.errors import RecipeError
from inkdigits.training.backend import computing_in
from inkdigits.training.source import explained, is_source, load_source

Builder = Callable[[], keras.Model]
"""Makes an untrained network: images uint8 `(N, *shape)` -> logits float32 `(N, classes)`."""


def builder(network: str, classes: int, shape: tuple[int, ...]) -> Builder:
    """What builds the network of that name, or the one of the Python file at that path.

    A file's `build(classes, shape)` may return a network that takes uint8 images `(N, *shape)` as
    the ones here do, or, as is usual with Keras, float images from 0 to 1, `(N, H, W, C)` or
    `(N, H, W)`; it ends in one score a class, without a softmax. Raises `RecipeError` if there is
    no such network, or while building if it is none of these.
    """
    if not is_source(network):
        architectures.find_architecture(network)
        return lambda: architectures.build(network, classes, shape)
    path = Path(network)
    build = getattr(load_source(path), "build", None)
    if not callable(build):
        raise RecipeError(f"{path} has no function build(classes, shape): write one that returns a "
                          "Keras model")  # fmt: skip

    def run_build() -> keras.Model:
        try:
            model = build(classes, shape)
        except Exception as error:
            raise explained(error, path) from error
        return _fitted(model, path, classes, shape)

    return run_build


def in_float32(model: keras.Model, build: Builder) -> keras.Model:
    """The same weights in a network that computes in float32 and knows of no optimizer, for use.

    Weights are kept in float32 whatever a network computes in, so nothing is lost. The rounding of
    16-bit arithmetic is what training had to live with, and nothing that an answer should have.
    """
    with computing_in("float32"):
        exact = build()
    exact.set_weights(model.get_weights())
    return exact


def settle_statistics(model: keras.Model, images: NDArray[np.uint8], batch: int) -> None:
    """Measure the batch statistics anew for weights that no step was taken with (Wu 2021).

    The averaged weights of the end were never run in training; the moving statistics are those of
    the weights that were.
    """
    normalizing = batch_normalizations(model)
    momenta = [layer.momentum for layer in normalizing]
    for count, start in enumerate(range(0, len(images), batch), start=1):
        for layer in normalizing:
            layer.momentum = 1 - 1 / count  # a plain mean over the batches
        model(images[start : start + batch], training=True)
    for layer, momentum in zip(normalizing, momenta, strict=True):
        layer.momentum = momentum


def batch_normalizations(model: keras.Model) -> list[layers.BatchNormalization]:
    """The layers that keep batch statistics, those of networks inside the network too."""
    found: list[layers.BatchNormalization] = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found += batch_normalizations(layer)
        elif isinstance(layer, layers.BatchNormalization):
            found.append(layer)
    return found


def _fitted(model: keras.Model, path: Path, classes: int, shape: tuple[int, ...]) -> keras.Model:
    """A user's network with the input and the output that every network here has."""
    if not isinstance(model, keras.Model):
        raise RecipeError(f"{path}: build returns {type(model).__name__}, not a Keras model")
    if not model.built or len(model.inputs) != 1 or len(model.outputs) != 1:
        raise RecipeError(f"{path}: the network must begin with keras.Input and have one output")
    (taken,), (given,) = model.inputs, model.outputs
    if tuple(given.shape) != (None, classes):
        raise RecipeError(
            f"{path}: the network gives {tuple(given.shape)[1:]}, not one score for each of "
            f"{classes} classes: end it with  layers.Dense(classes)"
        )
    if _ends_in_softmax(model):
        raise RecipeError(
            f"{path}: the network ends in a softmax: leave it out, the loss applies it"
        )
    images, scaled = image_input(shape)
    takes = tuple(taken.shape)[1:]
    if takes == shape and taken.dtype == "uint8":
        scores = model(images)
    elif takes == tuple(scaled.shape)[1:]:
        scores = model(scaled)
    elif takes == shape:
        scores = model(layers.Reshape(shape)(scaled))
    else:
        raise RecipeError(
            f"{path}: the network takes {takes}, but the images are {shape}: use the shape that "
            "build is given"
        )
    # A name that every graph has, and float32 for the loss whatever the layers compute in.
    scores = layers.Activation("linear", dtype="float32", name="logits")(scores)
    return keras.Model(images, scores, name="network")


def _ends_in_softmax(model: keras.Model) -> bool:
    last = model.layers[-1]
    activation = getattr(last, "activation", None)
    return isinstance(last, layers.Softmax) or activation is keras.activations.softmax
