"""Data of one's own, whose layout tells what it is.

- a folder of class folders, or one with `train/` and `test/` that hold class folders;
- a folder with IDX files that are called like MNIST's, gzipped or not;
- an `.npz` of images and labels, perhaps with a test part: see `data/npz.py`;
- a `.csv` of pixels: see `data/pixel_csv.py`.

Labels are whole numbers or names. Everything is the training part but what is called a test.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.catalogue import CATALOGUE, Part
from inkdigits.data.idx import find_pair, read_idx
from inkdigits.data.image_folder import ImageForm, class_folders, load_images
from inkdigits.data.labels import match_labels, number_labels
from inkdigits.data.npz import npz_names, read_classes, read_npz
from inkdigits.data.pixel_csv import read_pixel_csv
from inkdigits.data.progress import Watch
from inkdigits.data.sets import LabelledArrays, checked
from inkdigits.errors import DataError
from inkdigits.imaging.normalize import SIDE
from inkdigits.recognition.contract import MAX_SIDE_PX, PICTURE, SYMBOL
from inkdigits.recognition.preparing import meaning_of

_PARTS: Final = {"train", "test"}


def load_own(source: str, part: Part, form: ImageForm, watch: Watch) -> LabelledArrays:
    """Load a part of the data at the path `source`; the head of this module lists the layouts.

    Images that lie there as arrays stay as they are; `form` is for image files. The training part
    must have two classes or more, and the test part no other than these. `DataError` says what is
    wrong, before any long work where that can be known.
    """
    path = _existing(source)
    if part == "test" and not has_own_test(source):
        raise DataError(f"{source} has no test part: use the training part")
    if path.is_dir() and find_pair(path, "train") is None:
        arrays = _load_folder(path, part, form, watch)
    elif form != ImageForm():
        raise DataError(f"{source}: its images have a size already: leave out how to make them")
    else:
        arrays = _load_arrays(path, part)
    whole = path.resolve()
    return replace(arrays, name=whole.name if path.is_dir() else whole.stem, split=part)


def has_own_test(source: str) -> bool:
    """Whether the data at the path `source` has a test part; `DataError` if nothing is there."""
    path = _existing(source)
    if path.is_dir():
        return find_pair(path, "test") is not None or (_in_parts(path) and (path / "test").is_dir())
    return path.suffix.lower() == ".npz" and npz_names(path, "test") is not None


def folder_classes(path: Path) -> tuple[str, ...]:
    """The names of the classes of a folder of class folders, or of its part train/."""
    return tuple(class_folders(path / "train" if _in_parts(path) else path))


def _existing(source: str) -> Path:
    path = Path(source)
    if not path.exists():
        raise DataError(
            f"{source}: no data set is called so, and nothing is at that path: name a path, or one "
            f"of {', '.join(CATALOGUE)}"
        )
    return path


def _load_folder(path: Path, part: Part, form: ImageForm, watch: Watch) -> LabelledArrays:
    in_parts = _in_parts(path)
    if in_parts and (others := set(class_folders(path)) - _PARTS):
        raise DataError(
            f"{path / min(others)}: beside train/ there may only be test/: move its images into "
            "train/, from which a part is taken for validation"
        )
    classes = folder_classes(path)
    _check_classes(classes, path)
    return load_images(path / part if in_parts else path, classes, form, watch)


def _in_parts(path: Path) -> bool:
    return (path / "train").is_dir() and bool(class_folders(path / "train"))


@dataclass(frozen=True, slots=True, eq=False)
class _Raw:
    """Images and their labels as they are written; `train_labels` decide which classes there are.

    `classes` names the labels 0 to K-1, where the file does.
    """

    images: NDArray[np.uint8]
    labels: NDArray[Any]
    train_labels: NDArray[Any]
    classes: tuple[str, ...] = ()


def _load_arrays(path: Path, part: Part) -> LabelledArrays:
    raw, where = _read(path, part), str(path)
    train_labels, classes = number_labels(raw.train_labels, where, raw.classes)
    _check_classes(classes, path)
    if part == "train":
        labels = train_labels
    elif raw.classes:
        labels, _ = number_labels(raw.labels, where, raw.classes)
    else:
        labels = match_labels(raw.labels, where, classes)
    arrays = checked(LabelledArrays("", part, raw.images, labels, None, classes), path)
    sides = raw.images.shape[1:3]
    if not all(1 <= side <= MAX_SIDE_PX for side in sides):
        raise DataError(f"{path}: images of {sides} pixels: use 1 to {MAX_SIDE_PX} a side")
    return replace(arrays, meaning=_meaning_of(arrays))


def _read(path: Path, part: Part) -> _Raw:
    if path.is_dir():
        images, labels = _read_pair(path, part)
        return _Raw(images, labels, labels if part == "train" else _read_pair(path, "train")[1])
    if path.suffix.lower() == ".npz":
        images, labels = read_npz(path, part)
        train_labels = labels if part == "train" else read_npz(path, "train")[1]
        return _Raw(images, labels, train_labels, read_classes(path))
    if path.suffix.lower() == ".csv":
        images, texts = read_pixel_csv(path)
        return _Raw(images, texts, texts)
    raise DataError(f"{path}: not a layout of data: use a folder, an .npz or a .csv")


def _read_pair(folder: Path, part: Part) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    pair = find_pair(folder, part)
    if pair is None:
        raise DataError(f"{folder}: no IDX files of a {part} part in it")
    return read_idx(pair[0]), read_idx(pair[1])


def _meaning_of(arrays: LabelledArrays) -> str:
    """What the pixels show: digits of 28x28, bright on dark, are taken to be made as MNIST's."""
    meaning = meaning_of(arrays.images)
    of_digits = ImageForm().takes_symbols(arrays.classes)
    as_mnist = of_digits and meaning != PICTURE and arrays.images.shape[1:] == (SIDE, SIDE)
    return SYMBOL if as_mnist else meaning


def _check_classes(classes: tuple[str, ...], path: Path) -> None:
    if len(classes) < 2:
        only = f"only one class, {classes[0]!r}," if classes else "no class"
        raise DataError(
            f"{path}: {only} in it: there must be two or more, each in a folder of its own or with "
            "a label of its own"
        )
