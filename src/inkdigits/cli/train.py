"""`inkdigits train`: train a model by a recipe and write its bundle."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from inkdigits.cli.console import EXIT_INTERRUPTED, EXIT_OK, complain
from inkdigits.cli.progress import ERASE_LINE, REDRAW_AFTER_S
from inkdigits.cli.quiet import c_stderr_silenced

if TYPE_CHECKING:
    from inkdigits.training.fitting import EpochReport, StepReport

TENSORFLOW_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"

DESCRIPTION = """\
Train a model by a recipe and write its bundle: the ONNX graph, its contract and its
card. It needs the extra [train] and can be interrupted and resumed at any time."""

EPILOG = """\
examples:
  inkdigits train --recipe compact                   the model in the package, from nothing
  inkdigits train --recipe compact --resume          go on after an interruption
  inkdigits train --recipe compact --epochs 3 --out runs/quick

The folder of the run holds recipe.json, history.csv, checkpoints/ and bundle/; a bundle reads with
  inkdigits read --model runs/compact/bundle photo.jpg
The data sets lie in the folder that the environment variable INKDIGITS_DATA names.
"""


class Display:
    """A line for every epoch that is done, and on a terminal a live one for that under way."""

    def __init__(self, lines: TextIO, live: TextIO | None) -> None:
        self._lines = lines
        self._live = live if live is not None and live.isatty() else None
        self._timed_from = (0, 0)
        self._began = self._drawn = 0.0

    def step(self, report: StepReport) -> None:
        """Show how far the epoch is, at most ten times a second."""
        now = time.monotonic()
        if self._live is None or now - self._drawn < REDRAW_AFTER_S:
            return
        if self._timed_from[0] != report.epoch:
            # Timed from the first step that is seen: the one before it compiles the network.
            self._timed_from, self._began = (report.epoch, report.done), now
        self._live.write(
            ERASE_LINE + describe(report, report.done - self._timed_from[1], now - self._began)
        )
        self._live.flush()
        self._drawn = now

    def epoch(self, report: EpochReport) -> None:
        """Print what the epoch reached, in place of the live line."""
        self.hide()
        left_s = report.seconds * (report.epochs - report.epoch)
        line = (
            f"epoch {report.epoch}/{report.epochs}  loss {report.loss:.4f}  "
            f"accuracy {report.accuracy:.4f}  held out {report.validation_accuracy:.4f}  "
            f"{report.seconds:.0f} s, {left_s / 60:.0f} min left"
        )
        print(line, file=self._lines, flush=True)

    def hide(self) -> None:
        """Clear the live line."""
        if self._live:
            self._live.write(ERASE_LINE)
            self._live.flush()


def describe(report: StepReport, timed: int, elapsed_s: float) -> str:
    """The live line; `timed` images were learnt in `elapsed_s`."""
    line = f"epoch {report.epoch}/{report.epochs}  {100 * report.done // report.images}%"
    if timed and elapsed_s > 0:
        rate = timed / elapsed_s
        minutes, seconds = divmod(round((report.images - report.done) / rate), 60)
        line += f"  {rate:.0f} images/s  {minutes}:{seconds:02d} left"
    return f"{line}  loss {report.loss:.4f}  accuracy {report.accuracy:.4f}"


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    from inkdigits.training.recipe import RECIPES

    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument(
        "--recipe", required=True, choices=tuple(RECIPES), metavar="NAME",
        help=f"what to train: {', '.join(RECIPES)}",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the folder of the run (default: runs/NAME)"
    )
    parser.add_argument(
        "--bundle", type=Path, metavar="DIR", help="write the bundle there (default: OUT/bundle)"
    )
    parser.add_argument("--resume", action="store_true", help="go on after the last checkpoint")
    parser.add_argument("--epochs", type=_positive, metavar="N", help="instead of the recipe's")
    parser.add_argument("--seed", type=_seed, metavar="N", help="instead of the recipe's")


def run(args: argparse.Namespace) -> int:
    """Train, saying how far it is, and how to go on if it is interrupted."""
    from inkdigits.training.recipe import find_recipe

    with _quiet_tensorflow():
        from inkdigits.training.run import train

    recipe = find_recipe(args.recipe)
    changes = {name: getattr(args, name) for name in ("epochs", "seed")}
    recipe = replace(
        recipe, **{name: value for name, value in changes.items() if value is not None}
    )
    out: Path = args.out or Path("runs") / recipe.name
    bundle: Path = args.bundle or out / "bundle"
    print(
        f"{recipe.name}: {recipe.epochs} epochs into {out}; drawing the training images", flush=True
    )
    display = Display(sys.stdout, sys.stderr)
    try:
        contract = train(recipe, out, bundle, display, args.resume)
    except KeyboardInterrupt:
        display.hide()
        complain(_how_to_go_on(args, out))
        return EXIT_INTERRUPTED
    for name, value in contract.measured.items():
        print(f"{name}: {value:.5g}")
    print(f"wrote {bundle}")
    return EXIT_OK


def _how_to_go_on(args: argparse.Namespace, out: Path) -> str:
    from inkdigits.training.checkpoint import checkpoints, epoch_of

    command = ["inkdigits", "train"]
    for name in ("recipe", "out", "bundle", "epochs", "seed"):
        if (value := getattr(args, name)) is not None:
            command += [f"--{name}", str(value)]
    done = checkpoints(out / "checkpoints")
    if not done:
        return f"interrupted in the first epoch; begin again with: {shlex.join(command)}"
    again = shlex.join([*command, "--resume"])
    return f"interrupted after epoch {epoch_of(done[-1])}; go on with: {again}"


@contextmanager
def _quiet_tensorflow() -> Iterator[None]:
    """Import TensorFlow in here to keep its log off the terminal.

    It logs while it is being loaded, straight to the file descriptor, whatever its own setting
    says; that holds only from then on. Who sets it to 0 sees everything.
    """
    if os.environ.setdefault(TENSORFLOW_LOG_LEVEL, "3") == "0":
        yield
        return
    with c_stderr_silenced():
        yield


def _positive(text: str) -> int:
    return _whole(text, 1, 9_999)


def _seed(text: str) -> int:
    return _whole(text, 0, 2**32 - 1)


def _whole(text: str, low: int, high: int) -> int:
    if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
    return int(text)
