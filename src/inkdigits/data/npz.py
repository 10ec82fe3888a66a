"""Images and labels in an `.npz` of NumPy, under the names that people give them; no pickles.

Images are `(N, H, W)`, `(N, H, W, 1)`, `(N, H, W, 3)` or, of squares, `(N, pixels)`: whole numbers
from 0 to 255, fractions from 0 to 1, or truth values. Labels are `(N,)` or `(N, 1)`.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.catalogue import Part
from inkdigits.data.idx import MAX_BYTES
from inkdigits.errors import DataError

NAMES: Final[Mapping[Part, tuple[tuple[str, str], ...]]] = {
    "train": (
        ("x_train", "y_train"),
        ("train_images", "train_labels"),
        ("x", "y"),
        ("images", "labels"),
    ),
    "test": (("x_test", "y_test"), ("test_images", "test_labels")),
}
"""The names of images and labels that are looked for, the first that are there."""

CLASSES: Final = "classes"
"""The array, if there is one, that names the labels 0 to K-1."""


def npz_names(path: Path, part: Part) -> tuple[str, str] | None:
    """The names under which a part lies in the file; `None` if it has no such part."""
    with _opened(path) as archive:
        inside = {name.removesuffix(".npy") for name in archive.namelist()}
    return next((pair for pair in NAMES[part] if inside.issuperset(pair)), None)


def read_npz(path: Path, part: Part) -> tuple[NDArray[np.uint8], NDArray[Any]]:
    """Images uint8 `(N, H, W)` or `(N, H, W, 3)` and labels `(N,)`; `DataError` for all others."""
    names = npz_names(path, part)
    if names is None:
        known = "; ".join(f"{images} and {labels}" for images, labels in NAMES[part])
        raise DataError(f"{path}: holds no images with labels of the names: {known}")
    images, labels = _read_array(path, names[0]), _read_array(path, names[1])
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1 or not images.ndim or len(labels) != len(images):
        raise DataError(
            f"{path}: {names[0]} {images.shape} and {names[1]} {labels.shape} do not belong "
            "together: an image needs one label, a number or a name"
        )
    return _as_bytes(_in_rows(images, path), path), labels


def read_classes(path: Path) -> tuple[str, ...]:
    """The names of the labels that the file gives; empty if it gives none."""
    with _opened(path) as archive:
        if f"{CLASSES}.npy" not in archive.namelist():
            return ()
    return tuple(str(name) for name in _read_array(path, CLASSES).ravel())


# RuntimeError: encrypted, or packed in a way that zipfile does not know.
@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, RuntimeError) as error:
        raise DataError(f"{path}: not a whole .npz file ({error}): save it again") from error


def _read_array(path: Path, name: str) -> NDArray[Any]:
    with _opened(path) as archive:
        size = archive.getinfo(f"{name}.npy").file_size
        if size > MAX_BYTES:
            raise DataError(f"{path}: {name} is over the limit of {MAX_BYTES:,} bytes")
        try:
            with archive.open(f"{name}.npy") as file:
                _check_header(file, size)
            with archive.open(f"{name}.npy") as file:
                return np.asarray(np.lib.format.read_array(file, allow_pickle=False))
        except ValueError as error:
            raise DataError(f"{path}: {name} cannot be read ({error}): save it again") from error


def _check_header(file: IO[bytes], size: int) -> None:
    """NumPy asks for the memory that the header names before it reads, so it must be the truth."""
    version = np.lib.format.read_magic(file)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"format {version}")
    first = version == (1, 0)
    read = np.lib.format.read_array_header_1_0 if first else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    if math.prod(shape) * dtype.itemsize > size:
        raise ValueError(f"its header says {shape} of {dtype}, it has {size:,} bytes")


def _in_rows(images: NDArray[Any], path: Path) -> NDArray[Any]:
    side = math.isqrt(images.shape[1]) if images.ndim == 2 else 0
    if side and side * side == images.shape[1]:
        return images.reshape(-1, side, side)
    if images.ndim == 4 and images.shape[3] == 1:
        return images[..., 0]
    if images.ndim == 3 or (images.ndim == 4 and images.shape[3] == 3):
        return images
    raise DataError(
        f"{path}: images of shape {images.shape}: use (N, height, width) for grey and "
        "(N, height, width, 3) for RGB"
    )


def _as_bytes(images: NDArray[Any], path: Path) -> NDArray[np.uint8]:
    if images.dtype == np.uint8:
        return images
    if images.dtype.kind not in "biuf":
        raise DataError(f"{path}: images of type {images.dtype}: use uint8")
    low, high = (images.min(), images.max()) if images.size else (0, 0)
    is_fraction = images.dtype.kind == "f" and low >= 0 and high <= 1
    if not (low >= 0 and high <= 255):
        raise DataError(f"{path}: pixels from {low} to {high}: use 0 to 255, or fractions 0 to 1")
    scale = 255 if is_fraction or images.dtype.kind == "b" else 1
    return np.rint(images.astype(np.float32) * scale).astype(np.uint8)
