"""The suites of whole numbers, read by a reader whose answers are known."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inkdigits import Field
from inkdigits.data import sets
from inkdigits.data.sets import LabelledArrays
from inkdigits.evaluation import number_suites
from inkdigits.evaluation.measuring import DigitReader, Result, Sample, measure_pages
from inkdigits.evaluation.metrics import Share
from inkdigits.evaluation.strings import Composed
from inkdigits.reading import Reading
from tests.evaluation.test_suites import CodedBundle, FakeReader, digit, reading

Answer = Callable[[str, Field | None], str]


class Oracle(FakeReader):
    """Answers by the name that a sample's pixels stand for; `?` refuses all of a number."""

    bundle = CodedBundle()

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer

    def read(self, source: Any, layout: str = "auto", field: Field | None = None) -> Reading:
        self.layouts.append(layout)
        name = source.name if isinstance(source, Path) else str(source[0, 0])
        text = self.answer(name, field)
        refused = text.endswith("?")
        return reading(tuple(digit(value, refused=refused) for value in text.rstrip("?")))


def numbered(*truths: str, touching: tuple[bool, ...]) -> list[Composed]:
    return [
        Composed(Sample(f"n{n}", truth, np.full((9, 9), n, np.uint8)), meets)
        for n, (truth, meets) in enumerate(zip(truths, touching, strict=True))
    ]


def test_accepted_and_wrong_of_accepted_are_counted() -> None:
    answers = {"a": "12", "b": "13", "c": "14?", "d": "17?"}
    samples = [Sample(name, "1" + name.translate({97: "2", 98: "9", 99: "4", 100: "8"}), Path(name))
               for name in answers]  # fmt: skip
    result = measure_pages("x", Oracle(lambda name, _: answers[name]), samples, "line")
    assert result.exact == Share(1, 4)
    assert result.guessed == Share(2, 4)
    assert result.others["accepted"] == 0.5
    assert result.others["wrong of accepted"] == 0.5


def test_nothing_accepted_has_no_share_wrong() -> None:
    result = measure_pages("x", Oracle(lambda *_: "1?"), [Sample("a", "1", Path("a"))])
    assert result.others["accepted"] == 0
    assert "wrong of accepted" not in result.others


@pytest.mark.parametrize(
    ("suite", "layout"), [("touching_pairs", "line"), ("touching_pairs_auto", "auto")]
)
def test_numbers_that_touch_are_told_apart(
    monkeypatch: pytest.MonkeyPatch, suite: str, layout: str
) -> None:
    known = numbered("12", "34", "56", touching=(True, False, True))
    monkeypatch.setattr(number_suites, "_pairs", lambda: known)
    reader = Oracle(lambda name, _: {"0": "12", "1": "34", "2": "50"}[name])
    measure: Callable[[DigitReader], Result] = getattr(number_suites, suite)
    result = measure(reader)
    assert set(reader.layouts) == {layout}
    assert result.exact == Share(2, 3)
    assert result.others["exact where they touch"] == 0.5
    assert result.others["exact where they do not"] == 1.0


def test_cards_are_read_without_and_with_their_check(monkeypatch: pytest.MonkeyPatch) -> None:
    known = numbered("1", "2", "3", "4", "5", touching=(False,) * 5)
    monkeypatch.setattr(number_suites, "cards", lambda *_: known)
    monkeypatch.setattr(number_suites, "_held_out", lambda: None)
    asked: list[Field | None] = []

    def answer(name: str, field: Field | None) -> str:
        asked.append(field)
        wrong = {"1", "2", "3", "4"} if field is None else {"1"}
        return "9" if name in wrong else str(int(name) + 1)

    result = number_suites.card_numbers(Oracle(answer))
    assert result.exact == Share(1, 5)
    assert result.others["exact with Luhn"] == 0.8
    assert result.others["errors removed"] == 0.75
    assert result.others["errors of guesses removed"] == 0.75
    assert asked == [None] * 5 + [Field(length=16, check="luhn")] * 5


def test_where_all_is_right_no_share_of_errors_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(number_suites, "cards", lambda *_: numbered("7", touching=(False,)))
    monkeypatch.setattr(number_suites, "_held_out", lambda: None)
    result = number_suites.card_numbers(Oracle(lambda *_: "7"))
    assert "errors removed" not in result.others


def listed(folder: Path, name: str, rows: list[tuple[str, ...]]) -> None:
    (folder / name / "images").mkdir(parents=True)
    for row in rows[1:]:
        (folder / name / "images" / row[0]).touch()
    with (folder / name / "labels.tsv").open("w", newline="") as table:
        csv.writer(table, delimiter="\t").writerows(rows)


def test_cheques_are_those_kept_out_whose_labels_are_sure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(sets.ENVIRONMENT_VARIABLE, str(tmp_path))
    header = ("file", "split", "text", "label_note", "boxes")
    listed(
        tmp_path, "orand-car-a",
        [
            header, ("a.jpg", "train", "1", "", ""), ("b.jpg", "validation", "2", "", ""),
            ("c.jpg", "validation", "3", "corrected", ""),
            ("d.jpg", "validation", "4", "ambiguous", ""),
        ],
    )  # fmt: skip
    read: list[str] = []

    def answer(name: str, _: Field | None) -> str:
        read.append(name)
        return {"b.jpg": "2", "c.jpg": "8"}[name]

    reader = Oracle(answer)
    assert number_suites.cheques(reader).exact == Share(1, 2)
    assert number_suites.cheques_auto(reader).exact == Share(1, 2)
    assert read == ["b.jpg", "c.jpg"] * 2
    assert reader.layouts == ["line"] * 2 + ["auto"] * 2


def test_the_form_is_read_as_one_number_of_ten_digits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(sets.ENVIRONMENT_VARIABLE, str(tmp_path))
    rows = [("file", "text", "kind"), ("a.jpg", "12", "photo"), ("b.jpg", "0123456789", "form")]
    listed(tmp_path, "wild-pages", rows)
    asked: list[tuple[str, Field | None]] = []

    def answer(name: str, field: Field | None) -> str:
        asked.append((name, field))
        return "0123456789"

    assert number_suites.form(Oracle(answer)).exact == Share(1, 1)
    assert asked == [("b.jpg", Field(length=10))]


def test_composed_digits_are_those_kept_out(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.zeros((60_000, 28, 28), np.uint8)
    images[:, 4:24, 8:12] = 255
    images[sets.MNIST_HOLDOUT, 4:24, 12:16] = 255
    everything = LabelledArrays("mnist", "train", images, np.arange(60_000) % 10)
    monkeypatch.setattr(number_suites, "load_arrays", lambda _: everything)
    monkeypatch.setattr(number_suites, "COMPOSED_NUMBERS", 3)
    held = number_suites._held_out()
    assert len(held) == 5_000
    assert held.images[:, 10, 14].all()
    assert [len(one.sample.truth) for one in number_suites._pairs()] == [2, 2, 2]
