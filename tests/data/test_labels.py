"""Labels become the numbers 0 to K-1, in an order that people expect; odd ones are refused."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.data.labels import match_labels, number_labels, sorted_names
from inkdigits.errors import DataError


@pytest.mark.parametrize(
    ("values", "numbers", "names"),
    [
        (np.array([2, 10, 2, 7]), [0, 2, 0, 1], ("2", "7", "10")),
        (np.array(["10", "9", "9"]), [1, 0, 0], ("9", "10")),
        (np.array(["b", "a", "10"]), [2, 1, 0], ("10", "a", "b")),
        (np.array([b"x", b"y"]), [0, 1], ("x", "y")),
        (np.array([1.0, 0.0]), [1, 0], ("0", "1")),
        (np.array([True, False]), [1, 0], ("0", "1")),
    ],
)
def test_classes_come_from_the_labels(
    values: NDArray[Any], numbers: list[int], names: tuple[str, ...]
) -> None:
    found, classes = number_labels(values, "here")
    assert found.tolist() == numbers
    assert found.dtype == np.uint8
    assert classes == names


def test_given_classes_are_counted_or_called() -> None:
    classes = ("cat", "dog", "cow")
    for values in (np.array([2, 0]), np.array(["cow", "cat"])):
        assert number_labels(values, "here", classes)[0].tolist() == [2, 0]
    assert match_labels(np.array([9, 4]), "here", ("4", "9")).tolist() == [1, 0]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (np.array([0, -1]), r"here: label -1 of image 2 is outside the range: labels are 0 to"),
        (np.array([0, 70_000]), "label 70000 of image 2 is outside the range"),
        (np.array([0, 1e300]), "outside the range"),
        (np.array([0.5, 1]), r"label 0\.5 of image 1 is no whole number"),
        (np.array([0, np.nan]), "label nan of image 2"),
        (np.array([0, 1j]), "labels of type complex128"),
        (np.arange(20_000), "20,000 different labels"),
    ],
)
def test_labels_that_cannot_be_are_refused(values: NDArray[Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        number_labels(values, "here")


def test_labels_outside_given_classes_are_refused() -> None:
    with pytest.raises(DataError, match=r"label 2 of image 1.*the 2 classes have 0 to 1"):
        number_labels(np.array([2]), "here", ("a", "b"))
    with pytest.raises(DataError, match="label 'c' is outside the range: the classes are a, b"):
        number_labels(np.array(["c"]), "here", ("a", "b"))
    with pytest.raises(DataError, match="label '7' is outside"):
        match_labels(np.array([7]), "here", ("8", "9"))


def test_many_classes_need_more_than_a_byte() -> None:
    found, _ = number_labels(np.arange(300), "here")
    assert found.dtype == np.uint16
    assert found.tolist() == list(range(300))


def test_names_are_sorted_as_people_count() -> None:
    assert sorted_names(["10", "b", "9", "a", "0"]) == ["0", "9", "10", "a", "b"]
