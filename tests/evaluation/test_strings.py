"""Composed numbers: what is written, where digits stand, and that a seed gives the same again."""

import numpy as np
import pytest

from inkdigits import Field
from inkdigits.data.sets import LabelledArrays
from inkdigits.evaluation.strings import GAPS_PX, cards, composed, luhn_digit, strings

BARS = LabelledArrays(
    "bars",
    "train",
    np.stack([np.pad(np.full((20, value + 4), 255, np.uint8), ((4, 4), (3, 21 - value)))
              for value in range(10)]),
    np.arange(10),
)  # fmt: skip
"""Digits that are bars, each one pixel wider than the one before: from 4 to 13."""


def test_a_seed_gives_the_same_numbers_again() -> None:
    once, again, other = (list(strings(BARS, 5, (2, 10), seed)) for seed in (1, 1, 2))
    for one, same in zip(once, again, strict=True):
        assert (one.sample.truth, one.touching) == (same.sample.truth, same.touching)
        assert np.array_equal(one.sample.image, same.sample.image)
    assert [one.sample.truth for one in once] != [one.sample.truth for one in other]


def test_lengths_and_digits_are_all_there() -> None:
    known = [one.sample.truth for one in strings(BARS, 300, (2, 10), 3)]
    assert {len(text) for text in known} == set(range(2, 11))
    assert set("".join(known)) == set("0123456789")


def test_ink_is_dark_on_light_and_as_wide_as_its_digits() -> None:
    for one in strings(BARS, 60, (2, 2), 4):
        image = one.sample.image
        assert isinstance(image, np.ndarray)
        assert image.dtype == np.uint8
        assert image.shape[2] == 3
        grey = image[:, :, 0].astype(float)
        paper, pen = grey.max(), grey.min()
        assert paper > 180
        assert pen < 100
        scale = len(grey) / (28 + 12)
        columns = np.flatnonzero((grey < (paper + pen) / 2).any(0))
        widths = [int(digit) + 4 for digit in one.sample.truth]
        gap = (columns[-1] - columns[0] + 1) / scale - sum(widths)
        # A digit may lie within the one before it, where it is narrower.
        assert GAPS_PX[0] - 1 <= gap + max(0, 4 - widths[1]) <= GAPS_PX[1] + 1


def test_touching_is_where_strokes_meet() -> None:
    touching = [one.touching for one in strings(BARS, 400, (2, 2), 5)]
    # Bars meet at gaps of -4 to 0 pixels: 5 of 13.
    assert np.mean(touching) == pytest.approx(5 / 13, abs=0.08)


def test_a_card_number_has_its_check_digit() -> None:
    field = Field(length=16, check="luhn")
    known = [one.sample.truth for one in cards(BARS, 50, 6)]
    assert all(field.allows(text) for text in known)
    assert len(set(known)) == 50


def test_the_luhn_digit_is_the_published_one() -> None:
    assert luhn_digit([7, 9, 9, 2, 7, 3, 9, 8, 7, 1]) == 3  # Wikipedia's example
    assert luhn_digit([4, 5, 3, 9, 1, 4, 8, 8, 0, 3, 4, 3, 6, 4, 6]) == 7


def test_a_digit_that_is_not_there_cannot_be_written() -> None:
    with pytest.raises(ValueError, match="empty"):
        composed(BARS.where(slice(5)), [7], np.random.default_rng(0))
