"""Fitting on a tiny network: a training that was stopped ends as an unbroken one."""

import csv
import json
import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.errors import DataError
from inkdigits.training.checkpoint import checkpoints, load_latest
from inkdigits.training.fitting import (
    EpochReport,
    StepReport,
    check_run,
    fit,
    settle_statistics,
)
from inkdigits.training.optimizer import AveragingAdamW
from inkdigits.training.recipe import Recipe
from tests.training import tiny

Weights = list[NDArray[Any]]

IMAGES_AN_EPOCH = 310


@dataclass
class Notes:
    """A watcher that remembers, and stops the training when `stop` says so."""

    stop: Callable[[StepReport], bool] = lambda _: False
    steps: list[StepReport] = field(default_factory=list)
    epochs: list[EpochReport] = field(default_factory=list)

    def step(self, report: StepReport) -> None:
        self.steps.append(report)
        if self.stop(report):
            raise KeyboardInterrupt

    def epoch(self, report: EpochReport) -> None:
        self.epochs.append(report)


@dataclass
class Adoption:
    """Weights before and after a call of `adopt_average`, and the average at that time."""

    before: Weights
    average: Weights
    after: Weights


@dataclass
class Unbroken:
    run: Path
    weights: Weights
    notes: Notes
    adoptions: list[Adoption]


def train(run: Path, notes: Notes, recipe: Recipe = tiny.RECIPE, resume: bool = False) -> Weights:
    model = fit(recipe, tiny.mixture(), tiny.held_out(), run, notes, resume)
    return [np.asarray(weight) for weight in model.get_weights()]


def arrays_of(variables: Any) -> Weights:
    return [variable.numpy().copy() for variable in variables]


@pytest.fixture(scope="module")
def unbroken(tmp_path_factory: pytest.TempPathFactory) -> Unbroken:
    adoptions = []
    adopt = AveragingAdamW.adopt_average

    def noting(self: AveragingAdamW, variables: Any) -> None:
        before, average = arrays_of(variables), arrays_of(self._model_variables_moving_average)
        adopt(self, variables)
        adoptions.append(Adoption(before, average, arrays_of(variables)))

    run, notes = tmp_path_factory.mktemp("runs") / "unbroken", Notes()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AveragingAdamW, "adopt_average", noting)
        weights = train(run, notes)
    return Unbroken(run, weights, notes, adoptions)


@pytest.fixture
def copied(unbroken: Unbroken, tmp_path: Path) -> Path:
    return Path(shutil.copytree(unbroken.run, tmp_path / "copied"))


def rows(run: Path) -> list[dict[str, str]]:
    with (run / "history.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def without_seconds(row: dict[str, str]) -> dict[str, float]:
    return {name: float(value) for name, value in row.items() if name != "seconds"}


def assert_same_history(run: Path, other: Path) -> None:
    assert len(rows(run)) == len(rows(other))
    for ours, theirs in zip(rows(run), rows(other), strict=True):
        assert without_seconds(ours) == pytest.approx(without_seconds(theirs), abs=1e-6)


def assert_same(weights: Weights, others: Weights) -> None:
    for weight, other in zip(weights, others, strict=True):
        np.testing.assert_allclose(weight, other, rtol=0, atol=1e-6)


def test_it_learns(unbroken: Unbroken) -> None:
    first, *_, last = unbroken.notes.epochs
    assert last.loss < first.loss
    assert last.accuracy > 0.5


def test_every_epoch_is_a_row(unbroken: Unbroken) -> None:
    assert [row["epoch"] for row in rows(unbroken.run)] == ["1", "2", "3"]
    for row, report in zip(rows(unbroken.run), unbroken.notes.epochs, strict=True):
        assert float(row["loss"]) == report.loss
        assert float(row["validation_accuracy"]) == report.validation_accuracy
        assert report.epochs == 3
        assert report.seconds > 0


def test_the_recipe_lies_beside(unbroken: Unbroken) -> None:
    recorded = json.loads((unbroken.run / "recipe.json").read_text())
    assert recorded == tiny.RECIPE.to_dict()


def test_every_step_is_reported(unbroken: Unbroken) -> None:
    steps = math.ceil(IMAGES_AN_EPOCH / tiny.RECIPE.batch)
    reports = unbroken.notes.steps
    assert [report.epoch for report in reports] == [1] * steps + [2] * steps + [3] * steps
    first, second, last = reports[0], reports[1], reports[steps - 1]
    assert (first.done, second.done, last.done) == (32, 64, IMAGES_AN_EPOCH)
    assert {report.images for report in reports} == {IMAGES_AN_EPOCH}
    assert last.loss == pytest.approx(unbroken.notes.epochs[0].loss, abs=1e-6)
    assert last.accuracy == pytest.approx(unbroken.notes.epochs[0].accuracy, abs=1e-6)


def test_the_average_is_adopted_once_at_the_end(unbroken: Unbroken) -> None:
    (adoption,) = unbroken.adoptions
    assert_same(adoption.after, adoption.average)
    moved = [abs(a - b).max() for a, b in zip(adoption.before, adoption.average, strict=True)]
    assert max(moved) > 1e-3
    # The checkpoint holds the weights that the next step would be taken from.
    latest = load_latest(unbroken.run / "checkpoints")
    assert latest is not None
    _, state = latest
    assert any(np.array_equal(value, adoption.before[0]) for value in state.values())


def test_a_stopped_training_ends_as_an_unbroken_one(unbroken: Unbroken, tmp_path: Path) -> None:
    stopped = Notes(stop=lambda report: report.epoch == 2 and report.done > 100)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, stopped)
    assert [report.epoch for report in stopped.epochs] == [1]
    notes = Notes()
    assert_same(train(tmp_path, notes, resume=True), unbroken.weights)
    assert [report.epoch for report in notes.epochs] == [2, 3]
    assert_same_history(tmp_path, unbroken.run)


