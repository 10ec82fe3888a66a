"""`.npz` files: the names and types that people use; pickles, bombs and nonsense are refused."""

import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.data import npz
from inkdigits.data.load import has_test, load_set
from inkdigits.data.npz import npz_names, read_classes, read_npz
from inkdigits.errors import DataError

IMAGES = np.arange(3 * 4 * 4, dtype=np.uint8).reshape(3, 4, 4)
LABELS = np.array([0, 1, 0])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "my.npz"


def read(path: Path, images: NDArray[Any], labels: NDArray[Any] = LABELS) -> NDArray[np.uint8]:
    np.savez(path, x=images, y=labels)
    found = read_npz(path, "train")[0]
    assert found.dtype == np.uint8
    return found


@pytest.mark.parametrize("pair", [pair for pairs in npz.NAMES.values() for pair in pairs])
def test_the_names_that_people_use(path: Path, pair: tuple[str, str]) -> None:
    arrays: dict[str, Any] = {pair[0]: IMAGES, pair[1]: LABELS, "other": LABELS}
    np.savez_compressed(path, **arrays)
    part = next(part for part, pairs in npz.NAMES.items() if pair in pairs)
    assert npz_names(path, part) == pair
    images, labels = read_npz(path, part)
    np.testing.assert_array_equal(images, IMAGES)
    np.testing.assert_array_equal(labels, LABELS)


@pytest.mark.parametrize(
    "images",
    [
        IMAGES[..., None],
        IMAGES.reshape(3, 16),
        IMAGES.astype(np.int64),
        IMAGES.astype(np.float32),
    ],
)
def test_the_shapes_and_types_that_people_use(path: Path, images: NDArray[Any]) -> None:
    np.testing.assert_array_equal(read(path, images), IMAGES)


def test_fractions_and_truth_values_are_scaled(path: Path) -> None:
    np.testing.assert_array_equal(read(path, IMAGES / 255), IMAGES)
    np.testing.assert_array_equal(read(path, IMAGES > 5), 255 * (IMAGES > 5))


def test_colours_and_a_column_of_labels(path: Path) -> None:
    coloured = np.stack([IMAGES] * 3, axis=-1)
    np.savez(path, images=coloured, labels=LABELS[:, None])
    images, labels = read_npz(path, "train")
    assert images.shape == (3, 4, 4, 3)
    assert labels.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"a": IMAGES, "b": LABELS}, "holds no images with labels of the names: x_train and y_t"),
        ({"x": IMAGES, "y": LABELS[:2]}, r"x \(3, 4, 4\) and y \(2,\) do not belong together"),
        ({"x": IMAGES, "y": np.eye(3)}, "do not belong together"),
        ({"x": np.array(1), "y": LABELS}, "do not belong together"),
        ({"x": IMAGES.reshape(3, 2, 8, 1, 1), "y": LABELS}, r"images of shape \(3, 2, 8, 1, 1\)"),
        ({"x": np.zeros((3, 15)), "y": LABELS}, r"images of shape \(3, 15\)"),
        ({"x": IMAGES.astype(int) - 1, "y": LABELS}, "pixels from -1 to 46"),
        ({"x": IMAGES * 1e3, "y": LABELS}, "pixels from"),
        ({"x": np.full((3, 4, 4), np.nan), "y": LABELS}, "pixels from nan"),
        ({"x": np.full((3, 4, 4), "a"), "y": LABELS}, "images of type <U1"),
        ({"x": np.array([{}] * 3), "y": LABELS}, "x cannot be read .*[Oo]bject arrays"),
    ],
)
def test_what_is_no_set_is_a_data_error(path: Path, arrays: dict[str, Any], said: str) -> None:
    np.savez(path, **arrays)
    with pytest.raises(DataError, match=rf"my\.npz: .*{said}"):
        read_npz(path, "train")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"no zip at all"])
def test_a_broken_file_is_a_data_error(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"my\.npz: not a whole \.npz file"):
        read_npz(path, "train")


def test_truncated_and_damaged_members_are_a_data_error(path: Path) -> None:
    np.savez_compressed(path, x=np.random.default_rng(0).integers(0, 256, (3, 40, 40)), y=LABELS)
    content = bytearray(path.read_bytes())
    content[300:320] = bytes(20)
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"my\.npz"):
        read_npz(path, "train")


def forge(path: Path, shape: tuple[int, ...], data: bytes) -> None:
    """An `.npz` whose header says more than there is."""
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": shape}
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", header.getvalue() + data)
        archive.writestr("y.npy", header.getvalue())


def test_a_header_that_asks_for_all_memory_is_not_believed(path: Path) -> None:
    forge(path, (2**20, 2**20, 2**20), b"123")
    with pytest.raises(DataError, match=r"x cannot be read \(its header says"):
        read_npz(path, "train")


def test_a_content_past_the_limit_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    np.savez_compressed(path, x=np.zeros((100, 20, 20), np.uint8), y=np.zeros(100, np.uint8))
    monkeypatch.setattr(npz, "MAX_BYTES", 40_128)
    assert len(read_npz(path, "train")[0]) == 100
    monkeypatch.setattr(npz, "MAX_BYTES", 40_127)
    with pytest.raises(DataError, match="x is over the limit"):
        read_npz(path, "train")


def test_an_npz_is_a_data_set_with_names_and_parts(path: Path) -> None:
    np.savez(
        path,
        x_train=IMAGES,
        y_train=LABELS,
        x_test=IMAGES[:1],
        y_test=np.array([1]),
        classes=np.array(["cat", "dog"]),
    )
    assert read_classes(path) == ("cat", "dog")
    assert has_test(str(path))
    train, test = load_set(str(path)), load_set(str(path), "test")
    assert train.classes == test.classes == ("cat", "dog")
    assert (train.labels.tolist(), test.labels.tolist()) == ([0, 1, 0], [1])
    assert (test.name, test.split) == ("my", "test")


def test_the_test_part_has_the_classes_of_the_training_part(path: Path) -> None:
    def save(test_label: int) -> None:
        np.savez(
            path,
            x_train=IMAGES,
            y_train=np.array([3, 9, 3]),
            x_test=IMAGES[:1],
            y_test=np.array([test_label]),
        )

    save(9)
    assert load_set(str(path), "test").labels.tolist() == [1]
    save(4)
    with pytest.raises(DataError, match="label '4' is outside the range: the classes are 3, 9"):
        load_set(str(path), "test")


def test_labels_outside_the_named_classes_are_refused(path: Path) -> None:
    np.savez(path, x=IMAGES, y=np.array([0, 1, 2]), classes=np.array(["cat", "dog"]))
    with pytest.raises(DataError, match="label 2 of image 3 is outside the range"):
        load_set(str(path))
