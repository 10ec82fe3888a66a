"""Learning from lines whose symbols nobody has located: connectionist temporal classification.

The loss sums over all ways in which the labels can be spread over the steps of a strip (Graves
2006). The blank is the last class; rows of labels are filled up with `NO_LABEL`.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from inkdigits.data.lines import NO_LABEL
from inkdigits.training.backend import sparse_ctc_loss


def ctc_loss(labels: Any, logits: Any) -> Any:
    """Negative log likelihood in nats of each row of labels `(N, L)`, from logits `(N, T, K)`."""
    labels = ops.cast(labels, "int32")  # Keras hands labels over in the type of the scores
    steps = ops.full((ops.shape(logits)[0],), ops.shape(logits)[1], dtype="int32")
    blank = logits.shape[2] - 1
    if keras.backend.backend() == "tensorflow":
        return sparse_ctc_loss(labels, logits, steps, NO_LABEL)
    lengths = ops.sum(ops.cast(labels != NO_LABEL, "int32"), axis=1)
    return ops.ctc_loss(ops.maximum(labels, 0), logits, lengths, steps, mask_index=blank)


def lines_right(labels: Any, logits: Any) -> Any:
    """Which rows of labels are what the likeliest class of every step spells: float32 `(N,)`."""
    labels = ops.cast(labels, "int32")
    blank = logits.shape[2] - 1
    best = ops.argmax(logits, axis=2)
    before = ops.pad(best[:, :-1], ((0, 0), (1, 0)), constant_values=blank)
    said = ops.cast(ops.logical_and(best != blank, best != before), "int32")
    # The first label that is said goes to the first place, and so on; what says nothing, or more
    # than there are places, goes nowhere.
    places = ops.one_hot(said * ops.cumsum(said, axis=1) - 1, labels.shape[1], dtype="int32")
    spelt = ops.sum(places * ops.expand_dims(ops.cast(best + 1, "int32"), 2), axis=1) - 1
    as_long = ops.sum(said, axis=1) == ops.sum(ops.cast(labels != NO_LABEL, "int32"), axis=1)
    return ops.cast(ops.logical_and(as_long, ops.all(spelt == labels, axis=1)), "float32")


def validate(logits: NDArray[np.float32], labels: NDArray[np.int32]) -> tuple[float, float]:
    """Mean loss in nats a line, and the share of lines that are read right.

    Logits are `(N, T, K)`, labels `(N, L)`.
    """
    loss = np.asarray(ctc_loss(labels, logits))
    right = np.asarray(lines_right(labels, logits))
    return float(loss.mean()), float(right.mean())


class CtcLoss(keras.losses.Loss):  # type: ignore[misc]
    """`ctc_loss` as Keras takes it."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ctc_loss(y_true, y_pred)
