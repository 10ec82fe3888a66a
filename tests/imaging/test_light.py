"""Light is that of the paper, under the ink too, whatever falls on the page."""

import numpy as np
import pytest

from inkdigits.imaging.light import Grey, light_on, thumbnail
from tests.imaging.drawn import (
    Floats,
    gradient,
    lit,
    on_paper,
    rows_of_digits,
    shadow_edge,
    vignette,
)

INK = rows_of_digits(("30718", "46925", "10372"), margin_px=60)
PAPER = 230


def page_in(light: Floats, ink: Floats = INK) -> Grey:
    return np.asarray(lit(on_paper(ink, PAPER, (20, 20, 20)), light)[:, :, 0])


def errors(light: Floats, ink: Floats = INK) -> Floats:
    """By how much the light found is off, as a share of the light."""
    found = light_on(page_in(light, ink))
    assert found.dtype == np.uint8
    assert found.shape == light.shape
    return np.abs(found / (PAPER * light) - 1).astype(np.float32)


SMOOTH = {
    "even": np.ones(INK.shape, np.float32),
    "gradient": gradient(INK.shape, 0.3),
    "vignette": vignette(INK.shape, 0.7),
    "both": gradient(INK.shape, 0.6) * vignette(INK.shape, 0.5),
}


@pytest.mark.parametrize("name", SMOOTH)
@pytest.mark.parametrize("pen", [0.05, 0.1, 0.18])
def test_smooth_light_is_found_under_ink_too(name: str, pen: float) -> None:
    ink = rows_of_digits(("30718", "46925", "10372"), pen=pen, margin_px=60)
    error = errors(SMOOTH[name], ink)
    assert np.percentile(error[ink > 0.5], 95) < 0.06
    assert np.percentile(error, 95) < 0.06


@pytest.mark.parametrize("name", SMOOTH)
def test_blank_paper_is_all_light(name: str) -> None:
    assert errors(SMOOTH[name], np.zeros_like(INK)).max() < 0.06


@pytest.mark.parametrize("depth", [0.2, 0.45])
def test_hard_shadow_is_followed_up_to_its_edge(depth: float) -> None:
    light = shadow_edge(INK.shape, depth)
    error = errors(light)
    assert np.median(error) < 0.03
    assert (error > 0.1).mean() < 0.12


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (5, 5), (28, 28), (64, 700)])
@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_light_of_any_even_page_is_its_own(shape: tuple[int, int], level: int) -> None:
    found = light_on(np.full(shape, level, np.uint8))
    assert found.shape == shape
    assert found.min() >= 1
    assert np.abs(found.astype(int) - max(1, level)).max() <= 2


def test_light_is_never_nothing() -> None:
    noise = np.random.default_rng(0).integers(0, 3, (90, 120), np.uint8)
    assert light_on(noise).min() >= 1


@pytest.mark.parametrize(
    ("shape", "small"),
    [
        ((320, 200), (320, 200)),
        ((640, 320), (320, 160)),
        ((1000, 4000), (80, 320)),
        ((1, 9000), (1, 320)),
    ],
)
def test_thumbnail_is_shrunk_to_its_long_side(
    shape: tuple[int, int], small: tuple[int, int]
) -> None:
    picture = np.full(shape, 77, np.uint8)
    assert thumbnail(picture).shape == small
    assert (thumbnail(picture) == 77).all()
