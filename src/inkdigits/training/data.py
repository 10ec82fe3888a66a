"""What a training learns from, and the images that it keeps out to be watched and calibrated on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.augmentation import Augmentation, augment
from inkdigits.data.cheques import NAME as CHEQUES
from inkdigits.data.lines import held_out_lines, training_lines
from inkdigits.data.load import load_set
from inkdigits.data.mixture import NON_DIGIT_LABEL, REAL_SETS, held_out, training_mixture
from inkdigits.data.progress import Watch, unwatched
from inkdigits.data.sets import LabelledArrays, load_files
from inkdigits.data.split import split
from inkdigits.errors import DataError
from inkdigits.imaging.normalize import STRIP_HEIGHT
from inkdigits.recognition.confidence import NOT_A_DIGIT
from inkdigits.recognition.contract import LINE_LABELS, STRIP, SYMBOL
from inkdigits.training.recipe import HANDWRITING, LINES, Recipe

HELD_OUT_NON_DIGITS = 4_000
HELD_OUT_LINES = 1_000

_HELD_OUT_SEED = 1_000_003
"""Added to the recipe's seed, so that held-out pools are drawn from other random numbers."""

_PLAIN = Augmentation()


class Feed(Protocol):
    """Makes the images of an epoch."""

    @property
    def sources(self) -> tuple[LabelledArrays, ...]:
        """What the images come from, each once."""

    def __len__(self) -> int:
        """How many images an epoch has."""

    def epoch(
        self, how: Augmentation, seed: int, number: int
    ) -> tuple[NDArray[np.uint8], NDArray[Any]]:
        """The shuffled, augmented images of an epoch and their labels; `seed` and `number` decide.

        Images uint8 `(N, *shape)`, labels integers `(N,)`; of lines, strips `(N, 48, W)` and rows
        of labels `(N, L)`, as `data/lines.py` has them.
        """


@dataclass(frozen=True, slots=True, eq=False)
class Shuffled:
    """A data set in memory, every image once an epoch."""

    arrays: LabelledArrays

    @property
    def sources(self) -> tuple[LabelledArrays, ...]:
        return (self.arrays,)

    def __len__(self) -> int:
        return len(self.arrays)

    def epoch(
        self, how: Augmentation, seed: int, number: int
    ) -> tuple[NDArray[np.uint8], NDArray[Any]]:
        """All images in another order, augmented if `how` says so."""
        rng = np.random.default_rng((seed, number))
        order = rng.permutation(len(self.arrays))
        images = self.arrays.images[order]
        return (images if how == _PLAIN else augment(images, how, rng)), self.arrays.labels[order]


@dataclass(frozen=True, slots=True, eq=False)
class TrainingData:
    """What one training sees.

    `classes` names the labels 0 to K-1 (of lines the last is the blank), of which `reject` is what
    belongs to none, None where there is no such label. `meaning` says what the pixels show, as the
    contract does. `split` records how `validation` was chosen.
    """

    feed: Feed
    validation: LabelledArrays
    classes: tuple[str, ...]
    reject: int | None = None
    meaning: str = ""
    split: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one image: `(H, W)`, or `(H, W, 3)` for RGB; W is 0 for any width."""
        if self.meaning == STRIP:
            return (STRIP_HEIGHT, 0)
        return self.validation.images.shape[1:]

    def to_list(self) -> list[dict[str, Any]]:
        """The sources with their hashes, as they are recorded."""
        return [
            {"name": s.name, "split": s.split, "count": len(s), "sha256": s.sha256}
            for s in self.feed.sources
        ]


def open_data(recipe: Recipe, watch: Watch = unwatched) -> Callable[[], TrainingData]:
    """Check that the data of a recipe is there; what is returned gives it, and may take a minute.

    A named set that is nowhere on the machine is downloaded; `watch` is told how far. Raises
    `DataError` for a set that is missing or broken, or too small to keep a part out.
    """
    if recipe.data in (HANDWRITING, LINES):
        for name in REAL_SETS:
            load_set(name, watch=watch)
    if recipe.data == HANDWRITING:
        return lambda: _handwriting(recipe)
    if recipe.data == LINES:
        if recipe.lines.real:
            load_files(CHEQUES)
        return lambda: _lines(recipe)
    data = plain(load_set(recipe.data, "train", recipe.form, watch), recipe)
    return lambda: data


def plain(arrays: LabelledArrays, recipe: Recipe) -> TrainingData:
    """A data set of which the recipe's `validation_split` is kept out."""
    classes = arrays.classes or tuple(map(str, range(int(arrays.labels.max(initial=0)) + 1)))
    if len(np.unique(arrays.labels)) < 2:
        raise DataError(f"{arrays.name}: all images are of one class: there is nothing to learn")
    parts = split(arrays, recipe.validation_split, recipe.seed)
    return TrainingData(
        Shuffled(parts.train),
        parts.validation,
        classes,
        meaning=arrays.meaning,
        split=parts.to_dict(),
    )


def _handwriting(recipe: Recipe) -> TrainingData:
    """The mixture that the shipped model learns from, with a class for what is no digit."""
    classes = (*map(str, range(NON_DIGIT_LABEL)), NOT_A_DIGIT)
    held = held_out(HELD_OUT_NON_DIGITS, recipe.seed + _HELD_OUT_SEED)
    return TrainingData(
        training_mixture(recipe.mixture, recipe.seed),
        replace(held, classes=classes),
        classes,
        reject=NON_DIGIT_LABEL,
        meaning=SYMBOL,
        split={"method": "held out of every source", "count": len(held)},
    )


def _lines(recipe: Recipe) -> TrainingData:
    """The lines that the line model learns from; what is kept out is composed of other digits."""
    held = held_out_lines(HELD_OUT_LINES, recipe.seed + _HELD_OUT_SEED)
    return TrainingData(
        training_lines(recipe.lines, recipe.epochs, recipe.seed),
        held,
        LINE_LABELS,
        meaning=STRIP,
        split={"method": "composed of digits held out of every source", "count": len(held)},
    )
