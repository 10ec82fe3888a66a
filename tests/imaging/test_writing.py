"""Connected ink becomes pieces of writing; what is no writing is left out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from inkdigits.imaging.ink import Ink
from inkdigits.imaging.pieces import MOST_PIECES, Piece
from inkdigits.imaging.writing import one_symbol, writing_among
from inkdigits.reading import Box
from tests.imaging.drawn import (
    draw_plain_digit,
    ink_of,
    pieces_of,
    place,
    rows_of_digits,
    writing_on,
)

ROWS = ("3071", "469", "25814")
COUNT = len("".join(ROWS))


def piece(box: tuple[int, int, int, int], contrast: float = 200.0, label: int = 1) -> Piece:
    left, top, right, bottom = box
    return Piece(Box(*box), (label,), (right - left) * (bottom - top), contrast)


def test_pieces_come_heaviest_first_with_their_ink() -> None:
    ink = ink_of(rows_of_digits(ROWS))
    pieces = pieces_of(ink)
    assert len(pieces) == COUNT
    weights = [each.weight for each in pieces]
    assert weights == sorted(weights, reverse=True)
    assert sum(each.area for each in pieces) == (ink.strength > 0).sum()
    assert sum(weights) == pytest.approx(ink.contrast[ink.strength > 0].sum(dtype=int), rel=1e-6)


def test_no_ink_has_no_pieces() -> None:
    assert pieces_of(ink_of(np.zeros((30, 200), np.float32))) == []
    assert one_symbol([]) == []
    assert writing_among([]) == []


@pytest.mark.parametrize("style", [3, 4])
@pytest.mark.parametrize("gap_px", [3, 8])
def test_bar_of_a_five_stays_with_it(style: int, gap_px: int) -> None:
    bow, bar = draw_plain_digit(5, 60), np.ones((5, 30), np.float32)
    bow = bow[12:]  # without its own bar
    five = np.zeros((bow.shape[0] + gap_px + 5, 60), np.float32)
    five[-bow.shape[0] :, : bow.shape[1]] = bow
    five[:5, 12:42] = bar
    other = draw_plain_digit(8, 60, style=style)
    page = place([(other, 20, 20), (five, 120, 20), (other, 220, 20)], (120, 320))
    writing = writing_on(page)
    assert len(writing) == 3
    assert writing[1].box.top <= 21


@pytest.mark.parametrize("letters", [2, 4])
def test_small_print_above_a_digit_is_no_part_of_it(letters: int) -> None:
    page = place([(draw_plain_digit(8, 60), left, 40) for left in (20, 100, 180)], (130, 280))
    plain = [each.box for each in writing_on(page)]
    for n in range(letters):
        left = plain[1].left + 16 * n
        page[plain[1].top - 26 : plain[1].top - 4, left : left + 12] = 1
    assert [each.box for each in writing_on(page)] == plain


def test_a_letter_with_a_stem_is_told_by_the_small_ones_beside_it() -> None:
    page = place([(draw_plain_digit(8, 90), left, 40) for left in (200, 300, 400)], (170, 520))
    plain = [each.box for each in writing_on(page)]
    for n, high in enumerate((28, 28, 50, 28)):
        page[120 - high : 120, 40 + 22 * n : 56 + 22 * n] = 1
    assert [each.box for each in writing_on(page)] == plain
    page[:, 20:80] = 0
    assert len(writing_on(page)) == len(plain) + 1


def test_specks_and_dots_are_dropped() -> None:
    page = rows_of_digits(ROWS)
    specked = page.copy()
    rng = np.random.default_rng(0)
    for _ in range(60):
        x, y = rng.integers(5, page.shape[1] - 5), rng.integers(5, page.shape[0] - 5)
        if not page[y - 6 : y + 9, x - 6 : x + 9].any():
            specked[y : y + 3, x : x + 3] = 1
    assert specked.sum() > page.sum() + 100
    boxes = [each.box for each in writing_on(page)]
    assert len(boxes) == COUNT
    assert [each.box for each in writing_on(specked)] == boxes


def test_point_and_comma_between_digits_belong_to_none() -> None:
    page = rows_of_digits(["12"], 60)
    one, two = (each.box for each in writing_on(page))
    x = (one.right + two.left) // 2
    page[one.bottom - 8 : one.bottom, x - 4 : x + 4] = 1
    assert [each.box for each in writing_on(page)] == [one, two]


def test_page_of_specks_is_bounded() -> None:
    page = np.zeros((1000, 1500), np.float32)
    page[2::5, 2::6] = 1
    page[3::5, 2::6] = 1
    page[2::5, 3::6] = 1
    page[3::5, 3::6] = 1
    page[4::5, 2::6] = 1
    page[4::5, 3::6] = 1
    assert page.sum() > 6 * 49_000
    pieces = pieces_of(ink_of(page))
    assert len(pieces) == MOST_PIECES
    assert len(writing_among(pieces)) <= MOST_PIECES
    one_symbol(pieces)
    noise = np.random.default_rng(0).random((600, 600)).astype(np.float32)
    assert len(writing_among(pieces_of(ink_of(noise)))) <= MOST_PIECES


@pytest.mark.parametrize("contrast", [5, 12])
def test_crease_is_dropped_and_faint_pencil_is_kept(contrast: int) -> None:
    page = rows_of_digits(ROWS, margin_px=60)
    ink = ink_of(page)
    strength, taken = ink.strength.copy(), ink.contrast.copy()
    # Half as high as the page and one pixel thin, between two columns of digits.
    column = int(np.argmin(page[:, 60:].sum(0))) + 60
    assert not page[:, column].any()
    strength[30:-30, column], taken[30:-30, column] = 1, contrast
    creased = Ink(strength, taken, 1.0, False)
    assert len(writing_among(pieces_of(creased))) == COUNT
    pencil = ink.contrast.copy()
    pencil[:, : page.shape[1] // 3] //= 3
    assert len(writing_among(pieces_of(Ink(ink.strength, pencil, 1.0, False)))) == COUNT


def test_one_symbol_is_the_heaviest_and_what_is_near_it() -> None:
    main = piece((100, 100, 160, 200), label=1)
    near = piece((110, 80, 150, 90), label=2)
    reached = piece((110, 50, 150, 60), label=3)
    faint = piece((110, 205, 150, 215), 20.0, label=4)
    speck = piece((165, 150, 168, 153), label=5)
    far = piece((300, 100, 320, 200), label=6)
    found = one_symbol([main, far, near, reached, faint, speck])
    assert {each.labels[0] for each in found} == {1, 2, 3}


def test_pieces_in_each_other_are_joined() -> None:
    """A loop that the pen left open, in two strokes."""
    page = np.zeros((200, 400), np.float32)
    page[40:140, 60:66] = page[134:140, 60:120] = 1
    page[60:66, 75:130] = page[60:125, 124:130] = 1
    page[40:140, 200:260] = page[40:140, 300:360] = 1
    writing = writing_on(page)
    assert len(writing) == 3
    assert writing[0].box == (60, 40, 130, 140)
    assert len(writing[0].labels) == 2


@given(st.integers(0, 2**32 - 1), st.integers(1, 160), st.integers(1, 160))
@settings(max_examples=40)
def test_writing_is_ink_and_no_ink_is_in_two_pieces(seed: int, height: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    strength: NDArray[np.float32] = rng.random((height, width), np.float32)
    strength[rng.random((height, width)) < rng.random()] = 0
    pieces = pieces_of(ink_of(strength))
    for chosen in (one_symbol(pieces), writing_among(pieces)):
        labels = [label for each in chosen for label in each.labels]
        assert len(labels) == len(set(labels))
        assert set(labels) <= {label for each in pieces for label in each.labels}
