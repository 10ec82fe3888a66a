"""A network, recipes and data with which a training takes a second, and is still a training."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from inkdigits.data.augmentation import Augmentation
from inkdigits.data.mixture import Mixture, MixtureSize
from inkdigits.data.sets import LabelledArrays
from inkdigits.recognition.contract import SYMBOL
from inkdigits.training.recipe import HANDWRITING, Recipe

if TYPE_CHECKING:
    import keras

CLASSES = 11

RECIPE = Recipe(
    name="tiny",
    network="tiny",
    data=HANDWRITING,
    epochs=3,
    batch=32,
    loss="one-hot",
    optimizer="adamw",
    learning_rate=0.01,
    schedule="cosine",
    weight_decay=0.02,
    label_smoothing=0.03,
    average=0.9,
    warm_up=0.1,
    augmentation=Augmentation(shift_px=1.0, noise=0.2),
    mixture=MixtureSize(drawn=60, drawn_pool=100, non_digits=50, non_digit_pool=80),
    seed=5,
)
"""All that the shipped model's recipe does."""

PLAIN = Recipe(name="plain", network="tiny", epochs=3, batch=32, learning_rate=0.01, seed=5)
"""What a reference design does: no augmentation, no average, the labels as they are."""

STOPPING = replace(PLAIN, name="stopping", epochs=9, patience=2, learning_rate=0.03, average=0.8)
"""Ends after the fourth epoch: the second is the best."""

BFLOAT16 = replace(
    PLAIN, name="bfloat16", precision="mixed_bfloat16", schedule="linear", optimizer="sgd"
)


def build(classes: int, shape: tuple[int, ...] = (28, 28), dropout: float = 0.2) -> keras.Model:
    """All that makes a training hard to repeat: batch statistics, dropout, a moving average."""
    import keras
    from keras import layers

    images = keras.Input(shape, dtype="uint8", name="images")
    x = layers.Reshape((28, 28, 1))(layers.Rescaling(1 / 255)(images))
    x = layers.Conv2D(6, 5, strides=4, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.8)(x)
    x = layers.ReLU()(x)
    x = layers.Dropout(dropout)(layers.Flatten()(x))
    return keras.Model(images, layers.Dense(classes, dtype="float32", name="logits")(x))


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


def digits() -> LabelledArrays:
    """A plain set: 340 images, of which `PLAIN` trains on 306.

    Every fifth label is wrong, which a network that learns them too long pays for in validation.
    """
    arrays = stripes("stripes", 340, 6, range(10))
    labels = arrays.labels.copy()
    labels[::5] = (labels[::5] + 3) % 10
    return replace(arrays, labels=labels, classes=tuple("0123456789"), meaning=SYMBOL)
