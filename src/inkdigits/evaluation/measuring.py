"""Read labelled samples with a reader and count what came of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.sets import LabelledArrays
from inkdigits.evaluation import metrics
from inkdigits.evaluation.metrics import Share
from inkdigits.reading import Digit, Reading
from inkdigits.recognition.bundle import Bundle
from inkdigits.recognition.confidence import judge, probabilities
from inkdigits.recognition.field import Field

Curve = tuple[tuple[float, float], ...]


class DigitReader(Protocol):
    """What evaluation needs of `inkdigits.Reader`."""

    @property
    def bundle(self) -> Bundle: ...

    def read(self, source: Any, layout: Any = "auto", field: Field | None = None) -> Reading: ...

    def classify(self, images: NDArray[np.uint8]) -> NDArray[np.float32]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """One labelled image: its file, or its pixels as `Reader.read` takes them."""

    name: str
    truth: str
    image: Path | NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Misreading:
    """A sample whose answer is not its truth, and what the reader said about it."""

    sample: Sample
    answer: str
    guess: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What one suite measured; a measure that means nothing for it is `None`.

    `exact`: images all of whose digits are right in the answer, so a refused digit is an error.
    `guessed`: images whose best guess is right, refused or not. `digit_error_rate`: of the answer.
    `refused`: refused symbols of the symbols found; of arrays, those that are not answered.
    `calibration_error`: of the guess, 15 bins of equal width. `others`: further measures by name.
    `curves`: by name, points of the share accepted and the share wrong of it (`trust.risk_curve`).
    """

    suite: str
    images: int
    exact: Share | None = None
    guessed: Share | None = None
    digit_error_rate: float | None = None
    refused: Share | None = None
    calibration_error: float | None = None
    others: Mapping[str, float] = field(default_factory=dict)
    misread: tuple[Misreading, ...] = ()
    curves: Mapping[str, Curve] = field(default_factory=dict)


def measure_classify(suite: str, reader: DigitReader, arrays: LabelledArrays) -> Result:
    """Measure `classify` on arrays in MNIST's format."""
    rows = reader.classify(arrays.images)
    guess, confidence = rows.argmax(axis=1), rows.max(axis=1)
    correct, refused = guess == arrays.labels, refused_arrays(reader, arrays.images)
    misread = tuple(
        Misreading(
            Sample(f"{arrays.name} {n}", str(arrays.labels[n]), arrays.images[n]),
            answer="" if refused[n] else str(guess[n]),
            guess=str(guess[n]),
            confidence=float(confidence[n]),
            reason="",
        )
        for n in np.flatnonzero(~correct | refused)
    )
    exact = metrics.share(correct & ~refused)
    return Result(
        suite=suite,
        images=len(arrays),
        exact=exact,
        guessed=metrics.accuracy(rows, arrays.labels),
        digit_error_rate=1 - exact.value,
        refused=metrics.share(refused),
        calibration_error=metrics.calibration_error(confidence, correct),
        others={
            "ECE, equal mass": metrics.calibration_error(confidence, correct, equal_mass=True),
            "NLL": metrics.negative_log_likelihood(rows, arrays.labels),
            "Brier": metrics.brier(rows, arrays.labels),
            "coverage at 99.9 %": metrics.coverage_at_accuracy(confidence, correct, 0.999),
        },
        misread=misread,
    )


def measure_digits(suite: str, reader: DigitReader, samples: Iterable[Sample]) -> Result:
    """Measure reading images of one digit each with `layout="digit"`.

    An image in which nothing is found has no guess: an error, and no part of the calibration.
    """
    answers = [_ask(reader, sample, "digit") for sample in samples]
    found = [(digit, answer.truth) for answer in answers for digit in symbols(answer.reading)]
    confidence = np.array([digit.confidence for digit, _ in found])
    correct = np.array([digit.guess == truth for digit, truth in found], dtype=np.bool_)
    result = _count(suite, answers)
    if not found:
        return result
    return replace(
        result,
        calibration_error=metrics.calibration_error(confidence, correct),
        others={
            "ECE, equal mass": metrics.calibration_error(confidence, correct, equal_mass=True),
            "coverage at 99 %": metrics.coverage_at_accuracy(confidence, correct, 0.99),
        },
    )


def measure_pages(
    suite: str,
    reader: DigitReader,
    samples: Iterable[Sample],
    layout: str = "auto",
    field: Field | None = None,
) -> Result:
    """Measure reading images of any number of digits, each number one that `field` allows.

    "accepted" are images of whose numbers, at least one, all are accepted; "wrong of accepted" is
    the share of these whose answer is not right.
    """
    answers = [_ask(reader, sample, layout, field) for sample in samples]
    truths = [answer.truth for answer in answers]
    guesses = [_guess(answer.reading) for answer in answers]
    accepted = [answer for answer in answers if _is_accepted(answer.reading)]
    others = {
        "digit error rate of guesses": metrics.digit_error_rate(truths, guesses),
        "accepted": len(accepted) / len(answers),
    }
    if accepted:
        wrong = np.array([answer.misreading is not None for answer in accepted])
        others["wrong of accepted"] = metrics.share(wrong).value
    return replace(_count(suite, answers), others=others)


@dataclass(frozen=True, slots=True, eq=False)
class _Answer:
    truth: str
    reading: Reading
    misreading: Misreading | None


def _ask(reader: DigitReader, sample: Sample, layout: str, field: Field | None = None) -> _Answer:
    """Read a sample; its image is kept only with a misreading, for pages fill the memory."""
    reading = reader.read(sample.image, layout=layout, field=field)
    wrong = metrics.digits_of(reading.text) != metrics.digits_of(sample.truth)
    return _Answer(sample.truth, reading, _misreading(sample, reading) if wrong else None)


def _count(suite: str, answers: Sequence[_Answer]) -> Result:
    truths = [answer.truth for answer in answers]
    texts = [answer.reading.text for answer in answers]
    refused = np.array(
        [digit.value is None for answer in answers for digit in symbols(answer.reading)]
    )
    return Result(
        suite=suite,
        images=len(answers),
        exact=metrics.exact_share(truths, texts),
        guessed=metrics.exact_share(truths, [_guess(answer.reading) for answer in answers]),
        digit_error_rate=metrics.digit_error_rate(truths, texts),
        refused=metrics.share(refused) if refused.size else None,
        misread=tuple(answer.misreading for answer in answers if answer.misreading),
    )


def refused_arrays(reader: DigitReader, images: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which images, `(N, 28, 28)`, the reader would refuse as symbols of sufficient height."""
    contract = reader.bundle.contract
    rows = probabilities(reader.bundle.settled_scores(images), contract)
    return np.array([judge(row, math.inf, contract).value is None for row in rows], np.bool_)


def symbols(reading: Reading) -> tuple[Digit, ...]:
    """All symbols of a page, refused ones too, in reading order."""
    return tuple(digit for number in reading.numbers for digit in number.digits)


def _is_accepted(reading: Reading) -> bool:
    return bool(reading.numbers) and all(number.accepted for number in reading.numbers)


def _guess(reading: Reading) -> str:
    return "".join(digit.guess for digit in symbols(reading))


def _misreading(sample: Sample, reading: Reading) -> Misreading:
    found = symbols(reading)
    return Misreading(
        sample,
        answer=reading.text.replace("\n", "|"),
        guess=_guess(reading),
        confidence=min((digit.confidence for digit in found), default=0.0),
        reason=next((digit.reason for digit in found if digit.reason), ""),
    )
