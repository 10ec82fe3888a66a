"""A sheet shows each class and each change, named, and the same again with the same seed."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.data.augmentation import Augmentation
from inkdigits.data.sets import LabelledArrays
from inkdigits.data.sheet import (
    MAX_CLASSES,
    Row,
    augmentation_rows,
    class_rows,
    draw_sheet,
    save_sheet,
)

LABELS = np.array([0, 1, 1, 1, 2, 2], np.uint8)
IMAGES = np.arange(1, 7, dtype=np.uint8)[:, None, None] * np.full((28, 28), 40, np.uint8)
ARRAYS = LabelledArrays("made", "train", IMAGES, LABELS, None, ("ant", "bee", "cat"))


def test_each_class_has_a_row_of_its_own_images() -> None:
    rows = class_rows(ARRAYS, 2, 0)
    assert [row.name for row in rows] == ["ant  (1)", "bee  (3)", "cat  (2)"]
    levels = [[int(image[0, 0]) // 40 for image in row.images] for row in rows]
    assert levels[0] == [1]
    assert set(levels[1]) < {2, 3, 4}
    assert levels[2] == [5, 6]


def test_the_seed_decides_which_images() -> None:
    many = LabelledArrays(
        "", "", np.arange(200, dtype=np.uint8).reshape(200, 1, 1), np.zeros(200, int), None, ("a",)
    )

    def shown(seed: int) -> list[int]:
        return [int(image[0, 0]) for image in class_rows(many, 10, seed)[0].images]

    assert shown(1) == shown(1) != shown(2)


def test_classes_without_end_are_cut() -> None:
    names = tuple(map(str, range(300)))
    arrays = LabelledArrays("", "", np.zeros((300, 2, 2), np.uint8), np.arange(300), None, names)
    assert len(class_rows(arrays, 1, 0)) == MAX_CLASSES


HOW = Augmentation(rotate_deg=20, erase=0.1)


def test_each_change_has_a_row_and_stands_beside_what_it_changed() -> None:
    rows = augmentation_rows(ARRAYS, HOW, 5, 3)
    assert [row.name for row in rows] == [
        "turned by up to 20°",
        "a square erased, 10% of images",
        "all together",
    ]
    for row in rows:
        assert row.first_apart
        assert len(row.images) == 6
        assert any((row.images[0] == image).all() for image in IMAGES)
    # Alone, a change of a share of the images is shown on all of them.
    erased = rows[1].images
    assert all((image != erased[0]).any() for image in erased[1:])
    again = augmentation_rows(ARRAYS, HOW, 5, 3)
    assert np.array_equal(draw_sheet("", rows), draw_sheet("", again))
    other = augmentation_rows(ARRAYS, HOW, 5, 4)
    assert not np.array_equal(draw_sheet("", rows), draw_sheet("", other))


@pytest.mark.parametrize("shape", [(28, 28), (5, 90), (200, 30, 3), (1, 1)])
def test_images_of_any_shape_are_laid_out_whole(shape: tuple[int, ...]) -> None:
    image = np.full(shape, 7, np.uint8)
    sheet = draw_sheet("a title", [Row("one", [image] * 3), Row("two", [image])])
    assert sheet.dtype == np.uint8
    dark = (sheet == 7).all(2)
    height, width = shape[:2]
    tile = round(56 * height / max(height, width)) * round(56 * width / max(height, width))
    assert dark.sum() == pytest.approx(4 * tile, rel=0.03)
    # A border of paper on all sides: nothing is cut off.
    for edge in (sheet[0], sheet[-1], sheet[:, 0], sheet[:, -1]):
        assert (edge == 255).all()


def test_long_and_strange_names_do_not_break_it() -> None:
    image = np.zeros((28, 28), np.uint8)
    rows = [Row("x" * 500, [image]), Row("日本\n語 ñ", [image]), Row("", [])]
    assert draw_sheet("t" * 300, rows).shape[1] < 5000


def test_it_is_written_as_a_png(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sheet.png"
    save_sheet(path, "made", class_rows(ARRAYS, 2, 0))
    with Image.open(path) as image:
        assert image.format == "PNG"
        np.testing.assert_array_equal(image, draw_sheet("made", class_rows(ARRAYS, 2, 0)))
