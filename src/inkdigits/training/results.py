"""What a run folder holds in the end: the network, its bundle, the curves and the report."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from inkdigits.atomic import replacing
from inkdigits.data.augmentation import augment
from inkdigits.data.sets import LabelledArrays
from inkdigits.evaluation.metrics import (
    accuracy,
    auroc,
    calibration_error,
    negative_log_likelihood,
)
from inkdigits.evaluation.plots import curves
from inkdigits.evaluation.report_folder import write_report
from inkdigits.recognition.bundle import Contract, load_bundle
from inkdigits.recognition.confidence import probabilities, softmax
from inkdigits.recognition.contract import STRIP
from inkdigits.training import ctc
from inkdigits.training.calibration import Calibration, best_temperature, calibrate
from inkdigits.training.data import TrainingData
from inkdigits.training.export import (
    CHECKED_IMAGES,
    Provenance,
    check_agreement,
    to_onnx,
    write_bundle,
)
from inkdigits.training.record import Record, described


def write_results(
    record: Record, data: TrainingData, model: keras.Model, bundle: Path, finished: bool
) -> Contract:
    """Write `model.keras`, the bundle, `curves.png` and `report/`, and complete `run.json`."""
    run, recipe = record.run, record.recipe
    _save(model, run / "model.keras")
    graph = to_onnx(model)
    spread = np.linspace(0, len(data.validation) - 1, CHECKED_IMAGES, dtype=np.intp)
    difference = check_agreement(model, graph, data.validation.images[spread])
    if data.meaning == STRIP:
        calibration, measured = _calibrated_on_lines(model, data.validation)
    else:
        calibration, measured = _calibrated(model, data, record)
    measured["largest difference of a logit, Keras against ONNX"] = float(f"{difference:.2g}")
    provenance = Provenance(
        recipe.name,
        described(recipe),
        data.shape,
        data.meaning,
        data.classes,
        data.reject,
        tuple(data.to_list()),
    )
    contract = write_bundle(bundle, graph, provenance, calibration, measured)
    curves({recipe.name: run / "history.csv"}, run / "curves.png")
    if data.meaning == STRIP:  # what is right of a line is measured by reading pages
        record.end(measured, finished)
        return contract
    answers = probabilities(load_bundle(bundle).scores(data.validation.images), contract)
    write_report(run / "report", contract.title, data.validation, answers, run / "history.csv")
    record.end(measured, finished)
    return contract


def _calibrated(
    model: keras.Model, data: TrainingData, record: Record
) -> tuple[Calibration, dict[str, float]]:
    """The calibration, and what the card says of images that were kept out of training."""
    if data.reject is None:
        logits = _logits(model, data.validation.images)
        calibration = calibrate(logits, data.validation.labels, None)
        return calibration, _figures(logits, data.validation.labels, calibration)
    # Every other image: the sources follow each other in what is held out.
    to_fit, to_measure = (data.validation.where(slice(start, None, 2)) for start in (0, 1))
    recipe = record.recipe
    # As the images are, and as they are augmented, which is harder.
    harder = augment(to_fit.images, recipe.augmentation, np.random.default_rng(recipe.seed))
    calibration = calibrate(
        _logits(model, np.concatenate([to_fit.images, harder])),
        np.tile(to_fit.labels, 2),
        data.reject,
    )
    return calibration, _figures_with_reject(model, to_measure, calibration, data.reject)


def _calibrated_on_lines(
    model: keras.Model, held: LabelledArrays
) -> tuple[Calibration, dict[str, float]]:
    """On lines composed of digits that were kept out: every other one to fit, the rest to measure.

    Lines are likelier read wrong than their single steps are, so the steps' own likelihood says
    little: the temperature is that at which the whole lines are likeliest.
    """
    logits = _logits(model, held.images)
    to_fit, to_measure = slice(0, None, 2), slice(1, None, 2)
    temperature = best_temperature(
        lambda t: ctc.validate(logits[to_fit] / np.float32(t), held.labels[to_fit])[0], 0.02
    )
    loss, right = ctc.validate(
        logits[to_measure] / np.float32(temperature), held.labels[to_measure]
    )
    figures = {"composed lines right": right, "composed lines, loss": loss}
    return Calibration(temperature, {}), _rounded(figures)


def _figures(
    logits: NDArray[np.float32], labels: NDArray[Any], calibration: Calibration
) -> dict[str, float]:
    answers = softmax(logits / np.float32(calibration.temperature))
    return _rounded(
        {
            "validation accuracy": accuracy(answers, labels).value,
            "validation loss": negative_log_likelihood(answers, labels),
            "validation calibration error": calibration_error(
                answers.max(1), answers.argmax(1) == labels
            ),
        }
    )


def _figures_with_reject(
    model: keras.Model, held: LabelledArrays, calibration: Calibration, reject: int
) -> dict[str, float]:
    """On images that neither the training nor the calibration has seen."""
    answers = softmax(_logits(model, held.images) / np.float32(calibration.temperature))
    is_digit = held.labels != reject
    being_a_digit = 1 - answers[:, reject]
    digits = np.delete(answers, reject, axis=1)[is_digit]
    of = held.labels[is_digit]
    return _rounded(
        {
            "accuracy on digits": accuracy(digits, of).value,
            "calibration error on digits": calibration_error(digits.max(1), digits.argmax(1) == of),
            "AUROC, digits against non-digits": auroc(
                being_a_digit[is_digit], being_a_digit[~is_digit]
            ),
        }
    )


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 5) for name, value in figures.items()}


def _logits(model: keras.Model, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return np.asarray(model.predict(images, batch_size=512, verbose=0), np.float32)


def _save(model: keras.Model, path: Path) -> None:
    """Keras writes to a path only, and not whole or not at all."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / path.name
        with warnings.catch_warnings():
            # Keras hands TensorFlow's variables to NumPy, which it answers in NumPy 1's way.
            warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
            model.save(saved)
        with replacing(path) as file:
            file.write(saved.read_bytes())
