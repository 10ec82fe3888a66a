"""A history is read as it was written, and what is none is refused."""

from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import DataError
from inkdigits.evaluation.history import read_history


def history(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "history.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_measure_is_read_and_what_was_not_taken_is_nan(tmp_path: Path) -> None:
    path = history(
        tmp_path, "epoch,loss,accuracy,validation_accuracy,seconds\n1,2,.3,,5\n2,1,.4,.5,5\n"
    )
    found = read_history(path)
    np.testing.assert_array_equal(found.epochs, [1, 2])
    np.testing.assert_array_equal(found.measures["loss"], [2, 1])
    np.testing.assert_array_equal(found.measures["validation_accuracy"], [np.nan, 0.5])
    assert np.isnan(found.measures["validation_loss"]).all()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "epoch,loss\n",
        "loss\n1\n",
        "epoch,loss\n1,much\n",
        "epoch,loss\nfirst,1\n",
        "epoch\n\0\n",
    ],
    ids=["empty", "no row", "no epoch", "text", "text epoch", "null"],
)
def test_what_is_no_history_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"history\.csv: "):
        read_history(history(tmp_path, text))


def test_a_history_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_history(tmp_path / "history.csv")
