"""A search with real trainings, small ones, and what it leaves."""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from inkdigits.errors import DataError, RecipeError
from inkdigits.training import data as training_data
from inkdigits.training.recipes import find_recipe
from inkdigits.training.search import TrialReport
from inkdigits.training.tuning import BEST, Tuning, prepare
from inkdigits.training.watching import EpochReport, Unmoved
from tests.training import tiny

SPACE = "learning_rate = {low = 1e-6, high = 0.1, log = true}\nbatch = [16, 64]\nepochs = 2\n"


class Heard(Unmoved):
    """Remembers every trial and every epoch."""

    def __init__(self) -> None:
        self.trials: list[TrialReport] = []
        self.epochs: list[EpochReport] = []

    def epoch(self, report: EpochReport) -> None:
        self.epochs.append(report)

    def trial(self, report: TrialReport) -> None:
        self.trials.append(report)

    def waiting(self) -> None:
        raise AssertionError("nobody else makes trials")


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(training_data, "load_set", lambda *_, **__: tiny.digits())
    path = tmp_path / "space.toml"
    path.write_text(SPACE)
    return path


def prepared(space: Path) -> Tuning:
    return prepare(tiny.PLAIN, space, space.parent / "out", None, Heard())


def test_the_best_trial_becomes_a_recipe_that_can_be_trained(space: Path) -> None:
    tuning, heard = prepared(space), Heard()
    tuning.run(7, heard)
    path = tuning.write()
    assert path == tuning.out / BEST
    found = find_recipe(str(path))
    best = min((t for t in heard.trials if t.loss is not None), key=lambda t: t.loss or 0)
    assert found == replace(
        tiny.PLAIN,
        name="plain-tuned",
        epochs=2,
        **best.values,  # type: ignore[arg-type]
    )
    assert {file.name for file in tuning.out.iterdir()} >= {"history.png", "trials.csv", "study.db"}
    with (tuning.out / "trials.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [int(row["trial"]) for row in rows] == list(range(7))
    assert float(rows[best.number]["validation_loss"]) == best.loss
    assert float(rows[best.number]["learning_rate"]) == best.values["learning_rate"]


def test_the_loss_of_a_trial_is_that_of_its_validation_images(space: Path) -> None:
    tuning, heard = prepared(space), Heard()
    tuning.run(1, heard)
    assert heard.trials[0].loss == pytest.approx(heard.epochs[-1].validation_loss)
    history = tuning.out / "trials" / "0000" / "history.csv"
    assert len(history.read_text().splitlines()) == 3
    assert [path.name for path in history.parent.iterdir()] == ["history.csv"]


def test_before_a_trial_is_finished_there_is_a_table_and_no_recipe(space: Path) -> None:
    tuning = prepared(space)
    assert tuning.write() is None
    assert {file.name for file in tuning.out.iterdir()} == {"study.db", "trials.csv"}


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("batch = [0, 1]", RecipeError, "line 1: plain: batch is a whole number"),
        ("network = ['tiny', 'huge']", RecipeError, "huge"),
    ],
)
def test_what_cannot_be_searched_is_refused_before_anything_is_made(
    text: str, error: type[Exception], said: str, space: Path
) -> None:
    space.write_text(text)
    with pytest.raises(error, match=said):
        prepared(space)
    assert not (space.parent / "out").exists()


def test_a_study_of_other_data_is_refused(space: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared(space)
    other = tiny.digits()
    other.images[0] = 255
    monkeypatch.setattr(training_data, "load_set", lambda *_, **__: other)
    with pytest.raises(DataError, match="another recipe, space or data"):
        prepared(space)
