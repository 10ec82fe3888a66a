"""The sheet of misread images."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.evaluation.contact_sheet import CAPTION, COLUMNS, TILE, draw_sheet, save_sheet
from inkdigits.evaluation.measuring import Misreading, Sample


def misread(image: Path | NDArray[np.uint8], confidence: float = 0.5) -> Misreading:
    return Misreading(Sample("photo.png", "7", image), "", "1", confidence, "too faint")


def grey(shade: int, shape: tuple[int, ...] = (28, 28)) -> NDArray[np.uint8]:
    return np.full(shape, shade, np.uint8)


def test_the_surest_errors_come_first() -> None:
    sheet = draw_sheet([misread(grey(100), 0.2), misread(grey(50), 0.9)])
    assert sheet.shape == (TILE + CAPTION, 2 * TILE, 3)
    middle = TILE // 2
    assert sheet[middle, middle].tolist() == [50, 50, 50]
    assert sheet[middle, TILE + middle].tolist() == [100, 100, 100]


def test_rows_are_filled_up_with_paper() -> None:
    sheet = draw_sheet([misread(grey(0))] * (COLUMNS + 1))
    assert sheet.shape == (2 * (TILE + CAPTION), COLUMNS * TILE, 3)
    assert (sheet[TILE + CAPTION :, TILE:] == 255).all()


def test_wide_pages_keep_their_shape() -> None:
    sheet = draw_sheet([misread(grey(0, (100, 400, 3)))])
    dark = (sheet[:TILE].max(axis=2) == 0).sum(axis=1)
    assert dark.max() == pytest.approx(TILE - 4, abs=1)
    assert (dark > 0).sum() == pytest.approx((TILE - 4) / 4, abs=1)


def test_files_are_shown_in_their_colours(tmp_path: Path) -> None:
    red = np.zeros((20, 20, 3), np.uint8)
    red[:, :, 2] = 255
    cv2.imwrite(str(tmp_path / "red.png"), red)
    save_sheet([misread(tmp_path / "red.png")], tmp_path / "new" / "sheet.png")
    sheet = cv2.imread(str(tmp_path / "new" / "sheet.png"))
    assert sheet is not None
    assert sheet[TILE // 2, TILE // 2].tolist() == [0, 0, 255]


def test_nothing_misread_makes_no_sheet() -> None:
    with pytest.raises(ValueError, match="at least one"):
        draw_sheet([])
