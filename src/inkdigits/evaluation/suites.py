"""The suites: each reads one data set the way users would and returns one frozen `Result`.

A suite gets a reader and measures nothing but its answers, so it holds for every bundle. All sets
but MNIST's test images are validation data: they may steer choices. `mnist` is the test set; it is
looked at once a release and runs only when it is asked for by name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.data.letter_glyphs import IS_A_DIGIT
from inkdigits.data.sets import (
    MNIST_HOLDOUT,
    LabelledArrays,
    load_arrays,
    load_digilets,
    load_files,
)
from inkdigits.evaluation import metrics, number_suites
from inkdigits.evaluation.composed import composed_pages
from inkdigits.evaluation.measuring import (
    DigitReader,
    Result,
    Sample,
    measure_classify,
    measure_digits,
    measure_pages,
    refused_arrays,
    symbols,
)
from inkdigits.evaluation.trust import (
    Answers,
    accepted_at,
    answers_to,
    risk_curve,
    strings_of,
    together,
)
from inkdigits.recognition.trust import percent

LETTERS_SHAPED_AS_DIGITS = IS_A_DIGIT | set("zZsSbgq")
"""Those of the very shape of a digit, and those that many people draw as they draw a digit once
size and height on the line are gone: z Z as 2, s S as 5, b as 6, g q as 9. Kept to be refused
although they come near: B and D (a straight stem), i and j (a dot), G (an open bow), T, Y, J and
the rest."""

ROUNDTRIP_IMAGES = 2_000
TRUSTED = "wild-digits + digilets"
"""The digits of which at least 97 % are to be accepted with at most 0.1 % wrong."""

_ROUNDTRIP_SEED = 20_240
_ROUNDTRIP_PAGE = (480, 640)
_ROUNDTRIP_SCALES = (3.0, 12.0)


def mnist(reader: DigitReader) -> Result:
    """MNIST's 10,000 test images through `classify`: the one look of a release."""
    return measure_classify("mnist", reader, load_arrays("mnist", "test"))


def mnist_holdout(reader: DigitReader) -> Result:
    """The 5,000 of MNIST's training images that no shipped model was fitted to."""
    return measure_classify("mnist-holdout", reader, load_arrays("mnist").where(MNIST_HOLDOUT))


def usps(reader: DigitReader) -> Result:
    """Digits cut from US mail, 16x16 grey, each normalised as one symbol."""
    return measure_classify("usps", reader, load_arrays("usps").normalized())


def wild_digits(reader: DigitReader) -> Result:
    """One digit an image, read with the layout given as `digit`."""
    return measure_digits("wild-digits", reader, _files("wild-digits"))


def wild_digits_auto(reader: DigitReader) -> Result:
    """The same images with the layout left to the reader."""
    return measure_pages("wild-digits-auto", reader, _files("wild-digits"))


def wild_pages(reader: DigitReader) -> Result:
    """Photos and forms with many digits on several lines."""
    return measure_pages("wild-pages", reader, _files("wild-pages"))


def digilets(reader: DigitReader) -> Result:
    """Digits drawn on a tablet, read as images with one digit."""
    return measure_digits("digilets", reader, _arrays(load_digilets("digits")))


def trust(reader: DigitReader) -> Result:
    """How much can be accepted with one wrong in a thousand: whole numbers, surest first."""
    return trust_result(trust_answers(reader))


def trust_answers(reader: DigitReader) -> list[Answers]:
    """What the suite `trust` and the promises of a model are made of, set by set.

    Of MNIST's held-out images those that no model is calibrated on (see `training/results.py`).
    """
    drawn = load_digilets("digits")
    held = load_arrays("mnist").where(MNIST_HOLDOUT).where(slice(1, None, 2))
    return [
        answers_to(reader, "wild-digits", _files("wild-digits")),
        answers_to(reader, "digilets", _arrays(drawn)),
        answers_to(reader, "usps", _arrays(load_arrays("usps").normalized())),
        answers_to(reader, "mnist-holdout", _arrays(held)),
        answers_to(reader, "numbers of digilets", strings_of(drawn), "line"),
        answers_to(reader, "numbers of mnist-holdout", strings_of(held), "line"),
    ]


def trust_result(parts: Sequence[Answers]) -> Result:
    """The share accepted and the share wrong of each set, and of the first two together."""
    shown = [together(TRUSTED, parts[:2]), *parts[2:]]
    everything = together("all", parts)
    answered = everything.confidence > 0
    error = metrics.calibration_error(everything.confidence[answered], everything.right[answered])
    return Result(
        suite="trust",
        images=len(everything),
        guessed=metrics.share(everything.right),
        calibration_error=error,
        others={
            f"{part.name} at {percent(risk)} wrong": accepted_at(part, risk)
            for part, risk in zip(shown, map(_telling_risk, shown), strict=True)
        },
        curves={part.name: risk_curve(part) for part in shown},
    )


def _telling_risk(answers: Answers) -> float:
    """One in a thousand, or of fewer than a thousand one in a hundred."""
    return 0.001 if len(answers) >= 1000 else 0.01


