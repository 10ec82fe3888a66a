"""Fit a network by a recipe, epoch by epoch, with checkpoints from which it can go on."""

from __future__ import annotations

import math
import shutil
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from inkdigits.data.sets import LabelledArrays
from inkdigits.errors import DataError, RecipeError
from inkdigits.evaluation.metrics import accuracy, negative_log_likelihood
from inkdigits.recognition.confidence import softmax
from inkdigits.training import ctc
from inkdigits.training.backend import begin_repeatably, computing_in, possible, steps_a_call
from inkdigits.training.checkpoint import load_latest, save_checkpoint
from inkdigits.training.data import Feed, TrainingData
from inkdigits.training.fusing import fused
from inkdigits.training.history import record_epoch
from inkdigits.training.network import (
    Builder,
    batch_normalizations,
    in_float32,
    settle_statistics,
)
from inkdigits.training.optimizer import make_optimizer
from inkdigits.training.recipe import Recipe
from inkdigits.training.state import (
    Best,
    bytes_of_checkpoints,
    capture,
    pack,
    restore,
    unpack,
)
from inkdigits.training.watching import EpochReport, StepReport, Watcher

_SETTLED_ON = 12_800
"""Images on which the batch statistics of the final weights are measured."""

Images = NDArray[np.uint8]
Targets = NDArray[Any]


def fit(
    recipe: Recipe, build: Builder, data: TrainingData, run: Path, watch: Watcher
) -> keras.Model:
    """Train by `recipe` and return the network in float32, with the weights that are to be used.

    `run` is the folder for `history.csv` and `checkpoints/`: the training goes on after the last
    checkpoint there, and ends as an unbroken one would. The next epoch's images are made while the
    present one is being learnt. Raises `DataError` for checkpoints of another training or without
    the space for them, `OSError` if they cannot be written.
    """
    model, done, best = _begin(recipe, build, data, run)
    _check_space(model, run, recipe)
    began = time.perf_counter()
    for epoch, (images, targets) in enumerate(_epochs(recipe, data, done), done + 1):
        if _is_over(recipe, epoch - 1, best):
            break
        history = model.fit(
            images, targets, batch_size=recipe.batch, shuffle=False, verbose=0,
            callbacks=[_Steps(watch, recipe, epoch, len(images))],
        ).history  # fmt: skip
        _check_loss(history["loss"][0], epoch)
        report = EpochReport(
            epoch, recipe.epochs, history["loss"][0], history["accuracy"][0],
            *validate(model, data.validation), time.perf_counter() - began,
        )  # fmt: skip
        began = time.perf_counter()
        state = capture(model)
        if recipe.patience and (best is None or report.validation_loss < best.loss):
            best = Best(epoch, report.validation_loss, state)
        # In this order: a row without its checkpoint is written again, a missing one never.
        record_epoch(run / "history.csv", report)
        save_checkpoint(run / "checkpoints", epoch, pack(state, best))
        watch.epoch(report)
        done = epoch
    return _finished(model, best, recipe, build, data.feed, done)


def reached(recipe: Recipe, build: Builder, data: TrainingData, run: Path) -> keras.Model:
    """The network as the last checkpoint in `run` has it, made ready as `fit` does in the end."""
    model, done, best = _begin(recipe, build, data, run)
    return _finished(model, best, recipe, build, data.feed, done)


def _begin(
    recipe: Recipe, build: Builder, data: TrainingData, run: Path
) -> tuple[keras.Model, int, Best | None]:
    """The network, how many epochs it has learnt, and the best of them if that is looked for."""
    model = compiled(recipe, build, len(data.feed))
    latest = load_latest(run / "checkpoints")
    if latest is None:
        return model, 0, None
    done, checkpoint = latest
    state, best = unpack(checkpoint)
    restore(model, state)
    return model, done, best


def compiled(recipe: Recipe, build: Builder, images: int) -> keras.Model:
    """The network before its first step, ready for epochs of so many images; the seed decides."""
    begin_repeatably(recipe.seed)
    with computing_in(possible(recipe.precision)):
        model = fused(build())
    optimizer = make_optimizer(recipe, math.ceil(images / recipe.batch) * recipe.epochs)
    model.compile(
        optimizer, _loss(recipe), metrics=[_accuracy(recipe)], steps_per_execution=steps_a_call()
    )
    optimizer.build(model.trainable_variables)
    return model


