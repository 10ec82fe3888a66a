"""What lies around a sheet of paper is painted as paper; a page without a desk stays as it is."""

import cv2
import numpy as np
import pytest

from inkdigits.imaging.light import Grey, thumbnail
from inkdigits.imaging.sheet import find_sheet, without_desk
from tests.imaging.drawn import (
    Pixels,
    cropped,
    draw_plain_digit,
    gradient,
    lit,
    on_desk,
    on_paper,
    rows_of_digits,
    shadow_edge,
    vignette,
)

INK = rows_of_digits(("30718", "46925"), margin_px=60)


def grey(pixels: Pixels) -> Grey:
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8)


@pytest.mark.parametrize("turn_deg", [-10, 0, 4, 25])
@pytest.mark.parametrize(("desk", "sheet"), [(60, 230), (120, 230), (200, 70)])
def test_desk_becomes_paper(turn_deg: int, desk: int, sheet: int) -> None:
    page = grey(on_desk(np.zeros_like(INK), turn_deg, desk, sheet))
    # On the sheet stands one word, so that it counts as written on.
    height, width = page.shape
    word = np.s_[height // 2 - 4 : height // 2 + 4, width // 2 - 40 : width // 2 + 40]
    page[word] = 255 - sheet
    painted = without_desk(page)
    np.testing.assert_array_equal(painted[word], 255 - sheet)
    painted[word] = sheet
    assert np.abs(painted.astype(int) - sheet).max() < 20


@pytest.mark.parametrize("turn_deg", [0, 8])
def test_mask_covers_the_sheet_and_no_desk(turn_deg: int) -> None:
    height, width = INK.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn_deg, 0.8)
    sheet = cv2.warpAffine(np.ones_like(INK), matrix, (width, height))
    thumb = thumbnail(grey(on_desk(INK, turn_deg, 60)))
    mask = find_sheet(thumb)
    assert mask is not None
    assert mask.dtype == np.uint8
    assert mask.shape == thumb.shape
    small = cv2.resize(sheet, thumb.shape[::-1], interpolation=cv2.INTER_AREA)
    assert not (mask[small < 1]).any()
    assert mask.sum() > 0.85 * small.sum()


def framed() -> Pixels:
    page = on_paper(INK)
    cv2.rectangle(page, (30, 30), (page.shape[1] - 30, page.shape[0] - 30), (40, 40, 40), 5)
    return page


NO_DESK = {
    "page": on_paper(INK, noise=3),
    "blank": on_paper(np.zeros_like(INK), noise=3),
    "gradient": lit(on_paper(INK), gradient(INK.shape, 0.3)),
    "blank gradient": lit(on_paper(np.zeros_like(INK), noise=2), gradient(INK.shape, 0.3)),
    "vignette": lit(on_paper(INK), vignette(INK.shape, 0.8)),
    "shadow": lit(on_paper(INK), shadow_edge(INK.shape, 0.5)),
    "drawn frame": framed(),
    "blackboard": on_paper(INK, 50, (225, 225, 215), 5),
    "noise": np.random.default_rng(0).integers(0, 256, (200, 300, 3), np.uint8),
    "one bar": on_paper(np.pad(np.ones((200, 60), np.float32), ((0, 0), (60, 60)))),
}


@pytest.mark.parametrize("name", NO_DESK)
@pytest.mark.parametrize("inverted", [False, True])
def test_page_without_a_desk_stays_as_it_is(name: str, inverted: bool) -> None:
    page = grey(255 - NO_DESK[name] if inverted else NO_DESK[name])
    np.testing.assert_array_equal(without_desk(page), page)


@pytest.mark.parametrize("value", range(10))
@pytest.mark.parametrize("pen", [0.04, 0.07, 0.12])
@pytest.mark.parametrize("height_px", [100, 150, 220, 300, 400])
def test_what_a_large_digit_encloses_is_no_sheet(value: int, pen: float, height_px: int) -> None:
    page = grey(on_paper(cropped(draw_plain_digit(value, height_px, pen)), 235, noise=2))
    assert find_sheet(thumbnail(page)) is None


@pytest.mark.parametrize("shape", [(1, 1), (2, 500), (40, 40), (63, 300)])
def test_tiny_pictures_show_no_desk(shape: tuple[int, int]) -> None:
    page = np.full(shape, 30, np.uint8)
    page[shape[0] // 4 : -shape[0] // 4, shape[1] // 4 : -shape[1] // 4] = 230
    assert find_sheet(thumbnail(page)) is None


@pytest.mark.parametrize("desk", [40, 60])
@pytest.mark.parametrize("place", [0.35, 0.6])
def test_the_lit_part_of_a_sheet_is_not_all_of_it(desk: float, place: float) -> None:
    """The edge of a shadow runs through a digit, which is known to go on beyond it."""
    page = on_desk(INK, 3, desk)
    across = np.linspace(0, 1, page.shape[1], dtype=np.float32)
    light = np.broadcast_to(np.where(across > place, np.float32(0.55), np.float32(1)), INK.shape)
    mask, whole = find_sheet(thumbnail(grey(lit(page, light)))), find_sheet(thumbnail(grey(page)))
    assert mask is not None
    assert whole is not None
    assert (mask != whole).mean() < 0.03


@pytest.mark.parametrize("desk", [40, 60])
@pytest.mark.parametrize("turn_deg", [0, 3])
def test_a_shadow_between_two_rows_leaves_both_on_the_sheet(desk: int, turn_deg: int) -> None:
    page = on_desk(INK, turn_deg, desk)
    down = np.linspace(0, 1, page.shape[0], dtype=np.float32)[:, np.newaxis]
    light = np.broadcast_to(np.where(down > 0.5, np.float32(0.55), np.float32(1)), INK.shape)
    mask, whole = find_sheet(thumbnail(grey(lit(page, light)))), find_sheet(thumbnail(grey(page)))
    assert mask is not None
    assert whole is not None
    assert (mask != whole).mean() < 0.03
