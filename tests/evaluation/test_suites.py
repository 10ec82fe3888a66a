"""The suites on small data sets of our own, read by a reader whose answers are known."""

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits import Field
from inkdigits.data import sets
from inkdigits.data.letter_glyphs import IS_A_DIGIT
from inkdigits.data.sets import LabelledArrays
from inkdigits.evaluation import suites
from inkdigits.evaluation.measuring import (
    Sample,
    measure_classify,
    measure_digits,
    measure_pages,
)
from inkdigits.evaluation.metrics import Share
from inkdigits.reading import Box, Digit, Number, Reading
from inkdigits.recognition.bundle import Bundle, Contract
from inkdigits.recognition.confidence import probabilities

WHERE = Box(0, 0, 9, 9)


def digit(guess: str, confidence: float = 0.9, refused: bool = False) -> Digit:
    reason = "not a digit" if refused else ""
    return Digit(None if refused else guess, guess, confidence, reason, WHERE)


def reading(*lines: tuple[Digit, ...]) -> Reading:
    numbers = tuple(
        Number(
            text="".join(d.value or "" for d in digits),
            line=line,
            confidence=min(d.confidence for d in digits),
            accepted=all(d.value for d in digits),
            reason="",
            box=WHERE,
            digits=digits,
        )
        for line, digits in enumerate(lines)
    )
    return Reading("", 1, 9, 9, 0, numbers, "fake 1")


CONTRACT = Contract(
    name="fake",
    version="1",
    input={"shape": [28, 28]},
    labels=(*"0123456789", "not a digit"),
    reject=10,
    temperature=1.0,
    thresholds={"digit": 0.1, "confidence": 0.5, "min_height_px": 6},
    sha256="",
    recipe={},
    data=(),
    measured={},
    inkdigits="0",
)


