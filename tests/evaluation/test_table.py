"""Tables for the terminal: aligned, and short where there are many classes."""

from pathlib import Path

import numpy as np

from inkdigits.evaluation.classification import classify_figures
from inkdigits.evaluation.runs import described
from inkdigits.evaluation.table import aligned, figures_table, runs_table
from tests.evaluation.answers import answering


def test_columns_are_aligned() -> None:
    lines = [("a", "b", "c"), ("long", "1", ""), ("x", "1000", "2")]
    assert aligned(lines, left=(0,)).split("\n") == [
        "a        b  c",
        "long     1",
        "x     1000  2",
    ]


def test_the_figures_of_every_class_are_in_the_table() -> None:
    figures = classify_figures(answering([0, 0, 1, 0], 3), np.array([0, 0, 1, 1]), "abc")
    lines = [line.split() for line in figures_table(figures, ["A", "B", "C"]).split("\n")]
    assert ["images", "4"] in lines
    assert ["accuracy", "75.00", "%", "[30.06,", "95.44]"] in lines
    assert ["A", "66.67", "100.00", "80.00", "2"] in lines
    assert ["B", "100.00", "50.00", "66.67", "2"] in lines
    assert ["C", "-", "-", "-", "0"] in lines
    assert ["average,", "macro", "83.33", "75.00", "73.33", "4"] in lines


def test_of_many_classes_the_weakest_are_shown() -> None:
    labels = np.arange(400) % 40
    answers = labels.copy()
    answers[labels == 33] = 0
    answers[7] = 8
    table = figures_table(
        classify_figures(answering(answers, 40), labels, tuple(map(str, range(40)))),
        [f"class {n}" for n in range(40)],
    )
    assert "the 15 weakest of 40 classes" in table
    assert table.index("class 33") < table.index("class 0 ") < table.index("class 8 ")
    assert table.count("class ") == 16


def test_runs_stand_below_each_other() -> None:
    labels = np.array([0, 1, 0, 1])
    runs = []
    for wrong in (0, 1):
        answers = [1 - label if n < wrong else label for n, label in enumerate(labels)]
        figures = classify_figures(answering(answers, 2), labels, "ab")
        runs.append(described(Path("x"), "d", "s", "", figures, labels == answers))
    header, first, second = (line.split() for line in runs_table(runs, ["one", "two"]).split("\n"))
    assert header[:3] == ["run", "accuracy", "%"]
    assert first[:2] == ["one", "100.00"]
    assert second[:2] == ["two", "75.00"]
    assert second[-2:] == ["-", "-"]
