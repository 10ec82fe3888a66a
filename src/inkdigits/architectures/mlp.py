"""`mlp`: two dense layers on the bare pixels, what one gets without any convolution."""

import keras
from keras import layers

from inkdigits.architectures.images import image_input, logits

WIDTH = 512
"""Of each hidden layer. With 128 three epochs reach 97.2 % on MNIST, short of what is claimed."""


def build(classes: int, shape: tuple[int, ...]) -> keras.Model:
    """Images uint8 `(N, *shape)` -> logits float32 `(N, classes)`; scaling is inside."""
    images, x = image_input(shape)
    x = layers.Flatten()(x)
    for _ in range(2):
        x = layers.Dense(WIDTH, activation="relu")(x)
    return keras.Model(images, logits(x, classes), name="mlp")
