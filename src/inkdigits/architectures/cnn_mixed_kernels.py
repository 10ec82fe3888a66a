"""`cnn-mixed-kernels`: convolutions that look at 5x5 and at 3x3 pixels in turn.

Conv 32 of 5x5, conv 32 of 3x3, max-pooling, conv 64 of 5x5, conv 64 of 3x3, dense 128, with
dropout of 0.25 after the pooling and 0.5 before the scores; ReLU throughout.
"""

import keras
from keras import layers

from inkdigits.architectures.images import image_input, logits


def build(classes: int, shape: tuple[int, ...]) -> keras.Model:
    """Images uint8 `(N, *shape)` -> logits float32 `(N, classes)`; scaling is inside."""
    images, x = image_input(shape)
    x = layers.Conv2D(32, 5, activation="relu")(x)
    x = layers.Conv2D(32, 3, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Dropout(0.25)(x)
    x = layers.Conv2D(64, 5, activation="relu")(x)
    x = layers.Conv2D(64, 3, activation="relu")(x)
    x = layers.Dense(128, activation="relu")(layers.Flatten()(x))
    x = layers.Dropout(0.5)(x)
    return keras.Model(images, logits(x, classes), name="cnn-mixed-kernels")
