"""Figures of answers that were made up, some of them wrong, against what a hand computes."""

import json
import math
from dataclasses import astuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import classification_report

from inkdigits.errors import DataError
from inkdigits.evaluation.classification import (
    Confused,
    classify_figures,
    worst_mistakes,
)
from tests.evaluation.answers import answering

PETS = ("cat", "dog", "newt")
# Of 4 cats 3 are called cat and 1 dog; of 3 dogs 1 is, 2 are called cat; all 3 newts are.
LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2])
ANSWERS = [0, 0, 0, 1, 1, 0, 0, 2, 2, 2]


def test_the_figures_of_a_known_confusion_matrix() -> None:
    figures = classify_figures(answering(ANSWERS, 3), LABELS, PETS)
    np.testing.assert_array_equal(figures.confusion, [[3, 1, 0], [2, 1, 0], [0, 0, 3]])
    assert (figures.accuracy.count, figures.images, figures.mistakes) == (7, 10, 3)
    cat, dog, newt = (astuple(one) for one in figures.per_class)
    assert cat[1:] == pytest.approx((3 / 5, 3 / 4, 2 / 3, 4))
    assert dog[1:] == pytest.approx((1 / 2, 1 / 3, 2 / 5, 3))
    assert newt == ("newt", 1.0, 1.0, 1.0, 3)
    assert astuple(figures.macro) == pytest.approx(
        ((3 / 5 + 1 / 2 + 1) / 3, (3 / 4 + 1 / 3 + 1) / 3, (2 / 3 + 2 / 5 + 1) / 3)
    )
    assert astuple(figures.weighted) == pytest.approx(
        (0.4 * 3 / 5 + 0.3 * 1 / 2 + 0.3, 0.7, 0.4 * 2 / 3 + 0.3 * 2 / 5 + 0.3)
    )
    assert figures.loss == pytest.approx(-(7 * math.log(0.9) + 3 * math.log(0.05)) / 10, rel=1e-5)


def test_the_calibration_of_known_answers() -> None:
    """Ten answers with 0.9 of which 7 are right, and ten with 0.5 of which 6 are."""
    labels = np.array([0] * 20)
    answers = [0] * 7 + [1] * 3 + [0] * 6 + [2] * 4
    figures = classify_figures(answering(answers, 3, [0.9] * 10 + [0.5] * 10), labels, PETS)
    assert [one.count for one in figures.calibration] == [10, 10]
    assert [one.accuracy for one in figures.calibration] == pytest.approx([0.6, 0.7])
    assert [one.confidence for one in figures.calibration] == pytest.approx([0.5, 0.9])
    assert figures.calibration_error == pytest.approx((0.1 * 10 + 0.2 * 10) / 20, abs=1e-6)


def test_accuracy_against_coverage_of_known_answers() -> None:
    confidence = [0.99, 0.95, 0.9, 0.9, 0.6]
    figures = classify_figures(
        answering([0, 0, 1, 0, 1], 3, confidence), np.zeros(5, np.uint8), PETS
    )
    # The two with 0.9 are answered together or not at all.
    np.testing.assert_allclose(figures.coverage, [0.2, 0.4, 0.8, 1.0])
    np.testing.assert_allclose(figures.coverage_accuracy, [1, 1, 0.75, 0.6])
    assert [figures.coverage_at(target) for target in (1.0, 0.75, 0.7, 0.5)] == [0.4, 0.8, 0.8, 1.0]


def test_a_class_that_is_never_the_answer_has_no_precision() -> None:
    figures = classify_figures(answering([0, 0], 3), np.array([0, 1]), PETS)
    cat, dog, newt = figures.per_class
    assert (cat.precision, cat.recall) == (0.5, 1.0)
    assert (dog.precision, dog.recall, dog.f1, dog.support) == (None, 0.0, 0.0, 1)
    assert (newt.precision, newt.recall, newt.f1, newt.support) == (None, None, None, 0)
    assert figures.macro.precision == pytest.approx(0.25)


