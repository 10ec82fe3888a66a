"""Pools of single symbols: cut to their ink, ordered by pen, decided by the seed."""

import numpy as np
import pytest

from inkdigits.data.chains import LONGEST_CHAIN
from inkdigits.data.hands import Hands, cut
from tests.data.small_lines import SIZES, digits, small_hands


@pytest.fixture(scope="module")
def hands() -> Hands:
    return small_hands()


def test_pools_have_their_sizes(hands: Hands) -> None:
    assert (len(hands.drawn), len(hands.letters), len(hands.signs)) == (
        *(SIZES.hands, SIZES.letters, SIZES.signs),
    )
    of_mnist = digits("mnist")
    assert [len(ways) for ways in hands.real[0]] == np.bincount(of_mnist.labels).tolist()
    for hand in hands.drawn:
        assert len(hand.digits) == 10
        assert all(hand.digits)
    assert [len(chains) for chains in hands.chains] == [0, 0] + [SIZES.chains] * (LONGEST_CHAIN - 1)


def test_ink_is_cut_to_its_box(hands: Hands) -> None:
    image = np.zeros((28, 28), np.uint8)
    image[5:9, 10:21] = 200
    image[0, 0] = 10  # fainter than ink
    assert cut(image).tolist() == [[200] * 11] * 4
    drawn = [ink for hand in hands.drawn for ways in hand.digits for ink in ways]
    for ink in (*hands.letters, *hands.signs, *drawn, *hands.real[0][3]):
        assert ink.dtype == np.uint8
        for edge in (ink[0], ink[-1], ink[:, 0], ink[:, -1]):
            assert edge.max() > 40


def test_the_seed_decides_what_is_drawn(hands: Hands) -> None:
    def drawn(hands: Hands) -> bytes:
        return b"".join(ink.tobytes() for ink in (*hands.letters, *hands.signs))

    assert drawn(small_hands()) == drawn(hands) != drawn(small_hands(seed=2))


def test_one_line_is_written_with_much_the_same_pen() -> None:
    thin, wide = ([np.full((20, width), 255, np.uint8)] * 100 for width in (3, 9))
    hands = Hands(((thin + wide,) * 10,), (), (), ())
    mixed = 0
    for seed in range(50):
        rng = np.random.default_rng(seed)
        hand = hands.hand(rng, 0)
        widths = {hand.write(rng, value).shape[1] for value in range(10)}
        mixed += len(widths) > 1
    assert mixed < 10  # only where the window lies across the boundary


def test_hands_in_turn_write_with_every_pen() -> None:
    pens = [np.full((20, width), 255, np.uint8) for width in range(2, 18)]
    hand = Hands(((pens,) * 10,), (), (), ()).in_turn(0)
    rng = np.random.default_rng(1)
    assert {hand.write(rng, 3).shape[1] for _ in range(400)} == set(range(2, 18))


def test_real_digits_are_ordered_by_the_width_of_the_pen(hands: Hands) -> None:
    for ways in hands.real[0]:
        shares = [float((ink > 127).mean()) for ink in ways]
        half = len(shares) // 2
        assert np.mean(shares[:half]) < np.mean(shares[half:])
