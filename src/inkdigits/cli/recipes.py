"""`inkdigits recipes`: what there is to train, and what it reached."""

from __future__ import annotations

import argparse
import json
from typing import Any

from inkdigits.cli.console import EXIT_OK

DESCRIPTION = """\
List the recipes of `inkdigits train`, with the figures that were measured on MNIST's
test set: means over the seeds, and their standard deviation."""

EPILOG = """\
examples:
  inkdigits recipes                  one line a recipe
  inkdigits recipes lenet            all that a recipe says, and what it reached
  inkdigits recipes --format json    everything, for programs
"""

HEADER = ("recipe", "network", "parameters", "epochs", "data", "test accuracy", "claimed")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument(
        "recipe", nargs="?", metavar="NAME|FILE", help="only this one, with all its fields"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text")


def run(args: argparse.Namespace) -> int:
    """Print the table, one recipe, or JSON."""
    from inkdigits.cli.train import quiet_tensorflow
    from inkdigits.training.recipes import RECIPES, find_recipe

    with quiet_tensorflow():  # which a recipe in a file may import
        recipes = [find_recipe(args.recipe)] if args.recipe else list(RECIPES.values())
    described = [_described(recipe) for recipe in recipes]
    if args.format == "json":
        print(json.dumps(described[0] if args.recipe else described, ensure_ascii=False))
    elif args.recipe:
        print("\n".join(_lines(described[0])))
    else:
        print(_table(described))
    return EXIT_OK


def _described(recipe: Any) -> dict[str, Any]:
    from inkdigits.architectures import ARCHITECTURES
    from inkdigits.training.figures import read_figures
    from inkdigits.training.recipes import CLAIMS

    network, claim = ARCHITECTURES.get(recipe.network), CLAIMS.get(recipe.name)
    return {
        **recipe.to_dict(),
        "parameters": network.parameters if network else None,
        "summary": network.summary if network else "a network of your own",
        "measured_on_mnist": read_figures().get(recipe.name),
        "claimed": claim.figures if claim else None,
    }


def _table(described: list[dict[str, Any]]) -> str:
    rows = [HEADER, *(_row(one) for one in described)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def _row(one: dict[str, Any]) -> tuple[str, ...]:
    return (
        one["name"],
        one["summary"],
        f"{one['parameters']:,}" if one["parameters"] else "-",
        str(one["epochs"]),
        one["data"],
        _accuracy(one["measured_on_mnist"]),
        one["claimed"] or "-",
    )


def _accuracy(figures: dict[str, Any] | None) -> str:
    if not figures:
        return "-"
    deviation = figures["test_accuracy_sd"]
    spread = "" if deviation is None else f" ± {100 * deviation:.2f}"
    seeds = figures["seeds"]
    times = f"{seeds} seed{'s' * (seeds > 1)}"
    return f"{100 * figures['test_accuracy']:.2f}{spread} % ({times})"


def _lines(one: dict[str, Any]) -> list[str]:
    """Every field that says something on a line of its own."""
    lines = []
    for name, value in one.items():
        if value in ("", None):
            continue
        if isinstance(value, dict):
            said = ", ".join(f"{key} {part}" for key, part in value.items() if part)
            lines.append(f"{name:18}{said or '-'}")
        else:
            lines.append(f"{name:18}{value}")
    return lines