def digilets_letters(reader: DigitReader) -> Result:
    """Letters against digits of the same writers: does the reader know a digit when it sees one?

    Scores of a symbol: the probability of being a digit (the ten of `classify` summed, on the
    normalised ink) and the confidence of the digit that `read` finds. The AUROC without further
    name leaves out `IS_A_DIGIT`, "distinct shapes" leaves out
    `LETTERS_SHAPED_AS_DIGITS`. `refused` counts the letters but those of the first list.
    """
    digits, every_letter = load_digilets("digits"), load_digilets("letters")
    letters = every_letter.where(~np.isin(every_letter.labels, list(IS_A_DIGIT)))
    distinct = ~np.isin(letters.labels, list(LETTERS_SHAPED_AS_DIGITS))
    sure_digits, _ = _read_alone(reader, digits)
    sure_letters, refused = _read_alone(reader, letters)
    scores: dict[str, tuple[NDArray[Any], NDArray[Any]]] = {
        "AUROC": (_digit_chance(reader, digits), _digit_chance(reader, letters)),
        "AUROC of confidence": (sure_digits, sure_letters),
    }
    others: dict[str, float] = {}
    for name, (of_digits, of_letters) in scores.items():
        others[name] = metrics.auroc(of_digits, of_letters)
        others[f"{name}, distinct shapes"] = metrics.auroc(of_digits, of_letters[distinct])
    return Result("digilets-letters", len(letters), refused=metrics.share(refused), others=others)


def fashion(reader: DigitReader) -> Result:
    """Pictures of clothes against MNIST's held-out digits, as arrays and normalised as symbols."""
    digits = load_arrays("mnist").where(MNIST_HOLDOUT)
    clothes = load_arrays("fashion-mnist", "test")
    as_arrays = [reader.classify(arrays.images).sum(axis=1) for arrays in (digits, clothes)]
    as_symbols = [_digit_chance(reader, arrays) for arrays in (digits, clothes)]
    return Result(
        suite="fashion",
        images=len(clothes),
        refused=metrics.share(refused_arrays(reader, clothes.images)),
        others={
            "AUROC": metrics.auroc(*as_arrays),
            "AUROC, normalised": metrics.auroc(*as_symbols),
        },
    )


def roundtrip(reader: DigitReader) -> Result:
    """Held-out MNIST digits enlarged, drawn on paper and read back, against `classify` on them.

    "lost points" is the accuracy of `classify` less that of the guess read back, in points of 100.
    """
    arrays = load_arrays("mnist").where(MNIST_HOLDOUT).where(slice(ROUNDTRIP_IMAGES))
    random = np.random.default_rng(_ROUNDTRIP_SEED)
    pages = (draw_on_paper(image, random) for image in arrays.images)
    samples = (
        Sample(f"mnist {MNIST_HOLDOUT.start + n}", str(label), page)
        for n, (page, label) in enumerate(zip(pages, arrays.labels, strict=True))
    )
    result = measure_digits("roundtrip", reader, samples)
    direct = metrics.accuracy(reader.classify(arrays.images), arrays.labels)
    found = 0.0 if result.guessed is None else result.guessed.value
    others = {"classify": direct.value, "lost points": 100 * (direct.value - found)}
    return replace(result, others={**result.others, **others})


def draw_on_paper(image: NDArray[np.uint8], random: np.random.Generator) -> NDArray[np.uint8]:
    """Draw `uint8 (28, 28)`, ink bright, as dark ink on a light page `uint8 (480, 640, 3)`.

    The digit is enlarged 3 to 12 times, smoothly, and placed anywhere it fits.
    """
    scale = random.uniform(*_ROUNDTRIP_SCALES)
    ink = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    height, width = ink.shape
    top = int(random.integers(0, _ROUNDTRIP_PAGE[0] - height + 1))
    left = int(random.integers(0, _ROUNDTRIP_PAGE[1] - width + 1))
    paper = random.uniform(190, 255) + random.uniform(-8, 0, size=3)
    pen = random.uniform(0, 90, size=3)
    page = np.tile(paper, (*_ROUNDTRIP_PAGE, 1))
    cover = ink[:, :, None] / 255.0
    page[top : top + height, left : left + width] = paper * (1 - cover) + pen * cover
    return np.round(page).astype(np.uint8)


def _files(name: str) -> list[Sample]:
    return [Sample(file.path.name, file.text, file.path) for file in load_files(name)]


def _arrays(arrays: LabelledArrays) -> list[Sample]:
    return [
        Sample(f"{arrays.name} {n}", str(label), image)
        for n, (image, label) in enumerate(zip(arrays.images, arrays.labels, strict=True))
    ]


def _digit_chance(reader: DigitReader, arrays: LabelledArrays) -> NDArray[np.float32]:
    """The probability that each array, normalised as a symbol, is a digit: `(N,)`."""
    return np.asarray(reader.classify(arrays.normalized().images).sum(axis=1))


def _read_alone(
    reader: DigitReader, arrays: LabelledArrays
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Read each array as one symbol: its confidence, 0 if none is found, and if it is refused."""
    found = [symbols(reader.read(image, layout="digit")) for image in arrays.images]
    confidence = [max((digit.confidence for digit in digits), default=0.0) for digits in found]
    refused = [all(digit.value is None for digit in digits) for digits in found]
    return np.array(confidence), np.array(refused)


SUITES: Mapping[str, Callable[[DigitReader], Result]] = {
    "mnist": mnist,
    "mnist-holdout": mnist_holdout,
    "wild-digits": wild_digits,
    "wild-digits-auto": wild_digits_auto,
    "wild-pages": wild_pages,
    "form": number_suites.form,
    "cheques": number_suites.cheques,
    "cheques-auto": number_suites.cheques_auto,
    "touching-pairs": number_suites.touching_pairs,
    "touching-pairs-auto": number_suites.touching_pairs_auto,
    "strings": number_suites.strings_line,
    "strings-auto": number_suites.strings_auto,
    "cards": number_suites.card_numbers,
    "composed-pages": composed_pages,
    "digilets": digilets,
    "digilets-letters": digilets_letters,
    "usps": usps,
    "trust": trust,
    "fashion": fashion,
    "roundtrip": roundtrip,
}
"""Every suite by its name, in the order of the report."""

TEST_SUITES = frozenset({"mnist"})
"""Suites on test data: never run unless asked for by name or with all."""
