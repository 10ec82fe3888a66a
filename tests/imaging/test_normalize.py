"""One symbol becomes what MNIST would have made of it."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from inkdigits.imaging.normalize import BOX, MIN_PEN, SIDE, normalize, pen_width
from tests.imaging.drawn import Floats, Pixels, draw_plain_digit, place

inks = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=60),
    elements=st.floats(0, 1, width=32),
    fill=st.just(0.0),
)


def box_of(image: Pixels) -> tuple[int, int]:
    """(height, width) of what is not black."""
    rows, columns = np.flatnonzero(image.any(1)), np.flatnonzero(image.any(0))
    return int(rows[-1] - rows[0] + 1), int(columns[-1] - columns[0] + 1)


def centre_of(image: Pixels) -> tuple[float, float]:
    """Centre of mass (y, x), as pixel indices."""
    mass = image.astype(np.float64)
    y, x = np.mgrid[: image.shape[0], : image.shape[1]]
    return float((mass * y).sum() / mass.sum()), float((mass * x).sum() / mass.sum())


def check_contract(image: Pixels) -> None:
    assert image.shape == (SIDE, SIDE)
    assert image.dtype == np.uint8
    assert image.max() == 255
    assert max(box_of(image)) <= BOX
    height, width = box_of(image)
    for middle, length in zip(centre_of(image), (height, width), strict=True):
        # Whole pixels only, and never beyond the field.
        assert abs(middle - SIDE / 2) <= 0.5 + 1e-6 or length > SIDE / 2


@pytest.mark.parametrize("value", range(10))
@pytest.mark.parametrize(("height", "pen"), [(15, 0.12), (60, 0.07), (400, 0.02), (400, 0.18)])
def test_digit_fills_the_box_with_its_mass_in_the_middle(
    value: int, height: int, pen: float
) -> None:
    image = normalize(draw_plain_digit(value, height, pen))
    check_contract(image)
    assert BOX - 1 <= max(box_of(image)) <= BOX
    for middle in centre_of(image):
        assert middle == pytest.approx(SIDE / 2, abs=0.5 + 1e-6)


@given(inks)
@settings(max_examples=60)
def test_any_ink_gives_a_valid_image(ink: Floats) -> None:
    image = normalize(ink)
    if ink.max() > 0:
        assert image.max() == 255
        assert max(box_of(image)) <= BOX
    else:
        assert not image.any()
    assert image.shape == (SIDE, SIDE)


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (1, 1), (28, 28), (2000, 1)])
def test_blank_ink_gives_zeros(shape: tuple[int, int]) -> None:
    image = normalize(np.zeros(shape, np.float32))
    assert image.shape == (SIDE, SIDE)
    assert image.dtype == np.uint8
    assert not image.any()


@pytest.mark.parametrize("value", [1e-30, 1e-3, 0.5, 1.0])
@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (2, 3000), (3000, 2), (4000, 400)])
def test_extreme_shapes_keep_their_aspect_ratio(shape: tuple[int, int], value: float) -> None:
    image = normalize(np.full(shape, value, np.float32))
    assert image.max() == 255
    height, width = box_of(image)
    assert max(height, width) == BOX
    long, short = max(shape), min(shape)
    # The pen of a hair-thin line is widened, so a short side may come out a little wider.
    assert min(height, width) == pytest.approx(max(1, BOX * short / long), abs=1.6)
    assert (height >= width) == (shape[0] >= shape[1])


@pytest.mark.parametrize(("height", "width"), [(80, 40), (40, 80), (60, 45), (33, 99)])
def test_aspect_ratio_is_kept(height: int, width: int) -> None:
    ink = np.pad(np.ones((height, width), np.float32), 7)
    expected = BOX * np.array([height, width]) / max(height, width)
    np.testing.assert_allclose(box_of(normalize(ink)), expected, atol=0.5)


def test_ink_is_not_modified() -> None:
    ink = draw_plain_digit(5, 200, 0.02)
    before = ink.copy()
    normalize(ink)
    np.testing.assert_array_equal(ink, before)


@given(
    value=st.integers(0, 9),
    left=st.integers(0, 90),
    top=st.integers(0, 90),
    height=st.sampled_from((12, 40, 120)),
)
@settings(max_examples=25)
def test_place_on_the_page_does_not_matter(value: int, left: int, top: int, height: int) -> None:
    digit = draw_plain_digit(value, height)
    moved = place([(digit, left, top)], (digit.shape[0] + 100, digit.shape[1] + 100))
    np.testing.assert_array_equal(normalize(moved), normalize(digit))


@given(strength=st.floats(0.05, 1), value=st.integers(0, 9))
@settings(max_examples=20)
def test_faint_ink_is_stretched(strength: float, value: int) -> None:
    digit = draw_plain_digit(value)
    faint = normalize(digit * np.float32(strength))
    assert np.abs(faint.astype(int) - normalize(digit)).max() <= 2


@given(value=st.integers(0, 9), factor=st.integers(2, 6), pen=st.sampled_from((0.12, 0.16)))
@settings(max_examples=20)
def test_enlarged_ink_gives_nearly_the_same_image(value: int, factor: int, pen: float) -> None:
    digit = draw_plain_digit(value, 60, pen)
    large = np.kron(digit, np.ones((factor, factor), np.float32))
    difference = normalize(large).astype(int) - normalize(digit)
    assert np.abs(difference).mean() < 3


def test_hair_thin_pen_is_widened_and_a_normal_one_is_not() -> None:
    def pen_of_corner(width: int) -> float:
        ink = np.zeros((400, 300), np.float32)
        ink[:, :width] = ink[-width:] = 1
        return float(normalize(ink)[SIDE // 2].sum(dtype=int) / 255)

    # 400 pixels become 20: a pen of 4 would be 0.2 wide.
    assert pen_of_corner(4) == pytest.approx(MIN_PEN, abs=0.2)
    assert pen_of_corner(60) == pytest.approx(3, abs=0.05)
    thin = draw_plain_digit(8, 400, 0.01)
    naive = cv2.resize(thin, (20, 20), interpolation=cv2.INTER_AREA)
    assert (normalize(thin) > 127).sum() > 2 * (naive > 0.5).sum()


def test_thin_straight_one_has_edges_at_the_sides_of_its_box() -> None:
    assert pen_width(np.ones((400, 4), np.float32)) == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize("pen", [0.01, 0.02, 0.05])
def test_widening_keeps_the_symbol_in_its_box(pen: float) -> None:
    for value in range(10):
        assert max(box_of(normalize(draw_plain_digit(value, 300, pen)))) == BOX


@pytest.mark.parametrize("width", [1, 3, 8, 21])
def test_pen_width_is_that_of_the_line(width: int) -> None:
    line = np.pad(np.ones((width, 600), np.float32), 5)
    assert pen_width(line) == pytest.approx(width, rel=0.12, abs=1.0)


def test_blur_around_a_symbol_does_not_shrink_it() -> None:
    square = np.pad(np.ones((40, 40), np.float32), 30)
    haze = np.maximum(square, np.float32(0.1))
    assert (normalize(haze) > 200).sum() == (normalize(square) > 200).sum() == BOX * BOX


def test_mnist_stays_as_it_is(data_dir: object) -> None:
    from inkdigits.data.sets import load_arrays

    images = load_arrays("mnist").images[55_000:55_300]
    again = np.stack([normalize(image.astype(np.float32) / 255) for image in images])
    difference = np.abs(again.astype(int) - images).mean((1, 2))
    assert difference.mean() < 1
    assert np.median(difference) == 0
