"""What differs between Keras's backends, in one place: repeatability, and 16-bit arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras

from inkdigits.training.recipe import Precision

_BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}
"""What /proc/cpuinfo says of processors that multiply in bfloat16."""

_BFLOAT16_CAPABILITY = (8, 0)
"""NVIDIA's compute capability from which GPUs do."""


def begin_repeatably(seed: int) -> None:
    """Make what follows in this process depend on `seed` alone, on one machine.

    Sets Python's, NumPy's and the backend's seeds. On GPUs TensorFlow is also told to choose
    algorithms that add up in the same order every time, and to keep all bits of float32; neither
    can be taken back while the process lives. Processors add up in the same order as it is: every
    network here gives the same bits in every process, and TensorFlow's setting would only cost
    them a third of their speed.
    """
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        from tensorflow import config

        if config.list_physical_devices("GPU"):
            config.experimental.enable_op_determinism()
            # Else they round to 10 bits in float32, and so differ from what ONNX Runtime answers.
            config.experimental.enable_tensor_float_32_execution(False)


def steps_a_call() -> int:
    """How many steps of a training go into one call of the backend.

    Each call costs TensorFlow about a millisecond, which small networks would notice.
    """
    return 8 if keras.backend.backend() == "tensorflow" else 1


def possible(precision: Precision) -> Precision:
    """`precision`, or `"float32"` where this machine would only emulate bfloat16."""
    return precision if precision == "float32" or _has_bfloat16() else "float32"


def fuses_normalization() -> bool:
    """Whether `normalized` is there."""
    return bool(keras.backend.backend() == "tensorflow")


def normalized(images: Any, scale: Any, offset: Any, epsilon: float) -> tuple[Any, Any, Any]:
    """A batch float32 `(N, H, W, C)` normalised over its channels, their means and variances.

    TensorFlow's own kernel (Ioffe 2015). It gives the variance of which the batch is a sample;
    Keras keeps that of the batch itself, and so it is given here.
    """
    import tensorflow as tf

    result, mean, variance = tf.compat.v1.nn.fused_batch_norm(
        images, tf.convert_to_tensor(scale), tf.convert_to_tensor(offset), epsilon=epsilon
    )
    count = tf.cast(tf.size(images) // tf.size(scale), tf.float32)
    return result, mean, variance * (count - 1) / count


def sparse_ctc_loss(labels: Any, logits: Any, steps: Any, no_label: int) -> Any:
    """TensorFlow's own kernel for connectionist temporal classification; the blank comes last.

    A step of training takes 0.6 of the time on a processor with it. It runs for sparse labels only,
    and Keras gives it dense ones: `labels` are `(N, L)`, filled up with `no_label`, `logits`
    `(N, T, K)`, `steps` `(N,)`.
    """
    import tensorflow as tf

    blank = logits.shape[2] - 1
    empty = tf.reduce_all(labels == no_label, axis=1)
    # The kernel refuses rows without labels; theirs is the one way to say nothing at all.
    first = tf.where(empty, 0, labels[:, 0])
    labels = tf.concat([first[:, tf.newaxis], labels[:, 1:]], axis=1)
    places = tf.where(labels != no_label)
    size = tf.cast(tf.shape(labels), tf.int64)
    sparse = tf.SparseTensor(places, tf.gather_nd(labels, places), size)
    loss = tf.nn.ctc_loss(sparse, logits, None, steps, logits_time_major=False, blank_index=blank)
    silent = -tf.reduce_sum(tf.nn.log_softmax(logits)[:, :, blank], axis=1)
    return tf.where(empty, silent, loss)


@contextmanager
def computing_in(precision: Precision) -> Iterator[None]:
    """Layers that are made in the block compute in `precision`."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def _has_bfloat16() -> bool:
    if keras.backend.backend() == "tensorflow":
        from tensorflow import config

        gpus = config.list_physical_devices("GPU")
        details = [config.experimental.get_device_details(gpu) for gpu in gpus]
        if details:
            capabilities = [detail.get("compute_capability", (0, 0)) for detail in details]
            return bool(min(capabilities) >= _BFLOAT16_CAPABILITY)
    try:
        described = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return not _BFLOAT16_FLAGS.isdisjoint(described.split())
