"""Searches find what is good, go on after anything, and share a study."""

import math
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from inkdigits.errors import DataError
from inkdigits.training import search as searching_module
from inkdigits.training.recipe import Recipe
from inkdigits.training.search import Report, TrialReport, run_search
from inkdigits.training.space import Range, Space
from inkdigits.training.study import best_of, importances, open_study, values_of
from tests.training.searching import BASE, SEARCH, Heard, loss_of, score

PROGRAM = Path(__file__).parent / "searching.py"


def states(study: optuna.Study) -> list[TrialState]:
    return [trial.state for trial in study.get_trials()]


def done(study: optuna.Study) -> int:
    return sum(state in (TrialState.COMPLETE, TrialState.PRUNED) for state in states(study))


def searched(folder: Path, trials: int) -> tuple[optuna.Study, Heard]:
    heard = Heard()
    study = open_study(str(folder / "study.db"), SEARCH)
    run_search(study, SEARCH, trials, score, heard)
    return study, heard


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[optuna.Study, Heard]:
    """A search of 25 trials."""
    return searched(tmp_path_factory.mktemp("whole"), 25)


def test_a_search_finds_what_is_good(whole: tuple[optuna.Study, Heard]) -> None:
    study, heard = whole
    best = best_of(study)
    assert best is not None
    assert best.value is not None
    assert best.value < 0.006  # of up to 0.09
    assert len(heard.trials) == 25
    assert heard.trials[-1].best == best.value
    assert loss_of(SEARCH.space.recipe(BASE, values_of(best, SEARCH.space))) == best.value


