"""The networks, one file each: `build` returns a Keras model from images, or lines, to logits."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from inkdigits.errors import RecipeError

if TYPE_CHECKING:
    import keras


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network: the module whose `build(classes, shape)` makes it, and what it is in a few words.

    `parameters` is how many it has for ten classes of grey images of 28x28, or, of `line`, for the
    twelve labels of strips; 0 if nobody counted.
    """

    module: str
    summary: str
    parameters: int = 0


def _own(module: str, summary: str, parameters: int) -> Architecture:
    return Architecture(f"{__name__}.{module}", summary, parameters)


ARCHITECTURES = {
    "cnn-32-64": _own("cnn_32_64", "two convolutions of 3x3 and a dense layer", 121_930),
    "mlp": _own("mlp", "two dense layers, no convolution", 669_706),
    "lenet": _own("lenet", "LeNet in today's form: two convolutions of 5x5", 431_080),
    "cnn-64-32-dropout": _own("cnn_64_32_dropout", "convolutions of 2x2, much dropout", 412_778),
    "cnn-mixed-kernels": _own("cnn_mixed_kernels", "convolutions of 5x5 and 3x3 in turn", 304_490),
    "fast": _own("fast", "99 % right after one epoch", 215_962),
    "line": _own("line", "reads whole lines with connectionist temporal classification", 591_408),
    "compact": _own("compact", "six convolutions with batch norm, for speed", 150_330),
}
"""Every network by its name."""


def build(name: str, classes: int, shape: tuple[int, ...] = (28, 28)) -> keras.Model:
    """Build an untrained network: images uint8 `(N, *shape)` -> logits float32 `(N, classes)`.

    `shape` is `(H, W)` or `(H, W, 3)`; of `line` it is `(48, 0)` (see there). `RecipeError` lists
    the names there are if there is none of that name, and says so if images of that shape are too
    small for the network.
    """
    module = import_module(find_architecture(name).module)
    try:
        model: keras.Model = module.build(classes, shape)
    except ValueError as error:
        size = "x".join(map(str, shape))
        raise RecipeError(
            f"the network {name} cannot take images of {size}: choose another, such as mlp"
        ) from error
    return model


def find_architecture(name: str) -> Architecture:
    """The network of that name; `RecipeError` lists those there are."""
    if name not in ARCHITECTURES:
        raise RecipeError(
            f"no network is called {name!r}: choose one of {', '.join(ARCHITECTURES)}"
        )
    return ARCHITECTURES[name]
