"""A search with real trainings, and what it leaves: the table, the plots and the best recipe."""

from __future__ import annotations

import csv
import io
import shutil
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import keras
import optuna
from optuna.trial import TrialState

from inkdigits.atomic import replacing
from inkdigits.data.load import warning_of
from inkdigits.data.progress import Step
from inkdigits.evaluation.search_plots import save_history, save_importance
from inkdigits.training.data import TrainingData, open_data
from inkdigits.training.fitting import fit, validate
from inkdigits.training.network import builder
from inkdigits.training.recipe import Recipe
from inkdigits.training.recipe_file import as_file
from inkdigits.training.search import Report, SearchWatcher, run_search
from inkdigits.training.space import Choice, Space, read_space
from inkdigits.training.study import Search, best_of, importances, open_study, values_of
from inkdigits.training.watching import EpochReport, StepReport, Unmoved, Watcher

BEST = "best.py"


class TuningWatcher(Watcher, SearchWatcher, Protocol):
    """Is told of the training under way, and of every trial that ended."""


@dataclass(frozen=True, slots=True)
class _PruningWatcher(Unmoved):
    """Passes on what a training tells, and every epoch's validation loss to the search as well."""

    watch: Watcher
    report: Report

    def data(self, step: Step) -> None:
        self.watch.data(step)

    def step(self, report: StepReport) -> None:
        self.watch.step(report)

    def epoch(self, report: EpochReport) -> None:
        self.watch.epoch(report)
        self.report(report.epoch, report.validation_loss)

    def note(self, message: str) -> None:
        self.watch.note(message)


@dataclass(frozen=True, slots=True, eq=False)
class Tuning:
    """A search that is ready to go: its study, the folder for what it leaves, and the data."""

    study: optuna.Study
    search: Search
    out: Path
    data: TrainingData

    def run(self, trials: int, watch: TuningWatcher) -> None:
        """Make trials until the study has so many; see `run_search`."""
        run_search(self.study, self.search, trials, partial(self._score, watch), watch)

    def importances(self) -> dict[str, float]:
        """How much each field matters, the most important first; empty while that is unknown."""
        shares = importances(self.study)
        return dict(sorted(shares.items(), key=lambda item: -item[1]))

    def write(self) -> Path | None:
        """Write `trials.csv`, and once a trial is finished `history.png` and `best.py`.

        `importance.png` joins them when there are enough trials. Returns the path of the best
        recipe, None if there is none yet.
        """
        with replacing(self.out / "trials.csv") as file:
            file.write(_table(self.study, self.search).encode())
        best = best_of(self.study)
        if best is None or best.value is None:
            return None
        losses, pruned = _losses(self.study), _pruned(self.study)
        save_history(losses, pruned, self.out / "history.png")
        if shares := self.importances():
            save_importance(shares, self.out / "importance.png")
        space, base = self.search.space, self.search.base
        found = space.recipe(base, values_of(best, space))
        says = (
            f"The best of {len(losses) + len(pruned)} trials on {found.data}: "
            f"trial {best.number}, validation loss {best.value:.4f}."
        )
        with replacing(self.out / BEST) as file:
            file.write(as_file(replace(found, name=f"{found.name}-tuned"), says).encode())
        return self.out / BEST

    def _score(self, watch: Watcher, recipe: Recipe, number: int, report: Report) -> float:
        """Train in a folder of the trial's own; the loss of the network of the end, in nats."""
        folder = self.out / "trials" / f"{number:04d}"
        folder.mkdir(parents=True, exist_ok=True)
        same = recipe.mixture == self.search.base.mixture
        data = self.data if same else open_data(recipe)()
        build = builder(recipe.network, len(data.classes), data.shape)
        try:
            model = fit(recipe, build, data, folder, _PruningWatcher(watch, report))
            return validate(model, data.validation)[0]
        finally:
            shutil.rmtree(folder / "checkpoints", ignore_errors=True)
            keras.utils.clear_session()


def prepare(
    recipe: Recipe, space_file: Path, out: Path, storage: str | None, watch: Watcher
) -> Tuning:
    """Read the space and the data and open the study, by default the file `study.db` in `out`.

    What can be refused is refused here, before any training: `RecipeError` for the space or a
    network in it, `DataError` for the data or the study.
    """
    space = read_space(space_file, recipe)
    if warning := warning_of(recipe.data):
        watch.note(f"warning: {warning}")
    data = open_data(recipe, watch.data)()
    for network in _networks(space, recipe):
        builder(network, len(data.classes), data.shape)()
    search = Search(recipe, space, tuple(data.to_list()))
    out.mkdir(parents=True, exist_ok=True)
    return Tuning(open_study(storage or str(out / "study.db"), search), search, out, data)


def _networks(space: Space, recipe: Recipe) -> tuple[str, ...]:
    varied = space.varied.get("network")
    if isinstance(varied, Choice):
        return tuple(map(str, varied.values))
    return (str(space.fixed.get("network", recipe.network)),)


def _losses(study: optuna.Study) -> dict[int, float]:
    finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return {trial.number: float(trial.value) for trial in finished if trial.value is not None}


def _pruned(study: optuna.Study) -> list[int]:
    pruned = study.get_trials(deepcopy=False, states=(TrialState.PRUNED,))
    return [trial.number for trial in pruned]


def _table(study: optuna.Study, search: Search) -> str:
    """Every trial, in the order they began."""
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(
        ["trial", "state", "validation_loss", "epochs", "seconds", *search.space.varied]
    )
    for trial in study.get_trials(deepcopy=False):
        values = values_of(trial, search.space)
        seconds = f"{trial.duration.total_seconds():.1f}" if trial.duration else ""
        writer.writerow(
            [
                trial.number, trial.state.name.lower(), "" if trial.value is None else trial.value,
                trial.last_step or 0, seconds,
                *(values.get(name, "") for name in search.space.varied),
            ]
        )  # fmt: skip
    return table.getvalue()
