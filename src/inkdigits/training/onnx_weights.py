"""The weights of a bundle, put back into the network that it was exported from.

An exported graph has no layers any more: batch normalisation is folded into the convolution before
it, or left as a factor and a sum. What is set here is another network with the same answers, and
that is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import onnx
from keras import layers
from numpy.typing import NDArray
from onnx import numpy_helper

from inkdigits.errors import IncompatibleModel
from inkdigits.imaging.normalize import STRIP_HEIGHT
from inkdigits.training.export import scores_of

Floats = NDArray[np.float32]

AGREEMENT = 1e-3
"""The network and the graph may differ by this share of the largest score."""

_COMPARED = 32
_WEIGHTED = ("Conv", "MatMul", "Gemm")
_SUMS = ("Mul", "Add", "Sub")
_LINEAR = ("Reshape", "Transpose", "Squeeze", "Unsqueeze", "Flatten", "Cast", "Identity")
"""Operations through which a factor and a sum for each channel can be pulled."""


@dataclass(slots=True)
class _Affine:
    """A factor and a sum for each channel, or one for all."""

    factor: Floats
    sum: Floats

    def then(self, operation: str, constant: Floats) -> None:
        if operation == "Mul":
            self.factor, self.sum = self.factor * constant, self.sum * constant
        else:
            self.sum = self.sum + (constant if operation == "Add" else -constant)


@dataclass(slots=True)
class _Stage:
    """One layer of the graph that has weights, and what is done to its scores for each channel.

    `before` comes before whatever is not linear, `after` after it.
    """

    kernel: Floats
    before: _Affine
    after: _Affine | None = None
    bent: bool = False


def set_weights_from(graph: bytes, model: keras.Model) -> None:
    """Set the weights of a network so that it scores images as the exported `graph` does.

    Batch statistics become 0 and 1. Raises `IncompatibleModel` if the graph is not one that this
    network was exported to: another shape, another order, layers of another kind.
    """
    try:
        _set(_stages(onnx.load_from_string(graph).graph), model)
    except (ValueError, KeyError, IndexError) as error:
        raise _not_of(model) from error
    _check_agreement(graph, model)


def weighted_layers(model: keras.Model) -> list[keras.layers.Layer]:
    """The layers that have weights, in their order, those of networks inside the network too."""
    found: list[keras.layers.Layer] = []
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            found += weighted_layers(layer)
        elif layer.weights:
            found.append(layer)
    return found


def _stages(graph: Any) -> list[_Stage]:
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    stages: list[_Stage] = []
    for node in graph.node:
        given = [constants[name] for name in node.input if name in constants]
        if node.op_type in _WEIGHTED and given:
            stages.append(_begin(node, given))
        elif not stages:
            continue  # how pixels are scaled
        elif node.op_type in _SUMS and given:
            stage = stages[-1]
            if stage.bent and stage.after is None:
                stage.after = _Affine(np.ones(1, np.float32), np.zeros(1, np.float32))
            (stage.after or stage.before).then(node.op_type, given[0].ravel())
        elif node.op_type not in _LINEAR:
            stages[-1].bent = True
    return stages


def _begin(node: Any, given: list[Floats]) -> _Stage:
    kernel = given[0]
    if node.op_type == "Gemm" and any(a.name == "transB" and a.i for a in node.attribute):
        kernel = kernel.T
    sums = given[1] if len(given) > 1 else np.zeros(1, np.float32)
    return _Stage(kernel, _Affine(np.ones(1, np.float32), sums.ravel()))


def _set(stages: list[_Stage], model: keras.Model) -> None:
    """Pair stages and layers in order; a batch normalisation belongs to the layer before it."""
    coming = iter(stages)
    stage: _Stage | None = None
    found = weighted_layers(model)
    for layer, following in zip(found, [*found[1:], None], strict=True):
        if isinstance(layer, layers.BatchNormalization):
            if stage is None:
                raise ValueError("a batch normalisation comes first")
            _set_normalization(layer, stage.after or stage.before)
            stage = None
            continue
        stage = next(coming, None)
        if stage is None:
            raise ValueError("the graph has fewer layers")
        normalized = isinstance(following, layers.BatchNormalization) and stage.after is None
        nothing = _Affine(np.ones(1, np.float32), np.zeros(1, np.float32))
        _set_layer(layer, stage.kernel, nothing if normalized else stage.before)
    if next(coming, None) is not None:
        raise ValueError("the graph has more layers")


def _set_layer(layer: keras.layers.Layer, kernel: Floats, affine: _Affine) -> None:
    if isinstance(layer, layers.DepthwiseConv2D):
        channels, many = layer.kernel.shape[2:]
        kernel = kernel.reshape(channels, many, *kernel.shape[2:]).transpose(2, 3, 0, 1)
        factor = np.broadcast_to(affine.factor, channels * many).reshape(channels, many)
    elif isinstance(layer, layers.Conv2D):
        kernel, factor = kernel.transpose(2, 3, 1, 0), affine.factor
    elif isinstance(layer, layers.Dense):
        factor = affine.factor
    else:
        raise ValueError(f"no graph says what belongs into {layer.name}")
    layer.kernel.assign(kernel * factor)
    if layer.use_bias:
        layer.bias.assign(np.broadcast_to(affine.sum, layer.bias.shape))
    elif affine.sum.any():
        raise ValueError(f"{layer.name} has no bias")


def _set_normalization(layer: layers.BatchNormalization, affine: _Affine) -> None:
    shape = layer.moving_mean.shape
    layer.gamma.assign(np.broadcast_to(affine.factor, shape))
    layer.beta.assign(np.broadcast_to(affine.sum, shape))
    layer.moving_mean.assign(np.zeros(shape))
    layer.moving_variance.assign(np.full(shape, 1 - layer.epsilon))


def _check_agreement(graph: bytes, model: keras.Model) -> None:
    shape = (_COMPARED, *(side or STRIP_HEIGHT for side in model.input.shape[1:]))
    # Blobs of all sizes and contrasts: in pure noise every network sees the same.
    rng = np.random.default_rng(0)
    images = np.cumsum(rng.integers(-40, 41, shape), axis=1).clip(0, 255).astype(np.uint8)
    theirs = scores_of(graph, images)
    ours = np.asarray(model.predict(images, batch_size=_COMPARED, verbose=0), np.float32)
    if ours.shape != theirs.shape or not (
        np.abs(ours - theirs).max() <= AGREEMENT * max(1.0, float(np.abs(theirs).max()))
    ):
        raise _not_of(model)


def _not_of(model: keras.Model) -> IncompatibleModel:
    return IncompatibleModel(
        f"the weights of the bundle cannot be put back into the network {model.name}: "
        "start from the folder of its run, which keeps the network itself"
    )
