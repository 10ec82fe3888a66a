"""`lenet`: LeNet (LeCun 1998) as it is taught today, in the widths that Caffe made common.

Conv 20 of 5x5, max-pooling, conv 50 of 5x5, max-pooling, dense 500. The original had 6 and 16
filters, mean pooling, sigmoids and partly connected maps.
"""

import keras
from keras import layers

from inkdigits.architectures.images import image_input, logits


def build(classes: int, shape: tuple[int, ...]) -> keras.Model:
    """Images uint8 `(N, *shape)` -> logits float32 `(N, classes)`; scaling is inside."""
    images, x = image_input(shape)
    for filters in (20, 50):
        x = layers.Conv2D(filters, 5, activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Dense(500, activation="relu")(layers.Flatten()(x))
    return keras.Model(images, logits(x, classes), name="lenet")
