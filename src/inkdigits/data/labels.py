"""Labels as people write them -> the numbers 0 to K-1 that a network learns, and their names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import DataError

MAX_LABEL: Final = 65_535
_MAX_CLASSES: Final = 10_000


def number_labels(
    values: NDArray[Any], where: str, classes: tuple[str, ...] = ()
) -> tuple[NDArray[np.integer[Any]], tuple[str, ...]]:
    """Labels `(N,)`, whole numbers or names -> `(N,)` of 0 to K-1, and K names.

    With `classes`, numbers count these from 0. Without, numbers are from 0 to `MAX_LABEL`, and the
    classes are the labels that come, in the order of their numbers or of the alphabet. Text that is
    a number everywhere counts as numbers. `DataError`, which names `where`, for any other label.
    """
    values = _numbers_or_text(values, where)
    if values.dtype.kind == "U":
        if classes:
            return match_labels(values, where, classes), classes
    else:
        _check_range(values, where, len(classes))
        if classes:
            return _narrow(values, len(classes)), classes
    found, numbers = np.unique(values, return_inverse=True)
    if len(found) > _MAX_CLASSES:
        raise DataError(f"{where}: {len(found):,} different labels: are they classes?")
    return _narrow(numbers.reshape(values.shape), len(found)), tuple(str(name) for name in found)


def match_labels(
    values: NDArray[Any], where: str, classes: tuple[str, ...]
) -> NDArray[np.integer[Any]]:
    """Labels `(N,)` -> the numbers of the `classes` that are called so; `DataError` for others."""
    number_of = {name: number for number, name in enumerate(classes)}
    names = [str(value) for value in _numbers_or_text(values, where).tolist()]
    if unknown := sorted(set(names) - number_of.keys()):
        raise DataError(
            f"{where}: label {unknown[0]!r} is outside the range: "
            f"the classes are {', '.join(classes):.200}"
        )
    return _narrow(np.array([number_of[name] for name in names], np.int64), len(classes))


def sorted_names(names: Sequence[str]) -> list[str]:
    """Names of classes in their order: whole numbers by their value, before all other names."""
    return sorted(names, key=lambda name: (0, int(name), "") if _is_number(name) else (1, 0, name))


def _is_number(name: str) -> bool:
    return name.isascii() and name.isdigit()


def _numbers_or_text(values: NDArray[Any], where: str) -> NDArray[Any]:
    if values.dtype.kind == "S":
        values = np.char.decode(values, "utf-8", "replace")
    if values.dtype.kind == "U":
        try:
            values = values.astype(np.float64)
        except ValueError:
            return values
    if values.dtype.kind in "fb":
        return _whole(values, where)
    if values.dtype.kind in "iu":
        return values
    raise DataError(f"{where}: labels of type {values.dtype}: use whole numbers or names")


def _whole(values: NDArray[Any], where: str) -> NDArray[np.int64]:
    wrong = np.flatnonzero(~(np.isfinite(values) & (values == np.floor(values))))
    if len(wrong):
        raise DataError(
            f"{where}: label {values[wrong[0]]} of image {wrong[0] + 1} is no whole number: "
            "a class has a number from 0, or a name"
        )
    numbers: NDArray[np.int64] = np.clip(values, -1, MAX_LABEL + 1).astype(np.int64)
    return numbers


def _check_range(values: NDArray[Any], where: str, classes: int) -> None:
    most = classes - 1 if classes else MAX_LABEL
    wrong = np.flatnonzero((values < 0) | (values > most))
    if len(wrong):
        of = f"the {classes} classes have" if classes else "labels are"
        raise DataError(
            f"{where}: label {values[wrong[0]]} of image {wrong[0] + 1} is outside the range: "
            f"{of} 0 to {most}"
        )


def _narrow(numbers: NDArray[Any], classes: int) -> NDArray[np.integer[Any]]:
    return numbers.astype(np.uint8 if classes <= 256 else np.uint16)
