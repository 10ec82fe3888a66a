"""`python -m benchmarks.ablations [STUDY…]`: change one thing of a recipe at a time, and measure.

`augmentation`: what each change to the images gives network A, alone and as far as `compact` goes,
on digits kept out of MNIST and on those of other sources and writers. `cnn-64-32-dropout`: what in
that design holds it back, as published and with one thing of it changed. Every training learns from
MNIST's first 55,000 training images, in three seeds; nothing is measured on test images. Writes
`results/ablations-STUDY.json` after each training, goes on after the last one recorded, and
`results/ablations-STUDY.md`.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, stdev
from typing import Any

import keras
from keras import layers

from benchmarks.recipes import with_spread
from inkdigits import Reader
from inkdigits.atomic import replacing
from inkdigits.data.augmentation import DESCRIPTIONS, Augmentation
from inkdigits.data.sets import MNIST_HOLDOUT, LabelledArrays, load_arrays, load_digilets
from inkdigits.evaluation.classification import classify_figures
from inkdigits.evaluation.suites import wild_digits
from inkdigits.recognition.classifier import Classifier
from inkdigits.recognition.contract import DIGITS, SYMBOL
from inkdigits.training.calibration import calibrate
from inkdigits.training.data import Shuffled, TrainingData
from inkdigits.training.export import Provenance, to_onnx, write_bundle
from inkdigits.training.fitting import fit
from inkdigits.training.network import builder
from inkdigits.training.recipe import Recipe
from inkdigits.training.recipes import CNN_32_64, CNN_64_32_DROPOUT, COMPACT
from inkdigits.training.watching import Unmoved

RESULTS = Path(__file__).parents[1] / "results"
SEEDS = (1, 2, 3)

AS_PUBLISHED = 42_000
"""Images of 60,000 that a design learns from which keeps 30 % of them out."""

Change = Callable[[layers.Layer], layers.Layer]
"""What becomes of each layer of a network."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A recipe with one thing changed, the images that it learns, and the layers it is made of."""

    recipe: Recipe
    images: int = MNIST_HOLDOUT.start
    change: Change | None = None


@dataclass(frozen=True, slots=True)
class Study:
    """Trainings to be compared; `elsewhere` says whether other sources are read, too."""

    title: str
    variants: Mapping[str, Variant]
    elsewhere: bool


