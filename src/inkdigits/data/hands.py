"""Pools of single symbols' ink, from which whole lines of writing are composed.

Ink is uint8 `(h, w)`, 255 where the pen has been, cut to its bounding box.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.data import synthesis
from inkdigits.data.chains import LONGEST_CHAIN, draw_chain
from inkdigits.data.digit_glyphs import DIGITS, RARE_DIGITS
from inkdigits.data.glyphs import choose
from inkdigits.data.mark_glyphs import MARKS
from inkdigits.data.sets import LabelledArrays
from inkdigits.data.strokes import draw, random_hand, random_pen, write

Ink = NDArray[np.uint8]
_Thing = TypeVar("_Thing")

_HEIGHT_PX = 48
_FAINTEST = 40
_WIDEST_PEN = 0.13
_SIGN_NAMES = ("plus", "equals", "star", "hash", "percent", "brackets", "at", "question")
_RARE = 0.3
"""So many of the drawn digits have a rare form."""

_OF_ONE_PEN = 0.08
"""Symbols of one line come from so large a share of all, next to each other by the pen's width."""


def one_of(rng: np.random.Generator, things: Sequence[_Thing]) -> _Thing:
    """One of some things, at least one, each as likely."""
    return things[int(rng.integers(len(things)))]


@dataclass(frozen=True, slots=True, eq=False)
class Hand:
    """Ways in which one hand writes: `digits[value]` are images to choose from."""

    digits: tuple[Sequence[Ink], ...]

    def write(self, rng: np.random.Generator, value: int) -> Ink:
        """One of the ways to write a digit."""
        return one_of(rng, self.digits[value])


@dataclass(frozen=True, slots=True, eq=False)
class Hands:
    """All that a line can be written with.

    `real` holds sets of real digits, each a list a value in which neighbours are alike: ordered by
    the width of the pen, or by who wrote them. `drawn` are hands that the simulated pen drew,
    `letters` and `signs` are ink that is no digit. `chains[n]` are drawings of n zeros in one go,
    empty for n below 2.
    """

    real: tuple[tuple[Sequence[Ink], ...], ...]
    drawn: Sequence[Hand]
    letters: Sequence[Ink]
    signs: Sequence[Ink]
    chains: tuple[Sequence[Ink], ...] = ()

    def hand(self, rng: np.random.Generator, real: int) -> Hand:
        """A hand out of a set of real digits: those that were written with much the same pen."""
        start = rng.random() * (1 - _OF_ONE_PEN)
        ways = []
        for images in self.real[real]:
            first = int(start * len(images))
            ways.append(images[first : first + max(8, int(_OF_ONE_PEN * len(images)))])
        return Hand(tuple(ways))

    def in_turn(self, real: int) -> Hand:
        """All hands of a set of real digits, as if each digit were written by another."""
        return Hand(self.real[real])


@dataclass(frozen=True, slots=True)
class PoolSizes:
    """How many hands are drawn, how many letters, signs, and chains of each length."""

    hands: int = 1_500
    letters: int = 3_000
    signs: int = 1_200
    chains: int = 700


def make_hands(real: Sequence[LabelledArrays], seed: int, sizes: PoolSizes = PoolSizes()) -> Hands:
    """Cut real digits out of their fields, and draw hands, letters and signs anew.

    Every set of `real`, of at least two, holds all ten digits; the first is written in most often.
    """
    rng = np.random.default_rng((seed, 2))
    return Hands(
        real=tuple(_by_value(arrays) for arrays in real),
        drawn=[_drawn_hand(rng) for _ in range(sizes.hands)],
        letters=[_letter(rng) for _ in range(sizes.letters)],
        signs=[_sign(rng) for _ in range(sizes.signs)],
        chains=tuple(
            [_chain(rng, zeros) for _ in range(sizes.chains if zeros >= 2 else 0)]
            for zeros in range(LONGEST_CHAIN + 1)
        ),
    )


def cut(image: NDArray[np.uint8]) -> Ink:
    """The part of an image within the bounding box of its ink; there is some."""
    rows, columns = (np.flatnonzero((image > _FAINTEST).any(axis)) for axis in (1, 0))
    return np.ascontiguousarray(image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])


def _by_value(arrays: LabelledArrays) -> tuple[Sequence[Ink], ...]:
    values = []
    for value in range(10):
        images = [cut(image) for image in arrays.images[arrays.labels == value]]
        values.append([images[i] for i in np.argsort([_pen(image) for image in images])])
    return tuple(values)


def _pen(image: Ink) -> float:
    """How wide the pen is against the height of the symbol, up to a factor."""
    solid = image > 127
    inner = cv2.erode(solid.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=0)
    area = int(solid.sum())
    edge = max(1, area - int(np.count_nonzero(inner)))
    return float(area / edge / max(image.shape))


def _drawn_hand(rng: np.random.Generator) -> Hand:
    """Ten digits, each in one or two forms, by one hand with one pen."""
    hand, pen = random_hand(rng), random_pen(rng, _WIDEST_PEN)
    digits = []
    for usual, rare in zip(DIGITS, RARE_DIGITS, strict=True):
        ways = []
        form = choose(rng, rare if rng.random() < _RARE else usual)
        for _ in range(2):
            paths = write(rng, form.strokes, form.aspect, hand)
            ways.append(_to_bytes(draw(rng, paths, pen, _HEIGHT_PX)))
            if rng.random() < 0.2:
                form = choose(rng, usual)
        digits.append(ways)
    return Hand(tuple(digits))


def _chain(rng: np.random.Generator, zeros: int) -> Ink:
    return _to_bytes(draw_chain(rng, zeros, random_pen(rng, _WIDEST_PEN), _HEIGHT_PX))


def _letter(rng: np.random.Generator) -> Ink:
    if rng.random() < 0.3:
        return _to_bytes(synthesis.draw_kind(rng, "word", _HEIGHT_PX))
    kind = "letter" if rng.random() < 0.7 else "printed letter"
    return _to_bytes(synthesis.draw_kind(rng, kind, _HEIGHT_PX))


def _sign(rng: np.random.Generator) -> Ink:
    glyph = choose(rng, MARKS[str(rng.choice(_SIGN_NAMES))])
    paths = write(rng, glyph.strokes, glyph.aspect, random_hand(rng))
    return _to_bytes(draw(rng, paths, random_pen(rng, min(0.1, glyph.widest_pen)), _HEIGHT_PX))


def _to_bytes(ink: NDArray[np.float32]) -> Ink:
    return cut(np.rint(255 * ink).astype(np.uint8))
