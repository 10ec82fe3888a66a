"""`python -m benchmarks.transfer`: what starting from trained weights gives on 20 images a class.

The shipped model learns the digits of a few people who wrote on a tablet (`digilets`), and clothes
(Fashion-MNIST, whose classes it has never seen); beside it the same network learns the same images
from nothing, for as many epochs and at the rate that suit that. Each draw takes other
writers or other images; what is measured is other digits of the same people, the digits of all the
other people, or other clothes. Test sets are not looked at. Writes `results/transfer.json` and
`results/transfer.md`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean, median, stdev

import keras
import numpy as np
from numpy.typing import NDArray

from inkdigits import Reader
from inkdigits.atomic import replacing
from inkdigits.data.load import load_set
from inkdigits.data.sets import LabelledArrays, load_digilets
from inkdigits.evaluation.report import environment
from inkdigits.recognition.contract import DIGITS
from inkdigits.training.adapting import adapting_recipe, with_learnt_head
from inkdigits.training.data import Shuffled, TrainingData
from inkdigits.training.fitting import fit
from inkdigits.training.network import builder
from inkdigits.training.recipe import Recipe
from inkdigits.training.watching import Unmoved

START = "compact"
A_CLASS = 20
WRITERS = 8
"""So many people; each wrote five of every digit: 20 are learnt, and 20 are left to measure."""

FASHION = "fashion-mnist"
MEASURED = 5_000
"""Images of Fashion-MNIST's training part on which a draw is measured."""

Outcomes = dict[str, dict[str, list["Outcome"]]]
"""By what was measured, and by the way it was learnt."""

RESULTS = Path(__file__).parents[1] / "results"


@dataclass(frozen=True, slots=True)
class Draw:
    """The few images that are learnt, and those that are measured, by what they are.

    `set` is one with classes of the same names.
    """

    set: str
    few: LabelledArrays
    measured: Mapping[str, LabelledArrays]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The share of the measured images that is right, and the seconds that the training took."""

    accuracy: float
    seconds: float


def main() -> int:
    """Train on every draw, and write the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.transfer", description=__doc__)
    parser.add_argument("--draws", type=int, default=5, help="of each set (default: 5)")
    args = parser.parse_args()
    outcomes: Outcomes = {}
    for draw in (*_digilets(args.draws), *_fashion(args.draws)):
        adapted = adapting_recipe(START, draw.set)
        new = replace(adapted, start="", head_epochs=0, epochs=60, learning_rate=3e-3)
        for way, recipe in (("adapted", adapted), ("from nothing", new)):
            model, seconds = _trained(recipe, draw.few)
            for what, images in draw.measured.items():
                answers = model.predict(images.images, batch_size=512, verbose=0).argmax(1)
                _note(outcomes, what, way, Outcome(_right(answers, images), seconds))
        for what, images in draw.measured.items():
            if images.classes == DIGITS:
                answers = Reader(START).classify(images.images).argmax(1)
                _note(outcomes, what, "as it is", Outcome(_right(answers, images), 0.0))
    table = _table(outcomes)
    print(table)
    _write(outcomes, table, args.draws)
    return 0


def _digilets(draws: int) -> Iterator[Draw]:
    """Groups of writers, none twice."""
    digits = replace(load_digilets("digits").normalized(), classes=DIGITS)
    if digits.writer is None:
        raise SystemExit("digilets has no writers")
    writers = np.random.default_rng(0).permutation(np.unique(digits.writer))
    for group in writers[: draws * WRITERS].reshape(-1, WRITERS):
        theirs = np.isin(digits.writer, group)
        few, others = _drawn(digits.where(theirs), seed=int(group[0]))
        yield Draw(
            "mnist",
            few,
            {
                "digits of a few people (`digilets`), on their other digits": others,
                "the same, on the digits of 51 other people": digits.where(~theirs),
            },
        )


def _fashion(draws: int) -> Iterator[Draw]:
    clothes = load_set(FASHION)
    for seed in range(draws):
        few, others = _drawn(clothes, seed)
        yield Draw(FASHION, few, {"clothes (Fashion-MNIST)": others.where(slice(MEASURED))})


def _drawn(arrays: LabelledArrays, seed: int) -> tuple[LabelledArrays, LabelledArrays]:
    """`A_CLASS` images of each class, and all others, in an order drawn by chance."""
    order = np.random.default_rng(seed).permutation(len(arrays))
    few = np.concatenate(
        [order[arrays.labels[order] == label][:A_CLASS] for label in range(len(arrays.classes))]
    )
    return arrays.where(few), arrays.where(order[~np.isin(order, few)])


def _trained(recipe: Recipe, few: LabelledArrays) -> tuple[keras.Model, float]:
    # Every epoch is validated: on few images, as nothing is chosen by it here.
    data = TrainingData(Shuffled(few), few.where(slice(len(few.classes))), few.classes)
    with tempfile.TemporaryDirectory() as folder:
        run = Path(folder)
        began = time.perf_counter()
        if recipe.start:
            build = with_learnt_head(recipe, data, run, Unmoved())
        else:
            build = builder(recipe.network, len(data.classes), data.shape)
        return fit(recipe, build, data, run, Unmoved()), time.perf_counter() - began


def _right(answers: NDArray[np.int64], images: LabelledArrays) -> float:
    return float(np.mean(answers == images.labels))


def _note(outcomes: Outcomes, what: str, way: str, outcome: Outcome) -> None:
    outcomes.setdefault(what, {}).setdefault(way, []).append(outcome)
    print(f"{what}, {way}: {outcome.accuracy:.2%}", flush=True)


def _table(outcomes: Outcomes) -> str:
    """Means and standard deviations over the draws, as Markdown."""
    lines = [f"| {A_CLASS} images a class of | {START} | right | time |", "|---|---|---|---|"]
    for what, ways in outcomes.items():
        for way, runs in ways.items():
            right = [100 * run.accuracy for run in runs]
            spread = f" ± {stdev(right):.2f}" if len(right) > 1 else ""
            took = f"{median(run.seconds for run in runs):.0f} s" if runs[0].seconds else "-"
            lines.append(f"| {what} | {way} | {fmean(right):.2f} %{spread} | {took} |")
    return "\n".join(lines)


def _write(outcomes: Outcomes, table: str, draws: int) -> None:
    described = {
        what: {way: [asdict(run) for run in runs] for way, runs in ways.items()}
        for what, ways in outcomes.items()
    }
    content = {"start": START, "outcomes": described, "environment": environment()}
    text = (
        f"# Transfer\n\n{table}\n\nMeans and standard deviations over {draws} draws, medians of "
        "the time; the same network, images and augmentation either way.\n"
        "Made by `python -m benchmarks.transfer`.\n"
    )
    RESULTS.mkdir(exist_ok=True)
    with replacing(RESULTS / "transfer.json") as file:
        file.write((json.dumps(content, indent=1) + "\n").encode())
    with replacing(RESULTS / "transfer.md") as file:
        file.write(text.encode())


if __name__ == "__main__":
    raise SystemExit(main())
