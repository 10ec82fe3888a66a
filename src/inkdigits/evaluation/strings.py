"""Numbers composed of single digits, drawn as dark ink on a light page.

The digits are MNIST's that no shipped model was fitted to, at their own scale, side by side: the
gap between the boxes around two of them is -4 to 8 pixels, so some stand apart, some touch and
some overlap. Every sample is a pure function of the seed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.data.sets import LabelledArrays
from inkdigits.evaluation.measuring import Sample

GAPS_PX = (-4, 8)
"""The least and the most between the boxes of two digits, in pixels of MNIST."""

CARD_DIGITS = 16

_MARGIN_PX = 6
_SCALES = (1.0, 4.0)
_SOLID = 128


@dataclass(frozen=True, slots=True, eq=False)
class Composed:
    """A sample, and whether the strokes of any two of its digits meet."""

    sample: Sample
    touching: bool


def strings(
    digits: LabelledArrays, count: int, lengths: tuple[int, int], seed: int
) -> Iterator[Composed]:
    """`count` numbers of (least, most) digits, any digit in any place equally often."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        length = int(rng.integers(lengths[0], lengths[1] + 1))
        yield composed(digits, rng.integers(10, size=length).tolist(), rng)


def cards(digits: LabelledArrays, count: int, seed: int) -> Iterator[Composed]:
    """`count` random numbers of 16 digits whose last is their Luhn check digit."""
    rng = np.random.default_rng(seed)
    for _ in range(count):
        number = rng.integers(10, size=CARD_DIGITS - 1).tolist()
        yield composed(digits, [*number, luhn_digit(number)], rng)


def luhn_digit(number: Sequence[int]) -> int:
    """The digit that makes a number followed by it satisfy Luhn (ISO/IEC 7812-1)."""
    doubled = [2 * digit for digit in number[::-1][::2]]
    total = sum(digit // 10 + digit % 10 for digit in doubled) + sum(number[::-1][1::2])
    return -total % 10


def composed(digits: LabelledArrays, number: Sequence[int], rng: np.random.Generator) -> Composed:
    """A number written in digits of `digits`, uint8 `(N, h, w)`, bright on black."""
    text = "".join(map(str, number))
    chosen = [int(rng.choice(np.flatnonzero(digits.labels == value))) for value in number]
    ink, touching = _side_by_side([_trimmed(digits.images[n]) for n in chosen], rng)
    return Composed(Sample(f"{digits.name} {text}", text, _on_paper(ink, rng)), touching)


def _trimmed(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The columns that hold ink; the rows stay, so that digits keep their height on the line."""
    columns = np.flatnonzero(image.any(0))
    return image[:, columns[0] : columns[-1] + 1]


def _side_by_side(
    images: Sequence[NDArray[np.uint8]], rng: np.random.Generator
) -> tuple[NDArray[np.uint8], bool]:
    """The ink of all, and whether it holds fewer connected strokes than they do one by one."""
    height = len(images[0])
    ink = np.zeros((height, sum(image.shape[1] + GAPS_PX[1] for image in images)), np.uint8)
    x = 0
    for image in images:
        place = ink[:, x : x + image.shape[1]]
        np.maximum(place, image, out=place)
        # A digit narrower than the overlap still begins after the one before it.
        x += max(1, image.shape[1] + int(rng.integers(GAPS_PX[0], GAPS_PX[1] + 1)))
    ink = _trimmed(ink)
    return ink, _strokes(ink) < sum(map(_strokes, images))


def _strokes(ink: NDArray[np.uint8]) -> int:
    return cv2.connectedComponents((ink >= _SOLID).astype(np.uint8))[0] - 1


def _on_paper(ink: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Dark ink on a light page uint8 `(H, W, 3)`, 1 to 4 times as large."""
    scale = rng.uniform(*_SCALES)
    framed = np.pad(ink, _MARGIN_PX)
    large = cv2.resize(framed, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    cover = large[:, :, None].astype(np.float64) / 255
    paper, pen = rng.uniform(190, 255), rng.uniform(0, 90)
    return np.repeat(np.rint(paper * (1 - cover) + pen * cover).astype(np.uint8), 3, axis=2)
