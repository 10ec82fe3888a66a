"""Real strips: which are loaded, with which boxes, and what becomes of broken files."""

from pathlib import Path

import numpy as np
import pytest

from inkdigits.data.cheques import Cheque, as_source, cheque_files, load_cheques
from inkdigits.errors import DataError
from tests.data.small_lines import CHEQUES, write_cheques


@pytest.fixture
def boxes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[tuple[int, ...]]]:
    """The data folder is the test's own; what is given are the boxes of its strips."""
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path))
    return write_cheques(tmp_path, CHEQUES)


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "orand-car-a" / "labels.tsv"


def test_strips_in_doubt_and_those_of_other_splits_are_left_out(
    boxes: list[list[tuple[int, ...]]],
) -> None:
    train = load_cheques("train")
    assert [cheque.text for cheque in train] == ["0123456", "789", "42"]
    assert [cheque.text for cheque in load_cheques("validation")] == ["555"]
    assert [file.text for file in cheque_files("train")] == ["0123456", "789", "42"]
    assert [file.path.name for file in cheque_files("validation")] == ["2.png"]


def test_a_strip_has_its_darkness_and_its_boxes(boxes: list[list[tuple[int, ...]]]) -> None:
    first = load_cheques("train")[0]
    assert first.darkness.dtype == np.float32
    assert 0.2 < float(np.median(first.darkness)) < 0.3  # the paper, 190 of 255
    assert [(b.left, b.top, b.right - b.left, b.bottom - b.top) for b in first.boxes] == [
        box[1:] for box in boxes[0]
    ]
    for box in first.boxes:
        assert first.darkness[box.top : box.bottom, box.left : box.right].max() > 0.8


def test_the_validation_strips_of_the_real_set_stay_out(data_dir: Path) -> None:
    train, validation = load_cheques("train"), load_cheques("validation")
    assert (len(train), len(validation)) == (735, 146)
    trained = {cheque.darkness.tobytes() for cheque in train}
    assert not trained & {cheque.darkness.tobytes() for cheque in validation}
    assert all(cheque.text.isdigit() for cheque in train)


def test_the_record_tells_strips_and_texts_apart(boxes: list[list[tuple[int, ...]]]) -> None:
    found = load_cheques("train")
    source = as_source(found)
    assert (source.name, source.split, len(source)) == ("orand-car-a", "train", 3)
    other = Cheque(found[2].darkness, "43", found[2].boxes)
    assert as_source(found).sha256 == source.sha256
    assert as_source([*found[:2], other]).sha256 != source.sha256


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("\tlabel_note", "\tnote", "not as it should be .'label_note'."),
        ("7,", "x,", "not as it should be"),
        ("789\tcorrected\t7,", "789\tcorrected\t1,", "the boxes .* are not those of 789"),
        ("train", "test", "has no strip with split=train"),
    ],
)
def test_a_broken_table_is_one_line(
    boxes: list[list[tuple[int, ...]]], table: Path, before: str, after: str, said: str
) -> None:
    table.write_text(table.read_text().replace(before, after))
    with pytest.raises(DataError, match=said) as raised:
        load_cheques("train")
    assert "\n" not in str(raised.value)


def test_a_broken_picture_is_one_line(boxes: list[list[tuple[int, ...]]], tmp_path: Path) -> None:
    path = tmp_path / "orand-car-a" / "images" / "1.png"
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DataError, match=r"1\.png: not an image that can be read"):
        load_cheques("train")


def test_missing_strips_are_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"labels\.tsv: not there; put the data set into"):
        load_cheques("train")
