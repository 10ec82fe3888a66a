"""A small named set that a mirror on the loopback interface serves."""

import gzip
import hashlib
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.data import catalogue, load
from inkdigits.data.catalogue import CATALOGUE, DataSet, Download, PartFiles
from inkdigits.data.sets import LabelledArrays
from tests.data.mirrors import Mirror


def idx(array: NDArray[np.uint8]) -> bytes:
    """The array as an IDX file."""
    header = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    return header + array.tobytes()


IMAGES = np.arange(4 * 28 * 28, dtype=np.uint32).reshape(4, 28, 28).astype(np.uint8)
LABELS = np.array([3, 1, 2, 0], np.uint8)
CONTENT = LabelledArrays("", "", IMAGES, LABELS).sha256
FILES = {
    "train-images.gz": gzip.compress(idx(IMAGES)),
    "train-labels.gz": gzip.compress(idx(LABELS)),
}


def small_set(mirror: Mirror) -> DataSet:
    """The set `small` of four images, served by `mirror`."""
    downloads = tuple(
        Download(name, (mirror.url(name),), f"sha256:{hashlib.sha256(content).hexdigest()}")
        for name, content in FILES.items()
    )
    return replace(
        CATALOGUE["mnist"],
        name="small",
        folder="small",
        parts={"train": PartFiles(4, downloads, CONTENT)},
        warning="it is small",
    )


def offer(monkeypatch: pytest.MonkeyPatch, known: DataSet) -> None:
    """Make `known` the only named set there is."""
    for module in (load, catalogue):
        monkeypatch.setattr(module, "CATALOGUE", {known.name: known})
