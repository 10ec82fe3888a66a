"""Fitting on a tiny network: a training that was stopped ends as an unbroken one, bit for bit."""

import math
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits import architectures
from inkdigits.errors import DataError, RecipeError
from inkdigits.training import fitting
from inkdigits.training.backend import possible, steps_a_call
from inkdigits.training.checkpoint import checkpoints, load_latest
from inkdigits.training.data import TrainingData, plain
from inkdigits.training.fitting import fit, reached
from inkdigits.training.history import read_history
from inkdigits.training.optimizer import AveragingAdam
from inkdigits.training.recipe import HANDWRITING, Recipe
from inkdigits.training.watching import EpochReport, StepReport, Unmoved
from tests.training import tiny

Weights = list[NDArray[Any]]

IMAGES_AN_EPOCH = 310
KINDS = {recipe.name: recipe for recipe in (tiny.RECIPE, tiny.PLAIN, tiny.STOPPING, tiny.BFLOAT16)}
TRAINED = {"tiny": 3, "plain": 3, "stopping": 4, "bfloat16": 3}
"""Epochs that each of them trains."""


@dataclass
class Notes(Unmoved):
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


def data_of(recipe: Recipe) -> TrainingData:
    if recipe.data != HANDWRITING:
        return plain(tiny.digits(), recipe)
    classes = (*"0123456789", "not a digit")
    return TrainingData(tiny.mixture(), tiny.held_out(), classes, reject=10)


def builder(recipe: Recipe) -> Callable[[], keras.Model]:
    return lambda: architectures.build("tiny", len(data_of(recipe).classes))


def train(run: Path, notes: Notes, recipe: Recipe = tiny.RECIPE) -> Weights:
    run.mkdir(exist_ok=True)
    return arrays_of(fit(recipe, builder(recipe), data_of(recipe), run, notes).weights)


def arrays_of(variables: Any) -> Weights:
    return [keras.ops.convert_to_numpy(variable).copy() for variable in variables]


@pytest.fixture(scope="module")
def all_unbroken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Unbroken]:
    """A training by each kind of recipe, from beginning to end."""
    trained = {}
    adopt = AveragingAdam.adopt_average
    for name, recipe in KINDS.items():
        adoptions: list[Adoption] = []

        def noting(
            self: AveragingAdam, variables: Any, adoptions: list[Adoption] = adoptions
        ) -> None:
            before, average = arrays_of(variables), arrays_of(self._model_variables_moving_average)
            adopt(self, variables)
            adoptions.append(Adoption(before, average, arrays_of(variables)))

        run, notes = tmp_path_factory.mktemp("runs") / name, Notes()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(AveragingAdam, "adopt_average", noting)
            weights = train(run, notes, recipe)
        trained[name] = Unbroken(run, weights, notes, adoptions)
    return trained


@pytest.fixture
def unbroken(all_unbroken: dict[str, Unbroken]) -> Unbroken:
    return all_unbroken["tiny"]


@pytest.fixture
def copied(unbroken: Unbroken, tmp_path: Path) -> Path:
    return Path(shutil.copytree(unbroken.run, tmp_path / "copied"))


def rows(run: Path) -> list[dict[str, float]]:
    """The history but for the time that the epochs took."""
    return [
        {name: float(value) for name, value in row.items() if name != "seconds"}
        for row in read_history(run / "history.csv")
    ]


def assert_same(weights: Weights, others: Weights) -> None:
    for weight, other in zip(weights, others, strict=True):
        np.testing.assert_array_equal(weight, other, strict=True)


@pytest.mark.parametrize("kind", KINDS)
def test_it_learns(all_unbroken: dict[str, Unbroken], kind: str) -> None:
    first, *_, last = all_unbroken[kind].notes.epochs
    assert last.loss < first.loss
    assert last.accuracy > 0.5


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_training(
    all_unbroken: dict[str, Unbroken], tmp_path: Path, kind: str
) -> None:
    assert_same(train(tmp_path, Notes(), KINDS[kind]), all_unbroken[kind].weights)
    assert rows(tmp_path) == rows(all_unbroken[kind].run)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("after", [1, 2])
def test_a_stopped_training_ends_as_an_unbroken_one(
    all_unbroken: dict[str, Unbroken], tmp_path: Path, kind: str, after: int
) -> None:
    unbroken, recipe = all_unbroken[kind], KINDS[kind]
    stopped = Notes(stop=lambda report: report.epoch == after + 1 and report.done > 100)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, stopped, recipe)
    assert [report.epoch for report in stopped.epochs] == list(range(1, after + 1))
    notes = Notes()
    assert_same(train(tmp_path, notes, recipe), unbroken.weights)
    epochs = [report.epoch for report in notes.epochs]
    assert epochs == list(range(after + 1, TRAINED[kind] + 1))
    assert rows(tmp_path) == rows(unbroken.run)


def test_every_epoch_is_a_row(unbroken: Unbroken) -> None:
    assert [row["epoch"] for row in rows(unbroken.run)] == [1, 2, 3]
    for row, report in zip(rows(unbroken.run), unbroken.notes.epochs, strict=True):
        assert row["loss"] == report.loss
        assert row["validation_loss"] == report.validation_loss
        assert row["validation_accuracy"] == report.validation_accuracy
        assert report.epochs == 3
        assert report.seconds > 0


def test_every_call_of_the_backend_is_reported(unbroken: Unbroken) -> None:
    a_call = steps_a_call() * tiny.RECIPE.batch
    calls = math.ceil(IMAGES_AN_EPOCH / a_call)
    reports = unbroken.notes.steps
    assert [report.epoch for report in reports] == [1] * calls + [2] * calls + [3] * calls
    first, last = reports[0], reports[calls - 1]
    assert (first.done, last.done) == (a_call, IMAGES_AN_EPOCH)
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


