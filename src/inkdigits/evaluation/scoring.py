"""A bundle on a data set: classes and images brought together, then every image scored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.catalogue import CATALOGUE, Part
from inkdigits.data.image_folder import ImageForm, class_folders
from inkdigits.data.load import load_set
from inkdigits.data.progress import Step, Watch, unwatched
from inkdigits.data.sets import LabelledArrays
from inkdigits.errors import DataError
from inkdigits.recognition.classifier import Classifier
from inkdigits.recognition.contract import SYMBOL, Contract
from inkdigits.recognition.preparing import takes_symbols

_AT_ONCE = 1024
_NAMED = 5


def load_for(
    contract: Contract, source: str, part: Part = "train", watch: Watch = unwatched
) -> LabelledArrays:
    """Load a data set as a model takes it: its input's shape, and labels as numbers of its classes.

    Image files are made into inputs as `inkdigits predict` does it, and sets of handwriting in
    another size are normalised for a model that takes symbols. Raises `DataError` for a set whose
    classes or images the model cannot take, and what `load_set` raises.
    """
    if source not in CATALOGUE and Path(source).is_dir() and class_folders(Path(source)):
        arrays = load_set(source, part, ImageForm.of(contract), watch)
    else:
        arrays = load_set(source, part, watch=watch)
    return suited(arrays, contract)


def suited(arrays: LabelledArrays, contract: Contract) -> LabelledArrays:
    """The same images as the model takes them, labelled by the numbers of the model's classes."""
    if len(arrays) == 0:
        raise DataError(f"{arrays.name}: there is no image in it: name a set that is not empty")
    # What cannot be matched is said before images are made over, which may take a minute.
    labels = _labels_of(arrays, contract)
    arrays = replace(arrays, labels=labels, classes=contract.classes)
    is_grey = arrays.images.ndim == 3
    if takes_symbols(contract) and is_grey and arrays.meaning != SYMBOL:
        return arrays.normalized()
    if arrays.images.shape[1:] != contract.shape:
        raise DataError(
            f"{arrays.name}: its images are {_size(arrays.images.shape[1:])}, and the model "
            f"{contract.title} takes {_size(contract.shape)}: name images of that size"
        )
    return arrays


def score(
    classifier: Classifier, arrays: LabelledArrays, watch: Watch = unwatched
) -> NDArray[np.float32]:
    """Probabilities `(N, K)` of all images of a set that is suited to the model."""
    parts = []
    for start in range(0, len(arrays), _AT_ONCE):
        parts.append(classifier.probabilities(arrays.images[start : start + _AT_ONCE]))
        done = min(start + _AT_ONCE, len(arrays))
        watch(Step(f"scoring {arrays.name}", done, len(arrays), "images"))
    return np.concatenate(parts)


def trained_on(contract: Contract, arrays: LabelledArrays) -> bool:
    """Whether the model says that it learnt from images of this part of this set."""
    return any(
        source.get("name") == arrays.name and source.get("split") == arrays.split
        for source in contract.data
    )


def _labels_of(arrays: LabelledArrays, contract: Contract) -> NDArray[np.int64]:
    """The labels as numbers of the model's classes, which are matched by name."""
    if arrays.labels.dtype.kind not in "iu":
        raise DataError(f"{arrays.name}: its labels are no numbers of classes: name another set")
    names = arrays.classes or tuple(map(str, range(int(arrays.labels.max()) + 1)))
    if int(arrays.labels.min()) < 0 or int(arrays.labels.max()) >= len(names):
        raise DataError(
            f"{arrays.name}: its labels are {arrays.labels.min()} to {arrays.labels.max()}, its "
            f"classes 0 to {len(names) - 1}: correct the labels"
        )
    places = {name: place for place, name in enumerate(contract.classes)}
    strangers = [name for name in names if name not in places]
    if strangers:
        raise DataError(
            f"{arrays.name}: {_listed(strangers)} are classes that the model {contract.title} does "
            f"not know; it tells {_listed(contract.classes)}"
        )
    return np.array([places[name] for name in names], np.int64).take(arrays.labels)


def _listed(names: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(ascii(name) for name in names[:_NAMED]) + more


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[0]}x{shape[1]} {'RGB' if len(shape) == 3 else 'grey'}"
