"""One part of a set divided into a training and a validation part: once, seeded, stratified."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.sets import LabelledArrays
from inkdigits.errors import DataError


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Two parts of one set that have no image in common and make up the whole.

    `chosen` are the indices of the validation images in the set, `int64`, rising.
    """

    train: LabelledArrays
    validation: LabelledArrays
    chosen: NDArray[np.int64]
    share: float
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """What a run records of it; the hash is of the indices as little-endian int64."""
        return {
            "method": "stratified",
            "share": self.share,
            "seed": self.seed,
            "train": len(self.train),
            "validation": len(self.validation),
            "sha256": hashlib.sha256(self.chosen.astype("<i8").tobytes()).hexdigest(),
        }


def split(arrays: LabelledArrays, share: float, seed: int) -> Split:
    """Put `share` (0 to 1, neither) of the images aside for validation, of each class alike.

    Each class gives its share, rounded so that the sum is right, and has at least one image on
    either side. Images keep their order. The same labels, share and seed give the same split on
    every machine. Raises `DataError` for a class of one image, `ValueError` for another share.
    """
    if not 0 < share < 1:
        raise ValueError(f"a share of {share} leaves one part empty: use one between 0 and 1")
    labels, counts = np.unique(arrays.labels, return_counts=True)
    for label, count in zip(labels, counts, strict=True):
        if count < 2:
            name = arrays.classes[label] if arrays.classes else label
            raise DataError(
                f"{arrays.name}: too small to split: class {name!s} has one image, and both the "
                "training and the validation need one: add images"
            )
    # NumPy promises that the raw output of a bit generator stays the same, and no more than that.
    keys = np.random.PCG64(seed).random_raw(len(arrays))
    chosen = np.zeros(len(arrays), bool)
    for label, count in zip(labels, _shares(counts, share), strict=True):
        members = np.flatnonzero(arrays.labels == label)
        chosen[members[np.argsort(keys[members], kind="stable")[:count]]] = True
    kept_out = replace(arrays.where(chosen), split="validation")
    return Split(arrays.where(~chosen), kept_out, np.flatnonzero(chosen), share, seed)


def _shares(counts: NDArray[np.int64], share: float) -> NDArray[np.int64]:
    """How many of each class, by largest remainders: in all `share` of the sum, to the nearest."""
    exact = counts * share
    taken = np.floor(exact).astype(np.int64)
    missing = round(float(exact.sum())) - int(taken.sum())
    taken[np.argsort(taken - exact, kind="stable")[:missing]] += 1
    return np.asarray(np.clip(taken, 1, counts - 1))
