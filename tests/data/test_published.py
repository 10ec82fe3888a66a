"""The publishers' own formats give the arrays that the catalogue's hashes are of."""

import bz2
import gzip
import hashlib
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.data.catalogue import CATALOGUE, Part
from inkdigits.data.published import Arrays, read_published
from inkdigits.data.sets import LabelledArrays, load_arrays
from inkdigits.errors import DataError
from tests.data.served import idx
from tests.data.test_lzw import compress

RNG = np.random.default_rng(0)


def read(name: str, *paths: Path, part: Part = "train") -> Arrays:
    return read_published(CATALOGUE[name], part, paths)


def semeion(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> bytes:
    lines = [
        " ".join([*(f"{pixel // 255:.4f}" for pixel in image.ravel()), *answers(label)]) + " \r\n"
        for image, label in zip(images, labels, strict=True)
    ]
    return "".join(lines).encode()


def answers(label: int) -> list[str]:
    return [str(int(digit == label)) for digit in range(10)]


def optdigits(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> bytes:
    text = "32x32 bitmaps\nentropy 0.5\n"
    for image, label in zip(images, labels, strict=True):
        text += "".join("".join(map(str, row // 255)) + "\n" for row in image) + f" {label}\n"
    return text.encode()


def bitmaps(side: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images = 255 * RNG.integers(0, 2, (12, side, side), np.uint8)
    return images, RNG.integers(0, 10, 12, np.uint8)


def assert_same(found: Arrays, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    np.testing.assert_array_equal(found[0], images, strict=True)
    np.testing.assert_array_equal(found[1], labels, strict=True)


def test_semeion(tmp_path: Path) -> None:
    images, labels = bitmaps(16)
    path = tmp_path / "semeion.data"
    path.write_bytes(semeion(images, labels))
    assert_same(read("semeion", path), images, labels)


def test_semeion_is_the_file_that_others_have(data_dir: Path, tmp_path: Path) -> None:
    arrays = load_arrays("semeion")
    content = semeion(arrays.images, arrays.labels)
    # As torchvision publishes it, in datasets/semeion.py.
    md5 = hashlib.md5(content, usedforsecurity=False).hexdigest()
    assert md5 == "cb545d371d2ce14ec121470795a77432"
    path = tmp_path / "semeion.data"
    path.write_bytes(content)
    assert_same(read("semeion", path), arrays.images, arrays.labels)


def test_optdigits(tmp_path: Path) -> None:
    images, labels = bitmaps(32)
    path = tmp_path / "optdigits-orig.tra.Z"
    path.write_bytes(compress(optdigits(images, labels), 16, 10_000))
    assert_same(read("optdigits", path), images, labels)


@pytest.mark.parametrize(
    ("name", "side", "member", "write"),
    [
        ("semeion", 16, "semeion.data", semeion),
        (
            "optdigits",
            32,
            "optdigits-orig.tra.Z",
            lambda *arrays: compress(optdigits(*arrays), 16, 9_999),
        ),
    ],
)
def test_the_zip_of_the_publisher_does_as_well(
    tmp_path: Path, name: str, side: int, member: str, write: object
) -> None:
    images, labels = bitmaps(side)
    path = tmp_path / member
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("names.txt", "what it is")
        archive.writestr(member, write(images, labels))  # type: ignore[operator]
    assert_same(read(name, path), images, labels)


def test_usps(tmp_path: Path) -> None:
    # In the file values have three digits behind the point; these fall on both sides of a half.
    values = np.tile([-1, -0.8, -0.631, -0.4, 0, 0.307, 0.4, 0.8, 0.862, 0.999, 1], 24)[:256]
    line = " ".join(f"{index + 1}:{value:.6f}" for index, value in enumerate(values))
    path = tmp_path / "usps.bz2"
    path.write_bytes(bz2.compress(f"10 {line} \n1 2:1.000000 \n".encode()))
    images, labels = read("usps", path)
    assert images.shape == (2, 16, 16)
    assert labels.tolist() == [9, 0]
    # The counts of grey levels in the set say how its halves were rounded: 25, 76, 128, 178, 230.
    assert images[0].ravel()[:11].tolist() == [0, 25, 47, 76, 128, 167, 178, 230, 237, 255, 255]
    assert images[1].ravel()[:3].tolist() == [128, 255, 128]


def test_usps_from_its_own_levels(data_dir: Path, tmp_path: Path) -> None:
    arrays = load_arrays("usps").where(slice(0, 200))
    lines = [
        f"{label + 1} " + " ".join(f"{i + 1}:{v / 127.5 - 1:.6f}" for i, v in enumerate(image))
        for image, label in zip(arrays.images.reshape(200, -1), arrays.labels, strict=True)
    ]
    path = tmp_path / "usps.bz2"
    path.write_bytes(bz2.compress("\n".join(lines).encode()))
    assert_same(read("usps", path), arrays.images, arrays.labels)


def emnist(path: Path, name: str, images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for part in ("train", "test"):
            stem = f"gzip/{name}-{part}"
            turned = np.ascontiguousarray(images.transpose(0, 2, 1))
            archive.writestr(f"{stem}-images-idx3-ubyte.gz", gzip.compress(idx(turned)))
            archive.writestr(f"{stem}-labels-idx1-ubyte.gz", gzip.compress(idx(labels)))


@pytest.mark.parametrize(("name", "first"), [("emnist-digits", 0), ("emnist-letters", 1)])
def test_emnist_is_turned_upright(tmp_path: Path, name: str, first: int) -> None:
    images = RNG.integers(0, 256, (7, 28, 28), np.uint8)
    labels = np.arange(7, dtype=np.uint8) + np.uint8(first)
    path = tmp_path / "gzip.zip"
    emnist(path, name, images, labels)
    expected = np.arange(7, dtype=np.uint8)
    assert_same(read(name, path), images, expected)
    assert_same(read(name, path, part="test"), images, expected)


@pytest.mark.parametrize("name", ["emnist-digits", "usps", "optdigits", "semeion"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>no</html>",
        b"BZh9 broken",
        b"PK\x03\x04 broken",
        compress(b"1" * 32 + b"\n7\n", 16, 99),
        bz2.compress(b"1 999:1.0"),
        bz2.compress(b"1 a:b"),
        b"1 0 1",
        b"2 " * 266,
        b"0 " * 266,
    ],
)
def test_another_file_is_a_data_error(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(DataError, match="file"):
        read(name, path)


def test_a_zip_without_the_file_is_a_data_error(tmp_path: Path) -> None:
    path = tmp_path / "file.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("other.txt", "")
    for name in ("emnist-digits", "optdigits", "semeion"):
        with pytest.raises(DataError, match="is not in it"):
            read(name, path)


def test_the_hashes_of_the_catalogue_are_those_of_the_arrays(data_dir: Path) -> None:
    known: list[tuple[str, Part]] = [
        ("mnist", "train"), ("mnist", "test"), ("fashion-mnist", "train"),
        ("fashion-mnist", "test"), ("usps", "train"), ("optdigits", "train"), ("semeion", "train"),
    ]  # fmt: skip
    for name, part in known:
        arrays = load_arrays(name, part)
        files = CATALOGUE[name].parts[part]
        assert (arrays.sha256, len(arrays)) == (files.sha256, files.count)
        assert arrays.images.shape[1:] == CATALOGUE[name].shape
        assert set(arrays.labels.tolist()) == set(range(len(arrays.classes)))


def test_published_hashes_of_files_are_right_where_they_are_here(data_dir: Path) -> None:
    """The files of MNIST's test part lie there as they were published."""
    for download in CATALOGUE["mnist"].parts["test"].downloads:
        content = (data_dir / "mnist" / download.file).read_bytes()
        assert download.digest == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_every_part_of_the_catalogue_can_be_checked() -> None:
    for name, known in CATALOGUE.items():
        assert known.name == name
        assert len(set(known.classes)) == len(known.classes) >= 2
        for files in known.parts.values():
            assert files.sha256 or all(download.digest for download in files.downloads)
            # Where only the content can tell a wrong file, it must be all of the content.
            assert len(files.downloads) == 1 or all(d.digest for d in files.downloads)
            for download in files.downloads:
                assert all(url.startswith(("https://", "http://")) for url in download.mirrors)


def test_emnist_warns_of_mnist() -> None:
    warned = {name for name, known in CATALOGUE.items() if known.warning}
    assert warned == {"emnist-digits", "emnist-letters"}


def test_arrays_know_their_classes(data_dir: Path) -> None:
    clothes: LabelledArrays = load_arrays("fashion-mnist", "test")
    assert clothes.classes[9] == "ankle boot"
    assert clothes.where(slice(3)).classes == clothes.classes
