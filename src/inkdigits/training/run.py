"""One training from beginning to end: data, fitting, calibration, bundle."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from inkdigits.data.augmentation import augment
from inkdigits.data.mixture import NON_DIGIT_LABEL, held_out, training_mixture
from inkdigits.data.sets import LabelledArrays, data_folder
from inkdigits.evaluation.metrics import accuracy, auroc, calibration_error
from inkdigits.recognition.bundle import Contract
from inkdigits.recognition.confidence import NOT_A_DIGIT, softmax
from inkdigits.training.calibration import Calibration, calibrate
from inkdigits.training.export import (
    CHECKED_IMAGES,
    Provenance,
    check_agreement,
    to_onnx,
    write_bundle,
)
from inkdigits.training.fitting import Watcher, check_run, fit
from inkdigits.training.lock import locked
from inkdigits.training.recipe import Recipe

LABELS = (*map(str, range(10)), NOT_A_DIGIT)

HELD_OUT_NON_DIGITS = 4_000

_HELD_OUT_SEED = 1_000_003
"""Added to the recipe's seed, so that held-out pools are drawn from other random numbers."""


def train(
    recipe: Recipe, run: Path, bundle: Path, watch: Watcher, resume: bool = False
) -> Contract:
    """Train by `recipe` in the folder `run` and write the bundle; returns its contract.

    What can be refused is refused before the work begins: `DataError` for a data set that is not
    as it should be and for a `run` that holds another training or has one going on in it, `OSError`
    for folders that cannot be made.
    """
    data_folder()  # before any folder is made
    with locked(run):
        return _train(recipe, run, bundle, watch, resume)


def _train(recipe: Recipe, run: Path, bundle: Path, watch: Watcher, resume: bool) -> Contract:
    check_run(recipe, run, resume)
    bundle.mkdir(parents=True, exist_ok=True)
    held = held_out(HELD_OUT_NON_DIGITS, recipe.seed + _HELD_OUT_SEED)
    mixture = training_mixture(recipe.mixture, recipe.seed)
    model = fit(recipe, mixture, held, run, watch, resume)
    graph = to_onnx(model)
    spread = np.linspace(0, len(held) - 1, CHECKED_IMAGES, dtype=np.intp)
    difference = check_agreement(model, graph, held.images[spread])
    # Every other image: the sources follow each other in `held`.
    calibration = _calibrated(model, held.where(slice(0, None, 2)), recipe)
    measured = _figures(model, held.where(slice(1, None, 2)), calibration)
    measured["largest difference of a logit, Keras against ONNX"] = float(f"{difference:.2g}")
    provenance = Provenance(recipe, LABELS, NON_DIGIT_LABEL, mixture.sources)
    return write_bundle(bundle, graph, provenance, calibration, measured)


def _calibrated(model: keras.Model, held: LabelledArrays, recipe: Recipe) -> Calibration:
    """Calibrate on the images as they are and as they are augmented, which is harder."""
    harder = augment(held.images, recipe.augmentation, np.random.default_rng(recipe.seed))
    images = np.concatenate([held.images, harder])
    return calibrate(_logits(model, images), np.tile(held.labels, 2), NON_DIGIT_LABEL)


def _logits(model: keras.Model, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(model.predict(images, batch_size=512, verbose=0), np.float32)


def _figures(
    model: keras.Model, held: LabelledArrays, calibration: Calibration
) -> dict[str, float]:
    """What the card says of images that neither the training nor the calibration has seen."""
    probabilities = softmax(_logits(model, held.images) / calibration.temperature)
    is_digit = held.labels != NON_DIGIT_LABEL
    being_a_digit = 1 - probabilities[:, NON_DIGIT_LABEL]
    digits = probabilities[is_digit][:, :NON_DIGIT_LABEL]
    of = held.labels[is_digit]
    figures = {
        "accuracy on digits": accuracy(digits, of).value,
        "calibration error on digits": calibration_error(digits.max(1), digits.argmax(1) == of),
        "AUROC, digits against non-digits": auroc(
            being_a_digit[is_digit], being_a_digit[~is_digit]
        ),
    }
    return {name: round(value, 5) for name, value in figures.items()}
