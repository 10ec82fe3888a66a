"""`Classifier`: what one picture shows, by a model of any classes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import IncompatibleModel, UnsupportedFormat
from inkdigits.imaging.decode import Limits, Page, Source, decode_first
from inkdigits.imaging.ink import find_ink
from inkdigits.recognition.bundle import DEFAULT, Bundle, load_bundle
from inkdigits.recognition.confidence import digit_columns, probabilities
from inkdigits.recognition.polarity import READS_WELL, SURE, exchanged
from inkdigits.recognition.preparing import picture_of, symbol_of, takes_symbols

SHOWN = 3
"""So many labels of a prediction are shown if nobody says otherwise."""


@dataclass(frozen=True, slots=True, eq=False)
class Prediction:
    """What a model says of one picture.

    `source` is where it came from (a path, `"-"`, or `""` for data in memory). `ranked` are all
    labels with their calibrated probabilities, best first, and none where a model of handwriting
    finds nothing written. `seen` is the input that was scored, uint8 `(H, W)` or `(H, W, 3)`.
    `model` is the name and version of the model.
    """

    source: str
    ranked: tuple[tuple[str, float], ...]
    seen: NDArray[np.uint8]
    model: str

    @property
    def label(self) -> str | None:
        """The most probable label; `None` where nothing is written."""
        return self.ranked[0][0] if self.ranked else None

    @property
    def probability(self) -> float:
        """How probable it is, 0 to 1."""
        return self.ranked[0][1] if self.ranked else 0.0

    def to_dict(self, top: int = SHOWN) -> dict[str, Any]:
        """The prediction as plain JSON types, with the `top` most probable labels."""
        return {
            "file": self.source,
            "label": self.label,
            "probability": round(self.probability, 4),
            "model": self.model,
            "top": [[label, round(p, 4)] for label, p in self.ranked[:top]],
        }


class Classifier:
    """Says what a picture shows, by a bundle of any classes.

    `model`, `limits`, `threads` and errors are those of `Reader`, but every bundle is taken, save
    that of a line model. A call never changes it, and threads may share it.
    """

    def __init__(
        self, model: str | Path = DEFAULT, *, limits: Limits | None = None, threads: int = 0
    ) -> None:
        self.bundle: Bundle = load_bundle(model, threads)
        contract = self.bundle.contract
        if contract.reads_lines:
            raise IncompatibleModel(
                f"the model {contract.title} reads whole lines, and tells no classes of pictures "
                "apart: a reader uses it, as its line_model"
            )
        self.limits = limits or Limits()

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes, K of them, without that for what belongs to none."""
        return self.bundle.contract.classes

    def probabilities(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Calibrated probabilities float32 `(N, K)` of the classes for inputs uint8 `(N, *shape)`.

        The images are as the contract's `input` says, `shape` its shape; N may be 0. What a row
        lacks to 1 is the probability of belonging to no class, where the model has a label for
        that. Raises `UnsupportedFormat` for other arrays.
        """
        contract = self.bundle.contract
        if images.dtype != np.uint8 or images.shape[1:] != contract.shape:
            wanted = ", ".join(map(str, contract.shape))
            raise UnsupportedFormat(
                f"the model {contract.title} takes uint8 (N, {wanted}), "
                f"not {images.dtype} {images.shape}: use predict for images of any other kind"
            )
        return self._all(images)[:, digit_columns(contract)]

    def predict(self, source: Source) -> Prediction:
        """What the first page of an image shows, as one thing.

        `source` is a path, `"-"` for standard input, bytes, a binary file, a PIL image or an array.
        Raises `ImageError`.
        """
        return self.predict_page(decode_first(source, self.limits))

    def predict_page(self, page: Page) -> Prediction:
        """What a page that `decode` gave shows: as `predict`, whatever the limits."""
        contract = self.bundle.contract
        if takes_symbols(contract):
            seen, row = self._symbol(page)
        else:
            seen = picture_of(page.pixels, contract.shape, contract.meaning)
            row = self._all(seen[np.newaxis])[0]
        return Prediction(page.source, _ranked(row, contract.labels), seen, contract.title)

    def _symbol(self, page: Page) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """The page as one symbol and its probabilities `(L,)`, none if nothing is written on it.

        With ink and paper exchanged if that reads better: this is `Reader.read` with the layout
        `"digit"`, for models of any symbols.
        """
        ink = find_ink(page.pixels)
        seen = symbol_of(ink)
        if not seen.any():
            return seen, np.empty(0, np.float32)
        other = exchanged(page, ink) if self._certainty(seen) < READS_WELL else None
        if other is not None:
            other_seen = symbol_of(other)
            if self._certainty(other_seen) > SURE:
                seen = other_seen
        return seen, self._answer(seen)

    def _answer(self, symbol: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The probabilities `(L,)` of one symbol: a digit is looked at as `Reader` does it."""
        contract, images = self.bundle.contract, symbol[np.newaxis]
        scores = self.bundle.scores(images)
        if contract.reads_digits:
            scores = self.bundle.agreed_scores(images, scores)
        return np.asarray(probabilities(scores, contract)[0], np.float32)

    def _certainty(self, symbol: NDArray[np.uint8]) -> float:
        row = self._all(symbol[np.newaxis])[0]
        return float(row[digit_columns(self.bundle.contract)].max())

    def _all(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return probabilities(self.bundle.scores(images), self.bundle.contract)


def _ranked(row: NDArray[np.float32], labels: tuple[str, ...]) -> tuple[tuple[str, float], ...]:
    """The labels with their probabilities, best first; the first of equals stays first."""
    return tuple((labels[n], float(row[n])) for n in np.argsort(-row, kind="stable"))
