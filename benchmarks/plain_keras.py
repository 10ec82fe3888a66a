"""Network A as a user of Keras would write and train it: the peer of other benchmarks.

Trained in a process of its own, for `benchmarks/training.py`: what inkdigits sets for repeatable
trainings would slow it down. Run as `plain_keras.py DATA.npz`; every line on standard input is
answered by a line of JSON, the seconds of one epoch of `fit` in float32 and batches of 32.
"""

from __future__ import annotations

import json
import sys
import time

import keras
import numpy as np
from keras import layers


def network_a() -> keras.Model:
    """Two convolutions (32, 64) and dense 64, as courses write it; not compiled."""
    return keras.Sequential(
        [
            layers.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(64, activation="relu"),
            layers.Dense(10, activation="softmax"),
        ]
    )


def main() -> None:
    """Answer lines until standard input ends."""
    with np.load(sys.argv[1]) as data:
        images, labels = data["images"][..., None].astype(np.float32) / 255, data["labels"]
    network = network_a()
    network.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    print(json.dumps({"version": keras.__version__}), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        network.fit(images, labels, verbose=0)
        print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)


if __name__ == "__main__":
    main()
