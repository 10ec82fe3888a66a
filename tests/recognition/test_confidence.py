"""What scores become: probabilities, an answer or a refusal, and why."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inkdigits.recognition.confidence import (
    ALTERNATIVES,
    AMONG_OTHERS,
    CLOSE,
    IN_DOUBT,
    NOT_A_DIGIT,
    Verdict,
    as_promised,
    breaking_field,
    digit_columns,
    explained,
    in_company,
    judge,
    number_confidence,
    probabilities,
    reason_of,
    softmax,
)
from inkdigits.recognition.contract import Contract
from inkdigits.recognition.contract_file import read_contract
from inkdigits.recognition.trust import Promise, Trust
from tests.recognition.conftest import LABELS, tiny_graph, write_bundle

ENOUGH_PX = 20.0


@pytest.fixture(scope="session")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """A digit is one from 0.5, an answer is given from 0.5 and from 7 px on."""
    folder: Path = tmp_path_factory.mktemp("contract")
    return read_contract(write_bundle(folder, tiny_graph()))


def row_of(**shares: float) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Probabilities by label, `d7=0.9`; `other` is the label for what is not a digit."""
    row = np.zeros(len(LABELS), np.float32)
    for name, share in shares.items():
        row[10 if name == "other" else int(name.removeprefix("d"))] = share
    return row


def test_logits_become_their_softmax(contract: Contract) -> None:
    logits = np.array([[math.log(1), math.log(3), *[-1e9] * 9]], np.float32)
    np.testing.assert_allclose(probabilities(logits, contract)[0, :2], [0.25, 0.75], rtol=1e-6)


def test_temperature_softens_and_keeps_the_order(contract: Contract) -> None:
    logits = np.array([[math.log(1), math.log(9), *[-1e9] * 9]], np.float32)
    soft = probabilities(logits, replace(contract, temperature=2.0))
    np.testing.assert_allclose(soft[0, :2], [0.25, 0.75], rtol=1e-6)


@examples(max_examples=50)
@given(
    arrays(
        np.float32,
        st.tuples(st.integers(0, 4), st.just(11)),
        elements=st.floats(-(2.0**90), 2.0**90, width=32),
    )
)
def test_probabilities_are_some_for_any_logits(
    contract: Contract, logits: np.ndarray[tuple[int, int], np.dtype[np.float32]]
) -> None:
    before = logits.copy()
    result = probabilities(logits, contract)
    assert result.shape == logits.shape
    assert result.dtype == np.float32
    assert (result >= 0).all()
    np.testing.assert_allclose(result.sum(1), 1, rtol=1e-5)
    np.testing.assert_array_equal(logits, before)


@pytest.mark.parametrize(("reject", "columns"), [(10, range(10)), (0, range(1, 11))])
def test_the_digits_are_all_columns_but_the_rejected(
    contract: Contract, reject: int, columns: range
) -> None:
    assert digit_columns(replace(contract, reject=reject)) == [*columns]


def test_without_a_rejected_label_all_columns_are_digits(contract: Contract) -> None:
    plain = replace(contract, reject=None, labels=LABELS[:10])
    assert digit_columns(plain) == [*range(10)]


def test_a_sure_digit_is_the_answer(contract: Contract) -> None:
    verdict = judge(row_of(d7=0.9, d1=0.08, d9=0.004, other=0.016), ENOUGH_PX, contract)
    assert (verdict.value, verdict.guess, verdict.reason) == ("7", "7", "")
    assert verdict.confidence == pytest.approx(0.9)
    assert [label for label, _ in verdict.alternatives] == ["1"]
    assert verdict.alternatives[0][1] == pytest.approx(0.08)


def test_other_ink_is_refused_but_guessed(contract: Contract) -> None:
    verdict = judge(row_of(d5=0.3, d6=0.1, other=0.6), ENOUGH_PX, contract)
    assert (verdict.value, verdict.guess, verdict.reason) == (None, "5", NOT_A_DIGIT)
    assert verdict.confidence == pytest.approx(0.3)


def test_two_digits_alike_are_refused_and_named(contract: Contract) -> None:
    verdict = judge(row_of(d1=0.45, d7=0.44, d4=0.11), ENOUGH_PX, contract)
    assert verdict.value is None
    assert verdict.reason == "two readings close together: 1 or 7"


