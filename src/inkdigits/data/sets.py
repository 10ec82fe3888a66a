"""The named data sets that inkdigits is trained and measured on, read from disk.

They lie in one folder that the environment variable `INKDIGITS_DATA` names, each in a folder of
its own: arrays as gzipped IDX files (big-endian, as MNIST came) or `.npz`, image files with a
`labels.tsv` beside them. Nothing is ever downloaded.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import math
import os
import zipfile
import zlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import DataError
from inkdigits.imaging.normalize import normalize

ENVIRONMENT_VARIABLE = "INKDIGITS_DATA"

MNIST_HOLDOUT = slice(55_000, 60_000)
"""The part of MNIST's 60,000 training images that no shipped model is ever fitted to."""

MNIST_MD5 = {
    "train-images": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels": "a25bea736e30d166cdddb491f175f624",
    "t10k-images": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels": "27ae3e4e09519cfbb04c329615203637",
}
"""MD5 of the decompressed files as Yann LeCun's site published them."""

Split = Literal["train", "test"]
_FILE_PREFIX = {"train": "train", "test": "t10k"}
_IDX_UNSIGNED_BYTE = 0x08


@dataclass(frozen=True, slots=True, eq=False)
class LabelledArrays:
    """Images of one size, `uint8 (N, H, W)`, bright ink on 0, and their labels, `(N,)`.

    Labels are `uint8` 0 to 9 for digits and for Fashion-MNIST's ten classes, and one-character
    strings for letters. `writer` numbers the people who wrote them, `int64 (N,)`, where known.
    """

    name: str
    split: str
    images: NDArray[np.uint8]
    labels: NDArray[Any]
    writer: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.images)

    def where(self, chosen: slice | NDArray[Any]) -> LabelledArrays:
        """The part that a slice, a mask or indices choose, in that order."""
        writer = None if self.writer is None else self.writer[chosen]
        return replace(self, images=self.images[chosen], labels=self.labels[chosen], writer=writer)

    def normalized(self) -> LabelledArrays:
        """The same set, each image taken as one symbol's ink: images `uint8 (N, 28, 28)`."""
        images = [normalize(image.astype(np.float32) / 255) for image in self.images]
        return replace(self, images=np.stack(images))

    @property
    def sha256(self) -> str:
        """Hex digest of the pixels followed by the labels: names the content, not the file."""
        digest = hashlib.sha256(np.ascontiguousarray(self.images).tobytes())
        digest.update(np.ascontiguousarray(self.labels).tobytes())
        return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """An image file and what is written in it: digits, `|` between lines. `kind` is free text."""

    path: Path
    text: str
    kind: str


def data_folder() -> Path:
    """The folder that holds the data sets; `DataError` if it is not set or not there."""
    value = os.environ.get(ENVIRONMENT_VARIABLE)
    if not value:
        raise DataError(
            f"{ENVIRONMENT_VARIABLE} is not set: point it at the folder that holds the data sets"
        )
    folder = Path(value)
    if not folder.is_dir():
        raise DataError(f"{ENVIRONMENT_VARIABLE} is {value}, which is not a folder: correct it")
    return folder


def load_arrays(name: str, split: Split = "train") -> LabelledArrays:
    """Read a set kept as IDX: `mnist`, `fashion-mnist`, `optdigits`, `semeion` or `usps`.

    Only the first two have a `test` split. MNIST's content is checked against `MNIST_MD5`.
    Raises `DataError` for a file that is missing, broken or not the published one.
    """
    prefix = _FILE_PREFIX[split]
    folder = data_folder() / name
    md5 = MNIST_MD5 if name == "mnist" else {}
    images = read_idx(folder / f"{prefix}-images-idx3-ubyte.gz", md5.get(f"{prefix}-images"))
    labels = read_idx(folder / f"{prefix}-labels-idx1-ubyte.gz", md5.get(f"{prefix}-labels"))
    return _checked(LabelledArrays(name, split, images, labels), folder)


def load_digilets(part: Literal["digits", "letters"]) -> LabelledArrays:
    """Read the 64x64 renderings of pen strokes on a tablet: 2,950 digits or 15,340 letters."""
    path = data_folder() / "digilets" / f"{part}64.npz"
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            images, labels, writer = arrays["images"], arrays["labels"], arrays["writer"]
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(
            f"{path}: not an .npz of images, labels and writer ({error}): fetch it again"
        ) from error
    return _checked(LabelledArrays("digilets", part, images, labels, writer), path)


def load_files(name: str) -> tuple[LabelledFile, ...]:
    """List a set kept as image files, such as `wild-digits` or `wild-pages`, in its own order.

    `labels.tsv` has a header and at least the columns `file` and `text`; files lie in `images/`.
    """
    folder = data_folder() / name
    table = folder / "labels.tsv"
    try:
        with table.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    except FileNotFoundError:
        raise _missing(table) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{table}: cannot be read ({error}): fetch it again") from error
    if any(row.get("file") is None or row.get("text") is None for row in rows):
        raise DataError(f"{table}: a row lacks the columns file and text: fetch it again")
    files = tuple(
        LabelledFile(folder / "images" / row["file"], row["text"], row.get("kind") or "")
        for row in rows
    )
    for file in files:
        if not file.path.is_file():
            raise _missing(file.path)
    return files


def read_idx(path: Path, md5: str | None = None) -> NDArray[np.uint8]:
    """Read a gzipped IDX file of unsigned bytes, of any number of dimensions.

    `md5` is that of the decompressed content and is checked if given. `DataError` says what is
    wrong with the file. Format: http://yann.lecun.com/exdb/mnist/ (end of the page).
    """
    try:
        content = gzip.decompress(path.read_bytes())
    except FileNotFoundError:
        raise _missing(path) from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: not a whole gzip file ({error}): fetch it again") from error
    if md5 and hashlib.md5(content, usedforsecurity=False).hexdigest() != md5:
        raise DataError(f"{path}: its content is not the published one (MD5): fetch it again")
    return _parse_idx(content, path)


def _parse_idx(content: bytes, path: Path) -> NDArray[np.uint8]:
    header = 4 + 4 * content[3] if len(content) > 3 else 4
    if len(content) < header or content[:2] != b"\0\0" or content[2] != _IDX_UNSIGNED_BYTE:
        raise DataError(f"{path}: not an IDX file of unsigned bytes: fetch it again")
    shape = tuple(int(side) for side in np.frombuffer(content[4:header], dtype=">u4"))
    values = np.frombuffer(content, dtype=np.uint8, offset=header)
    # Python integers: a forged header cannot make the product overflow.
    if values.size != math.prod(shape):
        raise DataError(f"{path}: holds {values.size} bytes, its header says {shape}: fetch again")
    return values.reshape(shape)


def _checked(arrays: LabelledArrays, where: Path) -> LabelledArrays:
    images, labels = arrays.images, arrays.labels
    if images.ndim != 3 or images.dtype != np.uint8 or labels.shape != images.shape[:1]:
        raise DataError(
            f"{where}: {images.dtype} images {images.shape} and labels {labels.shape} "
            "do not belong together: fetch it again"
        )
    return arrays


def _missing(path: Path) -> DataError:
    return DataError(f"{path}: not there; put the data set into the {ENVIRONMENT_VARIABLE} folder")
