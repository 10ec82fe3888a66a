"""Search for a better recipe: make the trials that Optuna chooses, until the study has enough.

Trials are proposed by a tree-structured Parzen estimator (Bergstra 2011) and pruned when their
validation loss is worse than the median of the earlier trials at the same epoch. Everything is in
the study's database: a search that was interrupted goes on there, and every process or machine
that opens the same one takes part.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import optuna
from optuna.trial import TrialState

from inkdigits.errors import RecipeError
from inkdigits.training.interruption import Interruption
from inkdigits.training.recipe import Recipe
from inkdigits.training.space import Choice, Range, Value
from inkdigits.training.study import Search, best_of, fail_lost_trials, make_again, values_of

_DONE = (TrialState.COMPLETE, TrialState.PRUNED)
_POLL_S = 1.0

Report = Callable[[int, float], None]
"""Is told the validation loss after an epoch, counted from 1; raises to end a hopeless trial."""

Score = Callable[[Recipe, int, Report], float]
"""Trains by a recipe, as the trial of that number; returns the validation loss that it reached."""


@dataclass(frozen=True, slots=True)
class TrialReport:
    """A trial that ended: `loss` is None if it was pruned, and `best` the least loss so far."""

    number: int
    values: Mapping[str, Value]
    loss: float | None
    epochs: int
    seconds: float
    best: float | None


class SearchWatcher(Protocol):
    """Is told how far a search is."""

    def trial(self, report: TrialReport) -> None:
        """A trial of this process ended."""

    def waiting(self) -> None:
        """All trials that are left are being made by other processes."""


def run_search(
    study: optuna.Study, search: Search, trials: int, score: Score, watch: SearchWatcher
) -> None:
    """Make trials until the study has so many, those of earlier runs and other processes included.

    Trials that failed do not count. One that Ctrl-C ends is tried again when the search goes on, as
    is one whose process was killed.
    """
    interruption = Interruption()
    objective = partial(_make_trial, search, score, watch, interruption)
    with interruption.handled():
        while True:
            with interruption.held():
                fail_lost_trials(study)
                states = [trial.state for trial in study.get_trials(deepcopy=False)]
                done = sum(state in _DONE for state in states)
                if done >= trials:
                    return
                if done + states.count(TrialState.RUNNING) < trials:
                    study.optimize(objective, n_trials=1)
                    continue
            watch.waiting()
            time.sleep(_POLL_S)


def _make_trial(
    search: Search,
    score: Score,
    watch: SearchWatcher,
    interruption: Interruption,
    trial: optuna.Trial,
) -> float:
    """Train once and tell how it ended; returns the loss, or raises `TrialPruned`.

    A trial that Ctrl-C ends is put in line to be made again.
    """
    began = time.perf_counter()
    try:
        recipe = _draw_recipe(search, trial)
        report = partial(_report, interruption, trial, recipe.epochs)
        with interruption.held(False):
            loss = score(recipe, trial.number, report)
    except optuna.TrialPruned:
        loss = math.nan
    except KeyboardInterrupt:
        make_again(trial.study, trial.number)
        raise
    finished = math.isfinite(loss)
    best = best_of(trial.study)
    least = min(loss if finished else math.inf, (best and best.value) or math.inf)
    watch.trial(
        TrialReport(
            trial.number,
            values_of(trial, search.space),
            loss if finished else None,
            trial.study.get_trials(deepcopy=False)[trial.number].last_step or 0,
            time.perf_counter() - began,
            least if math.isfinite(least) else None,
        )
    )
    if not finished:
        raise optuna.TrialPruned
    return loss


def _report(
    interruption: Interruption, trial: optuna.Trial, epochs: int, epoch: int, loss: float
) -> None:
    """Raise `TrialPruned` if the trial is hopeless; after its last epoch nothing is saved by it."""
    with interruption.held():
        trial.report(loss, epoch)
        if not math.isfinite(loss) or (epoch < epochs and trial.should_prune()):
            raise optuna.TrialPruned


def _draw_recipe(search: Search, trial: optuna.Trial) -> Recipe:
    for name, of in search.space.varied.items():
        _draw(trial, name, of)
    try:
        return search.space.recipe(search.base, values_of(trial, search.space))
    except RecipeError as error:  # values that do not go together
        raise optuna.TrialPruned(str(error)) from error


def _draw(trial: optuna.Trial, name: str, of: Range | Choice) -> None:
    if isinstance(of, Choice):
        trial.suggest_categorical(name, of.values)
    elif of.whole:
        step = 1 if of.step is None else int(of.step)
        trial.suggest_int(name, int(of.low), int(of.high), step=step, log=of.log)
    else:
        trial.suggest_float(name, of.low, of.high, step=of.step, log=of.log)