def test_a_digit_or_none_at_all_is_refused_and_said(contract: Contract) -> None:
    strict = replace(contract, thresholds={**contract.thresholds, "confidence": 0.75})
    perhaps = judge(row_of(d3=0.6, d5=0.15, other=0.25), ENOUGH_PX, strict)
    assert (perhaps.value, perhaps.guess) == (None, "3")
    assert perhaps.reason == "perhaps a 3, perhaps not a digit"
    either = judge(row_of(d3=0.6, d5=0.25, other=0.15), ENOUGH_PX, strict)
    assert either.reason == "two readings close together: 3 or 5"


@pytest.mark.parametrize(("height_px", "refused"), [(6.9, True), (7.0, False), (math.inf, False)])
def test_small_ink_is_refused(contract: Contract, height_px: float, refused: bool) -> None:
    verdict = judge(row_of(d1=1), height_px, contract)
    assert (verdict.value is None) is refused
    assert ("small" in verdict.reason) is refused


@pytest.mark.parametrize(("share", "answer"), [(0.75, "3"), (0.74, None)])
def test_the_threshold_itself_is_accepted(
    contract: Contract, share: float, answer: str | None
) -> None:
    strict = replace(contract, thresholds={**contract.thresholds, "confidence": 0.75})
    assert judge(row_of(d3=share, d5=1 - share), ENOUGH_PX, strict).value == answer


def test_the_thresholds_are_the_models(contract: Contract) -> None:
    row = row_of(d3=0.7, other=0.3)
    for name in ("digit", "confidence"):
        strict = replace(contract, thresholds={**contract.thresholds, name: 0.8})
        assert judge(row, ENOUGH_PX, strict).value is None
    assert judge(row, ENOUGH_PX, contract).value == "3"


def test_runners_up_come_best_first_and_only_so_many(contract: Contract) -> None:
    verdict = judge(row_of(d0=0.4, d9=0.1, d2=0.2, d4=0.12, d5=0.11), ENOUGH_PX, contract)
    assert [label for label, _ in verdict.alternatives] == ["2", "4", "5"]
    assert len(verdict.alternatives) == ALTERNATIVES


def test_a_label_for_other_ink_is_never_an_answer(contract: Contract) -> None:
    first = replace(contract, reject=0, labels=("other", *"0123456789"))
    row = np.array([0.9, 0.06, 0.04, *[0] * 8], np.float32)
    verdict = judge(row, ENOUGH_PX, first)
    assert (verdict.value, verdict.guess) == (None, "0")
    assert [label for label, _ in verdict.alternatives] == ["1"]


def test_a_model_that_knows_digits_only_refuses_by_confidence(contract: Contract) -> None:
    plain = replace(contract, reject=None, labels=LABELS[:10])
    assert judge(row_of(d3=0.9, d5=0.1)[:10], ENOUGH_PX, plain).value == "3"
    assert "close" in judge(row_of(d3=0.4, d5=0.3, d8=0.3)[:10], ENOUGH_PX, plain).reason


# In company


def verdicts(marks: str) -> list[Verdict]:
    """One a character: `x` is not a digit, `?` another refusal, all else a digit."""
    reasons = {"x": NOT_A_DIGIT, "?": "two readings close together: 1 or 7"}
    return [
        Verdict(None if c in reasons else c, "0", 0.9, reasons.get(c, ""), (("6", 0.05),))
        for c in marks
    ]


@pytest.mark.parametrize(
    "marks", ["xx1", "1xx", "x0x", "xxx?0", "12xxx", "xxxx1", "xx1234", "12x45?xx9"]
)
def test_digits_among_mostly_others_are_refused(marks: str) -> None:
    for before, after in zip(verdicts(marks), in_company(verdicts(marks)), strict=True):
        assert after.value is None
        # What was refused keeps its own reason, and every guess is still told.
        assert after.reason == (before.reason or AMONG_OTHERS)
        assert replace(after, value=before.value, reason=before.reason) == before


@pytest.mark.parametrize(
    "marks", ["", "1", "x", "?", "x1", "1x", "12x", "xx12", "???1", "x??1", "x1234567", "xx12345"]
)
def test_digits_among_enough_digits_stay(marks: str) -> None:
    assert in_company(verdicts(marks)) == verdicts(marks)


@given(st.text("12x?", max_size=9))
def test_company_refuses_only_and_once(marks: str) -> None:
    before = verdicts(marks)
    after = in_company(before)
    assert before == verdicts(marks)
    assert len(after) == len(before)
    assert in_company(after) == after
    assert all(two.value in (one.value, None) for one, two in zip(before, after, strict=True))


def test_softmax_holds_for_huge_logits() -> None:
    given = np.array([[1e4, 0, -1e4], [-1e4, -1e4, -1e4]], np.float32)
    before = given.copy()
    result = softmax(given)
    assert result.dtype == np.float32
    expected = np.array([[1, 0, 0], [1 / 3] * 3], np.float32)
    np.testing.assert_allclose(result, expected, atol=1e-7)
    np.testing.assert_array_equal(given, before)
    assert softmax(given[:0]).shape == (0, 3)


