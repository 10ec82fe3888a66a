"""Measures against values worked out by hand, on wrong answers, and against scikit-learn."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigits.evaluation import metrics
from inkdigits.evaluation.metrics import Share

SURE_OF_NONSENSE = np.array([[0.9, 0.1, 0.0], [0.2, 0.2, 0.6], [0.0, 1.0, 0.0]])
LABELS = np.array([0, 1, 2])


def test_accuracy_counts_the_highest_score() -> None:
    assert metrics.accuracy(SURE_OF_NONSENSE, LABELS) == Share(1, 3)
    assert metrics.accuracy(SURE_OF_NONSENSE, np.array([1, 0, 0])) == Share(0, 3)


def test_negative_log_likelihood_by_hand() -> None:
    expected = -(math.log(0.9) + math.log(0.2) + math.log(1e-7)) / 3
    assert metrics.negative_log_likelihood(SURE_OF_NONSENSE, LABELS) == pytest.approx(expected)


def test_brier_by_hand() -> None:
    expected = ((0.01 + 0.01) + (0.04 + 0.64 + 0.36) + (1 + 1)) / 3
    assert metrics.brier(SURE_OF_NONSENSE, LABELS) == pytest.approx(expected)


def test_calibration_error_by_hand() -> None:
    confidence = np.array([0.91, 0.93, 0.55, 0.5])
    correct = np.array([True, False, True, True])
    # With two bins: (0.5, 1] holds the first three, [0, 0.5] the last.
    expected = abs(0.91 + 0.93 + 0.55 - 2) / 4 + abs(0.5 - 1) / 4
    assert metrics.calibration_error(confidence, correct, bins=2) == pytest.approx(expected)


def test_calibration_error_of_equal_mass_by_hand() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6])
    correct = np.array([True, True, False, False])
    expected = abs(0.6 + 0.7 - 0) / 4 + abs(0.8 + 0.9 - 2) / 4
    error = metrics.calibration_error(confidence, correct, bins=2, equal_mass=True)
    assert error == pytest.approx(expected)


@pytest.mark.parametrize("equal_mass", [False, True])
def test_calibration_error_of_the_certain(equal_mass: bool) -> None:
    sure = np.ones(10)
    everything, nothing = np.ones(10, bool), np.zeros(10, bool)
    assert metrics.calibration_error(sure, everything, equal_mass=equal_mass) == 0
    assert metrics.calibration_error(sure, nothing, equal_mass=equal_mass) == 1
    assert metrics.calibration_error(np.zeros(10), nothing, equal_mass=equal_mass) == 0


def test_auroc_by_hand() -> None:
    assert metrics.auroc(np.array([2.0, 3.0]), np.array([0.0, 1.0])) == 1
    assert metrics.auroc(np.array([0.0, 1.0]), np.array([2.0, 3.0])) == 0
    assert metrics.auroc(np.array([1.0, 1.0]), np.array([1.0])) == 0.5
    # Of six pairs four are won and one is a tie.
    assert metrics.auroc(np.array([1.0, 3.0]), np.array([0.0, 1.0, 2.0])) == pytest.approx(4.5 / 6)


@given(st.integers(0, 2**32 - 1))
def test_agrees_with_scikit_learn(seed: int) -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    random = np.random.default_rng(seed)
    scores = random.integers(0, 6, size=40).astype(float)
    positive = np.arange(40) < random.integers(1, 40)
    ours = metrics.auroc(scores[positive], scores[~positive])
    assert ours == pytest.approx(sklearn.roc_auc_score(positive, scores))

    probabilities = random.dirichlet(np.ones(4), size=40)
    labels = random.integers(0, 4, size=40)
    theirs = sklearn.log_loss(labels, probabilities, labels=range(4))
    assert metrics.negative_log_likelihood(probabilities, labels) == pytest.approx(theirs)
    right = metrics.accuracy(probabilities, labels).value
    assert right == pytest.approx(sklearn.accuracy_score(labels, probabilities.argmax(1)))


def test_brier_agrees_with_scikit_learn() -> None:
    sklearn = pytest.importorskip("sklearn.metrics")
    chance = np.array([0.1, 0.7, 0.9, 0.35])
    happened = np.array([0, 1, 0, 1])
    both = np.stack([1 - chance, chance], axis=1)
    # Of two classes each error is counted twice.
    expected = 2 * sklearn.brier_score_loss(happened, chance)
    assert metrics.brier(both, happened) == pytest.approx(expected)


def test_coverage_at_accuracy_by_hand() -> None:
    confidence = np.array([0.5, 0.9, 0.8, 0.7])
    correct = np.array([True, True, False, True])
    assert metrics.coverage_at_accuracy(confidence, correct, 1.0) == 0.25
    assert metrics.coverage_at_accuracy(confidence, correct, 0.75) == 1
    assert metrics.coverage_at_accuracy(confidence, ~correct, 0.9) == 0


def test_coverage_reaches_a_target_that_is_not_exact_in_binary() -> None:
    correct = np.arange(100) < 55
    assert 0.55 * 100 > 55
    assert metrics.coverage_at_accuracy(np.full(100, 0.9), correct, 0.55) == 1


def test_coverage_answers_ties_together() -> None:
    confidence, correct = np.array([0.9, 0.9]), np.array([True, False])
    assert metrics.coverage_at_accuracy(confidence, correct, 1.0) == 0


def test_the_curve_of_coverage_by_hand() -> None:
    confidence = np.array([0.5, 0.9, 0.7, 0.7])
    correct = np.array([False, True, True, False])
    coverage, accuracy = metrics.coverage_curve(confidence, correct)
    np.testing.assert_allclose(coverage, [0.25, 0.75, 1.0])
    np.testing.assert_allclose(accuracy, [1, 2 / 3, 0.5])


def test_bins_of_equal_width_hold_their_upper_edge() -> None:
    bins = metrics.equal_width_bins(np.array([0.0, 0.25, 0.26, 0.5, 1.0, 1.00001]), bins=4)
    assert [group.tolist() for group in bins] == [[0, 1], [2, 3], [], [4, 5]]


@pytest.mark.parametrize(
    ("truth", "answer", "distance"),
    [
        ("", "", 0),
        ("123", "123", 0),
        ("123", "", 3),
        ("", "12", 2),
        ("123", "13", 1),
        ("123", "1723", 1),
        ("123", "132", 2),
        ("0990", "9900", 2),
    ],
)
def test_edit_distance(truth: str, answer: str, distance: int) -> None:
    assert metrics.edit_distance(truth, answer) == distance


@given(st.text("012", max_size=6), st.text("012", max_size=6), st.text("012", max_size=6))
def test_edit_distance_is_a_metric(a: str, b: str, c: str) -> None:
    assert metrics.edit_distance(a, b) == metrics.edit_distance(b, a)
    assert (metrics.edit_distance(a, b) == 0) == (a == b)
    assert metrics.edit_distance(a, c) <= metrics.edit_distance(a, b) + metrics.edit_distance(b, c)


def test_reading_is_scored_on_digits_alone() -> None:
    truths, answers = ["12|34", "56", "7"], ["12 34\n", "5", "18"]
    assert metrics.exact_share(truths, answers) == Share(1, 3)
    assert metrics.digit_error_rate(truths, answers) == pytest.approx((0 + 1 + 2) / 7)


def test_digits_of_other_scripts_are_no_digits() -> None:
    assert metrics.digits_of("a1 ²٣|4") == "14"


def test_share_and_its_interval() -> None:
    # Reference values: R's prop.test(correct = FALSE), whose interval is Wilson's.
    low, high = Share(8, 10).interval
    assert [low, high] == pytest.approx([0.4901625, 0.9433178], abs=1e-6)
    assert list(Share(0, 10).interval) == pytest.approx([0, 0.2775328], abs=1e-6)
    assert Share(98, 98).interval[1] == pytest.approx(1)


@pytest.mark.parametrize(("count", "total"), [(0, 0), (3, 2), (-1, 2)])
def test_what_is_no_share(count: int, total: int) -> None:
    with pytest.raises(ValueError, match="not a share"):
        Share(count, total)


EMPTY = np.array([])
NO_MARKS = np.array([], bool)


@pytest.mark.parametrize(
    "measure",
    [
        lambda: metrics.share(NO_MARKS),
        lambda: metrics.calibration_error(EMPTY, NO_MARKS),
        lambda: metrics.auroc(EMPTY, np.array([1.0])),
        lambda: metrics.auroc(np.array([1.0]), EMPTY),
        lambda: metrics.coverage_at_accuracy(EMPTY, NO_MARKS, 0.9),
        lambda: metrics.exact_share([], []),
        lambda: metrics.digit_error_rate(["|"], ["1"]),
        lambda: metrics.exact_share(["1"], ["1", "2"]),
        lambda: metrics.accuracy(SURE_OF_NONSENSE, LABELS[:2]),
    ],
)
def test_a_measure_of_nothing_is_an_error(measure: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"nothing|no digits|lengths differ"):
        measure()