def test_a_damaged_checkpoint_costs_an_epoch_only(unbroken: Unbroken, copied: Path) -> None:
    last = checkpoints(copied / "checkpoints")[-1]
    last.write_bytes(last.read_bytes()[:-200])
    notes = Notes()
    assert_same(train(copied, notes, resume=True), unbroken.weights)
    assert [report.epoch for report in notes.epochs] == [3]
    assert_same_history(copied, unbroken.run)


def test_a_kill_between_row_and_checkpoint_loses_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("inkdigits.training.fitting.save_checkpoint", killed)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, Notes())
    assert [row["epoch"] for row in rows(tmp_path)] == ["1"]


def test_a_finished_training_gives_its_model_again(unbroken: Unbroken, copied: Path) -> None:
    notes = Notes()
    assert_same(train(copied, notes, resume=True), unbroken.weights)
    assert notes.epochs == []


def test_another_seed_is_another_training(unbroken: Unbroken, tmp_path: Path) -> None:
    notes = Notes(stop=lambda report: report.done > 32)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, notes, replace(tiny.RECIPE, seed=6))
    assert notes.steps[0].loss != pytest.approx(unbroken.notes.steps[0].loss, abs=1e-6)


@pytest.mark.parametrize("change", [{"seed": 6}, {"epochs": 4}, {"learning_rate": 0.02}])
def test_a_folder_belongs_to_one_recipe(copied: Path, change: dict[str, Any]) -> None:
    with pytest.raises(DataError, match="by another recipe or seed: choose another --out"):
        check_run(replace(tiny.RECIPE, **change), copied, resume=True)
    assert json.loads((copied / "recipe.json").read_text()) == tiny.RECIPE.to_dict()


def test_a_broken_record_is_another_recipe(copied: Path) -> None:
    (copied / "recipe.json").write_text("{")
    with pytest.raises(DataError, match="by another recipe or seed"):
        check_run(tiny.RECIPE, copied, resume=True)


def test_a_training_is_not_overwritten_unasked(copied: Path) -> None:
    before = {path: path.read_bytes() for path in copied.rglob("*.*") if path.is_file()}
    with pytest.raises(DataError, match="add --resume, or choose another --out"):
        train(copied, Notes())
    assert {path: path.read_bytes() for path in copied.rglob("*.*") if path.is_file()} == before


def test_a_run_without_a_checkpoint_may_begin_with_any_recipe(tmp_path: Path) -> None:
    assert check_run(replace(tiny.RECIPE, seed=6), tmp_path / "run", resume=False) is None
    assert check_run(tiny.RECIPE, tmp_path / "run", resume=True) is None


def test_a_checkpoint_of_another_network_is_refused(copied: Path) -> None:
    for path in checkpoints(copied / "checkpoints"):
        np.savez(path, v0000=np.zeros(3))
    with pytest.raises(DataError, match="another network"):
        train(copied, Notes(), resume=True)


def test_settled_statistics_make_training_and_inference_agree() -> None:
    keras.utils.set_random_seed(1)
    model = tiny.build(tiny.CLASSES, dropout=0.0)
    (normalizing,) = (x for x in model.layers if isinstance(x, keras.layers.BatchNormalization))
    normalizing.moving_mean.assign(np.full(6, 3.0))
    images = tiny.stripes("any", 320, 7).images
    batches = np.split(images, 10)
    weights = arrays_of(model.trainable_variables)

    def disagreement() -> float:
        trained = np.mean([model(batch, training=True).numpy() for batch in batches], axis=(0, 1))
        inferred = model(images, training=False).numpy().mean(0)
        return float(abs(trained - inferred).max())

    # Looking in training mode moves the statistics a little, so settle before and after.
    assert disagreement() > 0.3
    settle_statistics(model, images, 32)
    statistics = arrays_of([normalizing.moving_mean, normalizing.moving_variance])
    convolved = keras.Model(model.input, normalizing.input)
    in_batches = [convolved(batch).numpy() for batch in batches]
    np.testing.assert_allclose(statistics[0], np.mean(in_batches, (0, 1, 2, 3)), atol=1e-5)
    variances = [values.var((0, 1, 2)) for values in in_batches]
    np.testing.assert_allclose(statistics[1], np.mean(variances, 0), atol=1e-5)
    assert disagreement() < 0.02
    assert normalizing.momentum == 0.8
    assert_same(arrays_of(model.trainable_variables), weights)
