"""`compact`: the network in the package, small enough to read a digit in a tenth of a millisecond.

Six convolutions of 3x3 with batch normalisation (Ioffe 2015), two of which halve the picture
instead of pooling it, a 7x7 depthwise convolution that learns where on the field each feature
counts, and one dense layer: 150,000 parameters and 9.5 million multiplications a digit.
"""

import keras
from keras import layers

from inkdigits.architectures.images import image_input, logits

WIDTHS_AND_STRIDES = ((16, 1), (32, 2), (40, 1), (64, 2), (72, 1), (96, 1))

FOLLOW = 0.9
"""Momentum of the batch statistics. At Keras's 0.99 they trail so far behind a fast learning rate
that the first epochs validate at chance."""


def build(classes: int, shape: tuple[int, ...], dropout: float = 0.3) -> keras.Model:
    """Images uint8 `(N, *shape)` -> logits float32 `(N, classes)`; scaling is inside."""
    images, x = image_input(shape)
    for filters, stride in WIDTHS_AND_STRIDES:
        x = layers.Conv2D(filters, 3, strides=stride, padding="same", use_bias=False)(x)
        x = layers.BatchNormalization(momentum=FOLLOW)(x)
        x = layers.ReLU()(x)
    x = layers.DepthwiseConv2D(7, use_bias=False)(x)
    x = layers.BatchNormalization(momentum=FOLLOW)(x)
    x = layers.ReLU()(x)
    x = layers.Dropout(dropout)(layers.Flatten()(x))
    return keras.Model(images, logits(x, classes), name="compact")
