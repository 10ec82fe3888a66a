"""Which digits are written: all of them, round numbers and repeated digits among them."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from inkdigits.data.amounts import draw_digits, in_chains
from inkdigits.data.chains import LONGEST_CHAIN


@pytest.mark.parametrize("count", [0, 1, 2, 12])
def test_there_are_as_many_as_asked_for(count: int) -> None:
    for seed in range(50):
        digits = draw_digits(np.random.default_rng(seed), count)
        assert len(digits) == count
        assert all(type(digit) is int and 0 <= digit <= 9 for digit in digits)


def test_some_are_round_some_repeat_and_every_digit_is_common() -> None:
    rng = np.random.default_rng(1)
    numbers = [draw_digits(rng, 6) for _ in range(2000)]
    assert 0.1 < np.mean([number[-2:] == [0, 0] for number in numbers]) < 0.3
    doubles = [one == other for number in numbers for one, other in pairwise(number)]
    assert np.mean(doubles) > 0.15  # evenly drawn: 0.1
    counts = Counter(digit for number in numbers for digit in number)
    assert counts.most_common()[0][0] == 0
    others = [counts[digit] for digit in range(1, 10)]
    assert max(others) < 1.2 * min(others)


def test_zeros_that_follow_each_other_stand_together() -> None:
    assert in_chains([3, 0, 0, 7, 7, 0]) == [[3], [0, 0], [7], [7], [0]]
    assert in_chains([]) == []


def test_a_chain_has_only_so_many_zeros() -> None:
    groups = in_chains([0] * (2 * LONGEST_CHAIN + 1))
    assert [len(group) for group in groups] == [LONGEST_CHAIN, LONGEST_CHAIN, 1]
