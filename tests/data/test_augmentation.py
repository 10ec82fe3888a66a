"""Each change does what its name says, within its limits, and nothing else."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkdigits.data.augmentation import (
    Augmentation,
    Images,
    augment,
    change_pen,
    cut_off,
    erase,
    fade,
    grain,
    soften,
    warp,
)
from inkdigits.data.synthesis import draw_digit
from inkdigits.imaging.normalize import normalize

COUNT = 60
FIELDS = [field.name for field in dataclasses.fields(Augmentation)]
STRONG = Augmentation(12, 0.15, 0.2, 0.25, 2, 1.2, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5)
ALL = np.arange(COUNT)


def seeded(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def images() -> Images:
    rng = seeded(7)
    digits = np.stack([normalize(draw_digit(rng, value % 10, 40)) for value in range(COUNT)])
    digits.setflags(write=False)
    return digits


def centres(images: Images) -> np.ndarray:
    """Centres of mass, (N, 2) as (y, x)."""
    mass = images.astype(np.float64)
    grid = np.arange(images.shape[1])
    total = mass.sum((1, 2))
    return np.stack([mass.sum(2) @ grid / total, mass.sum(1) @ grid / total], 1)


def changed(before: Images, after: Images) -> np.ndarray:
    return np.asarray((before != after).any((1, 2)))


def test_no_augmentation_is_identity(images: Images) -> None:
    result = augment(images, Augmentation(), seeded())
    np.testing.assert_array_equal(result, images)
    assert not np.shares_memory(result, images)


@pytest.mark.parametrize("count", [0, 1, COUNT])
def test_shape_type_and_the_originals_are_kept(images: Images, count: int) -> None:
    before = images.copy()
    result = augment(images[:count], STRONG, seeded())
    assert result.shape == (count, 28, 28)
    assert result.dtype == np.uint8
    np.testing.assert_array_equal(images, before)


def test_generator_alone_decides(images: Images) -> None:
    first = augment(images, STRONG, seeded(1))
    np.testing.assert_array_equal(first, augment(images, STRONG, seeded(1)))
    assert changed(first, augment(images, STRONG, seeded(2))).mean() > 0.9


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_alone_changes_most_images(images: Images, name: str) -> None:
    amount = 1.0 if name in FIELDS[5:] else getattr(STRONG, name)
    result = augment(images, Augmentation(**{name: amount}), seeded())
    assert changed(images, result).mean() > (0.4 if name == "erase" else 0.9)


@pytest.mark.parametrize("name", FIELDS[6:])
def test_share_is_the_share_of_images(images: Images, name: str) -> None:
    result = augment(images, Augmentation(**{name: 0.3}), seeded(3))
    assert changed(images, result).mean() <= 0.5


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=8)
def test_blank_images_stay_blank_but_for_grain(seed: int) -> None:
    blank = np.zeros((5, 28, 28), np.uint8)
    quiet = dataclasses.replace(STRONG, noise=0.0)
    assert not augment(blank, quiet, seeded(seed)).any()


def test_shift_moves_by_at_most_so_many_pixels(images: Images) -> None:
    small = np.pad(images[:, 4:24, 4:24], ((0, 0), (4, 4), (4, 4)))
    moved = warp(small, Augmentation(shift_px=3), seeded())
    by = centres(moved) - centres(small)
    assert np.abs(by).max() <= 3.05
    assert np.abs(by).mean(0) == pytest.approx([1.5, 1.5], abs=0.5)


def line_image() -> Images:
    """A level line of 17 pixels through the centre."""
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 13:15, 6:22] = 255
    return np.repeat(image, COUNT, 0)


def angles(images: Images) -> np.ndarray:
    """Direction of the longest axis of each image, degrees from level."""
    y, x = np.mgrid[:28, :28] - 13.5
    mass = images.astype(np.float64)
    xy, xx, yy = ((mass * product).sum((1, 2)) for product in (x * y, x * x, y * y))
    return np.asarray(np.rad2deg(0.5 * np.arctan2(2 * xy, xx - yy)))


def test_rotation_turns_about_the_centre_within_its_limit() -> None:
    turned = warp(line_image(), Augmentation(rotate_deg=20), seeded())
    found = np.abs(angles(turned))
    assert found.max() <= 20.5
    assert found.mean() == pytest.approx(10, abs=3)
    np.testing.assert_allclose(centres(turned), 13.5, atol=0.1)
    np.testing.assert_allclose(turned.sum((1, 2)), line_image().sum((1, 2)), rtol=0.05)


def square_image() -> Images:
    image = np.zeros((1, 28, 28), np.uint8)
    image[0, 8:20, 8:20] = 255
    return np.repeat(image, COUNT, 0)


def sides(images: Images) -> tuple[np.ndarray, np.ndarray]:
    """(height, width) of upright rectangles, to fractions of a pixel."""
    shares = images / 255
    return shares[:, :, 14].sum(1), shares[:, 14].sum(1)


def test_scale_keeps_the_proportions() -> None:
    high, wide = sides(warp(square_image(), Augmentation(scale=0.25), seeded()))
    np.testing.assert_allclose(high, wide, atol=0.1)
    assert 12 * 0.74 <= high.min() < 10.5
    assert 13.5 < high.max() <= 12 * 1.26


def test_stretch_keeps_the_area() -> None:
    high, wide = sides(warp(square_image(), Augmentation(stretch=0.3), seeded()))
    np.testing.assert_allclose(high * wide, 144, rtol=0.03)
    assert 0.2 < np.abs(np.log(wide / high)).max() <= 0.32


def test_shear_slants_and_keeps_the_height() -> None:
    slanted = warp(square_image(), Augmentation(shear=0.3), seeded())
    np.testing.assert_array_equal(slanted.any(2), square_image().any(2))
    top, bottom = (slanted[:, row].astype(float) @ np.arange(28) for row in (9, 18))
    slope = (bottom - top) / slanted[:, 9].sum(1) / 9
    assert 0.2 < np.abs(slope).max() <= 0.32
    assert slope.min() < -0.1
    assert slope.max() > 0.1


def test_bending_is_smooth_and_of_the_size_asked() -> None:
    ramp = np.repeat((np.arange(28, dtype=np.uint8) * 9)[None], 28, 0)[None]
    bent = warp(np.repeat(ramp, COUNT, 0), Augmentation(bend_px=1.0), seeded())
    moved = (bent[:, 4:24, 4:24].astype(float) - ramp[:, 4:24, 4:24]) / 9
    assert moved.std() == pytest.approx(1.0, abs=0.35)
    assert np.abs(np.diff(moved, axis=1)).max() < 1.5


def test_pen_changes_the_amount_of_ink_both_ways(images: Images) -> None:
    result = images.copy()
    change_pen(result, ALL, seeded())
    ink = result.sum((1, 2), dtype=float) / images.sum((1, 2), dtype=float)
    assert ink.min() < 0.9
    assert ink.max() > 1.2
    assert (result.max((1, 2)) >= 250).all()
    assert np.abs(centres(result) - centres(images)).max() < 1.2


def test_softening_blurs_and_keeps_the_darkest_ink(images: Images) -> None:
    result = images.copy()
    soften(result, ALL, seeded())
    assert (result.max((1, 2)) == 255).all()
    steepest = [np.abs(np.diff(each.astype(int), axis=1)).max((1, 2)) for each in (result, images)]
    assert (steepest[0] <= steepest[1]).all()


def test_fading_keeps_paper_and_full_ink(images: Images) -> None:
    result = images.copy()
    fade(result, ALL, seeded())
    assert (result[images == 0] == 0).all()
    assert (result[images == 255] == 255).all()
    between = (images > 60) & (images < 200)
    assert (result[between] > images[between]).any()
    assert (result[between] < images[between]).any()


def test_grain_has_the_strength_it_says(images: Images) -> None:
    middle = np.full((COUNT, 28, 28), 128, np.uint8)
    grain(middle, ALL, seeded())
    deviations = middle.std((1, 2))
    assert 3.5 < deviations.min() < 8
    assert 20 < deviations.max() < 27


def test_cut_off_loses_one_to_three_lines_at_one_side(images: Images) -> None:
    result = images.copy()
    cut_off(result, ALL, seeded())
    for before, after in zip(images, result, strict=True):
        lost = before != after
        across = min(lost.any(0).sum(), lost.any(1).sum())
        assert 1 <= across <= 3
        assert not after[lost].any()


def test_erase_loses_one_small_square(images: Images) -> None:
    full = np.full((COUNT, 28, 28), 255, np.uint8)
    erase(full, ALL, seeded())
    lost = full == 0
    assert set(lost.sum((1, 2)).tolist()) == {16, 25, 36}
    for each in lost:
        rows, columns = each.any(1).sum(), each.any(0).sum()
        assert rows == columns
        assert rows * columns == each.sum()


@pytest.mark.parametrize("change", [change_pen, soften, fade, grain, cut_off, erase])
def test_only_the_chosen_are_changed(images: Images, change) -> None:  # type: ignore[no-untyped-def]
    result = images.copy()
    change(result, np.array([3, 11]), seeded())
    assert set(np.flatnonzero(changed(images, result))) <= {3, 11}


def test_each_change_is_described_and_shown_alone() -> None:
    shown = STRONG.each()
    assert len(shown) == len(FIELDS)
    for field, (description, alone) in zip(FIELDS, shown.items(), strict=True):
        others = dataclasses.replace(alone, **{field: 0.0})
        assert others == Augmentation(), description
        assert getattr(alone, field) in (getattr(STRONG, field), 1.0)
    assert Augmentation().each() == {}
    assert list(Augmentation(shift_px=2, pen=0.4).each()) == [
        "moved by up to 2 px",
        "thicker or thinner pen, 40% of images",
    ]


@pytest.mark.parametrize("size", [(20, 44), (44, 20), (3, 2)])
@pytest.mark.parametrize("colours", [(), (3,)])
def test_any_size_and_colour_is_augmented(size: tuple[int, int], colours: tuple[int, ...]) -> None:
    before = seeded().integers(0, 256, (COUNT, *size, *colours), np.uint8)
    every = dataclasses.replace(STRONG, pen=1, blur=1, fade=1, noise=1, cut=1, erase=1)
    after = augment(before, every, seeded(1))
    assert (after.shape, after.dtype) == (before.shape, before.dtype)
    assert (before != after).reshape(COUNT, -1).any(1).all()


def test_a_flat_picture_that_is_turned_keeps_its_border() -> None:
    before = np.full((COUNT, 20, 30, 3), 200, np.uint8)
    how = Augmentation(rotate_deg=20, shift_px=5)
    np.testing.assert_array_equal(warp(before, how, seeded()), before)
    assert (warp(before[..., 0].copy(), how, seeded()) < 200).any()


def test_a_wide_image_moves_and_turns_as_a_square_one_does() -> None:
    wide = np.zeros((COUNT, 21, 61), np.uint8)
    wide[:, 5:16, 28:33] = 255
    square = np.ascontiguousarray(wide[:, :, 20:41])
    how = Augmentation(rotate_deg=10, scale=0.1, shear=0.1, shift_px=2)
    moved, expected = warp(wide, how, seeded()), warp(square, how, seeded())
    # Positions are rounded to fractions of a pixel, from another origin.
    np.testing.assert_allclose(moved[:, :, 20:41].astype(int), expected, atol=8)
    assert (moved[:, :, 20:41] == expected).mean() > 0.99
