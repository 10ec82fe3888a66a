"""The files of the named sets as their publishers made them -> images and labels.

- `idx` (MNIST, Fashion-MNIST, KMNIST): two gzipped IDX files.
- `emnist`: a zip of gzipped IDX files, images with rows and columns exchanged, letters from 1.
- `libsvm` (USPS): a line an image, `label index:value …`, labels 1 to 10, values -1 to 1, bz2.
- `optdigits`: 32 lines of 32 zeros and ones, then a line with the label; `.Z`.
- `semeion`: a line an image, 256 zeros and ones, then ten of which one is 1.

A file of the last two may also lie in the zip that their publisher offers.
"""

from __future__ import annotations

import bz2
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.catalogue import DataSet, Form, Part
from inkdigits.data.idx import Content, decompressed, parse_idx, read_idx
from inkdigits.data.lzw import decompress
from inkdigits.errors import DataError

Arrays = tuple[NDArray[np.uint8], NDArray[np.uint8]]
"""Images `(N, H, W)`, bright on dark, and labels `(N,)` from 0."""

_MAX_TEXT_BYTES: Final = 256 * 2**20
_BITMAP_SIDE: Final = 32


def read_published(known: DataSet, part: Part, paths: Sequence[Path]) -> Arrays:
    """Read the files of one part, in the order of its downloads.

    `DataError` says which file is not what its publisher offers.
    """
    try:
        images, labels = _READERS[known.form](known, part, paths)
        if not len(images):
            raise ValueError("there is nothing in it")
    except (OSError, EOFError, ValueError, IndexError, zipfile.BadZipFile, zlib.error) as error:
        names = ", ".join(str(path) for path in paths)
        raise DataError(
            f"{names}: not {known.name} as published ({error}): delete it and fetch it again"
        ) from error
    return images, labels


def _read_idx(_known: DataSet, _part: Part, paths: Sequence[Path]) -> Arrays:
    return read_idx(paths[0]), read_idx(paths[1])


def _read_emnist(known: DataSet, part: Part, paths: Sequence[Path]) -> Arrays:
    def member(kind: str) -> NDArray[np.uint8]:
        name = f"gzip/{known.name}-{part}-{kind}-ubyte.gz"
        try:
            with zipfile.ZipFile(paths[0]) as archive, archive.open(name) as file:
                return parse_idx(decompressed(file), f"{paths[0]}: {name}")
        except KeyError as error:
            raise ValueError(f"{name} is not in it") from error

    images, labels = member("images-idx3"), member("labels-idx1")
    first = 1 if known.name == "emnist-letters" else 0
    return np.ascontiguousarray(images.transpose(0, 2, 1)), labels - np.uint8(first)


def _read_libsvm(known: DataSet, _part: Part, paths: Sequence[Path]) -> Arrays:
    with bz2.open(paths[0]) as file:
        lines = _bounded(file).decode("ascii").splitlines()
    values = np.zeros((len(lines), known.shape[0] * known.shape[1]))
    labels = np.empty(len(lines), np.uint8)
    for row, line in enumerate(lines):
        label, *pixels = line.split()
        labels[row] = int(float(label)) - 1
        for pixel in pixels:
            index, _, value = pixel.partition(":")
            values[row, int(index) - 1] = float(value)
    return np.rint((values + 1) * 127.5).astype(np.uint8).reshape(-1, *known.shape), labels


def _read_optdigits(_known: DataSet, _part: Part, paths: Sequence[Path]) -> Arrays:
    text = decompress(_member(paths[0], "optdigits-orig.tra.Z"), _MAX_TEXT_BYTES).decode("ascii")
    images: list[list[str]] = []
    labels: list[int] = []
    rows: list[str] = []
    for line in map(str.strip, text.splitlines()):
        if len(line) == _BITMAP_SIDE and not line.strip("01"):
            rows.append(line)
        elif len(rows) == _BITMAP_SIDE:
            images.append(rows)
            labels.append(int(line))
            rows = []
        elif rows:
            raise ValueError(f"an image of {len(rows)} rows")
    pixels = np.array([[list(row) for row in image] for image in images], np.uint8)
    return 255 * pixels, np.array(labels, np.uint8)


def _read_semeion(known: DataSet, _part: Part, paths: Sequence[Path]) -> Arrays:
    values = np.array(_member(paths[0], "semeion.data").split(), np.float64)
    pixels, answers = np.split(values.reshape(-1, 16 * 16 + 10), [16 * 16], axis=1)
    if not (np.isin(values, (0, 1)).all() and (answers.sum(1) == 1).all()):
        raise ValueError("values other than 0 and 1, or not one label an image")
    images = (255 * pixels).astype(np.uint8).reshape(-1, *known.shape)
    return images, answers.argmax(1).astype(np.uint8)


def _member(path: Path, name: str) -> bytes:
    """The file itself, or the member of that name if it is a zip."""
    if not zipfile.is_zipfile(path):
        with path.open("rb") as file:
            return _bounded(file)
    with zipfile.ZipFile(path) as archive:
        inside = [member for member in archive.namelist() if Path(member).name == name]
        if not inside:
            raise ValueError(f"{name} is not in it")
        return _bounded(archive.open(inside[0]))


def _bounded(file: Content) -> bytes:
    content = file.read(_MAX_TEXT_BYTES + 1)
    if len(content) > _MAX_TEXT_BYTES:
        raise ValueError(f"more than {_MAX_TEXT_BYTES:,} bytes in it")
    return content


_READERS: Final[Mapping[Form, Callable[[DataSet, Part, Sequence[Path]], Arrays]]] = {
    "idx": _read_idx,
    "emnist": _read_emnist,
    "libsvm": _read_libsvm,
    "optdigits": _read_optdigits,
    "semeion": _read_semeion,
}
