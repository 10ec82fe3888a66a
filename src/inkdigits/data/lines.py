"""What the line model learns from: composed lines, and strips of real cheques.

The isolated digits are those that the digit model learns from; the same parts of every source are
kept out of training.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inkdigits.data import cheques as real
from inkdigits.data.augmentation import Augmentation, augment
from inkdigits.data.backgrounds import Papers
from inkdigits.data.cheques import Cheques, load_cheques
from inkdigits.data.composing import OTHER, Composer
from inkdigits.data.hands import Hands, make_hands
from inkdigits.data.load import load_set
from inkdigits.data.mixture import SMALL_SETS
from inkdigits.data.sets import MNIST_HOLDOUT, LabelledArrays
from inkdigits.imaging.normalize import STRIP_HEIGHT

STRIP_WIDTH = 224
"""Width of a strip in training; those of fewer digits are filled up with paper."""

MOST_LABELS = 14
"""A strip of that width holds at most so many labels."""

NO_LABEL = -1
"""Fills up the rows of labels."""


@dataclass(frozen=True, slots=True)
class LineShares:
    """How much an epoch holds: `lines` in all, of which `real` are real strips or parts of them.

    Real strips come in after the share `composed_only` of the epochs; until then everything is
    composed, so that there is a model that has never seen one.
    """

    lines: int = 12_000
    real: float = 0.5
    composed_only: float = 0.6


@dataclass(frozen=True, slots=True, eq=False)
class LineFeed:
    """Makes the strips of an epoch; see `training/data.py`."""

    shares: LineShares
    epochs: int
    sets: tuple[LabelledArrays, ...]
    composer: Composer
    cheques: Cheques | None
    composer_on_real_paper: Composer | None
    real_source: LabelledArrays | None

    @property
    def sources(self) -> tuple[LabelledArrays, ...]:
        return (*self.sets, *([self.real_source] if self.real_source else []))

    def __len__(self) -> int:
        return self.shares.lines

    def epoch(
        self, how: Augmentation, seed: int, number: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        """Strips uint8 `(N, 48, 224)` and labels int32 `(N, 14)`, filled up with -1."""
        rng = np.random.default_rng((seed, number))
        with_real = self.cheques is not None and number >= self.epochs * self.shares.composed_only
        strips = np.zeros((len(self), STRIP_HEIGHT, STRIP_WIDTH), np.uint8)
        labels = np.full((len(self), MOST_LABELS), NO_LABEL, np.int32)
        for index in range(len(self)):
            if self.cheques is not None and with_real and rng.random() < self.shares.real:
                strip, text = self.cheques.line(rng, STRIP_WIDTH)
                known = tuple(map(int, text))
            else:
                composer = self.composer
                if with_real and self.composer_on_real_paper and rng.random() < 0.5:
                    composer = self.composer_on_real_paper
                line = composer.compose(rng, STRIP_WIDTH, most_digits(rng))
                strip, known = line.strip, line.labels
            strips[index, :, : strip.shape[1]] = strip
            known = known[:MOST_LABELS]
            labels[index, : len(known)] = known
        return (strips if how == Augmentation() else augment(strips, how, rng)), labels


def most_digits(rng: np.random.Generator) -> int:
    """How many digits a line is to have at most: often few, so that there is room around them."""
    return int(rng.choice([2, 5, 8, 12], p=[0.15, 0.3, 0.3, 0.25]))


def training_lines(shares: LineShares, epochs: int, seed: int) -> LineFeed:
    """Load, draw and cut everything that the line model is trained on."""
    sets = _digits(held_out=False)
    hands = make_hands(sets, seed)
    composer = Composer(hands, Papers(seed))
    if not shares.real:
        return LineFeed(shares, epochs, sets, composer, None, None, None)
    found = load_cheques("train")
    cheques = Cheques(found)
    real_hands = Hands((*hands.real, cheques.digits()), hands.drawn, hands.letters, hands.signs)
    on_real = Composer(real_hands, Papers(seed + 1), cheques.paper)
    return LineFeed(shares, epochs, sets, composer, cheques, on_real, real.as_source(found))


def held_out_lines(count: int, seed: int) -> LabelledArrays:
    """Composed lines of digits that no epoch contains: labels int32 `(N, 14)`."""
    hands = make_hands(_digits(held_out=True), seed)
    feed = LineFeed(LineShares(count, 0.0), 1, (), Composer(hands, Papers(seed)), None, None, None)
    strips, labels = feed.epoch(Augmentation(), seed, 0)
    return LabelledArrays("composed lines", "held-out", strips, labels)


def _digits(held_out: bool) -> tuple[LabelledArrays, ...]:
    mnist = load_set("mnist")
    part = MNIST_HOLDOUT if held_out else slice(0, MNIST_HOLDOUT.start)
    sets = [mnist.where(part)]
    for name in SMALL_SETS:
        arrays = load_set(name)
        tenth = np.arange(len(arrays)) % 10 == 0
        sets.append(arrays.where(tenth if held_out else ~tenth))
    return tuple(replace(arrays, meaning="") for arrays in sets)


__all__ = [
    "MOST_LABELS", "NO_LABEL", "OTHER", "STRIP_WIDTH", "LineFeed", "LineShares", "held_out_lines",
    "training_lines",
]  # fmt: skip
