"""Numbers out of lattices whose probabilities are known: what is answered, and why not."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from inkdigits import Field, Number, Reader
from inkdigits.imaging.ink import Ink
from inkdigits.reading import Box
from inkdigits.recognition.contract import Contract
from inkdigits.recognition.lattice import BLANK, LABELS
from inkdigits.recognition.numbers import Judging, number_of
from inkdigits.recognition.symbols import Row, Symbol

SIDE_PX = 30

Chances = dict[str, float]
"""What one place of a number may be, each digit with its probability; the rest is no digit."""


def row_of(contract: Contract, places: Sequence[Chances], together: bool) -> Row:
    """A row of symbols side by side, each three frames: paper, the symbol, paper."""
    symbols, frames = [], []
    for number, chances in enumerate(places):
        row = np.zeros(len(contract.labels), np.float32)
        for digit, chance in chances.items():
            row[contract.labels.index(digit)] = chance
        row[contract.reject] = 1 - sum(chances.values())
        left = SIDE_PX * number
        box = Box(left + 2, 2, left + SIDE_PX - 2, SIDE_PX - 2)
        symbols.append(Symbol(box, np.full((28, 28), 255, np.uint8), row))
        frame = np.full(LABELS, 1e-9)
        for digit, chance in chances.items():
            frame[int(digit)] = chance
        frame[BLANK] = max(1e-9, 1 - sum(chances.values()))
        paper = np.full(LABELS, 1e-9)
        paper[BLANK] = 1.0
        frames += [paper, frame, paper]
    spans = tuple((3 * n, 3 * n + 3) for n in range(len(places)))
    lattice = np.log(np.array(frames)).astype(np.float32)
    return Row(tuple(symbols), (lattice,), spans, together)


def judged(
    reader: Reader, places: Sequence[Chances], field: Field | None = None, together: bool = True
) -> Number:
    # Without what was measured of trust, a confidence is the probability itself.
    thresholds = {"digit": 0.5, "confidence": 0.7, "min_height_px": 7}
    contract = replace(reader.bundle.contract, trust=None, thresholds=thresholds)
    size = (SIDE_PX, SIDE_PX * len(places))
    ink = Ink(np.zeros(size, np.float32), np.zeros(size, np.uint8), 1.0, False)
    by = Judging(contract, None, field, ink, lambda box: box, lambda box: box.height)
    return number_of(row_of(contract, places, together), 0, by)


SURE: list[Chances] = [{"4": 0.98, "9": 0.02}, {"2": 1.0}]
DOUBTFUL: list[Chances] = [{"4": 0.55, "9": 0.45}, {"2": 1.0}]
CLOSE: list[Chances] = [
    {"4": 0.19, "9": 0.18, "7": 0.16, "1": 0.16, "0": 0.16, "6": 0.15},
    {"2": 1.0},
]


def test_a_sure_number_is_answered_with_its_runner_up(reader: Reader) -> None:
    number = judged(reader, SURE)
    assert (number.text, number.accepted, number.reason) == ("42", True, "")
    assert number.confidence == pytest.approx(0.98, abs=1e-3)
    assert number.unconstrained == "42"
    assert dict(number.alternatives) == pytest.approx({"92": 0.02}, abs=1e-3)
    assert number.box == Box(2, 2, 58, 28)


def test_two_readings_close_together_are_both_told(reader: Reader) -> None:
    number = judged(reader, CLOSE)
    assert number.text == ""
    assert not number.accepted
    assert number.reason == "two readings close together: 42 or 92"
    assert [digit.guess for digit in number.digits] == ["4", "2"]
    assert [digit.value for digit in number.digits] == [None, None]


def test_a_number_that_is_likelier_than_any_other_is_answered(reader: Reader) -> None:
    number = judged(reader, DOUBTFUL)
    assert (number.text, number.accepted) == ("42", True)
    assert number.confidence == pytest.approx(0.55, abs=1e-3)


def test_read_one_by_one_only_the_doubtful_digit_is_refused(reader: Reader) -> None:
    number = judged(reader, DOUBTFUL, together=False)
    assert number.text == "2"
    assert [digit.value for digit in number.digits] == [None, "2"]
    assert not number.accepted
    assert number.reason == "two readings close together: 42 or 92"


def test_a_field_answers_what_it_allows_and_tells_what_was_written(reader: Reader) -> None:
    number = judged(reader, DOUBTFUL, Field(choices=("92", "17")))
    assert (number.text, number.accepted) == ("92", True)
    assert number.unconstrained == "42"
    assert number.confidence == pytest.approx(1.0, abs=1e-3)
    assert dict(number.digits[0].alternatives) == pytest.approx({"4": 0.55}, abs=1e-3)


def test_a_field_leaves_out_what_is_no_digit_of_it(reader: Reader) -> None:
    number = judged(reader, [{"1": 0.6}, {"4": 1.0}, {"2": 1.0}], Field(length=2))
    assert number.text == "42"
    assert number.unconstrained == "142"
    assert [digit.value for digit in number.digits] == [None, "4", "2"]


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (Field(length=3), "breaks the field: 2 digits, not 3"),
        (Field(choices=("17", "18")), "breaks the field: 42 is not allowed"),
        (Field(check="luhn", length=2, pattern="[35].*"), "breaks the field: 42 is not allowed"),
    ],
)
def test_what_breaks_the_field_is_refused_as_a_whole(
    reader: Reader, field: Field, reason: str
) -> None:
    for together in (True, False):
        number = judged(reader, SURE, field, together)
        assert number.text == ""
        assert not number.accepted
        assert number.reason == reason
        assert number.confidence == 0
        assert number.unconstrained == "42"
        assert [digit.value for digit in number.digits] == [None, None]
        assert [digit.guess for digit in number.digits] == ["4", "2"]


def test_two_that_the_field_allows_may_be_close_together_too(reader: Reader) -> None:
    number = judged(reader, CLOSE, Field(length=2))
    assert number.text == ""
    assert not number.accepted
    assert "two readings close together" in number.reason
    assert dict(number.alternatives)["92"] == pytest.approx(0.18, abs=1e-2)


@pytest.mark.parametrize(("other", "told"), [(0.004, {}), (0.006, {"9": 0.006})])
def test_of_symbols_read_apart_another_number_is_told_from_its_worth_on(
    reader: Reader, other: float, told: Chances
) -> None:
    number = judged(reader, [{"4": 1 - other, "9": other}], together=False)
    assert number.text == "4"
    assert dict(number.alternatives) == pytest.approx(told, abs=1e-3)
