"""What the shipped digit model learns from: real digits, drawn digits, and ink that is no digit.

Everything is normalised to 28x28 by `imaging.normalize`, the same function that reading uses.
Parts of every real source are kept out: to fit the calibration, and to watch the training.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigits.data import synthesis
from inkdigits.data.augmentation import Augmentation, augment
from inkdigits.data.load import load_set
from inkdigits.data.sets import MNIST_HOLDOUT, LabelledArrays
from inkdigits.imaging.normalize import SIDE, normalize

NON_DIGIT_LABEL = 10
"""The label of ink that is no digit."""

SMALL_SETS = ("optdigits", "semeion")
REAL_SETS = ("mnist", *SMALL_SETS)
"""The sets of real digits in it."""

Images = NDArray[np.uint8]
Labels = NDArray[np.uint8]
Drawer = Callable[[np.random.Generator], tuple[NDArray[np.float32], int]]


@dataclass(frozen=True, slots=True)
class MixtureSize:
    """How much an epoch holds, and how large the pools are that it draws the synthetic part from.

    `repeat_small` is how often the small real sets (optdigits, semeion) come in one epoch.
    """

    drawn: int = 15_000
    drawn_pool: int = 60_000
    non_digits: int = 24_000
    non_digit_pool: int = 96_000
    repeat_small: int = 3


@dataclass(frozen=True, slots=True, eq=False)
class Mixture:
    """Normalised images uint8 `(N, 28, 28)` and labels 0 to 10, by where they come from."""

    real: tuple[LabelledArrays, ...]
    drawn: LabelledArrays
    non_digits: LabelledArrays
    size: MixtureSize

    def __len__(self) -> int:
        return sum(map(len, self.real)) + self.size.drawn + self.size.non_digits

    def epoch(self, how: Augmentation, seed: int, number: int) -> tuple[Images, Labels]:
        """The shuffled, augmented images of one epoch; `seed` and `number` alone decide them."""
        rng = np.random.default_rng((seed, number))
        parts = [
            *self.real,
            self.drawn.where(rng.integers(0, len(self.drawn), self.size.drawn)),
            self.non_digits.where(rng.integers(0, len(self.non_digits), self.size.non_digits)),
        ]
        images = np.concatenate([part.images for part in parts])
        labels = np.concatenate([part.labels for part in parts])
        order = rng.permutation(len(labels))
        return augment(images[order], how, rng), labels[order]

    @property
    def sources(self) -> tuple[LabelledArrays, ...]:
        """Each part once, for the record of what a model was trained on."""
        return (*dict.fromkeys(self.real), self.drawn, self.non_digits)


def training_mixture(size: MixtureSize, seed: int) -> Mixture:
    """Load, draw and normalise everything that the digit model is trained on."""
    mnist = load_set("mnist").where(slice(0, MNIST_HOLDOUT.start))
    small = [_without_every_tenth(load_set(name).normalized()) for name in SMALL_SETS]
    return Mixture(
        (mnist, *small * size.repeat_small),
        drawn_digits(size.drawn_pool, seed),
        non_digits(size.non_digit_pool, mnist, seed),
        size,
    )


def held_out(non_digit_count: int, seed: int) -> LabelledArrays:
    """Digits and non-digits from the same sources that no epoch contains, labels 0 to 10."""
    mnist = load_set("mnist").where(MNIST_HOLDOUT)
    small = [_every_tenth(load_set(name).normalized()) for name in SMALL_SETS]
    drawn = drawn_digits(non_digit_count // 2, seed)
    parts = [mnist, *small, drawn, non_digits(non_digit_count, mnist, seed)]
    return LabelledArrays(
        "held-out",
        "train",
        np.concatenate([part.images for part in parts]),
        np.concatenate([part.labels for part in parts]),
    )


def drawn_digits(count: int, seed: int) -> LabelledArrays:
    """Digits drawn by the simulated pen, all values equally often."""

    def draw(rng: np.random.Generator) -> tuple[NDArray[np.float32], int]:
        value = int(rng.integers(10))
        return synthesis.draw_digit(rng, value, int(rng.integers(28, 72))), value

    return _pool("drawn digits", [(1.0, draw)], count, seed)


def non_digits(count: int, digits: LabelledArrays, seed: int) -> LabelledArrays:
    """Letters, marks, scribbles; pairs, pieces and sideways images of `digits`; all label 10."""

    def draw(rng: np.random.Generator) -> tuple[NDArray[np.float32], int]:
        return synthesis.draw_non_digit(rng, int(rng.integers(28, 72))), NON_DIGIT_LABEL

    def pick(rng: np.random.Generator, among: Sequence[int]) -> tuple[NDArray[np.float32], int]:
        while True:
            index = int(rng.integers(len(digits)))
            if digits.labels[index] in among:
                return digits.images[index].astype(np.float32) / 255, int(digits.labels[index])

    def pair(rng: np.random.Generator) -> tuple[NDArray[np.float32], int]:
        left, right = (pick(rng, range(10))[0] for _ in range(2))
        return synthesis.two_symbols(rng, left, right), NON_DIGIT_LABEL

    def piece(rng: np.random.Generator) -> tuple[NDArray[np.float32], int]:
        return synthesis.fragment(rng, *pick(rng, tuple(synthesis.FRAGMENTS))), NON_DIGIT_LABEL

    def sideways(rng: np.random.Generator) -> tuple[NDArray[np.float32], int]:
        image, _ = pick(rng, (2, 3, 4, 5, 7))
        return np.rot90(image, rng.choice((1, 3))).copy(), NON_DIGIT_LABEL

    kinds = [(0.76, draw), (0.12, pair), (0.06, piece), (0.06, sideways)]
    return _pool("non-digits", kinds, count, seed)


def _pool(
    name: str, kinds: Sequence[tuple[float, Drawer]], count: int, seed: int
) -> LabelledArrays:
    rng = np.random.default_rng((seed, len(name), count))
    images = np.empty((count, SIDE, SIDE), np.uint8)
    labels = np.empty(count, np.uint8)
    shares = [share for share, _ in kinds]
    for index, kind in enumerate(rng.choice(len(kinds), count, p=shares)):
        ink, label = kinds[kind][1](rng)
        images[index], labels[index] = normalize(ink), label
    return LabelledArrays(name, f"seed {seed}", images, labels)


def _every_tenth(arrays: LabelledArrays) -> LabelledArrays:
    return arrays.where(np.arange(len(arrays)) % 10 == 0)


def _without_every_tenth(arrays: LabelledArrays) -> LabelledArrays:
    return arrays.where(np.arange(len(arrays)) % 10 != 0)