def test_hopeless_trials_are_pruned_before_their_last_epoch(
    whole: tuple[optuna.Study, Heard],
) -> None:
    study, heard = whole
    pruned = [trial for trial in heard.trials if trial.loss is None]
    assert pruned
    assert states(study).count(TrialState.PRUNED) == len(pruned)
    assert {trial.epochs for trial in pruned} == {1}
    finished = [trial.loss for trial in heard.trials if trial.loss is not None]
    assert min(map(loss_of_values, pruned)) > sorted(finished)[len(finished) // 4]


def loss_of_values(trial: TrialReport) -> float:
    return loss_of(SEARCH.space.recipe(BASE, trial.values))


def test_importance_tells_what_matters_from_what_does_not(
    whole: tuple[optuna.Study, Heard],
) -> None:
    shares = importances(whole[0])
    assert shares["learning_rate"] > 0.7
    assert sum(shares.values()) == pytest.approx(1)


def test_importance_is_unknown_after_few_trials(tmp_path: Path) -> None:
    assert importances(searched(tmp_path, 3)[0]) == {}


def test_trials_are_told_with_the_values_that_the_recipe_gets(tmp_path: Path) -> None:
    seen: list[Recipe] = []

    def watched(recipe: Recipe, number: int, report: Report) -> float:
        seen.append(recipe)
        return loss_of(recipe)

    heard = Heard()
    run_search(open_study(str(tmp_path / "s.db"), SEARCH), SEARCH, 3, watched, heard)
    assert [trial.values for trial in heard.trials] == [
        {"learning_rate": recipe.learning_rate, "batch": recipe.batch} for recipe in seen
    ]
    assert {recipe.precision for recipe in seen} == {"mixed_bfloat16"}
    assert all(float(f"{recipe.learning_rate:.3g}") == recipe.learning_rate for recipe in seen)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_training_that_diverges_is_pruned_and_the_search_goes_on(
    bad: float, tmp_path: Path
) -> None:
    def diverging(recipe: Recipe, number: int, report: Report) -> float:
        if number == 0:
            report(1, bad)
        return bad if number == 1 else loss_of(recipe)

    study = open_study(str(tmp_path / "s.db"), SEARCH)
    run_search(study, SEARCH, 4, diverging, Heard())
    assert states(study) == [TrialState.PRUNED] * 2 + [TrialState.COMPLETE] * 2


def test_values_that_do_not_go_together_are_pruned(tmp_path: Path) -> None:
    space = Space({"label_smoothing": Range(0.0, 0.2)}, {})
    search = replace(SEARCH, space=space)
    study = open_study(str(tmp_path / "s.db"), search)
    run_search(study, search, 2, score, Heard())
    assert states(study) == [TrialState.PRUNED] * 2


def test_a_search_goes_on_where_it_was_and_as_it_would_have(
    whole: tuple[optuna.Study, Heard], tmp_path: Path
) -> None:
    searched(tmp_path, 12)  # the first 10 are drawn by chance alone
    parts, heard = searched(tmp_path, 14)
    assert len(heard.trials) == 2
    assert [t.params for t in parts.get_trials()] == [t.params for t in whole[0].get_trials()[:14]]


def test_a_study_that_has_enough_trials_is_left_alone(tmp_path: Path) -> None:
    searched(tmp_path, 3)
    _, heard = searched(tmp_path, 3)
    assert not heard.trials


def test_after_ctrl_c_the_trial_is_made_again(tmp_path: Path) -> None:
    def interrupted(recipe: Recipe, number: int, report: Report) -> float:
        if number == 1:
            raise KeyboardInterrupt
        return loss_of(recipe)

    study = open_study(str(tmp_path / "study.db"), SEARCH)
    with pytest.raises(KeyboardInterrupt):
        run_search(study, SEARCH, 3, interrupted, Heard())
    assert states(study) == [TrialState.COMPLETE, TrialState.FAIL, TrialState.WAITING]
    again, heard = searched(tmp_path, 3)
    assert done(again) == 3
    assert heard.trials[0].number == 2
    assert again.get_trials()[2].params == again.get_trials()[1].params


def test_an_error_ends_the_search_and_leaves_the_study_usable(tmp_path: Path) -> None:
    def broken(recipe: Recipe, number: int, report: Report) -> float:
        raise DataError("the disk is full")

    study = open_study(str(tmp_path / "study.db"), SEARCH)
    with pytest.raises(DataError, match="disk is full"):
        run_search(study, SEARCH, 3, broken, Heard())
    assert done(searched(tmp_path, 3)[0]) == 3


def test_two_processes_share_a_study(tmp_path: Path) -> None:
    storage = str(tmp_path / "study.db")
    command = [sys.executable, str(PROGRAM), storage, "10", "slow"]
    processes = [subprocess.Popen(command) for _ in range(2)]
    assert [process.wait(120) for process in processes] == [0, 0]
    study = open_study(storage, SEARCH)
    assert done(study) == len(states(study)) == 10
    drawn = [trial.params["learning_rate"] for trial in study.get_trials()]
    assert len(set(drawn)) == 10
    times = sorted((str(t.datetime_start), str(t.datetime_complete)) for t in study.get_trials())
    assert any(later[0] < earlier[1] for earlier, later in pairwise(times))


def test_a_killed_trial_is_marked_as_failed_and_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, sign = str(tmp_path / "study.db"), tmp_path / "began"
    process = subprocess.Popen([sys.executable, str(PROGRAM), storage, "9", "endless", str(sign)])
    while not sign.exists():
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    assert states(open_study(storage, SEARCH)) == [TrialState.RUNNING]

    def an_hour_passes() -> None:
        with sqlite3.connect(storage) as database:
            database.execute(
                "UPDATE trial_heartbeats SET heartbeat = datetime(heartbeat, '-1 hour')"
            )

    monkeypatch.setattr(searching_module, "_POLL_S", 0.01)
    heard = Heard(when_waiting=an_hour_passes)
    study = open_study(storage, SEARCH)
    run_search(study, SEARCH, 1, score, heard)
    assert heard.waits == 1
    assert states(study) == [TrialState.FAIL, TrialState.COMPLETE]
    assert study.get_trials()[1].params == study.get_trials()[0].params


def test_another_search_is_refused(tmp_path: Path) -> None:
    storage = str(tmp_path / "study.db")
    open_study(storage, SEARCH)
    others = (
        replace(SEARCH, base=replace(BASE, epochs=5)),
        replace(SEARCH, space=Space({"batch": Range(1, 2, whole=True)}, {})),
        replace(SEARCH, data=({"name": "mnist", "sha256": "cd"},)),
    )
    for other in others:
        with pytest.raises(DataError, match="another recipe, space or data: choose another"):
            open_study(storage, other)
    open_study(storage, SEARCH)


@pytest.mark.parametrize("storage", ["nothing://here", "sqlite:////nowhere/at/all/s.db", "{text}"])
def test_what_is_no_database_is_refused_in_one_line(storage: str, tmp_path: Path) -> None:
    text = tmp_path / "text.db"
    text.write_text("this is no database, however long it may be " * 100)
    with pytest.raises(DataError, match=r"the study .* cannot be opened: .") as raised:
        open_study(storage.format(text=text), SEARCH)
    assert "\n" not in str(raised.value)
