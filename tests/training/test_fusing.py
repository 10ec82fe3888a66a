"""What is trained in place of a network learns what the network would."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers
from numpy.typing import NDArray

from inkdigits import architectures
from inkdigits.training import backend
from inkdigits.training.fusing import FusedBatchNormalization, WeightedSum, fused

IMAGES = np.random.default_rng(1).integers(0, 256, (96, 28, 28), np.uint8)
LABELS = np.arange(96) % 10


def compact() -> keras.Model:
    keras.utils.set_random_seed(1)
    return architectures.build("compact", 10)


def after_a_step(model: keras.Model) -> list[NDArray[Any]]:
    """One step only: after more of them the roundings of any two ways to compute have grown."""
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(IMAGES, LABELS, batch_size=len(IMAGES), verbose=0)
    return list(model.get_weights())


def test_the_network_in_the_package_has_its_slow_layers_replaced() -> None:
    kinds = [type(layer) for layer in fused(compact()).layers]
    assert kinds.count(FusedBatchNormalization) == 7
    assert kinds.count(WeightedSum) == 1


def test_it_begins_where_the_network_begins() -> None:
    model = compact()
    same = fused(model)
    assert same is not model
    for ours, theirs in zip(same.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            # As they begin, at 0 and 1, they would hide a mistake.
            layer.moving_mean.assign(np.linspace(-1, 1, layer.moving_mean.shape[0]))
    scores = fused(model).predict(IMAGES, verbose=0)
    np.testing.assert_allclose(scores, model.predict(IMAGES, verbose=0), atol=1e-4)


def test_it_learns_the_same_weights_and_batch_statistics() -> None:
    model = compact()
    same = fused(model)  # whose dropout drops the same
    before = model.get_weights()
    for ours, theirs, start in zip(after_a_step(same), after_a_step(model), before, strict=True):
        step = np.abs(theirs - start).max()
        assert step > 1e-5
        assert np.abs(ours - theirs).max() < 0.03 * step


def test_layers_that_do_not_learn_keep_their_statistics() -> None:
    model = compact()
    for layer in model.layers:
        layer.trainable = not isinstance(layer, layers.BatchNormalization)
    same = fused(model)
    after_a_step(same)
    normalizing = [layer for layer in same.layers if isinstance(layer, FusedBatchNormalization)]
    assert normalizing
    assert not any(np.any(layer.moving_mean) for layer in normalizing)


def test_where_nothing_is_slow_the_network_itself_is_trained() -> None:
    model = architectures.build("lenet", 10)
    assert fused(model) is model


def test_another_backend_normalises_as_keras_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backend, "fuses_normalization", lambda: False)
    kinds = {type(layer) for layer in fused(compact()).layers}
    assert layers.BatchNormalization in kinds
    assert FusedBatchNormalization not in kinds


@pytest.mark.parametrize(
    "layer",
    [
        layers.DepthwiseConv2D(6),
        layers.DepthwiseConv2D(7),
        layers.DepthwiseConv2D(7, padding="same", use_bias=False),
        layers.DepthwiseConv2D(7, activation="relu", use_bias=False),
        layers.DepthwiseConv2D(7, depth_multiplier=2, use_bias=False),
        layers.BatchNormalization(axis=1),
        layers.BatchNormalization(scale=False),
        layers.BatchNormalization(renorm=True),
    ],
)
def test_other_layers_stay_as_they_are(layer: keras.layers.Layer) -> None:
    images = keras.Input((7, 7, 3))
    model = keras.Model(images, layer(images))
    assert fused(model) is model


def test_what_is_normalised_need_not_be_images() -> None:
    rows = keras.Input((5,))
    model = keras.Model(rows, layers.BatchNormalization()(rows))
    assert fused(model) is model