def _loss(recipe: Recipe) -> keras.losses.Loss:
    if recipe.loss == "ctc":
        return ctc.CtcLoss()
    if recipe.loss == "sparse":
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return keras.losses.CategoricalCrossentropy(True, recipe.label_smoothing)


def _accuracy(recipe: Recipe) -> keras.metrics.Metric | str:
    """The share that is right, under the same name whatever it is of."""
    if recipe.loss == "ctc":
        return keras.metrics.MeanMetricWrapper(ctc.lines_right, name="accuracy")
    return "accuracy"


def _is_over(recipe: Recipe, done: int, best: Best | None) -> bool:
    """Whether the validation loss has not improved for as long as the recipe waits."""
    return best is not None and done - best.epoch >= recipe.patience


def _finished(
    model: keras.Model, best: Best | None, recipe: Recipe, build: Builder, feed: Feed, done: int
) -> keras.Model:
    if best is not None:
        restore(model, best.state)
    if recipe.average:
        model.optimizer.adopt_average(model.trainable_variables)
    model = in_float32(model, build)
    if recipe.average and batch_normalizations(model):
        # An epoch that has been learnt: a later one may hold what the network must not have seen.
        last = max(0, done - 1)
        images, _ = feed.epoch(recipe.augmentation_of(last), recipe.seed, last)
        settle_statistics(model, images[:_SETTLED_ON], recipe.batch)
    return model


class _Steps(keras.callbacks.Callback):  # type: ignore[misc]
    """Passes on to a watcher how far an epoch is."""

    def __init__(self, watch: Watcher, recipe: Recipe, epoch: int, images: int) -> None:
        super().__init__()
        self._watch, self._recipe, self._epoch, self._images = watch, recipe, epoch, images

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        means = logs or {}
        done = min((batch + 1) * self._recipe.batch, self._images)
        report = StepReport(
            self._epoch, self._recipe.epochs, done, self._images, means["loss"], means["accuracy"]
        )
        self._watch.step(report)


def _epochs(recipe: Recipe, data: TrainingData, done: int) -> Iterator[tuple[Images, Targets]]:
    """The epochs after those that are `done`; the next is made while the present one is learnt."""

    def make(epoch: int) -> tuple[Images, Targets]:
        images, labels = data.feed.epoch(recipe.augmentation_of(epoch), recipe.seed, epoch)
        if recipe.loss == "one-hot":
            return images, np.eye(len(data.classes), dtype=np.float32)[labels]
        return images, labels.astype(np.int32)

    if done >= recipe.epochs:
        return
    maker = ThreadPoolExecutor(1)
    try:
        coming = maker.submit(make, done)
        for epoch in range(done + 1, recipe.epochs):
            present, coming = coming, maker.submit(make, epoch)
            yield present.result()
        yield coming.result()
    finally:
        # After an interruption only the epoch that is being made is made, none after it; the
        # interpreter waits for it before it exits, whoever catches the interruption does not.
        maker.shutdown(wait=False, cancel_futures=True)


def validate(model: keras.Model, validation: LabelledArrays) -> tuple[float, float]:
    """Loss in nats and accuracy on images, or lines, that no step is taken with."""
    logits = np.asarray(model.predict(validation.images, batch_size=512, verbose=0), np.float32)
    if logits.ndim == 3:
        return ctc.validate(logits, validation.labels)
    return (
        negative_log_likelihood(softmax(logits), validation.labels),
        accuracy(logits, validation.labels).value,
    )


def _check_loss(loss: float, epoch: int) -> None:
    if not math.isfinite(loss):
        raise RecipeError(
            f"the loss is no number any more in epoch {epoch}: choose a smaller learning rate"
        )


def _check_space(model: keras.Model, run: Path, recipe: Recipe) -> None:
    needed = bytes_of_checkpoints(model, bool(recipe.patience))
    free = shutil.disk_usage(run).free
    if free < needed:
        raise DataError(
            f"{run}: {free / 1e6:.0f} MB are free, the checkpoints need {needed / 1e6:.0f} MB: "
            "make room, or choose another --out"
        )