def test_without_an_average_none_is_adopted(all_unbroken: dict[str, Unbroken]) -> None:
    assert all_unbroken["plain"].adoptions == []


def test_it_stops_early_and_keeps_the_best(all_unbroken: dict[str, Unbroken]) -> None:
    stopping = all_unbroken["stopping"]
    losses = [report.validation_loss for report in stopping.notes.epochs]
    best = int(np.argmin(losses)) + 1
    assert len(losses) == best + tiny.STOPPING.patience == TRAINED["stopping"]
    (adoption,) = stopping.adoptions
    latest = load_latest(stopping.run / "checkpoints")
    assert latest is not None
    _, checkpoint = latest
    assert int(checkpoint["best_epoch"]) == best
    assert float(checkpoint["best_loss"]) == min(losses)
    kept = [checkpoint[name] for name in checkpoint if name.startswith("best_v")]
    last = [checkpoint[name] for name in checkpoint if name.startswith("v")]
    assert any(np.array_equal(value, adoption.before[0]) for value in kept)
    assert not any(np.array_equal(value, adoption.before[0]) for value in last)


def test_a_network_trained_in_bfloat16_answers_in_float32(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "possible", lambda precision: precision)
    recipe = tiny.BFLOAT16
    trained_in = []

    def noting() -> keras.Model:
        model = builder(recipe)()
        trained_in.append(model.layers[3].compute_dtype)
        return model

    tmp_path.mkdir(exist_ok=True)
    model = fit(recipe, noting, data_of(recipe), tmp_path, Notes())
    assert trained_in == ["bfloat16", "float32"]
    assert {layer.compute_dtype for layer in model.layers[1:]} == {"float32"}
    latest = load_latest(tmp_path / "checkpoints")
    assert latest is not None
    for weight in arrays_of(model.weights):
        assert any(np.array_equal(weight, value) for value in latest[1].values())
    assert keras.config.dtype_policy().name == "float32"


def test_where_bfloat16_is_emulated_it_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkdigits.training.backend._has_bfloat16", lambda: False)
    assert possible("mixed_bfloat16") == "float32"
    monkeypatch.setattr("inkdigits.training.backend._has_bfloat16", lambda: True)
    assert possible("mixed_bfloat16") == "mixed_bfloat16"
    assert possible("float32") == "float32"


def test_what_was_reached_can_be_had_at_any_time(tmp_path: Path) -> None:
    stopped = Notes(stop=lambda report: report.epoch == 3)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, stopped, tiny.PLAIN)
    recipe = tiny.PLAIN
    model = reached(recipe, builder(recipe), data_of(recipe), tmp_path)
    latest = load_latest(tmp_path / "checkpoints")
    assert latest is not None
    assert latest[0] == 2
    for weight in arrays_of(model.weights):
        assert any(np.array_equal(weight, value) for value in latest[1].values())


def test_a_damaged_checkpoint_costs_an_epoch_only(unbroken: Unbroken, copied: Path) -> None:
    last = checkpoints(copied / "checkpoints")[-1]
    last.write_bytes(last.read_bytes()[:-200])
    notes = Notes()
    assert_same(train(copied, notes), unbroken.weights)
    assert [report.epoch for report in notes.epochs] == [3]
    assert rows(copied) == rows(unbroken.run)


def test_a_kill_between_row_and_checkpoint_loses_no_row(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(fitting, "save_checkpoint", killed)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, Notes())
    assert [row["epoch"] for row in rows(tmp_path)] == [1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_finished_training_gives_its_model_again(
    all_unbroken: dict[str, Unbroken], tmp_path: Path, kind: str
) -> None:
    copied = Path(shutil.copytree(all_unbroken[kind].run, tmp_path / "copied"))
    notes = Notes()
    assert_same(train(copied, notes, KINDS[kind]), all_unbroken[kind].weights)
    assert notes.epochs == []


def test_another_seed_is_another_training(unbroken: Unbroken, tmp_path: Path) -> None:
    notes = Notes(stop=lambda report: report.done > 32)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, notes, replace(tiny.RECIPE, seed=6))
    assert notes.steps[0].loss != pytest.approx(unbroken.notes.steps[0].loss, abs=1e-6)


def test_one_hot_and_sparse_labels_lower_the_same_loss(
    all_unbroken: dict[str, Unbroken], tmp_path: Path
) -> None:
    notes = Notes()
    train(tmp_path, notes, replace(tiny.PLAIN, loss="one-hot"))
    for ours, theirs in zip(notes.epochs, all_unbroken["plain"].notes.epochs, strict=True):
        assert ours.loss == pytest.approx(theirs.loss, rel=1e-3)


def test_a_checkpoint_of_another_network_is_refused(copied: Path) -> None:
    for path in checkpoints(copied / "checkpoints"):
        np.savez(path, v0000=np.zeros(3))
    with pytest.raises(DataError, match="another network"):
        train(copied, Notes())


def test_a_loss_that_is_no_number_ends_the_training(tmp_path: Path) -> None:
    notes = Notes()
    with pytest.raises(RecipeError, match=r"no number any more in epoch \d: choose a smaller"):
        train(tmp_path, notes, replace(tiny.PLAIN, optimizer="sgd", learning_rate=1e3, epochs=9))
    done = load_latest(tmp_path / "checkpoints")
    assert (0 if done is None else done[0]) == len(notes.epochs)


def test_a_disk_too_full_for_checkpoints_is_seen_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=10_000))
    notes = Notes()
    with pytest.raises(DataError, match=r"0 MB are free, the checkpoints need .* make room"):
        train(tmp_path, notes)
    assert notes.steps == []
