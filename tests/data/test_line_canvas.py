"""Symbols are written one after the other, and all of it is bent onto a strip, none of it lost."""

import numpy as np
import pytest

from inkdigits.data.line_canvas import Canvas, bent, dash, scaled, separator

BLOCK = np.full((30, 20), 255, np.uint8)


def test_symbols_stand_one_after_the_other() -> None:
    canvas = Canvas.blank(200, 30.0)
    top = canvas.top_of(BLOCK, canvas.base)
    assert canvas.place(BLOCK, top, 5)
    assert canvas.place(BLOCK, top, 7)
    columns = np.flatnonzero(canvas.ink.any(0)).tolist()
    assert columns == [*range(5, 25), *range(32, 52)]
    assert canvas.ink[canvas.base - 1].any()
    assert not canvas.ink[canvas.base].any()
    assert canvas.x == 52


def test_what_has_no_room_is_not_written() -> None:
    canvas = Canvas.blank(44, 30.0)
    assert canvas.place(BLOCK, 0, 5)
    before = canvas.ink.copy()
    assert not canvas.place(BLOCK, 0, 0)
    np.testing.assert_array_equal(canvas.ink, before)
    assert canvas.x == 25


def test_outlines_may_reach_over_each_other() -> None:
    """A 7 whose stem leans away lets the next digit come nearer than its bar would."""
    flag = np.zeros((30, 30), np.uint8)
    flag[:5] = flag[:, :4] = 255
    low = np.zeros((30, 10), np.uint8)
    low[15:] = 255
    apart, nested = Canvas.blank(200, 30.0), Canvas.blank(200, 30.0)
    for canvas, follow in ((apart, False), (nested, True)):
        assert canvas.place(flag, 0, 0)
        assert canvas.place(low, 0, 2, follow)
    assert apart.x == 42
    assert nested.x < apart.x
    # Not deeper than a share of its width, and never over the stem.
    assert nested.ink[20, 4:6].max() == 0
    assert (nested.ink[20] > 0).sum() == 4 + 10


@pytest.mark.parametrize("foot", [-100.0, 0.0, 20.4, 1000.0])
def test_every_symbol_finds_a_place_on_the_canvas(foot: float) -> None:
    canvas = Canvas.blank(60, 30.0)
    top = canvas.top_of(BLOCK, foot)
    assert 0 <= top <= len(canvas.ink) - len(BLOCK)
    assert canvas.place(BLOCK, top, 0)


def test_a_flat_symbol_is_not_blown_up() -> None:
    assert scaled(BLOCK, 60.0).shape == (60, 40)
    assert scaled(BLOCK, 60.0, stretch=1.5).shape == (60, 60)
    flat = np.full((4, 40), 255, np.uint8)
    assert scaled(flat, 24.0).shape == (4, 40)


def test_separators_and_dashes_have_no_label_and_move_on() -> None:
    for seed in range(20):
        canvas = Canvas.blank(200, 30.0)
        canvas.place(BLOCK, 0, 0)
        inked = int((canvas.ink > 0).sum())
        separator(np.random.default_rng(seed), canvas)
        after = int((canvas.ink > 0).sum())
        dash(np.random.default_rng(seed), canvas)
        assert inked < after < int((canvas.ink > 0).sum())
        assert canvas.labels == []
        assert 20 <= canvas.x <= 200
        assert canvas.right.min() >= canvas.x - 20


def test_no_dash_is_drawn_beyond_the_paper() -> None:
    canvas = Canvas.blank(60, 30.0)
    canvas.advance(60)
    dash(np.random.default_rng(1), canvas)
    assert not canvas.ink.any()


@pytest.mark.parametrize("zoom", [1.0, 1.5, 2.0])
def test_what_is_written_stays_on_the_strip(zoom: float) -> None:
    for seed in range(40):
        canvas = Canvas.blank(round(200 * zoom), 30.0 * zoom)
        symbol = scaled(BLOCK, 30.0 * zoom)
        for _ in range(3):
            canvas.place(symbol, canvas.top_of(symbol, canvas.base), round(15 * zoom))
        strip = bent(np.random.default_rng(seed), canvas, zoom, 200)
        assert strip.shape == (48, 200)
        assert strip.dtype == np.uint8
        expected = 3 * 30 * 20
        assert (strip > 127).sum() == pytest.approx(expected, rel=0.12)
