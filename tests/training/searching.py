"""A search whose trials cost nothing, for tests; as a program it takes part in a study."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from inkdigits.training.recipe import Recipe
from inkdigits.training.search import Report, TrialReport, run_search
from inkdigits.training.space import Choice, Range, Space
from inkdigits.training.study import Search, open_study

BASE = Recipe(name="base", network="mlp", epochs=4, batch=128, seed=3)
SEARCH = Search(
    BASE,
    Space(
        {"learning_rate": Range(1e-4, 1e-1, log=True), "batch": Choice((64, 128))},
        {"precision": "mixed_bfloat16"},
    ),
    ({"name": "mnist", "sha256": "ab"},),
)


def loss_of(recipe: Recipe) -> float:
    """Least for a rate of 0.01 and a batch of 64."""
    return abs(recipe.learning_rate - 0.01) + 0.001 * (recipe.batch == 128)


def score(recipe: Recipe, number: int, report: Report) -> float:
    """A training that ends at `loss_of` the recipe, to which it falls."""
    for epoch in range(1, recipe.epochs + 1):
        report(epoch, loss_of(recipe) + 1 - epoch / recipe.epochs)
    return loss_of(recipe)


@dataclass
class Heard:
    """A watcher that keeps what it is told."""

    trials: list[TrialReport] = field(default_factory=list)
    waits: int = 0
    when_waiting: Callable[[], None] = lambda: None

    def trial(self, report: TrialReport) -> None:
        self.trials.append(report)

    def waiting(self) -> None:
        self.waits += 1
        self.when_waiting()


def slow_score(recipe: Recipe, number: int, report: Report) -> float:
    time.sleep(0.2)
    return score(recipe, number, report)


def endless_score(recipe: Recipe, number: int, report: Report) -> float:
    Path(sys.argv[4]).touch()
    time.sleep(600)
    return 0.0


def main() -> None:
    """`searching.py STUDY TRIALS slow|endless [FILE]`: FILE appears once an endless trial began."""
    _, storage, trials, kind, *_ = sys.argv
    score_of = {"slow": slow_score, "endless": endless_score}[kind]
    run_search(open_study(storage, SEARCH), SEARCH, int(trials), score_of, Heard())


if __name__ == "__main__":
    main()
