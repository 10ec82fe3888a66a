"""Ink is found on any paper, in any light, with any pen; and paper alone has none."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inkdigits.imaging.ink import MAX_SIDE, Ink, _median, find_ink, is_light_on_dark, turned
from inkdigits.imaging.layout import Kind, find_layout
from tests.imaging.drawn import (
    Floats,
    Pixels,
    cropped,
    draw_plain_digit,
    gradient,
    lit,
    on_desk,
    on_paper,
    place,
    rows_of_digits,
    shadow_edge,
    vignette,
)

ROWS = ("30718", "46925")
TRUE = rows_of_digits(ROWS, margin_px=60)
_EDGE_PX = 25


def overlap(found: Floats, true: Floats) -> float:
    """Intersection over union of what is more than half ink."""
    one, other = found > 0.5, true > 0.5
    # What a vignette leaves at the very edge is dropped by the layout.
    inner = np.s_[_EDGE_PX:-_EDGE_PX, _EDGE_PX:-_EDGE_PX]
    return float((one & other)[inner].sum() / (one | other)[inner].sum())


def count(ink: Ink) -> int:
    return sum(len(row) for row in find_layout(ink, "page").rows)


def check_found(pixels: Pixels, true: Floats = TRUE, at_least: float = 0.8) -> Ink:
    ink = find_ink(pixels)
    assert ink.strength.dtype == np.float32
    assert ink.contrast.dtype == np.uint8
    assert ink.strength.shape == ink.contrast.shape == true.shape
    assert 0 <= ink.strength.min() <= ink.strength.max() <= 1
    assert overlap(ink.strength, true) > at_least
    assert count(ink) == len("".join(ROWS))
    return ink


@pytest.mark.parametrize("paper", [255, 230, 160, 90])
@pytest.mark.parametrize("noise", [0.0, 6.0])
def test_dark_ink_on_light_paper(paper: int, noise: float) -> None:
    ink = check_found(on_paper(TRUE, paper, (15, 15, 20), noise))
    assert not ink.light_on_dark
    assert ink.scale == 1


@pytest.mark.parametrize("paper", [0, 20, 60, 120])
@pytest.mark.parametrize("noise", [0.0, 6.0])
def test_light_ink_on_dark_paper(paper: int, noise: float) -> None:
    ink = check_found(on_paper(TRUE, paper, (240, 240, 235), noise))
    assert ink.light_on_dark


LIGHTS = {
    "vignette": vignette(TRUE.shape, 0.6),
    "hard shadow": shadow_edge(TRUE.shape, 0.45),
    "gradient": gradient(TRUE.shape, 0.4),
    "gradient and vignette": gradient(TRUE.shape, 0.6) * vignette(TRUE.shape, 0.4),
}


@pytest.mark.parametrize("name", LIGHTS)
@pytest.mark.parametrize("noise", [0.0, 3.0])
def test_uneven_light_is_taken_out(name: str, noise: float) -> None:
    pixels = lit(on_paper(TRUE, 235, noise=noise), LIGHTS[name])
    assert not check_found(pixels, at_least=0.7).light_on_dark


@pytest.mark.parametrize("pen", [0.02, 0.04, 0.12, 0.17])
def test_thin_and_thick_pens(pen: float) -> None:
    true = rows_of_digits(ROWS, pen=pen)
    check_found(on_paper(true, noise=3), true, 0.6 if pen < 0.03 else 0.8)


@pytest.mark.parametrize(
    "colour",
    [(200, 40, 40), (30, 60, 190), (20, 130, 60), (240, 120, 20), (150, 150, 150), (120, 60, 140)],
)
def test_coloured_pens(colour: tuple[int, int, int]) -> None:
    assert not check_found(on_paper(TRUE, 235, colour, 3)).light_on_dark


@pytest.mark.parametrize("share", [0.2, 0.35])
def test_faint_pencil_beside_a_marker_reaches_full_strength(share: float) -> None:
    marker = rows_of_digits(ROWS[:1], pen=0.14)
    pencil = rows_of_digits(ROWS[1:], pen=0.07)
    ink = find_ink(on_paper(np.vstack([marker, share * pencil]), 235, (20, 20, 20), 2))
    assert count(ink) == 10
    height = len(marker)
    assert overlap(ink.strength[height:], pencil) > 0.7
    assert ink.strength[height:].max() == 1
    # What the pen took from the light is still told.
    assert ink.contrast[height:].max() < 1.4 * share * ink.contrast[:height].max()


@pytest.mark.parametrize("seed", [0, 1])
def test_chalk_on_a_wiped_board(seed: int) -> None:
    rng = np.random.default_rng(seed)
    wiped = cv2.GaussianBlur(rng.standard_normal(TRUE.shape, np.float32), (0, 0), 30)
    board = np.asarray(60 + 10 * wiped / wiped.std(), np.float32)
    chalk = 0.85 * TRUE * np.sqrt(rng.random(TRUE.shape, np.float32))
    pixels = on_paper(chalk, board, (230, 230, 225), 4)
    ink = find_ink(pixels)
    assert ink.light_on_dark
    assert count(ink) == 10
    assert overlap(ink.strength, TRUE) > 0.6


@pytest.mark.parametrize("noise", [10, 20])
def test_noise_is_not_ink(noise: int) -> None:
    ink = find_ink(on_paper(TRUE, 200, noise=noise))
    assert count(ink) == 10
    assert (ink.strength[TRUE == 0] > 0).mean() < 0.1


@given(
    paper=st.integers(150, 255),
    noise=st.sampled_from((0.0, 4.0)),
    pen=st.sampled_from((0.05, 0.09, 0.15)),
    text=st.text("0123456789", min_size=1, max_size=4),
)
@settings(max_examples=12)
def test_inverting_the_image_changes_nothing(
    paper: int, noise: float, pen: float, text: str
) -> None:
    pixels = on_paper(rows_of_digits([text], 50, pen), paper, (20, 20, 20), noise)
    dark, light = find_ink(pixels), find_ink(255 - pixels)
    assert dark.light_on_dark != light.light_on_dark
    assert np.abs(dark.strength - light.strength).mean() < 0.01


def blank(name: str) -> Pixels:
    shape = (300, 400)
    flat = np.zeros(shape, np.float32)
    if name == "noise":
        return on_paper(flat, 128, noise=25)
    if name == "gradient":
        return lit(on_paper(flat, 240, noise=2), gradient(shape, 0.3))
    if name == "vignette":
        return lit(on_paper(flat, 240, noise=2), vignette(shape, 0.8))
    return on_paper(flat, {"white": 255, "grey": 128, "black": 0}[name])


@pytest.mark.parametrize("name", ["white", "grey", "black", "noise", "gradient", "vignette"])
def test_blank_page_holds_no_writing(name: str) -> None:
    assert count(find_ink(blank(name))) == 0


SHAPES = [(1, 1), (1, 2), (2, 1), (1, 700), (700, 1), (3, 3000), (3000, 3), (2, 2), (28, 28)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("fill", ["white", "black", "noise"])
def test_any_shape(shape: tuple[int, int], fill: str) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    pixels = noise if fill == "noise" else np.full_like(noise, 255 if fill == "white" else 0)
    ink = find_ink(pixels)
    assert np.isfinite(ink.strength).all()
    assert max(ink.strength.shape) == min(MAX_SIDE, max(shape))
    assert ink.strength.shape == ink.contrast.shape
    assert find_layout(ink, "page").labels.shape == ink.strength.shape


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 90), st.integers(1, 90), st.just(3))))
@settings(max_examples=25)
def test_any_pixels_give_finite_ink_in_range(pixels: Pixels) -> None:
    ink = find_ink(pixels)
    assert ink.strength.shape == pixels.shape[:2]
    assert np.isfinite(ink.strength).all()
    assert 0 <= ink.strength.min() <= ink.strength.max() <= 1


def test_input_is_not_modified() -> None:
    pixels = on_paper(TRUE)
    before = pixels.copy()
    pixels.setflags(write=False)
    find_ink(pixels)
    np.testing.assert_array_equal(pixels, before)


def test_photo_of_twelve_megapixels_is_shrunk_by_its_scale() -> None:
    digits = [draw_plain_digit(value, 60) for value in (3, 7, 0)]
    true = place([(each, 1800 + 100 * n, 1500) for n, each in enumerate(digits)], (3000, 4000))
    ink = find_ink(on_paper(true))
    assert ink.scale == 2
    assert ink.strength.shape == (1500, 2000)
    (row,) = find_layout(ink, "page").rows
    assert [round(piece.box.left * ink.scale / 100) for piece in row] == [18, 19, 20]


@pytest.mark.parametrize("side", [28, 60, 300])
@pytest.mark.parametrize("value", [0, 1, 8])
def test_digit_that_fills_the_image(side: int, value: int) -> None:
    digit = draw_plain_digit(value, side - 4, 0.14)
    left = (side - digit.shape[1]) // 2
    true = place([(digit, left, 1)], (side, side))
    dark = find_ink(on_paper(true, 250, (0, 0, 0)))
    light = find_ink(on_paper(true, 0, (255, 255, 255)))
    assert (dark.light_on_dark, light.light_on_dark) == (False, True)
    for ink in (dark, light):
        assert np.abs(ink.strength - true).mean() < 0.03


SIDES = [20, 28, 40, 64, 100, 150, 220, 300, 400]


def check_tight(true: Floats, light_on_dark: bool) -> None:
    """Ink that touches the sides of the picture is found, all of it and as one symbol."""
    paper, colour = (40, (230, 230, 225)) if light_on_dark else (235, (35, 40, 110))
    ink = find_ink(on_paper(true, paper, colour, 2))
    assert ink.light_on_dark == light_on_dark
    found, expected = ink.strength > 0.5, true > 0.5
    assert (found & expected).sum() > 0.6 * (found | expected).sum()
    kinds: list[Kind] = ["digit"] if min(true.shape) < 40 else ["digit", "page"]
    for kind in kinds:
        assert [len(row) for row in find_layout(ink, kind).rows] == [1]


# Of 20 pixels the thickest pen leaves no paper in the loops of an 8.
PENS = [
    (side, pen) for side in SIDES for pen in (0.04, 0.07, 0.12, 0.17) if side > 20 or pen < 0.17
]


@pytest.mark.parametrize(("height_px", "pen"), PENS)
def test_digit_that_touches_all_four_sides(height_px: int, pen: float) -> None:
    # A straight 1 cut out like this is a page of ink: see the bar below.
    for value in (0, 2, 3, 4, 5, 6, 7, 8, 9):
        check_tight(cropped(draw_plain_digit(value, height_px, pen)), False)


@pytest.mark.parametrize("height_px", SIDES[1:])
def test_light_digit_that_touches_all_four_sides(height_px: int) -> None:
    for value in (0, 2, 3, 4, 5, 6, 7, 8, 9):
        check_tight(cropped(draw_plain_digit(value, height_px, 0.06)), True)


@pytest.mark.parametrize("height_px", SIDES)
@pytest.mark.parametrize("pen", [0.1, 0.2])
@pytest.mark.parametrize("light_on_dark", [False, True])
def test_bare_1_from_top_to_bottom(height_px: int, pen: float, light_on_dark: bool) -> None:
    width = max(2, round(pen * height_px))
    bar = np.pad(np.ones((height_px, width), np.float32), ((0, 0), (width, width)))
    check_tight(bar, light_on_dark)


@pytest.mark.parametrize("height_px", [28, 64, 200])
@pytest.mark.parametrize("pen", [0.05, 0.1, 0.15])
@pytest.mark.parametrize("text", ["3072", "46", "25814"])
def test_row_that_touches_all_four_sides(height_px: int, pen: float, text: str) -> None:
    ink = find_ink(on_paper(cropped(rows_of_digits([text], height_px, pen)), 235, noise=2))
    assert not ink.light_on_dark
    for kind in ("page", "line"):
        assert [len(row) for row in find_layout(ink, kind).rows] == [len(text)]


@pytest.mark.parametrize("turn_deg", [0, 6])
@pytest.mark.parametrize("desk", [25, 60, 120])
def test_desk_around_the_sheet_does_not_turn_the_polarity(turn_deg: int, desk: int) -> None:
    pixels = on_desk(TRUE, turn_deg, desk)
    for page, light_on_dark in ((pixels, False), (255 - pixels, True)):
        ink = find_ink(page)
        assert ink.light_on_dark == light_on_dark
        assert count(ink) == 10


@pytest.mark.parametrize("quarter_turns", range(5))
def test_turned_ink_is_that_of_the_turned_page(quarter_turns: int) -> None:
    page = on_paper(TRUE)
    once = find_ink(page)
    ink = turned(once, quarter_turns)
    for found, before in ((ink.strength, once.strength), (ink.contrast, once.contrast)):
        np.testing.assert_array_equal(found, np.rot90(before, -quarter_turns))
        assert found.flags.c_contiguous
    assert (ink.scale, ink.light_on_dark) == (once.scale, once.light_on_dark)
    clockwise = find_ink(np.rot90(page, -quarter_turns).copy())
    assert np.abs(clockwise.strength - ink.strength).mean() < 0.01


def test_polarity_of_one_colour_is_dark_on_light() -> None:
    for value in (0, 128, 255):
        assert not is_light_on_dark(np.full((50, 60), value, np.uint8))


def test_polarity_can_be_given() -> None:
    pixels = on_paper(rows_of_digits(("30", "71")))
    measured, given = find_ink(pixels), find_ink(pixels, light_on_dark=False)
    np.testing.assert_array_equal(measured.strength, given.strength)
    assert not given.light_on_dark
    other = find_ink(pixels, light_on_dark=True)
    assert other.light_on_dark
    assert not (other.strength[measured.strength > 0.9] > 0).any()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.45, 0.49, 0.51, 0.55, 0.9])
@pytest.mark.parametrize("edge", [0, 1])
def test_the_median_that_a_majority_decides_is_the_median(share: float, edge: int) -> None:
    grey = np.full((70, 90), 200, np.uint8)
    width = round(share * 90)
    grey[:, 90 * edge - width * edge : 90 * edge - width * edge + width] = 30
    for side in (35, 69):
        np.testing.assert_array_equal(_median(grey, side), cv2.medianBlur(grey, side))
