"""`cnn-64-32-dropout`: small 2x2 convolutions, held back by much dropout (Srivastava 2014).

Conv 64 of 2x2, max-pooling, dropout 0.3, conv 32 of 2x2, max-pooling, dropout 0.3, dense 256,
dropout 0.5; ReLU throughout, and padding that keeps the size, as in the published design.
"""

import keras
from keras import layers

from inkdigits.architectures.images import image_input, logits


def build(classes: int, shape: tuple[int, ...]) -> keras.Model:
    """Images uint8 `(N, *shape)` -> logits float32 `(N, classes)`; scaling is inside."""
    images, x = image_input(shape)
    for filters in (64, 32):
        x = layers.Conv2D(filters, 2, padding="same", activation="relu")(x)
        x = layers.MaxPooling2D()(x)
        x = layers.Dropout(0.3)(x)
    x = layers.Dense(256, activation="relu")(layers.Flatten()(x))
    x = layers.Dropout(0.5)(x)
    return keras.Model(images, logits(x, classes), name="cnn-64-32-dropout")
