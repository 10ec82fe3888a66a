"""The networks, one file each: `build(classes)` returns a Keras model from images to logits."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from inkdigits.errors import DataError

if TYPE_CHECKING:
    import keras

ARCHITECTURES = {"compact": "inkdigits.architectures.compact"}
"""Where each network is built, by name."""


def build(name: str, classes: int) -> keras.Model:
    """Build an untrained network: images uint8 `(N, 28, 28)` -> logits float32 `(N, classes)`.

    `DataError` lists the names there are if there is none of that name.
    """
    if name not in ARCHITECTURES:
        raise DataError(
            f"no architecture is called {name!r}: choose one of {', '.join(ARCHITECTURES)}"
        )
    model: keras.Model = import_module(ARCHITECTURES[name]).build(classes)
    return model
