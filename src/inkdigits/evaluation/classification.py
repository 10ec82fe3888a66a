"""How well classes are told apart: all figures of a report, from probabilities and labels alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

from inkdigits.errors import DataError
from inkdigits.evaluation import metrics
from inkdigits.evaluation.metrics import Floats, Integers, Share

COVERAGE_ACCURACIES = (0.99, 0.999)
"""Accuracies for which a report says what share can be answered with them."""

_COVERAGE_POINTS = 101


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """One class: `support` is how many images are of it.

    `precision`, of the images that were called so, is `None` where none was; `recall`, of the
    images that are of it, and `f1` are `None` where none is.
    """

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True, slots=True)
class Averages:
    """Precision, recall and F1, averaged over the classes, 0 to 1."""

    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """Answers of about the same probability: their number, mean probability and share right."""

    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Confused:
    """How many images of the class `truth` were taken for the class `answer`."""

    truth: str
    answer: str
    count: int


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """What a classifier reached on N images of K classes; the answer is its most probable class.

    `loss` is the negative log-likelihood in nats. `macro` gives every class that occurs in truth or
    answers the same weight, `weighted` weighs by support; both as scikit-learn does, which counts a
    precision of nothing as 0. `confusion` is int64 `(K, K)`, truth down, answer across.
    `calibration` are 15 bins of equal width, empty ones left out, and `calibration_error` is their
    expected error (Guo 2017). `coverage` and `coverage_accuracy`, `(M,)`, are the shares answered,
    surest first, and the accuracy reached on them.
    """

    classes: tuple[str, ...]
    accuracy: Share
    loss: float
    macro: Averages
    weighted: Averages
    per_class: tuple[ClassFigures, ...]
    confusion: NDArray[np.int64]
    calibration: tuple[CalibrationBin, ...]
    calibration_error: float
    coverage: Floats
    coverage_accuracy: Floats

    @property
    def images(self) -> int:
        return self.accuracy.total

    @property
    def mistakes(self) -> int:
        return self.accuracy.total - self.accuracy.count

    def coverage_at(self, accuracy: float) -> float:
        """The largest share, 0 to 1, that can be answered with at least that accuracy."""
        return metrics.coverage_reaching(self.coverage, self.coverage_accuracy, accuracy)

    def most_confused(self, most: int) -> tuple[Confused, ...]:
        """The pairs of classes that are most often taken for each other, by count."""
        off = self.confusion - np.diag(np.diag(self.confusion))
        order = np.argsort(-off, axis=None, kind="stable")[:most]
        pairs = [divmod(int(index), len(self.classes)) for index in order]
        return tuple(
            Confused(self.classes[truth], self.classes[answer], int(off[truth, answer]))
            for truth, answer in pairs
            if off[truth, answer]
        )

    def to_dict(self) -> dict[str, Any]:
        """The figures as plain JSON types, the curve of coverage at about 100 points."""
        low, high = self.accuracy.interval
        points = np.unique(np.linspace(0, len(self.coverage) - 1, _COVERAGE_POINTS).astype(int))
        return {
            "images": self.images,
            "accuracy": _rounded(self.accuracy.value),
            "accuracy_interval_95": [_rounded(low), _rounded(high)],
            "loss": _rounded(self.loss),
            "macro": _rounded_all(asdict(self.macro)),
            "weighted": _rounded_all(asdict(self.weighted)),
            "calibration_error": _rounded(self.calibration_error),
            "coverage_at_accuracy": {
                str(target): _rounded(self.coverage_at(target)) for target in COVERAGE_ACCURACIES
            },
            "per_class": [_rounded_all(asdict(one)) for one in self.per_class],
            "confusion": self.confusion.tolist(),
            "calibration": [_rounded_all(asdict(one)) for one in self.calibration],
            "coverage": [
                [_rounded(float(self.coverage[n])), _rounded(float(self.coverage_accuracy[n]))]
                for n in points
            ],
        }


@dataclass(frozen=True, slots=True)
class Mistake:
    """An image that was answered wrongly: its index, the classes, and their probabilities."""

    index: int
    truth: str
    answer: str
    probability: float
    probability_of_truth: float


def classify_figures(
    probabilities: NDArray[np.float32], labels: Integers, classes: Sequence[str]
) -> Figures:
    """Every figure from `probabilities` float `(N, K)`, `labels` `(N,)` in 0..K-1 and K names.

    A row may sum to less than 1, where a model has a label for what belongs to no class. Raises
    `DataError` where the three do not belong together, and for nothing to measure.
    """
    _check(probabilities, labels, classes)
    answers = probabilities.argmax(axis=1)
    correct, confidence = answers == labels, probabilities.max(axis=1)
    coverage, coverage_accuracy = metrics.coverage_curve(confidence, correct)
    return Figures(
        classes=tuple(classes),
        accuracy=metrics.share(correct),
        loss=metrics.negative_log_likelihood(probabilities, labels),
        macro=_averages(labels, answers, "macro"),
        weighted=_averages(labels, answers, "weighted"),
        per_class=_per_class(labels, answers, classes),
        confusion=np.asarray(
            confusion_matrix(labels, answers, labels=range(len(classes))), np.int64
        ),
        calibration=_calibration(confidence, correct),
        calibration_error=metrics.calibration_error(confidence, correct),
        coverage=coverage,
        coverage_accuracy=coverage_accuracy,
    )


def worst_mistakes(
    probabilities: NDArray[np.float32], labels: Integers, classes: Sequence[str], most: int
) -> tuple[Mistake, ...]:
    """The mistakes that were answered with the highest probability, at most so many of them."""
    _check(probabilities, labels, classes)
    answers, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = np.flatnonzero(answers != labels)
    surest = wrong[np.argsort(-confidence[wrong], kind="stable")][:most]
    return tuple(
        Mistake(
            index=int(n),
            truth=classes[int(labels[n])],
            answer=classes[int(answers[n])],
            probability=float(confidence[n]),
            probability_of_truth=float(probabilities[n, labels[n]]),
        )
        for n in surest
    )


def _averages(labels: Integers, answers: Integers, kind: str) -> Averages:
    precision, recall, f1, _ = precision_recall_fscore_support(
        labels, answers, average=kind, zero_division=0.0
    )
    return Averages(float(precision), float(recall), float(f1))


def _per_class(
    labels: Integers, answers: Integers, classes: Sequence[str]
) -> tuple[ClassFigures, ...]:
    columns = precision_recall_fscore_support(
        labels, answers, labels=range(len(classes)), zero_division=np.nan
    )
    return tuple(
        ClassFigures(name, _defined(precision), _defined(recall), _defined(f1), int(support))
        for name, precision, recall, f1, support in zip(classes, *columns, strict=True)
    )


def _calibration(confidence: Floats, correct: NDArray[np.bool_]) -> tuple[CalibrationBin, ...]:
    return tuple(
        CalibrationBin(len(group), float(confidence[group].mean()), float(correct[group].mean()))
        for group in metrics.equal_width_bins(confidence)
        if len(group)
    )


def _check(probabilities: NDArray[np.float32], labels: Integers, classes: Sequence[str]) -> None:
    if len(probabilities) == 0:
        raise DataError("there is no image to measure: name a data set that is not empty")
    if probabilities.ndim != 2 or probabilities.shape[1] != len(classes):
        raise DataError(
            f"the model gives {probabilities.shape[1:]} scores an image, the data have "
            f"{len(classes)} classes: name data of the model's own classes"
        )
    if labels.shape != probabilities.shape[:1] or labels.dtype.kind not in "iu":
        raise DataError(
            f"{len(probabilities)} images and {labels.dtype} labels {labels.shape} do not belong "
            "together: labels are one whole number an image"
        )
    if labels.min() < 0 or labels.max() >= len(classes):
        outside = labels.min() if labels.min() < 0 else labels.max()
        raise DataError(
            f"a label is {outside}, but there are {len(classes)} classes, 0 to {len(classes) - 1}: "
            "correct the labels"
        )
    if not ((probabilities >= 0) & (probabilities <= 1 + 1e-4)).all():
        raise DataError("the scores of the model are no probabilities: train it again")


def _defined(value: float) -> float | None:
    return None if np.isnan(value) else float(value)


def _rounded(value: float) -> float:
    return round(value, 6)


def _rounded_all(figures: dict[str, Any]) -> dict[str, Any]:
    return {
        name: _rounded(value) if isinstance(value, float) else value
        for name, value in figures.items()
    }
