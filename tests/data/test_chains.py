"""Zeros in one go: connected ink, wider with each, with a hole for every zero."""

import cv2
import numpy as np
import pytest

from inkdigits.data.chains import LONGEST_CHAIN, draw_chain
from inkdigits.data.strokes import Pen

LENGTHS = range(1, LONGEST_CHAIN + 1)


def solid(seed: int, zeros: int) -> np.ndarray:
    ink = draw_chain(np.random.default_rng(seed), zeros, Pen(width=0.06), 96)
    assert ink.dtype == np.float32
    assert 0 <= ink.min() < ink.max() <= 1
    return (ink > 0.3).astype(np.uint8)


@pytest.mark.parametrize("zeros", LENGTHS)
def test_a_chain_is_one_piece_of_ink(zeros: int) -> None:
    for seed in range(20):
        assert cv2.connectedComponents(solid(seed, zeros))[0] - 1 == 1


@pytest.mark.parametrize("zeros", LENGTHS)
def test_each_zero_encloses_paper(zeros: int) -> None:
    """Nearly always: a hand may leave one open, and strokes between two enclose some, too."""
    closed = 0
    for seed in range(20):
        count, _, stats, _ = cv2.connectedComponentsWithStats(
            1 - solid(seed, zeros), connectivity=4
        )
        holes = [area for area in stats[1:count, cv2.CC_STAT_AREA] if area > 60]
        closed += len(holes) - 1 >= zeros - 1  # the paper around it all is one of them
    assert closed >= 18


def test_more_zeros_are_wider() -> None:
    for seed in range(20):
        widths = [solid(seed, zeros).shape[1] for zeros in (1, 3, 5)]
        assert widths == sorted(widths)
        assert widths[-1] > 2 * widths[0]


def test_the_generator_decides_it() -> None:
    np.testing.assert_array_equal(solid(3, 4), solid(3, 4))
    assert solid(3, 4).shape != solid(4, 4).shape
