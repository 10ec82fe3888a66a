"""Learning from lines whose symbols nobody has located: connectionist temporal classification.

The loss sums over all ways in which the labels can be spread over the steps of a strip (Graves
2006). The blank is the last class; rows of labels are filled up with -1.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from inkdigits.data.lines import MOST_LABELS, NO_LABEL


def ctc_loss(labels: Any, logits: Any) -> Any:
    """Negative log likelihood in nats of each row of labels `(N, L)`, from logits `(N, T, K)`."""
    labels = ops.cast(labels, "int32")  # Keras hands labels over in the type of the scores
    steps = ops.full((ops.shape(logits)[0],), ops.shape(logits)[1], dtype="int32")
    blank = logits.shape[2] - 1
    if keras.backend.backend() == "tensorflow":
        return _of_tensorflow(labels, logits, steps, blank)
    lengths = ops.sum(ops.cast(labels != NO_LABEL, "int32"), axis=1)
    return ops.ctc_loss(ops.maximum(labels, 0), logits, lengths, steps, mask_index=blank)


def _of_tensorflow(labels: Any, logits: Any, steps: Any, blank: int) -> Any:
    """The same, faster: a step on a processor takes 0.6 of the time with TensorFlow's own kernel.

    It runs for sparse labels only, and Keras gives it dense ones.
    """
    import tensorflow as tf

    empty = tf.reduce_all(labels == NO_LABEL, axis=1)
    # The kernel refuses rows without labels; theirs is the one way to say nothing at all.
    first = tf.where(empty, 0, labels[:, 0])
    labels = tf.concat([first[:, tf.newaxis], labels[:, 1:]], axis=1)
    places = tf.where(labels != NO_LABEL)
    size = tf.cast(tf.shape(labels), tf.int64)
    sparse = tf.SparseTensor(places, tf.gather_nd(labels, places), size)
    loss = tf.nn.ctc_loss(sparse, logits, None, steps, logits_time_major=False, blank_index=blank)
    silent = -tf.reduce_sum(tf.nn.log_softmax(logits)[:, :, blank], axis=1)
    return tf.where(empty, silent, loss)


def lines_right(labels: Any, logits: Any) -> Any:
    """Which rows of labels are what the likeliest class of every step spells: float32 `(N,)`."""
    labels = ops.cast(labels, "int32")
    blank = logits.shape[2] - 1
    best = ops.argmax(logits, axis=2)
    before = ops.pad(best[:, :-1], ((0, 0), (1, 0)), constant_values=blank)
    said = ops.cast(ops.logical_and(best != blank, best != before), "int32")
    there = ops.cast(labels != NO_LABEL, "int32")
    # Sums of label times a weight of its place: equal for equal rows, and for hardly any others.
    spelt = _sum_of(said * ops.cast(best + 1, "int32"), ops.cumsum(said, axis=1))
    known = _sum_of(there * ops.cast(labels + 1, "int32"), ops.cumsum(there, axis=1))
    same_length = ops.sum(said, axis=1) == ops.sum(there, axis=1)
    right = ops.logical_and(ops.abs(spelt - known) < 1e-3, same_length)
    return ops.cast(right, "float32")


def accuracy(labels: Any, logits: Any) -> Any:
    """`lines_right`, under the name by which every training calls the share that is right."""
    return lines_right(labels, logits)


def spelt(logits: NDArray[np.float32]) -> list[tuple[int, ...]]:
    """The labels that the likeliest class of every step spells, one row a strip."""
    blank = logits.shape[2] - 1
    best = logits.argmax(2)
    rows = []
    for row in best:
        changed = np.flatnonzero(np.diff(row, prepend=blank))
        rows.append(tuple(int(label) for label in row[changed] if label != blank))
    return rows


def validate(logits: NDArray[np.float32], labels: NDArray[np.int32]) -> tuple[float, float]:
    """Mean loss in nats a line, and the share of lines that are read right."""
    loss = np.asarray(ctc_loss(labels, logits))
    right = np.asarray(lines_right(labels, logits))
    return float(loss.mean()), float(right.mean())


def _sum_of(values: Any, places: Any) -> Any:
    weights = np.random.default_rng(0).uniform(1, 2, 2 * MOST_LABELS + 512).astype(np.float32)
    weight = ops.take(ops.convert_to_tensor(weights), ops.minimum(places, len(weights) - 1))
    return ops.sum(ops.cast(values, "float32") * weight, axis=1)


class CtcLoss(keras.losses.Loss):  # type: ignore[misc]
    """`ctc_loss` as Keras takes it."""

    def call(self, y_true: Any, y_pred: Any) -> Any:
        return ctc_loss(y_true, y_pred)
