"""One training from beginning to end: data, fitting, calibration, bundle, report."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from inkdigits.atomic import replacing
from inkdigits.data.load import warning_of
from inkdigits.recognition.bundle import Contract
from inkdigits.training.adapting import with_learnt_head
from inkdigits.training.backend import possible
from inkdigits.training.checkpoint import checkpoints, epoch_of
from inkdigits.training.data import TrainingData, open_data
from inkdigits.training.fitting import fit, reached
from inkdigits.training.lock import locked
from inkdigits.training.network import Builder, builder
from inkdigits.training.recipe import Recipe
from inkdigits.training.record import Record
from inkdigits.training.results import write_results
from inkdigits.training.source import is_source
from inkdigits.training.watching import Watcher


def train(
    recipe: Recipe, run: Path, bundle: Path, watch: Watcher, resume: bool = False
) -> Contract:
    """Train by `recipe` in the folder `run` and write the bundle; returns its contract.

    After Ctrl-C the run is usable as well: what the last whole epoch reached is written to `run`,
    its bundle to `run/bundle`, and `KeyboardInterrupt` goes on. What can be refused is refused
    before the work begins: `DataError` for data that is not as it should be and for a `run` that
    holds another training or has one going on in it, `RecipeError` for a network that cannot be
    built, `OSError` for folders that cannot be made.
    """
    if warning := warning_of(recipe.data):
        watch.note(f"warning: {warning}")
    load = open_data(recipe, watch.data)  # before any folder is made
    with locked(run):
        record = Record(run, recipe)
        record.check(resume)
        bundle.mkdir(parents=True, exist_ok=True)
        data = load()
        build = builder(recipe.network, len(data.classes), data.shape)
        return _train(record, data, build, bundle, watch)


def _train(
    record: Record, data: TrainingData, build: Builder, bundle: Path, watch: Watcher
) -> Contract:
    recipe, run = record.recipe, record.run
    precision = possible(recipe.precision)
    if precision != recipe.precision:
        watch.note(f"computing in {precision}: this machine has no arithmetic in bfloat16")
    record.begin(data, build().count_params(), precision)
    if is_source(recipe.network):
        with replacing(run / "network.py") as file:
            file.write(Path(recipe.network).read_bytes())
    results = partial(write_results, record, data)
    if recipe.start:
        build = with_learnt_head(recipe, data, run, watch)
    try:
        model = fit(recipe, build, data, run, watch)
    except KeyboardInterrupt:
        done = checkpoints(run / "checkpoints")
        if done:
            watch.note(
                f"stopping: writing what {epoch_of(done[-1])} of {recipe.epochs} epochs reached; "
                "Ctrl-C again to leave at once"
            )
            results(reached(recipe, build, data, run), run / "bundle", finished=False)
            watch.note(f"wrote {run / 'bundle'}")
        raise
    return results(model, bundle, finished=True)