# A number as a whole


CLOSE_7 = Verdict(None, "7", 0.45, f"{CLOSE}: 7 or 1", (("1", 0.4),))
CLOSE_3 = Verdict(None, "3", 0.45, f"{CLOSE}: 3 or 8", (("8", 0.3),))
SURE_5 = Verdict("5", "5", 0.99, "", ())
PROMISE = Promise(0.999, 0.95, 1000, 0)


def test_a_fault_of_the_picture_comes_before_the_refusal() -> None:
    blurred = explained(CLOSE_7, "blurred: photograph it again")
    assert blurred.reason == f"blurred: photograph it again; {CLOSE_7.reason}"
    assert replace(blurred, reason=CLOSE_7.reason) == CLOSE_7
    assert explained(CLOSE_7, "") == CLOSE_7
    assert explained(SURE_5, "blurred: photograph it again") == SURE_5


def test_a_number_is_as_sure_as_all_its_digits_together(contract: Contract) -> None:
    assert number_confidence([SURE_5, CLOSE_7], contract) == pytest.approx(0.99 * 0.45)
    fitted = replace(contract, trust=Trust((), {}, slope=2.0))
    assert number_confidence([CLOSE_7], fitted) == pytest.approx(0.45**2 / (0.45**2 + 0.55**2))


def test_without_a_promise_a_number_stays() -> None:
    assert as_promised([SURE_5, CLOSE_7], 0.1, None) == [SURE_5, CLOSE_7]


@pytest.mark.parametrize(("confidence", "kept"), [(0.95, True), (0.9499, False)])
def test_a_number_less_sure_than_promised_is_refused(confidence: float, kept: bool) -> None:
    found = as_promised([SURE_5, SURE_5], confidence, PROMISE)
    assert [verdict.value for verdict in found] == (["5", "5"] if kept else [None, None])
    assert reason_of(found) == ("" if kept else "not sure enough for 99.9 %: 0.949")
    assert [verdict.guess for verdict in found] == ["5", "5"]


def test_a_number_with_a_refused_digit_keeps_no_promise() -> None:
    small = Verdict(None, "1", 0.999, "too small: 5 px high", ())
    found = as_promised([SURE_5, small], 0.99, PROMISE)
    assert [verdict.value for verdict in found] == [None, None]
    assert [verdict.reason for verdict in found] == [IN_DOUBT, small.reason]
    assert reason_of(found) == small.reason


def test_a_digit_that_is_refused_already_keeps_its_reason() -> None:
    found = as_promised([SURE_5, CLOSE_7], 0.4, PROMISE)
    assert [verdict.reason for verdict in found] == [
        "not sure enough for 99.9 %: 0.400",
        CLOSE_7.reason,
    ]
    assert reason_of(found) == f"not sure enough for 99.9 %: 0.400; {CLOSE_7.reason}"


def test_a_number_that_breaks_its_field_is_refused_as_a_whole() -> None:
    found = breaking_field([SURE_5, CLOSE_7], "2 digits, not 3")
    assert [verdict.value for verdict in found] == [None, None]
    assert [verdict.guess for verdict in found] == ["5", "7"]
    assert reason_of(found) == f"breaks the field: 2 digits, not 3; {CLOSE_7.reason}"


def test_each_reason_is_told_once() -> None:
    strange = Verdict(None, "7", 0.1, NOT_A_DIGIT, ())
    assert reason_of([SURE_5, SURE_5]) == reason_of([]) == ""
    assert reason_of([strange, SURE_5, strange]) == NOT_A_DIGIT
    assert reason_of([explained(strange, "blurred: again"), strange]) == (
        f"blurred: again; {NOT_A_DIGIT}"
    )


def test_two_readings_are_told_of_the_whole_number() -> None:
    assert reason_of([CLOSE_7]) == f"{CLOSE}: 7 or 1"
    assert reason_of([SURE_5, CLOSE_7, SURE_5]) == f"{CLOSE}: 575 or 515"
    # Of two doubtful digits, that whose second reading is nearer to its first.
    assert reason_of([CLOSE_7, SURE_5, CLOSE_3]) == f"{CLOSE}: 753 or 153"
    strange = Verdict(None, "7", 0.1, NOT_A_DIGIT, ())
    assert reason_of([CLOSE_7, strange]) == f"{CLOSE_7.reason}; {NOT_A_DIGIT}"