class CodedBundle(Bundle):
    """Reads an image's best digit and its probability in percent off its first two pixels."""

    def __init__(self) -> None:
        self.contract = CONTRACT

    def scores(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        chance = np.full((len(images), 11), 1e-12, np.float32)
        chance[:, 10] = 1 - images[:, 0, 1] / 100
        chance[np.arange(len(images)), images[:, 0, 0]] = images[:, 0, 1] / 100
        return np.log(np.maximum(chance, 1e-12))

    def agreed_scores(
        self, images: NDArray[np.uint8], scores: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        return scores[: len(images)]  # a tilt would change what is coded


class FakeReader:
    """Answers by the file's name, and reads arrays as `CodedBundle` does."""

    bundle = CodedBundle()

    def __init__(self, answers: Mapping[str, Reading] | None = None) -> None:
        self.answers = answers or {}
        self.layouts: list[str] = []

    def read(self, source: Any, layout: str = "auto", field: Field | None = None) -> Reading:
        del field
        self.layouts.append(layout)
        if isinstance(source, Path):
            return self.answers[source.name]
        guess, confidence = str(source[0, 0]), float(source[0, 1]) / 100
        return reading((digit(guess, confidence, refused=confidence < 0.5),))

    def classify(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return probabilities(self.bundle.scores(images), CONTRACT)[:, :10]


def coded(guess: int, percent: int, side: int = 28) -> NDArray[np.uint8]:
    """An image that `FakeReader` takes for `guess` with a confidence of `percent`."""
    image = np.zeros((side, side), np.uint8)
    image[0, :2] = guess, percent
    return image


def arrays(labels: list[Any], *images: NDArray[np.uint8]) -> LabelledArrays:
    return LabelledArrays("coded", "train", np.stack(images), np.array(labels))


def sample(name: str, truth: str) -> Sample:
    return Sample(name, truth, Path(name))


def test_classify_counts_wrong_and_refused() -> None:
    images = [coded(1, 90), coded(2, 80), coded(3, 30), coded(4, 20)]
    result = measure_classify("coded", FakeReader(), arrays([1, 7, 3, 9], *images))
    assert result.guessed == Share(2, 4)
    assert result.refused == Share(2, 4)
    assert result.exact == Share(1, 4)
    assert result.digit_error_rate == 0.75
    # Each of the four is alone in its bin.
    expected = (0.1 + 0.8 + 0.7 + 0.2) / 4
    assert result.calibration_error == pytest.approx(expected)
    told = [(m.sample.name, m.sample.truth, m.answer, m.guess) for m in result.misread]
    assert told == [
        ("coded 1", "7", "2", "2"),
        ("coded 2", "3", "", "3"),
        ("coded 3", "9", "", "4"),
    ]


def test_digits_count_wrong_refused_and_unseen() -> None:
    reader = FakeReader(
        {
            "right": reading((digit("1", 0.9),)),
            "wrong": reading((digit("7", 0.8),)),
            "refused": reading((digit("3", 0.3, refused=True),)),
            "blank": reading(),
        }
    )
    samples = [sample("right", "1"), sample("wrong", "2"), sample("refused", "3")]
    result = measure_digits("files", reader, [*samples, sample("blank", "4")])
    assert set(reader.layouts) == {"digit"}
    assert result.exact == Share(1, 4)
    assert result.guessed == Share(2, 4)
    assert result.digit_error_rate == 0.75
    assert result.refused == Share(1, 3)
    assert result.calibration_error == pytest.approx((0.1 + 0.8 + 0.7) / 3)
    assert [m.sample.name for m in result.misread] == ["wrong", "refused", "blank"]
    assert [m.reason for m in result.misread] == ["", "not a digit", ""]


def test_digits_that_are_never_found() -> None:
    result = measure_digits("files", FakeReader({"blank": reading()}), [sample("blank", "4")])
    assert result.exact == result.guessed == Share(0, 1)
    assert result.refused is None
    assert result.calibration_error is None


def test_pages_count_digits_over_lines() -> None:
    one, two, three = digit("1"), digit("2"), digit("3", refused=True)
    reader = FakeReader(
        {"a": reading((one, two), (three,)), "b": reading((one,)), "c": reading((two, two))}
    )
    result = measure_pages(
        "pages", reader, [sample("a", "12|3"), sample("b", "1"), sample("c", "2")]
    )
    assert set(reader.layouts) == {"auto"}
    assert result.exact == Share(1, 3)
    assert result.guessed == Share(2, 3)
    assert result.digit_error_rate == pytest.approx(2 / 5)
    assert result.others["digit error rate of guesses"] == pytest.approx(1 / 5)
    assert result.refused == Share(1, 6)
    assert [(m.sample.name, m.answer, m.guess) for m in result.misread] == [
        ("a", "12", "123"),
        ("c", "22", "22"),
    ]


def test_letters_that_are_digits_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LabelledArrays, "normalized", lambda symbols: symbols)
    parts = {
        "digits": arrays([1, 2], coded(1, 90), coded(2, 60)),
        "letters": arrays(
            ["o", "z", "A", "B"], coded(0, 99), coded(2, 70), coded(1, 10), coded(8, 80)
        ),
    }
    monkeypatch.setattr(suites, "load_digilets", parts.__getitem__)
    result = suites.digilets_letters(FakeReader())
    assert result.images == 3
    assert result.refused == Share(1, 3)
    # Digits .9 .6 against z .7, A .1, B .8: four of six pairs; without z three of four.
    assert result.others["AUROC"] == pytest.approx(4 / 6)
    assert result.others["AUROC, distinct shapes"] == pytest.approx(3 / 4)
    assert result.others["AUROC of confidence"] == pytest.approx(4 / 6)


def test_letters_shaped_as_digits_hold_those_that_are() -> None:
    assert IS_A_DIGIT < suites.LETTERS_SHAPED_AS_DIGITS


def test_paper_is_light_and_ink_is_dark_wherever_it_lies() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 12:16] = 255
    random = np.random.default_rng(1)
    pages = [suites.draw_on_paper(image, random) for _ in range(20)]
    places = set()
    for page in pages:
        assert page.dtype == np.uint8
        assert page.shape == (480, 640, 3)
        grey = page.mean(axis=2)
        assert np.median(grey) > 180
        dark = np.argwhere(grey < 120)
        height, width = dark.max(axis=0) - dark.min(axis=0) + 1
        assert 50 <= height <= 250
        assert width < height
        places.add(tuple(dark.min(axis=0) // 20))
    assert len(places) > 10


def test_paper_shows_the_very_digit() -> None:
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 12:16] = 255
    page = suites.draw_on_paper(image, np.random.default_rng(0))
    rows, columns = np.nonzero(page.mean(axis=2) < 120)
    seen = page[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    assert cv2.mean(seen)[0] < 110


def test_the_test_set_is_a_suite_of_its_own() -> None:
    assert sorted(suites.TEST_SUITES) == ["mnist"]
    assert suites.TEST_SUITES.issubset(suites.SUITES)


def test_only_the_test_suite_looks_at_test_images(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[tuple[str, str]] = []

    def load(name: str, split: str = "train") -> LabelledArrays:
        looked.append((name, split))
        if name == "usps":
            return arrays([1], coded(1, 90, side=16))
        labels = [1] * 60_000
        return LabelledArrays(name, split, np.tile(coded(1, 90), (60_000, 1, 1)), np.array(labels))

    monkeypatch.setattr(suites, "load_arrays", load)
    monkeypatch.setattr(suites, "ROUNDTRIP_IMAGES", 2)
    monkeypatch.setattr(suites, "draw_on_paper", lambda image, _: image)
    monkeypatch.setattr(suites, "_digit_chance", lambda *_: np.array([0.5]))
    for name in ("mnist-holdout", "usps", "fashion", "roundtrip"):
        suites.SUITES[name](FakeReader())
    assert ("mnist", "test") not in looked
    suites.SUITES["mnist"](FakeReader())
    assert ("mnist", "test") in looked


def test_wild_sets_are_read_as_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(sets.ENVIRONMENT_VARIABLE, str(tmp_path))
    images = tmp_path / "wild-digits" / "images"
    images.mkdir(parents=True)
    (images / "a.png").touch()
    with (tmp_path / "wild-digits" / "labels.tsv").open("w", newline="") as table:
        csv.writer(table, delimiter="\t").writerows([("file", "text", "kind"), ("a.png", "5", "")])
    reader = FakeReader({"a.png": reading((digit("5"),))})
    assert suites.wild_digits(reader).exact == Share(1, 1)
    assert suites.wild_digits_auto(reader).exact == Share(1, 1)
    assert reader.layouts == ["digit", "auto"]
