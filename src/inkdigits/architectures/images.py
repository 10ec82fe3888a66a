"""How every network here begins: images as they lie on disk, scaled inside the network."""

from __future__ import annotations

import keras
from keras import layers


def image_input(shape: tuple[int, ...]) -> tuple[keras.KerasTensor, keras.KerasTensor]:
    """The input `images`, uint8 `(N, *shape)`, and the same as `(N, H, W, C)` from 0 to 1.

    `shape` is `(H, W)` for grey images, which get one channel, or `(H, W, 3)` for RGB.
    """
    images = keras.Input(shape, dtype="uint8", name="images")
    scaled = layers.Rescaling(1 / 255)(images)
    return images, scaled if len(shape) == 3 else layers.Reshape((*shape, 1))(scaled)


def logits(x: keras.KerasTensor, classes: int) -> keras.KerasTensor:
    """The last layer: one score a class, in float32 whatever the layers before it compute in.

    Reference designs end in a softmax. Here the loss and the reader apply it, which is the same
    function and loses no digits in the logarithm.
    """
    return layers.Dense(classes, dtype="float32", name="logits")(x)
