"""Real strips: which are loaded, how they are cut into parts, and what becomes of broken files."""

from pathlib import Path

import numpy as np
import pytest

from inkdigits.data.cheques import Cheque, Cheques, as_source, cheque_files, load_cheques
from inkdigits.errors import DataError
from inkdigits.reading import Box
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


def test_parts_are_cut_only_where_there_is_paper() -> None:
    darkness = np.tile(np.arange(100, dtype=np.float32), (20, 1))
    boxes = tuple(
        Box(left, 2, right, 18) for left, right in ((5, 20), (25, 40), (38, 55), (60, 70))
    )
    cheques = Cheques([Cheque(darkness, "1234", boxes)])
    parts = {text: (part[0, 0], part[0, -1] + 1) for part, text in cheques._parts}
    # 2 and 3 touch: no part ends between them, and none has more than three digits.
    assert parts == {"1": (3, 24), "123": (3, 59), "23": (24, 59), "234": (24, 72), "4": (59, 72)}


def test_a_strip_without_boxes_is_used_whole_only() -> None:
    cheques = Cheques([Cheque(_drawn(), "71", ())])
    assert not any(cheques.digits())
    for seed in range(20):
        assert cheques.line(np.random.default_rng(seed), 224).labels == (7, 1)


def test_digits_are_cut_out_of_their_paper(boxes: list[list[tuple[int, ...]]]) -> None:
    digits = Cheques(load_cheques("train")).digits()
    assert [len(ways) for ways in digits] == [1, 1, 2, 1, 2, 1, 1, 1, 1, 1]
    for ways in digits:
        for ink in ways:
            assert ink.dtype == np.uint8
            assert ink.max() > 200
            assert ink.min() == 0  # the paper is gone


def test_lines_are_strips_with_the_digits_in_them(boxes: list[list[tuple[int, ...]]]) -> None:
    cheques = Cheques(load_cheques("train"))
    texts = {cheque.text for cheque in load_cheques("train")}
    found = []
    for seed in range(60):
        line = cheques.line(np.random.default_rng(seed), 224)
        same = cheques.line(np.random.default_rng(seed), 224)
        np.testing.assert_array_equal(line.strip, same.strip)
        assert line.labels == same.labels
        assert line.strip.dtype == np.uint8
        assert line.strip.shape[0] == 48
        assert line.strip.shape[1] % 4 == 0
        assert 4 <= line.strip.shape[1] <= 224
        assert line.strip.max() == 255
        found.append("".join(map(str, line.labels)))
    assert texts <= set(found)
    assert any(text not in texts for text in found)  # joined from parts
    assert max(map(len, found)) <= 12


def _bars(text: str) -> Cheque:
    """A strip on which every digit is a bar, the higher the larger the digit."""
    darkness = np.full((48, 24 * len(text)), 0.2, np.float32)
    boxes = []
    for index, digit in enumerate(text):
        left, high = 24 * index + 4, 8 * int(digit)
        darkness[:high, left : left + 6] = 0.9
        boxes.append(Box(left, 0, left + 8, high))
    return Cheque(darkness, text, tuple(boxes))


def test_joined_parts_are_labelled_in_their_order() -> None:
    cheques = Cheques([_bars("12"), _bars("345"), _bars("3")])
    found = set()
    for seed in range(40):
        darkness, text = cheques._joined(np.random.default_rng(seed), 400)
        heights = (darkness > 0.5).sum(0)
        starts = np.flatnonzero(np.diff((heights > 0).astype(int), prepend=0) == 1)
        seen = "".join(str(round(int(heights[start + 2]) / 7.6)) for start in starts)
        assert seen == text
        found.add(text)
    assert len(found) > 20


def test_paper_has_no_writing_on_it(boxes: list[list[tuple[int, ...]]]) -> None:
    cheques = Cheques(load_cheques("train"))
    for seed in range(20):
        paper = cheques.paper(np.random.default_rng(seed), (48, 400))
        assert paper.shape == (48, 400)
        assert paper.dtype == np.float32
        assert paper.max() < 0.45  # ink is at 0.84, paper at 0.25


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


def _drawn() -> np.ndarray:
    darkness = np.full((40, 80), 0.2, np.float32)
    darkness[8:32, 20:24] = darkness[8:32, 50:54] = 0.9
    return darkness
