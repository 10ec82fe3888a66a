"""`Reader.classify` of one digit and of 10,000 against Keras `predict` on a plain MNIST network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import Figure, median_s
from inkdigits import Reader

MANY = 10_000


def measure(bundle: str) -> list[Figure]:
    """Milliseconds for one digit, digits a second for many."""
    images = np.random.default_rng(0).integers(0, 256, size=(MANY, 28, 28), dtype=np.uint8)
    one, many = _speeds(Reader(bundle).classify, images, repeats_of_one=500)
    keras_one, keras_many, note = _keras_speeds(images)
    return [
        Figure("classify one digit", one, "ms", keras_one, note),
        Figure(f"classify {MANY:,} digits", many, "digits/s", keras_many, note),
    ]


def _speeds(
    classify: Callable[[NDArray[Any]], object], images: NDArray[Any], repeats_of_one: int
) -> tuple[float, float]:
    one = median_s(lambda: classify(images[:1]), repeats_of_one, warm_up=10)
    many = median_s(lambda: classify(images), repeats=5)
    return one * 1000, len(images) / many


def _keras_speeds(images: NDArray[np.uint8]) -> tuple[float | None, float | None, str]:
    try:
        import keras
    except ModuleNotFoundError:
        return None, None, "Keras is not installed: pip install 'inkdigits[train]'"
    from benchmarks.plain_keras import network_a

    network = network_a()
    scaled = images[..., None].astype(np.float32) / 255
    one, many = _speeds(lambda batch: network.predict(batch, verbose=0), scaled, repeats_of_one=30)
    return one, many, f"Keras {keras.__version__} predict, two convolutions (32, 64) and dense 64"
