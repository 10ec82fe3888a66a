"""`inkdigits train`: train a network by a recipe and write its bundle."""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from inkdigits.cli.console import EXIT_INTERRUPTED, EXIT_OK, UsageError, complain
from inkdigits.cli.quiet import c_stderr_silenced
from inkdigits.cli.recipe_options import add_options, as_arguments, with_options
from inkdigits.cli.training_display import Display

if TYPE_CHECKING:
    from inkdigits.training.recipe import Recipe
    from inkdigits.training.watching import Watcher

TENSORFLOW_LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL"

DESCRIPTION = """\
Train a network by a recipe and write its bundle: the ONNX graph, its contract and its
card. It needs the extra [train] and can be interrupted and resumed at any time."""

EPILOG = """\
examples:
  inkdigits train --recipe cnn-32-64                       on MNIST, in about a minute
  inkdigits train --recipe lenet --data fashion-mnist      another data set
  inkdigits train --recipe lenet --data my-folder/         your own: a folder a class
  inkdigits train --recipe mlp --epochs 5 --batch 64       other values
  inkdigits train --recipe my_network.py                   your own network
  inkdigits train --recipe line                            what reads whole lines, in about an hour
  inkdigits train --from compact --data my-digits/         what is trained learns your own
  inkdigits train --recipe cnn-32-64 --resume              go on after an interruption

The folder of the run holds run.json, history.csv, curves.png, report/, model.keras,
checkpoints/ and bundle/; a bundle of digits reads with
  inkdigits read --model runs/cnn-32-64/bundle photo.jpg
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--recipe", metavar="NAME|FILE",
        help="what to train: a name that `inkdigits recipes` lists, or a Python file",
    )  # fmt: skip
    what.add_argument(
        "--from", dest="start", metavar="MODEL",
        help="a trained network that learns your --data: compact, or a bundle's or run's folder",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the folder of the run (default: runs/NAME)"
    )
    parser.add_argument(
        "--bundle", type=Path, metavar="DIR", help="write the bundle there (default: OUT/bundle)"
    )
    parser.add_argument("--resume", action="store_true", help="go on after the last checkpoint")
    parser.add_argument(
        "--tensorboard", action="store_true", help="also write event files, to OUT/tensorboard"
    )
    add_options(parser)


def run(args: argparse.Namespace) -> int:
    """Train, saying how far it is, and how to go on if it is interrupted."""
    with quiet_tensorflow():
        from inkdigits.training.recipes import find_recipe
        from inkdigits.training.run import train

    recipe = with_options(_adapting(args) if args.start else find_recipe(args.recipe), args)
    out: Path = args.out or Path("runs") / recipe.name
    bundle: Path = args.bundle or out / "bundle"
    display = Display(sys.stdout, sys.stderr)
    display.note(f"{recipe.name}: {recipe.epochs} epochs on {recipe.data} into {out}")
    try:
        contract = train(recipe, out, bundle, _watcher(display, args, out), args.resume)
    except KeyboardInterrupt:
        display.hide()
        complain(_how_to_go_on(args, out))
        return EXIT_INTERRUPTED
    for name, value in contract.measured.items():
        print(f"{name}: {value:.5g}")
    print(f"wrote {bundle} and {out / _to_look_at(recipe)}")
    return EXIT_OK


def _to_look_at(recipe: Recipe) -> str:
    """What in the folder of a run shows how it went; lines have no classes to report on."""
    from inkdigits.training.recipe import LINES

    return "curves.png" if recipe.data == LINES else "report/report.html"


def _adapting(args: argparse.Namespace) -> Recipe:
    """How the trained network that `--from` names learns the data."""
    if not args.data:
        raise UsageError("--from needs the data that is to be learnt: add --data NAME|PATH")
    with quiet_tensorflow():
        from inkdigits.training.adapting import adapting_recipe

    return adapting_recipe(args.start, args.data)


def _watcher(display: Display, args: argparse.Namespace, out: Path) -> Watcher:
    from inkdigits.training.events import EventWriter
    from inkdigits.training.watching import Watchers

    return Watchers((display, EventWriter(out))) if args.tensorboard else display


def _how_to_go_on(args: argparse.Namespace, out: Path) -> str:
    from inkdigits.training.checkpoint import checkpoints, epoch_of

    command = ["inkdigits", "train"]
    command += ["--from", args.start] if args.start else ["--recipe", args.recipe]
    for name in ("out", "bundle"):
        if (value := getattr(args, name)) is not None:
            command += [f"--{name}", str(value)]
    command += as_arguments(args)
    command += ["--tensorboard"] * args.tensorboard
    done = checkpoints(out / "checkpoints")
    if not done:
        return f"interrupted in the first epoch; begin again with: {shlex.join(command)}"
    again = shlex.join([*command, "--resume"])
    return f"interrupted after epoch {epoch_of(done[-1])}; go on with: {again}"


@contextmanager
def quiet_tensorflow() -> Iterator[None]:
    """Import TensorFlow in here to keep its log off the terminal.

    It logs while it is being loaded, straight to the file descriptor, whatever its own setting
    says; that holds only from then on. Who sets it to 0 sees everything.
    """
    if os.environ.setdefault(TENSORFLOW_LOG_LEVEL, "3") == "0":
        yield
        return
    # Its Python part has a log of its own, which calls it news that each network is traced.
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    with c_stderr_silenced():
        yield
