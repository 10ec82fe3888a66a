"""Cards show a picture beside bars as long as their shares, whatever the texts are."""

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.imaging.cards import (
    BLUE,
    GROUND,
    MOST_BARS,
    PICTURE_PX,
    RED,
    Bar,
    Card,
    draw_cards,
    enlarged,
    percent,
)

WHITE = np.full((28, 28), 255, np.uint8)


def pixels_of(sheet: NDArray[np.uint8], colour: tuple[int, int, int]) -> int:
    return int((sheet == colour).all(axis=2).sum())


def one(*bars: Bar, title: str = "t", note: str = "n") -> NDArray[np.uint8]:
    return draw_cards([Card(WHITE, title, note, bars)])


def test_a_bar_is_as_long_as_its_share() -> None:
    whole = pixels_of(one(Bar("a", 1.0, BLUE)), BLUE)
    half = pixels_of(one(Bar("a", 0.5, BLUE)), BLUE)
    assert whole > 1_000
    assert half == pytest.approx(whole / 2, rel=0.03)
    assert pixels_of(one(Bar("a", 0.0, BLUE)), BLUE) == 0


def test_bars_have_their_own_colours_and_are_not_too_many() -> None:
    sheet = one(Bar("a", 0.5, BLUE), Bar("b", 0.5, RED))
    assert pixels_of(sheet, BLUE) == pixels_of(sheet, RED) > 0
    many = [Bar("a", 1.0, BLUE)] * (MOST_BARS + 3)
    np.testing.assert_array_equal(one(*many), one(*many[:MOST_BARS]))


@pytest.mark.parametrize(
    "text", ["", "x" * 500, "two\nlines", "\u202eback", "\0", "\ud800", "かな", "<b>$x$"], ids=ascii
)
def test_any_text_can_be_written_and_stays_in_its_card(text: str) -> None:
    plain, sheet = one(title="t", note="n"), one(Bar(text, 0.0), title=text, note=text)
    assert sheet.shape == plain.shape
    assert (sheet[:, -10:] == GROUND).all()


def test_cards_stand_in_rows() -> None:
    card = Card(WHITE, "t", "n", ())
    height, width = draw_cards([card]).shape[:2]
    assert draw_cards([card] * 3, columns=3).shape[0] == height
    assert draw_cards([card] * 4, columns=3).shape[0] > height
    assert draw_cards([card] * 4, columns=3).shape[1] > 2 * width


@pytest.mark.parametrize(
    "shape", [(28, 28), (1, 1), (1000, 10), (3, 900, 3), (224, 224, 3)], ids=str
)
def test_pictures_of_any_size_fit(shape: tuple[int, ...]) -> None:
    picture = np.zeros(shape, np.uint8)
    large = enlarged(picture)
    assert large.ndim == picture.ndim
    assert max(large.shape[:2]) <= PICTURE_PX
    assert min(large.shape[:2]) >= 1
    draw_cards([Card(picture, "t", "n", ())])


def test_a_small_picture_keeps_its_pixels_as_squares() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)
    np.testing.assert_array_equal(enlarged(picture), picture.repeat(6, 0).repeat(6, 1))


@pytest.mark.parametrize(
    ("share", "said"),
    [(1.0, "100 %"), (0.99999, "99 %"), (0.5, "50 %"), (0.004, "< 1 %"), (0, "0 %")],
)
def test_what_is_less_than_certain_is_not_said_to_be(share: float, said: str) -> None:
    assert percent(share) == said
