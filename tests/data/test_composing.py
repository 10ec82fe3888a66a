"""Composed lines: decided by their seed, of one form, and labelled with what is written."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np
import pytest

from inkdigits.data import composing
from inkdigits.data.backgrounds import Papers
from inkdigits.data.composing import OTHER, Composer, Line
from inkdigits.data.hands import Hand, Hands, Ink
from tests.data.small_lines import small_hands

WIDTH = 224


@pytest.fixture(scope="module")
def hands() -> Hands:
    return small_hands()


@pytest.fixture(scope="module")
def composer(hands: Hands) -> Composer:
    return Composer(hands, Papers(1, sheets=2))


@pytest.fixture(scope="module")
def lines(composer: Composer) -> list[Line]:
    return [composer.compose(np.random.default_rng(seed), WIDTH, 12) for seed in range(150)]


def test_the_seed_decides_a_line(composer: Composer, lines: list[Line]) -> None:
    again = [composer.compose(np.random.default_rng(seed), WIDTH, 12) for seed in range(20)]
    for one, same in zip(lines, again, strict=False):
        np.testing.assert_array_equal(one.strip, same.strip)
        assert one.labels == same.labels
    written = [line.strip.tobytes() for line in lines if line.labels]
    assert len({*written}) == len(written) > 100


def test_strips_are_as_reading_makes_them(lines: list[Line]) -> None:
    for line in lines:
        assert line.strip.shape == (48, WIDTH)
        assert line.strip.dtype == np.uint8


@pytest.mark.parametrize("width", [40, 100, 102, 601])
def test_a_strip_of_any_width_is_a_multiple_of_four(composer: Composer, width: int) -> None:
    line = composer.compose(np.random.default_rng(1), width, 30)
    assert line.strip.shape == (48, -(-width // 4) * 4)


@pytest.mark.parametrize("most", [2, 12, 100])
def test_no_line_has_more_labels_than_it_may(composer: Composer, most: int) -> None:
    for seed in range(60):
        labels = composer.compose(np.random.default_rng(seed), WIDTH, most).labels
        assert sum(label != OTHER for label in labels) <= most
        assert len(labels) <= most + 2


def test_digits_words_and_empty_lines_all_occur(lines: list[Line]) -> None:
    found = Counter(label for line in lines for label in line.labels)
    assert set(found) == set(range(OTHER + 1))
    assert any(not line.labels for line in lines)
    for line in lines:  # a word stands before the digits or after them
        assert OTHER not in line.labels[1:-1]


@dataclass(frozen=True, slots=True)
class Noting(Hand):
    """A hand that says what it was asked to write."""

    asked: list[int]

    def write(self, rng: np.random.Generator, value: int) -> Ink:
        self.asked.append(value)
        return Hand.write(self, rng, value)


def test_labels_are_the_digits_that_were_written_in_order(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composing, "_STYLES", (0.0, 0.0, 1.0, 0.0))
    monkeypatch.setattr(Composer, "_neighbours", lambda *_: None)
    cut_short = 0
    for seed in range(80):
        hand = Noting(hands.drawn[0].digits, [])
        noted = Composer(Hands(hands.real, [hand], hands.letters, hands.signs), Papers(1, sheets=1))
        labels = noted.compose(np.random.default_rng(seed), WIDTH, 12).labels
        digits = [label for label in labels if label != OTHER]
        assert digits == hand.asked[: len(digits)]
        # The one that found no room is asked for, and no label.
        assert len(hand.asked) - len(digits) in (0, 1)
        cut_short += len(hand.asked) > len(digits)
    assert 0 < cut_short < 80


def test_every_digit_of_a_line_leaves_ink(composer: Composer) -> None:
    """Lines of more digits are fuller: with none, only what has no label is left."""
    ink: dict[int, list[int]] = {}
    for seed in range(300):
        canvas = composer._written(np.random.default_rng(seed), WIDTH, 30.0, 6)
        if OTHER not in canvas.labels:
            ink.setdefault(len(canvas.labels), []).append(int((canvas.ink > 127).sum()))
    means = [np.mean(ink[count]) for count in range(1, 7)]
    assert means == sorted(means)
    assert np.mean(ink.get(0, [0])) < means[0]


def test_zeros_in_one_go_have_a_label_each(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    """With them less of a round amount is asked of the hand, and its labels stay the same."""
    monkeypatch.setattr(composing, "_STYLES", (0.0, 0.0, 1.0, 0.0))
    monkeypatch.setattr(composing, "draw_digits", lambda *_: [3, 0, 0, 0, 5, 0])
    monkeypatch.setattr(Composer, "_before", lambda *_: None)
    monkeypatch.setattr(Composer, "_after", lambda *_: None)
    asked = []
    for seed in range(40):
        hand = Noting(hands.drawn[0].digits, [])
        noted = Composer(replace(hands, drawn=[hand]), Papers(1, sheets=1))
        canvas = noted._written(np.random.default_rng(seed), 2000, 30.0, 6)
        assert canvas.labels == [3, 0, 0, 0, 5, 0]
        asked.append(hand.asked)
    assert [3, 5, 0] in asked
    assert [3, 0, 0, 0, 5, 0] in asked


def test_real_paper_is_used_where_there_is_some(hands: Hands) -> None:
    asked: list[tuple[int, int]] = []

    def paper(rng: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
        asked.append(size)
        return rng.random(size, np.float32) * np.float32(0.2)

    composer = Composer(hands, Papers(1, sheets=1), paper)
    for seed in range(30):
        composer.compose(np.random.default_rng(seed), WIDTH, 5)
    assert 5 < len(asked) < 30
    assert set(asked) == {(48, WIDTH)}
