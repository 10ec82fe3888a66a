"""Data sets as files on disk: well-formed ones are read, all others are a named error."""

import gzip
import hashlib
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.data import sets
from inkdigits.data.idx import read_idx
from inkdigits.errors import DataError
from inkdigits.imaging.normalize import SIDE, normalize
from tests.data.served import idx


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path))
    return tmp_path


def write_usps(folder: Path, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    (folder / "usps").mkdir()
    for name, array in (("images-idx3", images), ("labels-idx1", labels)):
        path = folder / "usps" / f"train-{name}-ubyte.gz"
        path.write_bytes(gzip.compress(idx(array)))


IMAGES = np.arange(3 * 2 * 4, dtype=np.uint8).reshape(3, 2, 4)
LABELS = np.array([7, 0, 9], np.uint8)


def test_arrays_come_back_as_written(folder: Path) -> None:
    write_usps(folder, IMAGES, LABELS)
    arrays = sets.load_arrays("usps")
    assert np.array_equal(arrays.images, IMAGES)
    assert np.array_equal(arrays.labels, LABELS)
    assert (arrays.name, arrays.split, len(arrays)) == ("usps", "train", 3)
    assert arrays.sha256 == hashlib.sha256(IMAGES.tobytes() + LABELS.tobytes()).hexdigest()


def test_a_part_keeps_images_and_labels_together(folder: Path) -> None:
    write_usps(folder, IMAGES, LABELS)
    arrays = sets.load_arrays("usps")
    for chosen in (slice(1, 3), np.array([False, True, True]), np.array([1, 2])):
        part = arrays.where(chosen)
        assert np.array_equal(part.images, IMAGES[1:])
        assert part.labels.tolist() == [0, 9]


def test_images_and_labels_must_be_as_many(folder: Path) -> None:
    write_usps(folder, IMAGES, LABELS[:2])
    with pytest.raises(DataError, match="do not belong together"):
        sets.load_arrays("usps")


def test_mnist_must_be_the_published_one(folder: Path) -> None:
    (folder / "mnist").mkdir()
    for name, array in (("images-idx3", IMAGES), ("labels-idx1", LABELS)):
        path = folder / "mnist" / f"train-{name}-ubyte.gz"
        path.write_bytes(gzip.compress(idx(array)))
    with pytest.raises(DataError, match="MD5"):
        sets.load_arrays("mnist")


GOOD = idx(IMAGES)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no gzip",
        gzip.compress(GOOD)[:-9],
        gzip.compress(GOOD)[:12] + b"\xff\xff" + gzip.compress(GOOD)[14:],
        gzip.compress(b""),
        gzip.compress(GOOD[:9]),
        gzip.compress(GOOD[:-1]),
        gzip.compress(GOOD + b"\0"),
        gzip.compress(b"\0\0\x0d" + GOOD[3:]),
        gzip.compress(b"\0\0\x08\x02\xff\xff\xff\xff\xff\xff\xff\xff"),
    ],
)
def test_a_broken_idx_file_is_a_data_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.gz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"broken\.gz"):
        read_idx(path)


def test_a_missing_set_names_its_file(folder: Path) -> None:
    with pytest.raises(DataError, match=r"usps.*INKDIGITS_DATA"):
        sets.load_arrays("usps")
    with pytest.raises(DataError, match="digits64"):
        sets.load_digilets("digits")
    with pytest.raises(DataError, match=r"labels\.tsv"):
        sets.load_files("wild-digits")


@pytest.mark.parametrize("value", [None, "", "/nowhere/at/all"])
def test_the_environment_variable_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("INKDIGITS_DATA", raising=False)
    if value is not None:
        monkeypatch.setenv("INKDIGITS_DATA", value)
    with pytest.raises(DataError, match="INKDIGITS_DATA"):
        sets.data_folder()


