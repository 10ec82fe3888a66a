"""Drawn symbols: what is promised of them, whoever trains on them."""

import numpy as np
import pytest

from inkdigits.data.digit_glyphs import DIGITS, RARE_DIGITS
from inkdigits.data.doodles import SILHOUETTES
from inkdigits.data.glyphs import Glyph, choose
from inkdigits.data.letter_glyphs import (
    EXCLUDED_LETTERS,
    IS_A_DIGIT,
    LETTERS,
    LOOKS_LIKE_A_DIGIT,
)
from inkdigits.data.mark_glyphs import MARKS, SHAPES
from inkdigits.data.printed import PRINTED_LETTERS
from inkdigits.data.strokes import Hand, Ink, Pen, draw, random_hand, random_pen, write
from inkdigits.data.synthesis import (
    FRAGMENTS,
    KINDS,
    crop,
    draw_digit,
    draw_kind,
    draw_non_digit,
    fragment,
    two_symbols,
)


def templates() -> list[Glyph]:
    tables = [*LETTERS.values(), *MARKS.values(), *SHAPES.values(), *DIGITS, *RARE_DIGITS]
    return [*(glyph for variants in tables for glyph in variants), *SILHOUETTES.values()]


def check_ink(ink: Ink) -> None:
    assert ink.dtype == np.float32
    assert ink.ndim == 2
    assert ink.min() >= 0
    assert ink.max() <= 1
    assert ink.max() > 0.2, "blank"


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("value", range(10))
def test_digit_is_ink_in_range_about_as_high_as_asked(value: int) -> None:
    rng = seeded(value)
    for _ in range(60):
        ink = draw_digit(rng, value, 64)
        check_ink(ink)
        assert 45 <= crop(ink).shape[0] <= 84
        assert ink[[0, -1]].max() == 0
        assert ink[:, [0, -1]].max() == 0


@pytest.mark.parametrize("height", [20, 200])
def test_digit_height_follows_the_request(height: int) -> None:
    assert crop(draw_digit(seeded(), 3, height)).shape[0] == pytest.approx(0.95 * height, rel=0.2)


@pytest.mark.parametrize("value", [-1, 10])
def test_only_digits_can_be_drawn_as_digits(value: int) -> None:
    with pytest.raises(ValueError, match="0 to 9"):
        draw_digit(seeded(), value)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_non_digit_is_ink_in_range(kind: str) -> None:
    rng = seeded(1)
    for _ in range(60):
        check_ink(draw_kind(rng, kind))


def test_kinds_are_shares_of_the_whole() -> None:
    assert sum(KINDS.values()) == pytest.approx(1.0)
    check_ink(draw_non_digit(seeded()))


def test_the_same_seed_draws_the_same_and_another_does_not() -> None:
    def series(seed: int) -> list[Ink]:
        rng = seeded(seed)
        digits = [draw_digit(rng, value) for value in range(10)]
        return [
            *digits,
            *(draw_kind(rng, kind) for kind in KINDS),
            two_symbols(rng, digits[1], digits[2]),
            fragment(rng, digits[3], 3),
        ]

    first, again, other = series(5), series(5), series(6)
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first, other, strict=True))


@pytest.mark.parametrize("glyph", templates(), ids=lambda glyph: glyph.path[:24])
def test_template_lies_in_the_unit_box_and_fills_one_side_of_it(glyph: Glyph) -> None:
    assert glyph.strokes
    points = np.concatenate([stroke.points for stroke in glyph.strokes])
    assert all(len(stroke.points) >= 2 for stroke in glyph.strokes)
    assert points.min() >= 0
    assert points.max() <= 1
    assert glyph.aspect > 0
    assert glyph.weight > 0


def test_digits_span_the_height_of_the_box() -> None:
    for glyph in (glyph for variants in DIGITS for glyph in variants):
        heights = np.concatenate([stroke.points for stroke in glyph.strokes])[:, 1]
        assert heights.min() < 0.03, glyph.path
        assert heights.max() > 0.97, glyph.path