def test_what_is_confused_most_comes_first() -> None:
    figures = classify_figures(answering(ANSWERS, 3), LABELS, PETS)
    assert figures.most_confused(9) == (Confused("dog", "cat", 2), Confused("cat", "dog", 1))
    assert figures.most_confused(1) == (Confused("dog", "cat", 2),)


def test_the_surest_mistakes_come_first() -> None:
    confidence = [0.9, 0.8, 0.9, 0.5, 0.9, 0.9, 0.7, 0.9, 0.9, 0.9]
    rows = answering(ANSWERS, 3, confidence)
    found = worst_mistakes(rows, LABELS, PETS, 2)
    assert [(one.index, one.truth, one.answer) for one in found] == [
        (5, "dog", "cat"),
        (6, "dog", "cat"),
    ]
    assert found[0].probability == pytest.approx(0.9)
    assert found[0].probability_of_truth == pytest.approx(0.05)
    assert worst_mistakes(answering(LABELS, 3), LABELS, PETS, 9) == ()


def test_rows_may_sum_to_less_than_one() -> None:
    """A model may have a label for what belongs to no class: the answer is the best class."""
    figures = classify_figures(
        np.array([[0.2, 0.1], [0.0, 0.01]], np.float32), np.array([0, 0]), ("a", "b")
    )
    assert figures.accuracy.value == 0.5


def test_figures_are_plain_json() -> None:
    labels = np.arange(5_000) % 3
    rows = np.random.default_rng(0).dirichlet([1, 1, 1], 5_000).astype(np.float32)
    figures = classify_figures(rows, labels, PETS)
    told = json.loads(json.dumps(figures.to_dict(), allow_nan=False))
    assert told["images"] == 5_000
    assert told["accuracy"] == round(figures.accuracy.value, 6)
    assert told["confusion"] == figures.confusion.tolist()
    assert sum(one["count"] for one in told["calibration"]) == 5_000
    assert len(told["coverage"]) == 101
    assert told["coverage"][-1] == [1.0, told["accuracy"]]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=40))
def test_figures_are_those_of_scikit_learns_report(pairs: list[tuple[int, int]]) -> None:
    labels, answers = (np.array(column) for column in zip(*pairs, strict=True))
    figures = classify_figures(answering(answers, 4), labels, "abcd")
    report: Any = classification_report(labels, answers, output_dict=True, zero_division=0)
    for name, ours in (("macro avg", figures.macro), ("weighted avg", figures.weighted)):
        theirs = [report[name][measure] for measure in ("precision", "recall", "f1-score")]
        assert [ours.precision, ours.recall, ours.f1] == pytest.approx(theirs)
    assert figures.accuracy.value == pytest.approx(np.mean(labels == answers))


@pytest.mark.parametrize(
    ("labels", "classes", "said"),
    [
        ([], PETS, "no image to measure"),
        ([0, 1], ("cat", "dog"), "3.* scores an image, the data have 2 classes"),
        ([0, 3], PETS, "a label is 3, but there are 3 classes, 0 to 2"),
        ([-1, 0], PETS, "a label is -1"),
        ([0], PETS, "do not belong together"),
        ([0.0, 1.0], PETS, "do not belong together"),
        (["a", "b"], PETS, "do not belong together"),
    ],
    ids=["none", "classes", "above", "below", "fewer", "float", "text"],
)
def test_what_does_not_belong_together_is_refused(
    labels: list[Any], classes: tuple[str, ...], said: str
) -> None:
    rows = answering([0, 1][: max(len(labels), 2)] if labels else [], 3)
    with pytest.raises(DataError, match=said):
        classify_figures(rows, np.array(labels), classes)


@pytest.mark.parametrize("value", [float("nan"), -0.1, 1.5])
def test_scores_that_are_no_probabilities_are_refused(value: float) -> None:
    rows = answering([0, 1], 3)
    rows[1, 1] = value
    with pytest.raises(DataError, match="no probabilities"):
        classify_figures(rows, np.array([0, 1]), PETS)
