"""What the line model learns from: composed lines, and strips of real cheques.

The isolated digits are those that the digit model learns from; the same parts of every source are
kept out of training.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.augmentation import Augmentation, augment
from inkdigits.data.backgrounds import Papers
from inkdigits.data.cheque_lines import Cheques
from inkdigits.data.cheques import as_source, load_cheques
from inkdigits.data.composing import Composer, Line
from inkdigits.data.hands import Hands, make_hands
from inkdigits.data.load import load_set
from inkdigits.data.mixture import SMALL_SETS
from inkdigits.data.sets import MNIST_HOLDOUT, LabelledArrays
from inkdigits.errors import DataError, RecipeError
from inkdigits.imaging.normalize import STRIP_HEIGHT

STRIP_WIDTH = 224
"""Width of a strip in training; those of fewer digits are filled up with paper."""

MOST_DIGITS = 12
"""A composed strip of that width has at most so many digits."""

MOST_LABELS = MOST_DIGITS + 2
"""And at most so many labels: a word may stand before its digits, and one after them."""

NO_LABEL = -1
"""Fills up the rows of labels."""

_MOST_LINES = 10_000_000


@dataclass(frozen=True, slots=True)
class LineShares:
    """How much an epoch holds: `lines` in all, of which `real` are real strips or parts of them.

    Real strips come in after the share `composed_only` of the epochs; until then everything is
    composed, so that there is a model that has never seen one. Raises `RecipeError` for values that
    cannot be.
    """

    lines: int = 12_000
    real: float = 0.5
    composed_only: float = 0.6

    def __post_init__(self) -> None:
        if type(self.lines) is not int or not 1 <= self.lines <= _MOST_LINES:
            raise RecipeError(f"lines.lines is a whole number from 1 to {_MOST_LINES}")
        for name in ("real", "composed_only"):
            value = getattr(self, name)
            if type(value) not in (int, float) or not 0 <= value <= 1:
                raise RecipeError(f"lines.{name} is a number from 0 to 1, not {value!r}")


@dataclass(frozen=True, slots=True, eq=False)
class RealLines:
    """What comes in with real strips: `composer` writes with their digits, on their paper, too."""

    cheques: Cheques
    composer: Composer
    source: LabelledArrays


@dataclass(frozen=True, slots=True, eq=False)
class LineFeed:
    """Makes the strips of an epoch; see `training/data.py`."""

    shares: LineShares
    epochs: int
    sets: tuple[LabelledArrays, ...]
    composer: Composer
    real: RealLines | None = None

    @property
    def sources(self) -> tuple[LabelledArrays, ...]:
        """The sets of real digits, and the real strips if there are any in it."""
        return (*self.sets, *([self.real.source] if self.real else []))

    def __len__(self) -> int:
        return self.shares.lines

    def epoch(
        self, how: Augmentation, seed: int, number: int
    ) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
        """Strips uint8 `(N, 48, 224)` and labels int32 `(N, 14)`, filled up with -1."""
        rng = np.random.default_rng((seed, number))
        real = self.real if number >= self.epochs * self.shares.composed_only else None
        strips = np.zeros((len(self), STRIP_HEIGHT, STRIP_WIDTH), np.uint8)
        labels = np.full((len(self), MOST_LABELS), NO_LABEL, np.int32)
        for place, row in zip(strips, labels, strict=True):
            line = self._line(rng, real)
            place[:, : line.strip.shape[1]] = line.strip
            row[: len(line.labels)] = line.labels
        return (strips if how == Augmentation() else augment(strips, how, rng)), labels

    def _line(self, rng: np.random.Generator, real: RealLines | None) -> Line:
        if real is None:
            return self.composer.compose(rng, STRIP_WIDTH, most_digits(rng))
        if rng.random() < self.shares.real:
            return real.cheques.line(rng, STRIP_WIDTH)
        composer = real.composer if rng.random() < 0.5 else self.composer
        return composer.compose(rng, STRIP_WIDTH, most_digits(rng))


def most_digits(rng: np.random.Generator) -> int:
    """How many digits a line is to have at most: often few, so that there is room around them."""
    return int(rng.choice([2, 5, 8, MOST_DIGITS], p=[0.15, 0.3, 0.3, 0.25]))


def training_lines(shares: LineShares, epochs: int, seed: int) -> LineFeed:
    """Load, draw and cut everything that the line model is trained on; raises `DataError`.

    Real strips are loaded only if `shares` has any.
    """
    sets = training_digits()
    hands = make_hands(sets, seed)
    composer = Composer(hands, Papers(seed))
    real = real_lines(hands, Papers(seed + 1)) if shares.real else None
    return LineFeed(shares, epochs, sets, composer, real)


def real_lines(hands: Hands, papers: Papers) -> RealLines:
    """The strips of real cheques, and a composer that writes with their digits beside `hands`."""
    found = load_cheques("train")
    if longest := max((cheque.text for cheque in found), key=len)[MOST_LABELS:]:
        raise DataError(f"strips of {MOST_LABELS + len(longest)} digits: at most {MOST_LABELS} fit")
    cheques = Cheques(found)
    digits = cheques.digits()
    if all(digits):
        hands = replace(hands, real=(*hands.real, digits))
    composer = Composer(hands, papers, cheques.paper)
    return RealLines(cheques, composer, as_source(found))


def held_out_lines(count: int, seed: int) -> LabelledArrays:
    """Composed lines of digits that no epoch contains: labels int32 `(N, 14)`."""
    hands = make_hands(_digits(held_out=True), seed)
    feed = LineFeed(LineShares(count), 1, (), Composer(hands, Papers(seed)))
    strips, labels = feed.epoch(Augmentation(), seed, 0)
    return LabelledArrays("composed lines", "held-out", strips, labels)


def training_digits() -> tuple[LabelledArrays, ...]:
    """The sets of isolated digits that lines are composed of in training, MNIST first."""
    return _digits(held_out=False)


def _digits(held_out: bool) -> tuple[LabelledArrays, ...]:
    mnist = load_set("mnist")
    part = MNIST_HOLDOUT if held_out else slice(0, MNIST_HOLDOUT.start)
    sets = [mnist.where(part)]
    for name in SMALL_SETS:
        arrays = load_set(name)
        tenth = np.arange(len(arrays)) % 10 == 0
        sets.append(arrays.where(tenth if held_out else ~tenth))
    return tuple(replace(arrays, meaning="") for arrays in sets)
