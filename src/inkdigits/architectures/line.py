"""`line`: reads a whole line of writing without cutting it into symbols.

A convolutional network that halves the height until one row is left, looks along that row, and says
every four pixels which digit it has just seen, if any: to be trained and read with connectionist
temporal classification (Graves 2006). Without recurrence: any width, and fast on one core. With the
twelve labels of a line model it has 591,408 parameters.
"""

import keras
from keras import layers

from inkdigits.architectures.images import logits
from inkdigits.imaging.normalize import STRIP_HEIGHT

FOLLOW = 0.95
"""Momentum of the batch statistics: see `compact`."""

_STEM = (20, 24)
_STAGES = ((40, (2, 2), 2), (72, (2, 1), 1), (104, (2, 1), 1))
"""Filters, stride (down, across) of the first convolution, and how many follow around which the
features are passed as well (He 2016)."""

_CONTEXT = 160
"""Filters of the convolutions along the one row that is left."""

_CONTEXT_BLOCKS = 2
_CONTEXT_WIDTH = 5

_DOWN = 16
"""The strides of the stem and the stages shrink the height by this; the width by `STRIP_STEP`."""


def build(classes: int, shape: tuple[int, ...], dropout: float = 0.15) -> keras.Model:
    """Strips uint8 `(N, 48, W)` -> logits float32 `(N, W / 4, classes)`; the last class is blank.

    `shape` is `(48, 0)`: any width, a multiple of 4. Scaling is inside. Raises `ValueError` for
    another shape.
    """
    if shape != (STRIP_HEIGHT, 0):
        raise ValueError(f"a strip is {STRIP_HEIGHT} pixels high, of any width, and grey")
    strips = keras.Input((STRIP_HEIGHT, None), dtype="uint8", name="images")
    x = layers.Reshape((STRIP_HEIGHT, -1, 1))(strips)
    x = layers.Rescaling(1 / 255)(x)
    x = _convolve(x, _STEM[0], 5, (2, 2))
    x = _convolve(x, _STEM[1], 3)
    for filters, stride, blocks in _STAGES:
        x = _convolve(x, filters, 3, stride)
        for _ in range(blocks):
            x = _residual(x, filters, 3)
    x = _convolve(x, _CONTEXT, (STRIP_HEIGHT // _DOWN, 1), padding="valid")
    for _ in range(_CONTEXT_BLOCKS):
        x = _residual(x, _CONTEXT, (1, _CONTEXT_WIDTH))
    x = layers.Reshape((-1, _CONTEXT))(x)
    x = layers.Dropout(dropout)(x)
    return keras.Model(strips, logits(x, classes), name="line")


def _convolve(
    x: keras.KerasTensor,
    filters: int,
    side: int | tuple[int, int],
    stride: tuple[int, int] = (1, 1),
    padding: str = "same",
) -> keras.KerasTensor:
    x = layers.Conv2D(filters, side, strides=stride, padding=padding, use_bias=False)(x)
    x = layers.BatchNormalization(momentum=FOLLOW)(x)
    return layers.ReLU()(x)


def _residual(x: keras.KerasTensor, filters: int, side: int | tuple[int, int]) -> keras.KerasTensor:
    return layers.Add()([x, _convolve(x, filters, side)])
