"""The named data sets that inkdigits is trained and measured on, read from disk.

They lie in one folder that the environment variable `INKDIGITS_DATA` names, each in a folder of
its own: arrays as gzipped IDX files (big-endian, as MNIST came) or `.npz`, image files with a
`labels.tsv` beside them. Nothing is downloaded here: `load.load_set` does that for some of them.
"""

from __future__ import annotations

import csv
import hashlib
import os
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.catalogue import CATALOGUE, Part
from inkdigits.data.idx import read_idx
from inkdigits.errors import DataError
from inkdigits.imaging.normalize import normalize
from inkdigits.recognition.contract import SYMBOL

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

_FILE_PREFIX: Mapping[Part, str] = {"train": "train", "test": "t10k"}


@dataclass(frozen=True, slots=True, eq=False)
class LabelledArrays:
    """Images of one size, `uint8 (N, H, W)` grey or `(N, H, W, 3)` RGB, and their labels, `(N,)`.

    Labels are integers 0 to K-1 that `classes` names, or, where there are no `classes`, integers or
    one-character strings that speak for themselves. `writer` numbers the people who wrote them,
    `int64 (N,)`, where known. `meaning` says what the pixels show (`recognition/contract.py`:
    `SYMBOL`, `OBJECT`, `BRIGHT_ON_DARK`, `PICTURE`), `""` where that is not known.
    """

    name: str
    split: str
    images: NDArray[np.uint8]
    labels: NDArray[Any]
    writer: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()
    meaning: str = ""

    def __len__(self) -> int:
        return len(self.images)

    def where(self, chosen: slice | NDArray[Any]) -> LabelledArrays:
        """The part that a slice, a mask or indices choose, in that order."""
        writer = None if self.writer is None else self.writer[chosen]
        return replace(self, images=self.images[chosen], labels=self.labels[chosen], writer=writer)

    def normalized(self) -> LabelledArrays:
        """The same set, each grey image taken as one symbol's ink: images `uint8 (N, 28, 28)`."""
        images = [normalize(image.astype(np.float32) / 255) for image in self.images]
        return replace(self, images=np.stack(images), meaning=SYMBOL)

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


def load_arrays(name: str, split: Part = "train") -> LabelledArrays:
    """Read a set kept as IDX: `mnist`, `fashion-mnist`, `optdigits`, `semeion` or `usps`.

    Only the first two have a `test` split. MNIST's content is checked against `MNIST_MD5`.
    Raises `DataError` for a file that is missing, broken or not the published one.
    """
    folder = data_folder() / name
    md5 = MNIST_MD5 if name == "mnist" else {}
    images, labels = (
        _read(path, md5.get(path.name.partition("-idx")[0])) for path in idx_files(folder, split)
    )
    known = CATALOGUE[name]
    arrays = LabelledArrays(name, split, images, labels, None, known.classes, known.meaning)
    return checked(arrays, folder)


def idx_files(folder: Path, part: Part) -> tuple[Path, Path]:
    """The images and the labels of a part that is kept as IDX in `folder`, named as MNIST's."""
    prefix = _FILE_PREFIX[part]
    return folder / f"{prefix}-images-idx3-ubyte.gz", folder / f"{prefix}-labels-idx1-ubyte.gz"


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
    return checked(LabelledArrays("digilets", part, images, labels, writer), path)


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


def checked(arrays: LabelledArrays, where: Path) -> LabelledArrays:
    """`arrays`, whose images and labels belong together; otherwise `DataError` names `where`."""
    images, labels = arrays.images, arrays.labels
    is_images = images.ndim == 3 or (images.ndim == 4 and images.shape[3] == 3)
    if not is_images or images.dtype != np.uint8 or labels.shape != images.shape[:1]:
        raise DataError(
            f"{where}: {images.dtype} images {images.shape} and labels {labels.shape} "
            "do not belong together: fetch it again"
        )
    return arrays


def _read(path: Path, md5: str | None) -> NDArray[np.uint8]:
    if not path.exists():
        raise _missing(path)
    return read_idx(path, md5)


def _missing(path: Path) -> DataError:
    return DataError(f"{path}: not there; put the data set into the {ENVIRONMENT_VARIABLE} folder")
