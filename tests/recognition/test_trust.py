"""What a model's confidence is worth: calibrated, promised, and refused where it cannot be."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigits.errors import CorruptModel, IncompatibleModel
from inkdigits.recognition.contract_file import read_contract, write_contract
from inkdigits.recognition.trust import Promise, Trust, percent, promise_of, read_trust
from tests.recognition.conftest import MakeBundle

TRUST = Trust(
    (Promise(0.99, 0.7, 1000, 4), Promise(0.999, 0.95, 900, 0)), {"one": 700, "other": 400}
)
GIVEN = TRUST.to_dict()
SHARES = st.floats(0, 1)


def with_promise(**changes: object) -> dict[str, Any]:
    return {**GIVEN, "promises": [{**GIVEN["promises"][0], **changes}]}


def test_what_is_written_is_read_again() -> None:
    assert read_trust(json.loads(json.dumps(GIVEN))) == TRUST


@pytest.mark.parametrize(
    "given",
    [
        {},
        [],
        None,
        "trust",
        {**GIVEN, "more": 1},
        {name: value for name, value in GIVEN.items() if name != "slope"},
        {**GIVEN, "slope": "1"},
        {**GIVEN, "slope": 0},
        {**GIVEN, "slope": -1.0},
        {**GIVEN, "slope": float("nan")},
        {**GIVEN, "slope": True},
        {**GIVEN, "offset": float("inf")},
        {**GIVEN, "offset": 1e9},
        {**GIVEN, "numbers": []},
        {**GIVEN, "numbers": {"one": -1}},
        {**GIVEN, "numbers": {"one": 1.5}},
        {**GIVEN, "promises": 3},
        {**GIVEN, "promises": [None]},
        {**GIVEN, "promises": [{}]},
        {**GIVEN, "promises": GIVEN["promises"][::-1]},
        {**GIVEN, "promises": GIVEN["promises"] * 2},
        with_promise(accuracy=1.1),
        with_promise(confidence=-0.1),
        with_promise(confidence=None),
        with_promise(accepted=3),
        with_promise(wrong=-1),
        with_promise(wrong=0.5),
        with_promise(more=1),
    ],
    ids=repr,
)
def test_anything_else_is_refused(given: Any) -> None:
    with pytest.raises(ValueError, match="trust"):
        read_trust(given)


def test_a_contract_carries_it_and_may_lack_it(make_bundle: MakeBundle) -> None:
    folder = make_bundle()
    without = read_contract(folder)
    assert without.trust is None
    assert "trust" not in without.to_dict()
    write_contract(folder, replace(without, trust=TRUST))
    assert read_contract(folder) == replace(without, trust=TRUST)
    write_contract(folder, without)
    assert read_contract(folder) == without


def test_a_contract_with_a_broken_one_is_refused(make_bundle: MakeBundle) -> None:
    with pytest.raises(CorruptModel, match=r"model\.json: trust .* restore the bundle"):
        read_contract(make_bundle(trust={**GIVEN, "slope": 0}))


# Calibration


def test_without_a_fit_confidence_is_as_stated() -> None:
    assert [TRUST.calibrated(share) for share in (0.0, 0.3, 1.0)] == [0.0, 0.3, 1.0]


def test_a_fit_moves_confidence_in_log_odds() -> None:
    assert Trust((), {}, slope=2.0).calibrated(0.8) == pytest.approx(16 / 17)
    assert Trust((), {}, offset=-1.0).calibrated(0.5) == pytest.approx(0.268941, abs=1e-6)


@given(SHARES, SHARES, st.floats(0.05, 20), st.floats(-5, 5))
def test_a_fit_keeps_the_order(one: float, other: float, slope: float, offset: float) -> None:
    trust = Trust((), {}, slope, offset)
    low, high = sorted((one, other))
    assert 0 <= trust.calibrated(low) <= trust.calibrated(high) <= 1


# Promises


@pytest.mark.parametrize(
    ("accuracy", "kept"), [(0.5, 0.99), (0.99, 0.99), (0.991, 0.999), (0.999, 0.999)]
)
def test_the_mildest_promise_that_is_strict_enough_is_kept(accuracy: float, kept: float) -> None:
    assert promise_of(TRUST, accuracy, "tiny 1").accuracy == kept


def test_more_than_was_seen_is_refused_and_the_most_is_named() -> None:
    with pytest.raises(IncompatibleModel, match=r"tiny 1 cannot promise 99\.99 %.* 99\.9 % at mo"):
        promise_of(TRUST, 0.9999, "tiny 1")


@pytest.mark.parametrize("trust", [None, Trust((), {})])
def test_a_model_that_was_not_measured_says_how_to(trust: Trust | None) -> None:
    with pytest.raises(IncompatibleModel, match="inkdigits evaluate BUNDLE --promise"):
        promise_of(trust, 0.9, "tiny 1")


@pytest.mark.parametrize("accuracy", [0.0, 1.0, -1.0, 99.9, float("nan")])
def test_what_is_no_accuracy_is_refused(accuracy: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        promise_of(TRUST, accuracy, "tiny 1")


def test_percent_says_what_was_asked_for() -> None:
    assert [percent(share) for share in (0.9, 0.999, 0.9995)] == ["90 %", "99.9 %", "99.95 %"]
