"""A reader that keeps an accuracy answers whole numbers that are sure enough, and nothing else."""

import json
from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import IncompatibleModel
from inkdigits.recognition.bundle import load_bundle
from inkdigits.recognition.reader import Reader
from inkdigits.recognition.trust import Promise, Trust
from tests.recognition.conftest import MakeBundle, tiny_graph

# A 7 at 0.981 each: two of them are right at 0.962.
GRAPH = tiny_graph({7: 9.0, 1: 5.0})
TRUST = Trust(
    (Promise(0.95, 0.9, 1000, 9), Promise(0.99, 0.97, 900, 1), Promise(0.995, 0.99, 600, 0)),
    {"set": 1000},
)


def page(heights: tuple[int, ...] = (60, 60)) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Bars in a row, dark on light."""
    found = np.full((200, 400, 3), 255, np.uint8)
    for place, height in enumerate(heights):
        found[160 - height : 160, 60 + 40 * place : 80 + 40 * place] = 0
    return found


@pytest.fixture
def bundle(make_bundle: MakeBundle) -> Path:
    thresholds = {"digit": 0.5, "confidence": 0.5, "min_height_px": 40}
    return make_bundle(GRAPH, trust=TRUST.to_dict(), thresholds=thresholds)


@pytest.mark.parametrize(("bars", "text"), [(1, "7"), (2, "")])
def test_only_numbers_that_are_sure_enough_are_accepted(bundle: Path, bars: int, text: str) -> None:
    plain = Reader(bundle).read(page((60,) * bars), "line")
    kept = Reader(bundle, min_accuracy=0.99).read(page((60,) * bars), "line")
    assert plain.text == "7" * bars
    assert kept.text == text
    (before,), (after,) = plain.numbers, kept.numbers
    assert after.accepted == bool(text)
    assert after.confidence == before.confidence
    assert [digit.guess for digit in after.digits] == ["7"] * bars
    assert after.reason == ("" if text else "not sure enough for 99 %: 0.962")


def test_a_milder_promise_accepts_more(bundle: Path) -> None:
    assert Reader(bundle, min_accuracy=0.95).read(page(), "line").text == "77"
    assert Reader(bundle, min_accuracy=0.96).read(page(), "line").text == ""


def test_a_number_with_a_refused_digit_is_no_number(bundle: Path) -> None:
    some = page((60, 30, 60))
    assert Reader(bundle).read(some, "line").text == "77"
    (number,) = Reader(bundle, min_accuracy=0.9).read(some, "line").numbers
    assert number.text == ""
    assert number.reason == "too small: 30 px high"


def test_what_cannot_be_promised_is_said_when_the_reader_is_made(bundle: Path) -> None:
    with pytest.raises(IncompatibleModel, match=r"99\.9 %.*99\.5 % at most"):
        Reader(bundle, min_accuracy=0.999)
    with pytest.raises(ValueError, match="between 0 and 1"):
        Reader(bundle, min_accuracy=99.9)


def test_a_bundle_from_before_reads_and_promises_nothing(make_bundle: MakeBundle) -> None:
    folder = make_bundle(GRAPH)
    assert "trust" not in json.loads((folder / "model.json").read_text(encoding="utf-8"))
    assert Reader(folder).read(page(), "line").text == "77"
    with pytest.raises(IncompatibleModel, match="evaluate BUNDLE --promise"):
        Reader(folder, min_accuracy=0.9)


def test_the_shipped_model_promises_999_in_1000() -> None:
    trust = load_bundle().contract.trust
    assert trust is not None
    promises = {promise.accuracy: promise for promise in trust.promises}
    strict = promises[0.999]
    assert strict.wrong < 0.001 * strict.accepted
    assert strict.accepted > 0.9 * sum(trust.numbers.values())