def test_a_broken_archive_is_a_data_error(folder: Path) -> None:
    (folder / "digilets").mkdir()
    path = folder / "digilets" / "digits64.npz"
    path.write_bytes(b"PK\x03\x04 broken")
    with pytest.raises(DataError, match="digits64"):
        sets.load_digilets("digits")
    np.savez(path, images=IMAGES)
    with pytest.raises(DataError, match="digits64"):
        sets.load_digilets("digits")
    pickled = np.array([{"a": 1}], dtype=object)
    np.savez(path, images=pickled, labels=LABELS, writer=LABELS)
    with pytest.raises(DataError, match="digits64"):
        sets.load_digilets("digits")


def test_files_are_listed_with_their_labels(folder: Path) -> None:
    images = folder / "wild-pages" / "images"
    images.mkdir(parents=True)
    table = folder / "wild-pages" / "labels.tsv"
    table.write_text('file\ttext\tkind\na "b".png\t12|34\tphoto\n', encoding="utf-8")
    with pytest.raises(DataError, match=r"a \"b\"\.png"):
        sets.load_files("wild-pages")
    (images / 'a "b".png').touch()
    assert sets.load_files("wild-pages") == (
        sets.LabelledFile(images / 'a "b".png', "12|34", "photo"),
    )
    table.write_text("file\nx.png\n", encoding="utf-8")
    with pytest.raises(DataError, match="columns"):
        sets.load_files("wild-pages")


def test_the_real_sets(data_dir: Path) -> None:
    shapes = {"mnist": (60_000, 28, 28), "usps": (7_291, 16, 16), "optdigits": (1_934, 32, 32)}
    for name, shape in shapes.items():
        arrays = sets.load_arrays(name)
        assert arrays.images.shape == shape
        assert set(np.unique(arrays.labels)) == set(range(10))
    digits, letters = sets.load_digilets("digits"), sets.load_digilets("letters")
    assert (len(digits), len(letters)) == (2_950, 15_340)
    assert np.unique(letters.labels).size == 52
    assert len(sets.load_files("wild-digits")) == 98
    assert len(sets.load_files("wild-pages")) == 16


def test_the_holdout_is_the_end_of_mnist_training() -> None:
    assert np.arange(60_000)[sets.MNIST_HOLDOUT].tolist() == list(range(55_000, 60_000))


def test_normalizing_keeps_all_but_the_images() -> None:
    images = np.zeros((3, 16, 16), np.uint8)
    images[:, 2:14, 5:8] = (90, 180, 250)
    arrays = sets.LabelledArrays(
        "made", "train", images, np.arange(3, dtype=np.uint8), np.arange(3)
    )
    done = arrays.normalized()
    expected = normalize(images[0].astype(np.float32) / 255)
    for image in done.images:
        np.testing.assert_array_equal(image, expected, strict=True)
    assert done.images.shape == (3, SIDE, SIDE)
    np.testing.assert_array_equal(done.labels, arrays.labels)
    np.testing.assert_array_equal(done.writer, arrays.writer)
    assert (done.name, done.split) == ("made", "train")


def test_plain_idx_files_are_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "plain"
    path.write_bytes(GOOD)
    np.testing.assert_array_equal(read_idx(path), IMAGES, strict=True)
    for content in (GOOD[:-1], GOOD + b"\0", GOOD[:9], b""):
        path.write_bytes(content)
        with pytest.raises(DataError, match="plain"):
            read_idx(path)


def test_no_more_is_decompressed_than_the_header_announces(tmp_path: Path) -> None:
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(GOOD + bytes(200_000_000), compresslevel=1))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match="holds more, its header says"):
            read_idx(path)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_images_of_colours_belong_to_their_labels() -> None:
    images = np.zeros((2, 5, 4, 3), np.uint8)
    arrays = sets.LabelledArrays("made", "train", images, np.arange(2), None, ("a", "b"))
    assert sets.checked(arrays, Path("here")) is arrays
    wrong = sets.LabelledArrays("made", "train", images[..., :2], np.arange(2))
    with pytest.raises(DataError, match="do not belong together"):
        sets.checked(wrong, Path("here"))