def test_a_curve_passes_through_its_points_and_is_straight_between_corners() -> None:
    (stroke,) = Glyph("0,0! 100,0! 50,40 0,100").strokes
    curve = stroke.curve(stroke.points)
    for point in stroke.points:
        assert np.abs(curve - point).sum(axis=1).min() < 1e-12
    top = curve[curve[:, 1] < 1e-9]
    assert top[:, 0].min() == 0
    assert top[:, 0].max() == 1


def test_weights_decide_how_often_a_variant_is_chosen() -> None:
    rare, common = Glyph("0,0 1,1", weight=1.0), Glyph("0,0 2,2", weight=3.0)
    rng = seeded()
    share = np.mean([choose(rng, (rare, common)) is common for _ in range(2000)])
    assert share == pytest.approx(0.75, abs=0.05)


def test_letters_like_digits_are_never_drawn_as_non_digits() -> None:
    assert set("oOlI") <= IS_A_DIGIT
    assert set("sSzZgqb") <= LOOKS_LIKE_A_DIGIT
    assert not EXCLUDED_LETTERS & set(LETTERS)
    assert not EXCLUDED_LETTERS & set(PRINTED_LETTERS)


def test_every_other_letter_can_be_drawn() -> None:
    alphabet = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
    assert set(LETTERS) == alphabet - EXCLUDED_LETTERS
    assert set(PRINTED_LETTERS) == set(LETTERS)


def test_two_symbols_are_wider_than_each_and_keep_the_left_one() -> None:
    rng = seeded(2)
    for _ in range(40):
        left, right = (draw_digit(rng, int(rng.integers(10))) for _ in range(2))
        both = two_symbols(rng, left, right)
        check_ink(both)
        assert crop(both).shape[1] > crop(left).shape[1]
        assert both.sum() >= left.sum() * 0.99


def test_two_symbols_refuse_a_blank() -> None:
    with pytest.raises(ValueError, match="blank"):
        two_symbols(seeded(), draw_digit(seeded(), 1), np.zeros((20, 20), np.float32))


@pytest.mark.parametrize("value", FRAGMENTS)
def test_a_fragment_is_less_than_half_of_the_digit(value: int) -> None:
    rng = seeded(value)
    for _ in range(20):
        ink = draw_digit(rng, value)
        piece = fragment(rng, ink, value)
        check_ink(piece)
        assert crop(piece).size < 0.5 * crop(ink).size


@pytest.mark.parametrize("value", [1, 6, 7, 9])
def test_no_fragment_of_a_digit_whose_pieces_are_digits(value: int) -> None:
    with pytest.raises(ValueError, match="may be read as a digit"):
        fragment(seeded(), draw_digit(seeded(), value), value)


def test_a_wider_pen_leaves_more_ink() -> None:
    stroke = [np.array([[0.0, 0.0], [0.0, 1.0]])]
    thin, thick = (draw(seeded(), stroke, Pen(width), 100).sum() for width in (0.03, 0.15))
    assert thin == pytest.approx(300, rel=0.4)
    assert thick == pytest.approx(1500, rel=0.3)


def test_a_positive_slant_leans_to_the_right() -> None:
    bar = DIGITS[1][0]
    (path,) = write(seeded(), bar.strokes, bar.aspect, Hand(slant=0.4))
    top, bottom = path[path[:, 1].argmin()], path[path[:, 1].argmax()]
    assert top[0] - bottom[0] == pytest.approx(np.tan(0.4), rel=0.05)


def test_hands_and_pens_stay_within_what_people_do() -> None:
    rng = seeded()
    slants = [random_hand(rng).slant for _ in range(500)]
    assert np.deg2rad(-25) <= min(slants) < np.deg2rad(-10)
    assert np.deg2rad(25) < max(slants) <= np.deg2rad(35)
    pens = [random_pen(rng, 0.18) for _ in range(500)]
    assert max(pen.width for pen in pens) <= 0.18
    assert min(pen.width for pen in pens) < 0.025
