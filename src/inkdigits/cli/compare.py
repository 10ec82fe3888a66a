"""`inkdigits compare`: runs side by side, and whether their difference is more than chance."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkdigits.atomic import replacing
from inkdigits.cli.console import EXIT_OK, UsageError, single_line

if TYPE_CHECKING:
    from inkdigits.data.catalogue import Part
    from inkdigits.evaluation.runs import Measured, Pair
    from inkdigits.recognition.classifier import Classifier

_MOST_SENTENCES = 10
"""More pairs than this are told only against the best run; the JSON has them all."""

DESCRIPTION = """\
Put runs side by side, draw their curves in one plot, and say whether their difference is
more than chance: McNemar's test on the same images, and a bootstrap interval."""

EPILOG = """\
examples:
  inkdigits compare runs/mlp runs/lenet               on the images that both kept out
  inkdigits compare runs/* --data my-folder/          on other data
  inkdigits compare runs/a runs/b --data mnist --part test

Each RUN is the folder of a run, of a report or, with --data, of a bundle. Without --data
the reports of the runs are compared, which must be of the same images: those of runs with
the same data, validation split and seed are. A test set is used only with --part test.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument("runs", nargs="+", metavar="RUN", help="two or more folders of runs")
    parser.add_argument(
        "--data", metavar="NAME|PATH", help="run the bundles on this data set instead"
    )
    parser.add_argument(
        "--part", choices=("train", "test"), default="train",
        help="which part of the data; a test set only if it is asked for (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--out", type=Path, default=Path("comparison"), metavar="DIR",
        help="write comparison.json and curves.png there (default: %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="of the bootstrap (default: %(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Compare, print the table and the sentences, and write the rest."""
    if len(args.runs) < 2:
        raise UsageError("compare needs two runs or more: name another")
    if len({str(Path(name)) for name in args.runs}) < len(args.runs):
        raise UsageError("a run is named twice: name each once")
    if args.seed < 0:
        raise UsageError(f"--seed {args.seed}: is below 0: use a whole number from 0")
    from inkdigits.evaluation.plots import curves
    from inkdigits.evaluation.runs import check_same, compare_all
    from inkdigits.evaluation.table import runs_table

    runs = _score(args) if args.data is not None else _read(args)
    check_same(runs)
    pairs = compare_all(runs, args.seed)
    first = runs[0]
    print(f"{first.figures.images:,} images of {single_line(first.data)} ({first.split})\n")
    print(runs_table(runs, [single_line(run.name) for run in runs]), end="\n\n")
    for sentence in _sentences(runs, pairs):
        print(single_line(sentence))
    if len(pairs) > 1:
        print(f"p-values are corrected for {len(pairs)} comparisons (Holm 1979).")
    args.out.mkdir(parents=True, exist_ok=True)
    written = [args.out / "comparison.json"]
    with replacing(written[0]) as file:
        text = json.dumps(_to_dict(runs, pairs, args.seed), indent=1, ensure_ascii=True)
        file.write(f"{text}\n".encode())
    histories = {run.name: run.history for run in runs if run.history}
    if histories:
        written.append(args.out / "curves.png")
        curves(histories, written[-1])
    print(f"\nwrote {' and '.join(map(str, written))}")
    return EXIT_OK


def _read(args: argparse.Namespace) -> list[Measured]:
    """The runs as their reports tell them; test sets only if they are asked for."""
    from inkdigits.evaluation.runs import read_run

    runs = [read_run(Path(name)) for name in args.runs]
    tested = [run.name for run in runs if run.split == "test"]
    if tested and args.part != "test":
        raise UsageError(
            f"{tested[0]} was measured on a test set: add --part test if that is what you want"
        )
    return runs


def _score(args: argparse.Namespace) -> list[Measured]:
    """The bundles of the runs, run on one data set."""
    from inkdigits.evaluation.runs import bundle_of
    from inkdigits.recognition.classifier import Classifier

    # All are opened first: what is wrong with the last is said before the first is run.
    classifiers = [Classifier(bundle_of(Path(name))) for name in args.runs]
    return [
        _scored(Path(name), classifier, args.data, args.part)
        for name, classifier in zip(args.runs, classifiers, strict=True)
    ]


def _scored(run: Path, classifier: Classifier, source: str, part: Part) -> Measured:
    from inkdigits.cli.measuring import measure
    from inkdigits.evaluation.classification import classify_figures
    from inkdigits.evaluation.runs import described

    arrays, probabilities = measure(classifier, source, part)
    figures = classify_figures(probabilities, arrays.labels, arrays.classes)
    correct = probabilities.argmax(axis=1) == arrays.labels
    # One source for all of them: each model may take its images in another form.
    return described(run, arrays.name, arrays.split, "", figures, correct)


def _sentences(runs: Sequence[Measured], pairs: Sequence[Pair]) -> list[str]:
    from inkdigits.evaluation.comparison import verdict

    best = max(range(len(runs)), key=lambda n: runs[n].figures.accuracy.value)
    told = [pair for pair in pairs if len(pairs) <= _MOST_SENTENCES or best in pair.runs]
    return [verdict(_names(runs, pair), pair.found, pair.p_value) for pair in told]


def _names(runs: Sequence[Measured], pair: Pair) -> tuple[str, str]:
    return runs[pair.first].name, runs[pair.second].name


def _to_dict(runs: Sequence[Measured], pairs: Sequence[Pair], seed: int) -> dict[str, Any]:
    from inkdigits.evaluation.comparison import to_dict
    from inkdigits.evaluation.report import environment

    first = runs[0]
    return {
        "data": {"name": first.data, "split": first.split, "sha256": first.sha256},
        "runs": [
            {
                "run": run.name,
                "parameters": run.parameters,
                "training_seconds": run.seconds,
                **run.figures.to_dict(),
            }
            for run in runs
        ],
        "pairs": [to_dict(_names(runs, pair), pair.found, pair.p_value) for pair in pairs],
        "bootstrap_seed": seed,
        "environment": environment(),
    }
