"""`cnn-32-64`: the first convolutional network of many courses, two convolutions and a dense layer.

Conv 32 of 3x3, max-pooling, conv 64 of 3x3, max-pooling, dense 64; ReLU throughout.
"""

import keras
from keras import layers

from inkdigits.architectures.images import image_input, logits


def build(classes: int, shape: tuple[int, ...]) -> keras.Model:
    """Images uint8 `(N, *shape)` -> logits float32 `(N, classes)`; scaling is inside."""
    images, x = image_input(shape)
    for filters in (32, 64):
        x = layers.Conv2D(filters, 3, activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dense(64, activation="relu")(layers.Flatten()(x))
    return keras.Model(images, logits(x, classes), name="cnn-32-64")
