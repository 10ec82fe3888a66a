"""`inkdigits tune`: search for a better recipe."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from inkdigits.cli.console import EXIT_INTERRUPTED, EXIT_OK, complain
from inkdigits.cli.recipe_options import add_options, as_arguments, with_options
from inkdigits.cli.train import quiet_tensorflow
from inkdigits.cli.training_display import Display

if TYPE_CHECKING:
    from inkdigits.data.progress import Step
    from inkdigits.training.search import TrialReport
    from inkdigits.training.watching import EpochReport, StepReport

DESCRIPTION = """\
Search for a better recipe: train with values that Optuna chooses from a space, prune what
is hopeless, and write the best as a recipe. Trials are judged by their validation loss;
test sets are never looked at. It needs the extra [train]."""

EPILOG = """\
examples:
  inkdigits tune --recipe lenet --space space.toml --trials 30
  inkdigits tune --recipe lenet --space space.toml --trials 60        go on to 60
  inkdigits train --recipe runs/tune-lenet/best.py                    train the best

The space is a TOML file of the fields that `inkdigits recipes NAME` shows:
  learning_rate = {low = 1e-4, high = 1e-2, log = true}     a range
  batch = [64, 128, 256]                                    one of these
  epochs = 3                                                the same in every trial
  augmentation.rotate_deg = {low = 0, high = 20}            a part's field

The study is a database: run the same command again, at the same time or on other machines
with --study postgresql://…, and all work on it together. See docs/tune.md.
"""


class _Watch:
    """A line for every trial that ended; on a terminal the one under way is shown live."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._waits = False

    def data(self, step: Step) -> None:
        self._display.data(step)

    def step(self, report: StepReport) -> None:
        self._display.step(report)

    def epoch(self, _report: EpochReport) -> None:
        self._display.hide()

    def note(self, message: str) -> None:
        self._display.note(message)

    def trial(self, report: TrialReport) -> None:
        values = "  ".join(f"{name} {value}" for name, value in report.values.items())
        ended = (
            f"pruned after epoch {report.epochs}"
            if report.loss is None
            else f"loss {report.loss:.4f}"
        )
        best = "" if report.best is None else f", best {report.best:.4f}"
        self._display.note(
            f"trial {report.number}: {ended}{best}  {report.seconds:.1f} s  {values}"
        )
        self._waits = False

    def waiting(self) -> None:
        if not self._waits:
            self._display.note("waiting for the last trials, which other processes make")
        self._waits = True


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument(
        "--recipe", required=True, metavar="NAME|FILE", help="where the search begins"
    )
    parser.add_argument(
        "--space", required=True, type=Path, metavar="FILE", help="what it may change (TOML)"
    )
    parser.add_argument(
        "--trials", required=True, type=_positive, metavar="N",
        help="end when the study has so many, those of earlier runs included",
    )  # fmt: skip
    parser.add_argument(
        "--study", metavar="URL|FILE", help="its database (default: OUT/study.db, in SQLite)"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR",
        help="the folder for table, plots and best.py (default: runs/tune-NAME)",
    )  # fmt: skip
    add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Search, saying how each trial ended, and write what was found."""
    with quiet_tensorflow():
        from inkdigits.training.recipes import find_recipe
        from inkdigits.training.tuning import prepare

    recipe = with_options(find_recipe(args.recipe), args)
    out: Path = args.out or Path("runs") / f"tune-{recipe.name}"
    display = Display(sys.stdout, sys.stderr)
    watch = _Watch(display)
    tuning = prepare(recipe, args.space, out, args.study, watch)
    display.note(f"{recipe.name} on {recipe.data}: {args.trials} trials into {out}")
    try:
        tuning.run(args.trials, watch)
    except KeyboardInterrupt:
        display.hide()
        tuning.write()
        complain(f"interrupted; the study is kept, go on with: {_command(args)}")
        return EXIT_INTERRUPTED
    best = tuning.write()
    for name, share in tuning.importances().items():
        print(f"{name} decides {share:.0%}")
    if best is None:
        print(f"no trial was finished: see {out / 'trials.csv'}")
    else:
        print(f"wrote {best}; train it with: inkdigits train --recipe {shlex.quote(str(best))}")
    return EXIT_OK


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def _command(args: argparse.Namespace) -> str:
    """The command line that goes on with this search."""
    command = ["inkdigits", "tune"]
    for name in ("recipe", "space", "trials", "study", "out"):
        if (value := getattr(args, name)) is not None:
            command += [f"--{name}", str(value)]
    return shlex.join(command + as_arguments(args))
