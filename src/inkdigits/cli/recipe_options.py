"""The options that put other values into a recipe's fields: `--epochs 3 --batch 256`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from inkdigits.cli.console import UsageError
from inkdigits.cli.data_options import add_form_options, form_of
from inkdigits.errors import DataError, RecipeError

if TYPE_CHECKING:
    from inkdigits.training.recipe import Recipe


class _Option(NamedTuple):
    kind: Callable[[str], Any]
    metavar: str
    help: str


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number")
    return int(text)


OPTIONS = {
    "data": _Option(str, "NAME|PATH", "the data set (inkdigits data list), or a path of your own"),
    "epochs": _Option(_whole, "N", "how often every image is seen"),
    "batch": _Option(_whole, "N", "images a step"),
    "learning_rate": _Option(_number, "X", "the highest learning rate"),
    "schedule": _Option(str, "NAME", "how it falls: constant, cosine or linear"),
    "warm_up": _Option(_number, "SHARE", "the share of the steps in which it rises"),
    "optimizer": _Option(str, "NAME", "adam, adamw or sgd"),
    "weight_decay": _Option(_number, "X", "for adamw and sgd"),
    "loss": _Option(str, "NAME", "sparse or one-hot categorical cross-entropy"),
    "label_smoothing": _Option(_number, "X", "for the loss one-hot"),
    "average": _Option(_number, "X", "momentum of the average of the weights, 0 for none"),
    "patience": _Option(_whole, "N", "stop after so many epochs without improvement, 0: never"),
    "validation_split": _Option(_number, "SHARE", "the share kept out to be watched"),
    "precision": _Option(str, "NAME", "float32 or mixed_bfloat16"),
    "seed": _Option(_whole, "N", "decides all that is drawn by chance"),
}
"""By the name of the field; the option is the same with hyphens."""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare all of them, in a group of their own."""
    group = parser.add_argument_group("instead of what the recipe says")
    for name, option in OPTIONS.items():
        group.add_argument(
            _flag(name), dest=name, type=option.kind, metavar=option.metavar, help=option.help
        )
    add_form_options(parser)


def with_options(recipe: Recipe, args: argparse.Namespace) -> Recipe:
    """The recipe with what the user chose; `UsageError` for what cannot be."""
    changes = _chosen(args)
    try:
        if args.size or args.colour or args.symbols is not None:
            changes["form"] = form_of(args)
        return replace(recipe, **changes)
    except (RecipeError, DataError) as error:
        raise UsageError(str(error)) from error


def as_arguments(args: argparse.Namespace) -> list[str]:
    """What the user chose, as it is written on the command line."""
    words = [text for name, value in _chosen(args).items() for text in (_flag(name), str(value))]
    if args.size:
        words += ["--size", "x".join(map(str, args.size))]
    words += ["--colour"] * args.colour
    if args.symbols is not None:
        words.append("--symbols" if args.symbols else "--pictures")
    return words


def _chosen(args: argparse.Namespace) -> dict[str, Any]:
    values = {name: getattr(args, name) for name in OPTIONS}
    return {name: value for name, value in values.items() if value is not None}


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")
