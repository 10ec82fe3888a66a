"""Fit a network by a recipe, epoch by epoch, with checkpoints from which it can go on."""

from __future__ import annotations

import csv
import io
import json
import math
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import keras
import numpy as np
from numpy.typing import NDArray

from inkdigits import architectures
from inkdigits.atomic import replacing
from inkdigits.data.mixture import NON_DIGIT_LABEL, Images, Labels, Mixture
from inkdigits.data.sets import LabelledArrays
from inkdigits.errors import DataError
from inkdigits.evaluation.metrics import accuracy
from inkdigits.training.checkpoint import load_latest, save_checkpoint
from inkdigits.training.optimizer import AveragingAdamW, WarmUpThenCosine
from inkdigits.training.recipe import Recipe

CLASSES = NON_DIGIT_LABEL + 1

_SETTLED_ON = 12_800
"""Images on which the batch statistics of the final weights are measured."""


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One row of a training's history; `seconds` is the time that the epoch took."""

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    validation_accuracy: float
    seconds: float


@dataclass(frozen=True, slots=True)
class StepReport:
    """How far an epoch is; `loss` and `accuracy` are means over its `done` of `images` so far."""

    epoch: int
    epochs: int
    done: int
    images: int
    loss: float
    accuracy: float


class Watcher(Protocol):
    """Is told how far a training is, and must not keep it waiting."""

    def step(self, report: StepReport) -> None:
        """One step of the optimizer is done."""

    def epoch(self, report: EpochReport) -> None:
        """One epoch is done, and a training that is resumed goes on after it."""


def fit(
    recipe: Recipe,
    mixture: Mixture,
    validation: LabelledArrays,
    run: Path,
    watch: Watcher,
    resume: bool = False,
) -> keras.Model:
    """Train by `recipe` and return the model with its averaged weights.

    `run` is the folder for `history.csv`, `recipe.json` and `checkpoints/`; with `resume` the
    training goes on after the last checkpoint there and ends as an unbroken one would. `validation`
    is only watched. The next epoch's images are made while the present one is being learnt.
    Raises `DataError` if `run` holds another training, or one already and `resume` is false.
    """
    start_of = check_run(recipe, run, resume)
    keras.utils.set_random_seed(recipe.seed)
    model = architectures.build(recipe.architecture, CLASSES)
    first, _ = mixture.epoch(recipe.augmentation_of(recipe.epochs - 1), recipe.seed, 0)
    _compile(model, recipe, math.ceil(len(first) / recipe.batch))
    epochs_done = _restore(model, start_of) if start_of else 0
    began = time.perf_counter()
    for epoch, (images, labels) in enumerate(
        _epochs(recipe, mixture, epochs_done), epochs_done + 1
    ):
        history = model.fit(
            images, np.eye(CLASSES, dtype=np.float32)[labels],
            batch_size=recipe.batch, shuffle=False, verbose=0,
            callbacks=[_Steps(watch, recipe, epoch, len(images))],
        ).history  # fmt: skip
        report = EpochReport(
            epoch, recipe.epochs, history["loss"][0], history["accuracy"][0],
            _accuracy(model, validation), time.perf_counter() - began,
        )  # fmt: skip
        began = time.perf_counter()
        # In this order: a row without its checkpoint is written again, a missing one never.
        _record(run / "history.csv", report)
        save_checkpoint(run / "checkpoints", epoch, _state(model))
        watch.epoch(report)
    model.optimizer.adopt_average(model.trainable_variables)
    settle_statistics(model, first[:_SETTLED_ON], recipe.batch)
    return model


def check_run(
    recipe: Recipe, run: Path, resume: bool
) -> tuple[int, dict[str, NDArray[np.generic]]] | None:
    """Make the folder `run` ready; returns the checkpoint to go on from, None for a beginning.

    A folder belongs to one recipe and one seed. Raises `DataError` as `fit` does.
    """
    described = json.loads(json.dumps(recipe.to_dict()))
    path = run / "recipe.json"
    latest = load_latest(run / "checkpoints")
    if latest and not resume:
        raise DataError(f"{run} holds a training already: add --resume, or choose another --out")
    if latest and path.is_file() and _read_json(path) != described:
        raise DataError(f"{run} holds a training by another recipe or seed: choose another --out")
    run.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write((json.dumps(described, indent=1) + "\n").encode())
    return latest


def settle_statistics(model: keras.Model, images: NDArray[np.uint8], batch: int) -> None:
    """Measure the batch statistics anew for weights that no step was taken with (Wu 2021).

    The averaged weights of the end were never run in training; the moving statistics are those of
    the weights that were.
    """
    normalizing = [
        layer for layer in model.layers if isinstance(layer, keras.layers.BatchNormalization)
    ]
    momenta = [layer.momentum for layer in normalizing]
    for count, start in enumerate(range(0, len(images), batch), start=1):
        for layer in normalizing:
            layer.momentum = 1 - 1 / count  # a plain mean over the batches
        model(images[start : start + batch], training=True)
    for layer, momentum in zip(normalizing, momenta, strict=True):
        layer.momentum = momentum


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


def _epochs(recipe: Recipe, mixture: Mixture, done: int) -> Iterator[tuple[Images, Labels]]:
    """The epochs after those that are `done`; the next is made while the present one is learnt."""

    def make(epoch: int) -> tuple[Images, Labels]:
        return mixture.epoch(recipe.augmentation_of(epoch), recipe.seed, epoch)

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


def _compile(model: keras.Model, recipe: Recipe, steps_per_epoch: int) -> None:
    rate = WarmUpThenCosine(recipe.learning_rate, steps_per_epoch * recipe.epochs, recipe.warm_up)
    optimizer = AveragingAdamW(
        rate, weight_decay=recipe.weight_decay, use_ema=True, ema_momentum=recipe.average
    )
    loss = keras.losses.CategoricalCrossentropy(True, recipe.label_smoothing)
    model.compile(optimizer, loss, metrics=["accuracy"])
    optimizer.build(model.trainable_variables)


def _state(model: keras.Model) -> dict[str, NDArray[np.generic]]:
    """Everything that the next step depends on, by position."""
    variables = [*model.variables, *model.optimizer.variables]
    return {f"v{index:04d}": np.asarray(value.numpy()) for index, value in enumerate(variables)}


def _restore(model: keras.Model, latest: tuple[int, dict[str, NDArray[np.generic]]]) -> int:
    epochs_done, state = latest
    variables = [*model.variables, *model.optimizer.variables]
    if [value.shape for value in state.values()] != [tuple(v.shape) for v in variables]:
        raise DataError("the checkpoint is of another network: train into a new folder")
    for variable, value in zip(variables, state.values(), strict=True):
        variable.assign(value)
    return epochs_done


def _accuracy(model: keras.Model, validation: LabelledArrays) -> float:
    logits = model.predict(validation.images, batch_size=512, verbose=0)
    return accuracy(logits, validation.labels).value


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except ValueError:
        return None


def _record(path: Path, report: EpochReport) -> None:
    """Add a row; rows of epochs that are being repeated after a resume are replaced."""
    columns = [name for name in EpochReport.__slots__ if name != "epochs"]
    rows: list[dict[str, Any]] = []
    if path.is_file():
        with path.open(newline="") as file:
            rows = [row for row in csv.DictReader(file) if int(row["epoch"]) < report.epoch]
    rows.append({name: getattr(report, name) for name in columns})
    table = io.StringIO()
    writer = csv.DictWriter(table, columns)
    writer.writeheader()
    writer.writerows(rows)
    with replacing(path) as file:
        file.write(table.getvalue().encode())
