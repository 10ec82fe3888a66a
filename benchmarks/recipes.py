"""`python -m benchmarks.recipes [NAME…]`: train recipes over seeds, and record what they reach.

Every recipe for MNIST is trained by `inkdigits train`, once a seed, into `runs/recipes/`, and its
bundle is measured on the test set: results that nothing is chosen by. What is recorded already is
not trained again, unless the recipe has changed since; an interrupted training goes on. Writes
`results/recipes.json` (every training), `results/recipes.md` (means and spread beside what the
reference designs claim) and, for `inkdigits recipes`, `src/inkdigits/training/figures.json`.
"""

from __future__ import annotations

import argparse
import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

from inkdigits.atomic import replacing
from inkdigits.data.load import load_set
from inkdigits.evaluation.classification import classify_figures
from inkdigits.recognition.classifier import Classifier
from inkdigits.recognition.reader import Reader
from inkdigits.training.figures import FILE as FIGURES
from inkdigits.training.recipe import Recipe
from inkdigits.training.recipes import CLAIMS, RECIPES

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "results" / "recipes.json"
RUNS = ROOT / "runs" / "recipes"
DATA = "mnist"

SEEDS = {"mlp": 10, "fast": 10, "compact-mnist": 5}
"""How many seeds are trained where the command line does not say; 3 of the others."""

LOOKED_AGAIN = {"compact-mnist"}
"""Recipes whose bundle is also measured as `Reader.classify` answers with it."""

FOR_MNIST = [name for name, recipe in RECIPES.items() if recipe.data == DATA]

Runs = dict[str, dict[str, Any]]
"""What was measured, by recipe and seed."""


def main() -> int:
    """Train what the command line names, and write down what it reached after every training."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recipes", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="(default: every recipe)")
    parser.add_argument("--seeds", type=int, nargs="+", metavar="N", help="(default: 1 to 3 or 10)")
    args = parser.parse_args()
    if unknown := set(args.names) - set(FOR_MNIST):
        parser.error(f"no recipe for MNIST of that name: {', '.join(sorted(unknown))}")
    runs: Runs = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    for name in args.names or FOR_MNIST:
        for seed in args.seeds or range(1, SEEDS.get(name, 3) + 1):
            recipe = replace(RECIPES[name], seed=seed)
            known = runs.setdefault(name, {}).get(str(seed))
            if known is None or known["recipe"] != recipe.to_dict():
                runs[name][str(seed)] = measured(recipe)
                write(runs)
    write(runs)
    print(table(summary(runs)))
    return 0


def measured(recipe: Recipe) -> dict[str, Any]:
    """Train by `recipe` in a process of its own, and measure the bundle on the test set."""
    run = RUNS / f"{recipe.name}-{recipe.seed}"
    command = ["train", "--recipe", recipe.name, "--seed", str(recipe.seed)]
    resume = ["--resume"] if any(run.glob("checkpoints/*.npz")) else []
    subprocess.run(
        [sys.executable, "-m", "inkdigits", *command, "--out", str(run), *resume], check=True
    )
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    test = load_set(DATA, "test")
    classifier = Classifier(run / "bundle")
    figures = classify_figures(
        classifier.probabilities(test.images), test.labels, classifier.classes
    )
    again = {}
    if recipe.name in LOOKED_AGAIN:
        answers = Reader(run / "bundle", line_model=None).classify(test.images)
        right = classify_figures(answers, test.labels, classifier.classes).accuracy
        again["test_accuracy_looked_again"] = right.value
    kept = ("recipe", "parameters", "precision", "epochs", "seconds", "versions", "machine")
    return {name: record[name] for name in kept} | {
        "validation_accuracy": record["measured"]["validation accuracy"],
        "test_accuracy": figures.accuracy.value,
        "test_loss": figures.loss,
        "test_precision": figures.macro.precision,
        "test_recall": figures.macro.recall,
        "test_f1": figures.macro.f1,
        **again,
    }


MEASURES = (
    "validation_accuracy",
    "test_accuracy",
    "test_accuracy_looked_again",
    "test_loss",
    "test_precision",
    "test_recall",
    "test_f1",
    "seconds",
)


def summary(runs: Runs) -> dict[str, dict[str, Any]]:
    """Means and standard deviations over the seeds, by recipe; one seed has no deviation."""
    summed: dict[str, dict[str, Any]] = {}
    for name in [name for name in RECIPES if runs.get(name)]:
        entries = list(runs[name].values())
        figures: dict[str, Any] = {
            "seeds": len(entries),
            "parameters": entries[0]["parameters"],
            "epochs": round(fmean(entry["epochs"] for entry in entries), 1),
        }
        for measure in MEASURES:
            values = [entry[measure] for entry in entries if measure in entry]
            if not values:
                continue
            figures[measure] = round(fmean(values), 6)
            figures[f"{measure}_sd"] = round(stdev(values), 6) if len(values) > 1 else None
        summed[name] = figures
    return summed


def table(summed: dict[str, dict[str, Any]]) -> str:
    """The summary in Markdown, beside what the reference designs claim."""
    header = (
        "", "recipe", "parameters", "epochs", "seeds", "s a training", "validation",
        "test accuracy", "looked again", "test loss", "precision", "recall", "F1", "claimed",
    )  # fmt: skip
    rows = [f"| {' | '.join(header)} |", "|---" * len(header) + "|"]
    for name, figures in summed.items():
        claim = CLAIMS.get(name)
        cells = [
            claim.design if claim else "",
            f"`{name}`",
            f"{figures['parameters']:,}",
            f"{figures['epochs']:g}",
            str(figures["seeds"]),
            f"{figures['seconds']:.0f}",
            *(_percent(figures, measure) for measure in MEASURES[:3]),
            with_spread(figures["test_loss"], figures["test_loss_sd"], 4),
            *(_percent(figures, f"test_{kind}") for kind in ("precision", "recall", "f1")),
            claim.figures if claim else "-",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _percent(figures: dict[str, Any], name: str) -> str:
    if name not in figures:
        return "-"
    deviation = figures[f"{name}_sd"]
    hundred = None if deviation is None else 100 * deviation
    return with_spread(100 * figures[name], hundred, 2) + " %"


def with_spread(mean: float, deviation: float | None, digits: int) -> str:
    """A mean and its standard deviation, if there is one, to so many digits."""
    spread = "" if deviation is None or math.isnan(deviation) else f" ± {deviation:.{digits}f}"
    return f"{mean:.{digits}f}{spread}"


def write(runs: Runs) -> None:
    """Write the three files."""
    summed = summary(runs)
    machines = sorted({entry["machine"] for seeds in runs.values() for entry in seeds.values()})
    text = HEAD.format(machines="; ".join(machines), table=table(summed))
    contents = {RESULT: _json(runs), RESULT.with_suffix(".md"): text, FIGURES: _json(summed)}
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(content.encode())


def _json(content: Any) -> str:
    return json.dumps(content, indent=1) + "\n"


HEAD = """\
# What the recipes reach on MNIST

Trained on the 60,000 training images less those kept out for validation, measured on the 10,000
test images as the exported bundle answers. Mean ± standard deviation over the seeds. The loss is
that of the calibrated probabilities, in nats. Precision, recall and F1 are means over the classes.
*Looked again*: a digit of which the first look is less sure than 99 % is looked at five times, as
`Reader.classify` does. The time is that of the epochs, beside whatever else the machine did. Made
by `python -m benchmarks.recipes`, on: {machines}.

{table}
"""


if __name__ == "__main__":
    raise SystemExit(main())
