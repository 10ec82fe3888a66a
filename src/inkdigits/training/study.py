"""The study of a search: a database of trials, which Optuna fills and many may share."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import BaseDistribution
from optuna.exceptions import ExperimentalWarning, OptunaError
from optuna.samplers import BaseSampler, TPESampler
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from optuna.trial import FrozenTrial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from inkdigits.errors import DataError
from inkdigits.training.recipe import Recipe
from inkdigits.training.space import Range, Space, Value

HEARTBEAT_S = 10
"""A trial under way says so this often."""

LOST_AFTER_S = 60
"""A trial that has not said so for so long was killed: it is marked as failed and made again."""

RETRIES = 2

TRIALS_BEFORE_PRUNING = 5

_COME_LATE_S = 1.0


@dataclass(frozen=True, slots=True)
class Search:
    """Whose recipe is changed, and how; `data` names what the trials learn from and its hash."""

    base: Recipe
    space: Space
    data: tuple[Mapping[str, Any], ...]

    def to_dict(self) -> dict[str, Any]:
        """What makes a study this one and no other, as JSON types."""
        described = {
            "recipe": self.base.to_dict(),
            "varied": {name: asdict(of) for name, of in self.space.varied.items()},
            "fixed": dict(self.space.fixed),
            "data": list(self.data),
        }
        return dict(json.loads(json.dumps(described)))


def open_study(storage: str, search: Search) -> optuna.Study:
    """The study in a database: a URL such as `postgresql://…` or `sqlite:///…`, or a file's path.

    Its name there is the recipe's. Raises `DataError` for a database that cannot be opened, or in
    which the study of that name is another search.
    """
    is_url = "://" in storage
    if not is_url:
        Path(storage).parent.mkdir(parents=True, exist_ok=True)
    url = storage if is_url else f"sqlite:///{Path(storage).resolve()}"
    optuna.logging.disable_default_handler()
    try:
        try:
            study = _study_in(url, search.base)
        except SQLAlchemyError:
            # Two that begin at the same moment both make the tables, and one of them comes late.
            time.sleep(_COME_LATE_S)
            study = _study_in(url, search.base)
    except (SQLAlchemyError, OptunaError, ImportError, RuntimeError) as error:
        said = str(error).strip().partition("\n")[0]
        raise DataError(f"the study {storage} cannot be opened: {said}") from error
    described = search.to_dict()
    if study.user_attrs.setdefault("search", described) != described:
        raise DataError(
            f"the study {storage} holds a search with another recipe, space or data: "
            "choose another --study"
        )
    study.set_user_attr("search", described)
    return study


def _study_in(url: str, base: Recipe) -> optuna.Study:
    # SQLite has one writer at a time; others wait for it.
    options = {"connect_args": {"timeout": 60}} if url.startswith("sqlite") else None
    with experiments_allowed():
        storage = RDBStorage(
            url, options, heartbeat_interval=HEARTBEAT_S, grace_period=LOST_AFTER_S,
            heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(RETRIES),
        )  # fmt: skip
    return optuna.create_study(
        storage=storage,
        study_name=base.name,
        load_if_exists=True,
        sampler=SeededByTrial(base.seed),
        pruner=optuna.pruners.MedianPruner(TRIALS_BEFORE_PRUNING),
    )


def fail_lost_trials(study: optuna.Study) -> None:
    """Mark the trials of killed processes as failed, and put them in line to be made again."""
    with experiments_allowed():
        optuna.storages.fail_stale_trials(study)


def make_again(study: optuna.Study, number: int) -> None:
    """Put a trial in line to be made again, unless it was so `RETRIES` times."""
    with experiments_allowed():
        RetryHeartbeatStaleTrialCallback(RETRIES)(study, study.get_trials(deepcopy=False)[number])


def best_of(study: optuna.Study) -> FrozenTrial | None:
    """The trial with the least validation loss, None if none was finished."""
    finished = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    return min(finished, key=lambda trial: float(trial.value or 0.0), default=None)


def importances(study: optuna.Study) -> dict[str, float]:
    """How much each field decides whether a trial is among the best; they sum to 1.

    By PED-ANOVA (Watanabe 2023). Empty while the study is too small to say.
    """
    if len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))) < 4:
        return {}
    with experiments_allowed():
        evaluator = optuna.importance.PedAnovaImportanceEvaluator(target_quantile=0.25)
        try:
            return dict(optuna.importance.get_param_importances(study, evaluator=evaluator))
        except (ValueError, RuntimeError):  # all trials gave the same
            return {}


def values_of(trial: FrozenTrial | optuna.Trial, space: Space) -> dict[str, Value]:
    """What a trial put into the recipe's fields."""
    return {
        name: of.as_drawn(trial.params[name]) if isinstance(of, Range) else trial.params[name]
        for name, of in space.varied.items()
        if name in trial.params
    }


class SeededByTrial(BaseSampler):
    """A tree-structured Parzen estimator that draws by a seed and the number of the trial.

    So a search that is interrupted goes on as it would have, and processes that share a study, in
    which every trial has its own number, never draw the same.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._inner = self._estimator(0)

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:  # noqa: ARG002
        self._inner = self._estimator(trial.number)

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        return self._inner.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        return self._inner.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:
        return self._inner.sample_independent(study, trial, param_name, param_distribution)

    def _estimator(self, number: int) -> TPESampler:
        return TPESampler(seed=(self._seed * 1_000_003 + number) % 2**32)


@contextmanager
def experiments_allowed() -> Iterator[None]:
    """Optuna warns that some of what is used here may change; the tests would notice."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield
