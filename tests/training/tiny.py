"""A network, a recipe and data with which a training takes a second, and is still a training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from inkdigits.data.augmentation import Augmentation
from inkdigits.data.mixture import Mixture, MixtureSize
from inkdigits.data.sets import LabelledArrays
from inkdigits.training.recipe import Recipe

if TYPE_CHECKING:
    import keras

CLASSES = 11

RECIPE = Recipe(
    name="tiny",
    architecture="tiny",
    epochs=3,
    batch=32,
    learning_rate=0.01,
    weight_decay=0.02,
    label_smoothing=0.03,
    average=0.9,
    warm_up=0.1,
    augmentation=Augmentation(shift_px=1.0, noise=0.2),
    mixture=MixtureSize(drawn=60, drawn_pool=100, non_digits=50, non_digit_pool=80),
    seed=5,
)


def build(classes: int, dropout: float = 0.2) -> keras.Model:
    """All that makes a training hard to repeat: batch statistics, dropout, a moving average."""
    import keras
    from keras import layers

    images = keras.Input((28, 28), dtype="uint8", name="images")
    x = layers.Reshape((28, 28, 1))(layers.Rescaling(1 / 255)(images))
    x = layers.Conv2D(6, 5, strides=4, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.8)(x)
    x = layers.ReLU()(x)
    x = layers.Dropout(dropout)(layers.Flatten()(x))
    return keras.Model(images, layers.Dense(classes, name="logits")(x))


def stripes(name: str, count: int, seed: int, values: range = range(CLASSES)) -> LabelledArrays:
    """Images whose label is the height of a bright stripe."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(values.start, values.stop, count).astype(np.uint8)
    images = rng.integers(0, 60, (count, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[2 * label + 2 : 2 * label + 6, 4:24] = 255
    return LabelledArrays(name, f"seed {seed}", images, labels)


def mixture() -> Mixture:
    """Some hundreds of images, 310 an epoch."""
    return Mixture(
        (stripes("real", 200, 1, range(10)),),
        stripes("drawn", 100, 2, range(10)),
        stripes("no digits", 80, 3, range(10, 11)),
        RECIPE.mixture,
    )


def held_out() -> LabelledArrays:
    return stripes("held-out", 300, 4)
