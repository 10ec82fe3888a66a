"""CSV files of pixels: the layouts that people have, and a clear error for all others."""

from pathlib import Path

import numpy as np
import pytest

from inkdigits.data import pixel_csv
from inkdigits.data.load import load_set
from inkdigits.data.pixel_csv import read_pixel_csv
from inkdigits.errors import DataError

PIXELS = ["pixel0", "pixel1", "pixel2", "pixel3"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "train.csv"


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "lines",
    [
        ["label,pixel0,pixel1,pixel2,pixel3", "7,0,1,2,3", "2,4,5,6,255"],
        ['"label","pixel0","pixel1","pixel2","pixel3"', '"7",0,1,2,3', '"2",4,5,6,255'],
        ["label,1x1,1x2,2x1,2x2", "7,0,1,2,3", "2,4,5,6,255"],
        ["Label,a,b,c,d", "7, 0, 1, 2, 3", "2,4.0,5,6,255"],
        ["pixel1,pixel2,pixel3,pixel4,class", "0,1,2,3,7", "4,5,6,255,2"],
        ["7,0,1,2,3", "2,4,5,6,255"],
        ["\ufeff7,0,1,2,3\r", "", "2,4,5,6,255\r", "", ""],
    ],
)
def test_the_layouts_that_people_have(path: Path, lines: list[str]) -> None:
    images, labels = read_pixel_csv(write(path, *lines))
    assert images.dtype == np.uint8
    assert images.tolist() == [[[0, 1], [2, 3]], [[4, 5], [6, 255]]]
    assert labels.tolist() == ["7", "2"]


def test_columns_of_colours(path: Path) -> None:
    images, labels = read_pixel_csv(write(path, "cat," + ",".join(map(str, range(12)))))
    assert images.tolist() == np.arange(12).reshape(1, 2, 2, 3).tolist()
    assert labels.tolist() == ["cat"]


def test_it_is_read_in_pieces(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pixel_csv, "_PIXELS_AT_ONCE", 13)
    values = np.random.default_rng(0).integers(0, 256, (50, 4))
    rows = [f"{n % 3},{','.join(map(str, row))}" for n, row in enumerate(values)]
    images, labels = read_pixel_csv(write(path, *rows))
    assert images.reshape(50, 4).tolist() == values.tolist()
    assert labels.tolist() == [str(n % 3) for n in range(50)]


GOOD = "7,0,1,2,3"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["digit,pixel0,pixel1,pixel2,pixel3", GOOD], "header begins digit, pixel0, pixel1"),
        (["pixel0,pixel1,pixel2,pixel3", "0,1,2,3"], "no column is called label or class"),
        (["label,pixel0,pixel1,pixel3", "7,0,1,3"], "the column pixel2 is missing: pixel3 is in"),
        (["label,pixel0,pixel1,pixel3,pixel2", GOOD], "the column pixel2 is missing"),
        (["pixel0,pixel1,label,pixel2,pixel3", GOOD], "the column label must be the first or"),
        (["7,0,1", "7,0,1"], "2 columns of pixels are no square, grey or RGB: is a column"),
        ([GOOD, GOOD, "7,0,1,2"], "line 3: has 4 columns, the first line has 5"),
        ([GOOD, "", "7,0,1,2,3,4"], "line 3: has 6 columns, the first line has 5"),
        ([GOOD, "7,0,1,2,256"], "line 2: a pixel is no whole number from 0 to 255"),
        ([GOOD, GOOD, "7,0,-1,2,3"], "line 3: a pixel"),
        ([GOOD, "", "7,0,x,2,3"], "line 3: a pixel"),
        ([GOOD, "7,0,,2,3"], "line 2: a pixel"),
        ([GOOD, "7,0,0.5,2,3"], "line 2: a pixel"),
        ([GOOD, "7,0,nan,2,3"], "line 2: a pixel"),
        ([GOOD, ",0,1,2,3"], "line 2: has no label"),
        (["label,a,b,c,d"], "there is no image in it"),
        ([""], "no column is called label"),
        (["7"], "no square"),
    ],
)  # fmt: skip
def test_other_files_are_a_data_error(path: Path, lines: list[str], said: str) -> None:
    with pytest.raises(DataError, match=rf"train\.csv.*({said})"):
        read_pixel_csv(write(path, *lines))


def test_a_file_that_is_no_text_is_a_data_error(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00\x01" * 100)
    with pytest.raises(DataError, match=r"train\.csv: cannot be read"):
        read_pixel_csv(path)


def test_endless_lines_and_contents_are_cut_off(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pixel_csv, "MAX_BYTES", 11)
    assert len(read_pixel_csv(write(path, GOOD, GOOD))[0]) == 2
    with pytest.raises(DataError, match="over the limit of 11 pixels"):
        read_pixel_csv(write(path, GOOD, GOOD, GOOD))
    monkeypatch.setattr(pixel_csv, "_MAX_LINE", 100)
    with pytest.raises(DataError, match="line 2: has 51 columns"):
        read_pixel_csv(write(path, GOOD, "7," * 1000))


def test_a_csv_is_a_data_set(path: Path) -> None:
    arrays = load_set(str(write(path, "label,a,b,c,d", "12,0,1,2,3", "3,0,0,0,0")))
    assert arrays.classes == ("3", "12")
    assert arrays.labels.tolist() == [1, 0]
    assert (arrays.name, arrays.split) == ("train", "train")
    with pytest.raises(DataError, match="has no test part"):
        load_set(str(path), "test")
