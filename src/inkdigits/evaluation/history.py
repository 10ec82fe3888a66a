"""The course of a training, as its `history.csv` tells it."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import DataError

MEASURES = ("loss", "accuracy", "validation_loss", "validation_accuracy")
"""The columns of a history that are drawn as curves."""


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """`epochs` `(E,)`, counted from 1, and each measure `(E,)`, NaN where it was not taken."""

    epochs: NDArray[np.float64]
    measures: Mapping[str, NDArray[np.float64]]


def read_history(path: Path) -> History:
    """Read `history.csv`: a row an epoch, the columns `epoch` and some of `MEASURES`.

    Raises `DataError` for a file that is not there, not a table, or without a row.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        epochs = np.array([float(row["epoch"]) for row in rows])
        measures = {name: np.array([_number(row.get(name)) for row in rows]) for name in MEASURES}
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        raise DataError(
            f"{path}: not the history of a training: it needs a column epoch, and numbers in "
            f"{', '.join(MEASURES)}"
        ) from error
    if not rows:
        raise DataError(f"{path}: holds no epoch: train at least one")
    return History(epochs, measures)


def _number(text: str | None) -> float:
    return math.nan if text is None or text == "" else float(text)
