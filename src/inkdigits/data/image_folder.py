"""A folder of class folders: each subfolder is a class, and the images in it are its examples."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.idx import MAX_BYTES
from inkdigits.data.labels import number_labels, sorted_names
from inkdigits.data.progress import Step, Watch
from inkdigits.data.sets import LabelledArrays
from inkdigits.errors import DataError, ImageError
from inkdigits.imaging.decode import decode_first
from inkdigits.imaging.ink import find_ink
from inkdigits.imaging.normalize import SIDE
from inkdigits.recognition.contract import MAX_SIDE_PX, OBJECT, PICTURE, SYMBOL, Contract
from inkdigits.recognition.preparing import meaning_of, picture_of, symbol_of, takes_symbols

_NAMED: Final = 5
_LEFT_BY_WINDOWS: Final = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class ImageForm:
    """How an image file becomes an array.

    `size` is height and width in pixels, 1 to 1024; `colour` keeps RGB. With `symbols` each image
    is one handwritten symbol: its ink is found and normalised to 28x28, as reading does it,
    whatever the paper; without, the whole picture is scaled. `None` takes symbols where every class
    is called by a digit and neither a size nor colour is asked for. With `objects` each shows one
    object on plain ground, which is cut out as Fashion-MNIST did it.
    """

    size: tuple[int, int] = (SIDE, SIDE)
    colour: bool = False
    symbols: bool | None = None
    objects: bool = False

    def __post_init__(self) -> None:
        if not all(1 <= side <= MAX_SIDE_PX for side in self.size):
            raise DataError(f"a size of {self.size}: use 1 to {MAX_SIDE_PX} pixels a side")
        if self.symbols and not self._can_be_symbols():
            raise DataError("symbols are 28x28 and grey: leave out size and colour")
        if self.objects and (self.symbols or self.colour):
            raise DataError("objects are grey, and no symbols: leave out the one or the other")

    @classmethod
    def of(cls, contract: Contract) -> ImageForm:
        """How image files become inputs of a model: as `Classifier.predict` makes them."""
        height, width, *colours = contract.shape
        is_object = contract.meaning == OBJECT and not colours
        return cls((height, width), bool(colours), takes_symbols(contract), is_object)

    def takes_symbols(self, classes: Iterable[str]) -> bool:
        """Whether images of these classes are taken as handwritten symbols."""
        if self.symbols is not None:
            return self.symbols
        by_digits = all(len(name) == 1 and name in "0123456789" for name in classes)
        return by_digits and self._can_be_symbols()

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one image."""
        return (*self.size, 3) if self.colour else self.size

    def _can_be_symbols(self) -> bool:
        return self.size == (SIDE, SIDE) and not self.colour


def class_folders(folder: Path) -> list[str]:
    """The names of the classes in `folder`: its subfolders but the hidden ones, in order."""
    return sorted_names(
        [path.name for path in folder.iterdir() if path.is_dir() and path.name[0] != "."]
    )


def load_images(
    folder: Path, classes: Sequence[str], form: ImageForm, watch: Watch
) -> LabelledArrays:
    """Decode every file in the subfolders `classes`, in the order of their names.

    Raises `DataError` for a class that is not there or has no image, for images that do not fit
    into memory, and for files that cannot be read: it names the first of those and counts the rest.
    """
    files, labels = _list_files(folder, classes)
    symbols = form.takes_symbols(classes)
    if len(files) * int(np.prod(form.shape)) > MAX_BYTES:
        raise DataError(f"{folder}: {len(files):,} images of {form.shape} are over 4 GiB: shrink")
    images = np.empty((len(files), *form.shape), np.uint8)
    failures: list[str] = []

    def prepare(path: Path) -> NDArray[np.uint8] | str:
        try:
            pixels = decode_first(path).pixels
        except ImageError as error:
            return str(error)
        if symbols:
            return symbol_of(find_ink(pixels))
        return picture_of(pixels, form.shape, OBJECT if form.objects else PICTURE)

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for index, result in enumerate(pool.map(prepare, files)):
            if isinstance(result, str):
                failures.append(result)
            else:
                images[index] = result
            watch(Step(f"reading {folder.name}", index + 1, len(files), "images"))
    if failures:
        raise _unreadable(failures)
    numbers, names = number_labels(np.array(labels, np.int64), str(folder), tuple(classes))
    meaning = SYMBOL if symbols else OBJECT if form.objects else meaning_of(images)
    return LabelledArrays(folder.name, "train", images, numbers, None, names, meaning)


def _list_files(folder: Path, classes: Sequence[str]) -> tuple[list[Path], list[int]]:
    files: list[Path] = []
    labels: list[int] = []
    for label, name in enumerate(classes):
        inside = folder / name
        if not inside.is_dir():
            raise DataError(f"{inside}: not there: every part needs a folder for each class")
        found = sorted(path for path in inside.iterdir() if _may_be_image(path))
        if not found:
            raise DataError(f"{inside}: no image in this class: add some, or remove the folder")
        files += found
        labels += [label] * len(found)
    return files, labels


def _may_be_image(path: Path) -> bool:
    hidden = path.name.startswith(".") or path.name.casefold() in _LEFT_BY_WINDOWS
    return not hidden and path.is_file()


def _unreadable(failures: Sequence[str]) -> DataError:
    more = f"; and {len(failures) - _NAMED} more" if len(failures) > _NAMED else ""
    return DataError(
        f"{len(failures)} files are no images that can be read: repair or remove "
        f"{'; '.join(failures[:_NAMED])}{more}"
    )
