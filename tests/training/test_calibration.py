import numpy as np
import pytest

from inkdigits.recognition.confidence import softmax
from inkdigits.recognition.contract import THRESHOLDS
from inkdigits.recognition.trust import Trust
from inkdigits.training.calibration import (
    FEWEST_MISTAKES,
    MIN_HEIGHT_PX,
    REFUSED_DIGITS,
    Labels,
    Logits,
    calibrate,
    fit_confidence,
    fit_temperature,
)

REJECT = 10


def drawn(count: int, spread: float, seed: int = 1) -> tuple[Logits, Labels]:
    """Logits that are honest at temperature 1: each label is drawn from their softmax."""
    rng = np.random.default_rng(seed)
    logits = (spread * rng.standard_normal((count, 11))).astype(np.float32)
    reached = softmax(logits).cumsum(1)
    labels = (rng.random((count, 1)) > reached[:, :-1]).sum(1)
    return logits, labels.astype(np.uint8)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5, 6.0])
def test_a_known_temperature_is_found(temperature: float) -> None:
    logits, labels = drawn(20_000, 2.0)
    assert fit_temperature(logits * np.float32(temperature), labels) == pytest.approx(
        temperature, rel=0.03
    )


def test_a_temperature_stays_within_bounds() -> None:
    labels = np.arange(10, dtype=np.uint8)
    right = np.eye(10, 11, dtype=np.float32)
    assert fit_temperature(right, labels) == pytest.approx(0.1, rel=0.01)
    assert fit_temperature(np.roll(right, 1, 1), labels) == pytest.approx(10, rel=0.01)


def test_thresholds_never_refuse_the_more_likely_answer() -> None:
    labels = np.arange(11, dtype=np.uint8).repeat(50)
    sure = 20 * np.eye(11, dtype=np.float32)[labels]
    assert calibrate(sure, labels, REJECT).thresholds == {
        "digit": 0.5,
        "confidence": 0.5,
        "min_height_px": MIN_HEIGHT_PX,
    }


def test_thresholds_refuse_the_share_of_digits_they_say() -> None:
    logits, labels = drawn(40_000, 3.0)
    found = calibrate(logits, labels, REJECT)
    assert tuple(found.thresholds) == THRESHOLDS
    digits = softmax(logits / found.temperature)[labels != REJECT]
    best = digits[:, :REJECT].max(1)
    assert 0 < found.thresholds["confidence"] < 0.5
    assert 0 < found.thresholds["digit"] < 0.5
    refused = (best < found.thresholds["confidence"]).mean()
    assert refused == pytest.approx(REFUSED_DIGITS, abs=0.001)
    refused = (1 - digits[:, REJECT] < found.thresholds["digit"]).mean()
    assert refused == pytest.approx(REFUSED_DIGITS / 2, abs=0.001)


def test_without_a_label_for_what_is_no_digit_nothing_is_refused_as_none() -> None:
    logits, labels = drawn(40_000, 3.0)
    found = calibrate(logits, labels, None)
    assert found.thresholds["digit"] == 0.5
    best = softmax(logits / found.temperature).max(1)
    refused = (best < found.thresholds["confidence"]).mean()
    assert refused == pytest.approx(REFUSED_DIGITS, abs=0.001)


@pytest.mark.parametrize("mistakes", [0, FEWEST_MISTAKES - 1])
def test_too_few_mistakes_tell_no_temperature(mistakes: int) -> None:
    labels = np.arange(10, dtype=np.uint8).repeat(20)
    logits = 3 * np.eye(10, dtype=np.float32)[labels]
    logits[:mistakes] = np.roll(logits[:mistakes], 1, axis=1)
    assert calibrate(logits, labels, None).temperature == 1.0
    logits[:FEWEST_MISTAKES] = np.roll(logits[:FEWEST_MISTAKES], 1, axis=1)
    assert calibrate(logits, labels, None).temperature != 1.0


def test_only_digits_decide_the_thresholds() -> None:
    logits, labels = drawn(5_000, 3.0)
    strange = np.zeros((500, 11), np.float32)
    with_strange = calibrate(
        np.concatenate([logits, strange]),
        np.concatenate([labels, np.full(500, REJECT, np.uint8)]),
        REJECT,
    )
    alone = calibrate(logits, labels, REJECT)
    for name, threshold in alone.thresholds.items():
        assert with_strange.thresholds[name] == pytest.approx(threshold, abs=0.02)


# Whole numbers


@pytest.mark.parametrize(("slope", "offset"), [(1.0, 0.0), (0.5, -1.0), (2.0, 1.5)])
def test_a_known_calibration_is_found(slope: float, offset: float) -> None:
    rng = np.random.default_rng(3)
    stated = 1 / (1 + np.exp(-rng.normal(1.5, 1.5, 60_000)))
    true = Trust((), {}, slope, offset)
    right = rng.random(len(stated)) < [true.calibrated(share) for share in stated]
    found = fit_confidence(stated, right)
    assert found == pytest.approx((slope, offset), abs=0.07)


def test_confidence_that_says_nothing_keeps_its_order() -> None:
    """Where the surer are right less often, all are told how many are right on the whole."""
    rng = np.random.default_rng(4)
    stated = rng.random(4_000)
    slope, offset = fit_confidence(stated, rng.random(4_000) > 0.5 + 0.4 * stated)
    assert slope == 0.01
    assert Trust((), {}, slope, offset).calibrated(0.5) == pytest.approx(0.3, abs=0.05)


@pytest.mark.parametrize("wrong", [0, FEWEST_MISTAKES - 1, 100 - FEWEST_MISTAKES + 1, 100])
def test_too_few_mistakes_tell_no_calibration(wrong: int) -> None:
    stated = np.linspace(0.4, 0.99, 100)
    assert fit_confidence(stated, np.arange(100) >= wrong) == (1.0, 0.0)


def test_certainty_is_calibrated_too() -> None:
    stated = np.tile([1.0, 0.0], 50)
    right = np.arange(100) % 2 == 0
    right[:20] ^= True
    slope, offset = fit_confidence(stated, right)
    calibrated = [Trust((), {}, slope, offset).calibrated(share) for share in (0.0, 1.0)]
    assert calibrated == pytest.approx([0.2, 0.8], abs=0.03)
