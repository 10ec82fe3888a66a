"""Probabilities whose figures are known, made from the answers that are to be given."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.sets import LabelledArrays


def answering(
    answers: Sequence[int] | NDArray[Any],
    classes: int,
    confidence: float | Sequence[float] | NDArray[Any] = 0.9,
) -> NDArray[np.float32]:
    """Rows `(N, classes)` with `confidence` at the answer and the rest shared by the others."""
    at = np.broadcast_to(np.asarray(confidence, np.float64), (len(answers),))
    rows = np.repeat(((1 - at) / (classes - 1))[:, np.newaxis], classes, axis=1)
    rows[np.arange(len(answers)), list(answers)] = at
    return rows.astype(np.float32)


def arrays_of(
    labels: Sequence[int], classes: Sequence[str], shape: tuple[int, ...] = (28, 28)
) -> LabelledArrays:
    """Images of noise with these labels."""
    images = np.random.default_rng(0).integers(0, 256, (len(labels), *shape), np.uint8)
    return LabelledArrays("noise", "validation", images, np.array(labels), classes=tuple(classes))