def main() -> int:
    """Train and measure what is not recorded yet, and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ablations", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="STUDY", help=f"of {', '.join(STUDIES)}")
    args = parser.parse_args()
    if unknown := set(args.names) - set(STUDIES):
        parser.error(f"no study of that name: {', '.join(sorted(unknown))}")
    for name in args.names or STUDIES:
        study, path = STUDIES[name], RESULTS / f"ablations-{name}.json"
        runs: dict[str, dict[str, Any]] = {}
        if path.exists():
            runs = json.loads(path.read_text(encoding="utf-8"))
        for seed in SEEDS:
            for what, variant in study.variants.items():
                of_variant = runs.setdefault(what, {})
                if str(seed) not in of_variant:
                    of_variant[str(seed)] = _measured(variant, seed, study.elsewhere)
                    print(f"{what}, seed {seed}: {of_variant[str(seed)]}", flush=True)
                    _write(path, json.dumps(runs, indent=1) + "\n")
        table = _table(runs)
        _write(path.with_suffix(".md"), f"# {study.title}\n\n{table}\n\n{_FOOT.format(name)}")
        print(table)
    return 0


_FOOT = """Means and standard deviations over three seeds, in percent but for the loss (nats a
digit); nothing is measured on test images. Made by `python -m benchmarks.ablations {}`.
"""


def _with(how: Augmentation) -> Variant:
    return Variant(replace(CNN_32_64, augmentation=how))


def _augmentations() -> dict[str, Variant]:
    """Without any, each alone, those of geometry, and all."""
    how = COMPACT.augmentation
    values = {name: getattr(how, name) for name in DESCRIPTIONS}
    alone = {
        DESCRIPTIONS[name].format(value): _with(Augmentation(**{name: value}))
        for name, value in values.items()
    }
    geometry = replace(how, pen=0, blur=0, fade=0, noise=0, cut=0, erase=0)
    return {
        "none": _with(Augmentation()),
        **alone,
        "the first six": _with(geometry),
        "all twelve": _with(how),
    }


def _kernels_of_three(layer: layers.Layer) -> layers.Layer:
    config = layer.get_config()
    if isinstance(layer, layers.Conv2D):
        config["kernel_size"] = (3, 3)
    return layer.__class__.from_config(config)


def _half_the_dropout(layer: layers.Layer) -> layers.Layer:
    config = layer.get_config()
    if isinstance(layer, layers.Dropout):
        config["rate"] /= 2
    return layer.__class__.from_config(config)


STUDIES: Mapping[str, Study] = {
    "augmentation": Study("What each augmentation gives", _augmentations(), elsewhere=True),
    "cnn-64-32-dropout": Study(
        "What holds design D back",
        {
            "as published: 42,000 images": Variant(CNN_64_32_DROPOUT, AS_PUBLISHED),
            "55,000 images": Variant(CNN_64_32_DROPOUT),
            "kernels of 3x3": Variant(CNN_64_32_DROPOUT, AS_PUBLISHED, _kernels_of_three),
            "half the dropout": Variant(CNN_64_32_DROPOUT, AS_PUBLISHED, _half_the_dropout),
            "a rate that falls to nothing": Variant(
                replace(CNN_64_32_DROPOUT, schedule="cosine"), AS_PUBLISHED
            ),
        },
        elsewhere=False,
    ),
}


def _measured(variant: Variant, seed: int, elsewhere: bool) -> dict[str, float]:
    """Train once, and measure the bundle that comes of it: shares that are right, and the loss."""
    recipe = replace(variant.recipe, seed=seed)
    mnist = replace(load_arrays("mnist"), classes=DIGITS, meaning=SYMBOL)
    held = mnist.where(MNIST_HOLDOUT)
    # Every epoch is validated: on few images, as nothing is chosen by it here.
    data = TrainingData(
        Shuffled(mnist.where(slice(variant.images))), held.where(slice(500)), DIGITS, meaning=SYMBOL
    )
    plain, change = builder(recipe.network, len(DIGITS), data.shape), variant.change

    def build() -> keras.Model:
        model = plain()
        return model if change is None else keras.models.clone_model(model, clone_function=change)

    with tempfile.TemporaryDirectory() as folder:
        model = fit(recipe, build, data, Path(folder), Unmoved())
        bundle = Path(folder) / "bundle"
        logits = model.predict(held.images, batch_size=512, verbose=0)
        provenance = Provenance(recipe.name, recipe.to_dict(), data.shape, SYMBOL, DIGITS, None, ())
        calibration = calibrate(logits, held.labels, None)
        write_bundle(bundle, to_onnx(model), provenance, calibration, {})
        right, loss = _figures(bundle, held)
        figures = {"MNIST, held out": right, "loss": loss}
        if elsewhere:
            figures |= _elsewhere(bundle)
    return figures


def _elsewhere(bundle: Path) -> dict[str, float]:
    """The shares of single digits that are read right, of sources that nothing learns from."""
    tablet = load_digilets("digits").normalized()
    guessed = wild_digits(Reader(bundle, line_model=None)).guessed
    return {
        "usps": _figures(bundle, load_arrays("usps").normalized())[0],
        "digilets": _figures(bundle, tablet)[0],
        "wild-digits": 0.0 if guessed is None else guessed.value,
    }


def _figures(bundle: Path, arrays: LabelledArrays) -> tuple[float, float]:
    classifier = Classifier(bundle)
    found = classify_figures(classifier.probabilities(arrays.images), arrays.labels, DIGITS)
    return found.accuracy.value, found.loss


def _table(runs: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Means and standard deviations over the seeds, as Markdown."""
    measures = list(next(iter(next(iter(runs.values())).values())))
    lines = [f"|  | {' | '.join(measures)} |", "|---" * (len(measures) + 1) + "|"]
    for what, seeds in runs.items():
        cells = [what]
        for measure in measures:
            of_seeds = [figures[measure] for figures in seeds.values()]
            scale, digits = (1, 4) if measure == "loss" else (100, 2)
            spread = scale * stdev(of_seeds) if len(of_seeds) > 1 else None
            cells.append(with_spread(scale * fmean(of_seeds), spread, digits))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _write(path: Path, text: str) -> None:
    RESULTS.mkdir(exist_ok=True)
    with replacing(path) as file:
        file.write(text.encode())


if __name__ == "__main__":
    raise SystemExit(main())
