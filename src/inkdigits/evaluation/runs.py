"""Runs side by side: what each of them answered on the same images."""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import DataError, ModelError
from inkdigits.evaluation.classification import Figures, classify_figures
from inkdigits.evaluation.comparison import Difference, compare, holm
from inkdigits.evaluation.report_folder import PREDICTIONS, REPORT
from inkdigits.recognition.contract_file import read_contract

HISTORY = "history.csv"
RUN = "run.json"


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What one run reached on one set of images, told by the sha256 of pixels and labels.

    `correct` `(N,)` says which images it got right. `parameters` and `seconds` of its training are
    `None` where the run does not tell them; `history` is its `history.csv`, if there is one.
    """

    name: str
    data: str
    split: str
    sha256: str
    figures: Figures
    correct: NDArray[np.bool_]
    parameters: int | None = None
    seconds: float | None = None
    history: Path | None = None


@dataclass(frozen=True, slots=True)
class Pair:
    """Two runs, by their numbers, and how they differ; `p_value` is corrected for all pairs."""

    first: int
    second: int
    found: Difference
    p_value: float

    @property
    def runs(self) -> tuple[int, int]:
        return self.first, self.second


def read_run(run: Path) -> Measured:
    """What the report in the folder of a run says; `run` may be that of a report, too.

    Raises `DataError` for a folder that holds no report, or one that is broken.
    """
    folder = run / "report" if (run / "report" / REPORT).is_file() else run
    try:
        report = json.loads((folder / REPORT).read_bytes())
        # Opened here: what is no archive would stay open in NumPy's hands.
        with (folder / PREDICTIONS).open("rb") as file, np.load(file, allow_pickle=False) as kept:
            probabilities, labels = kept["probabilities"], kept["labels"]
        data, classes = report["data"], report["classes"]
        name, split, sha256 = str(data["name"]), str(data["split"]), str(data["sha256"])
        figures = classify_figures(probabilities, labels, classes)
    except FileNotFoundError as error:
        if _reads_lines(run):
            raise DataError(
                f"{run}: a line model has no report, since it tells no classes apart: compare what "
                "is read with it instead"
            ) from error
        raise DataError(
            f"{run}: no report is in it ({Path(error.filename).name} is not there): name the "
            "folder of a run that is finished, or measure its bundle with --data"
        ) from error
    except (
        *(OSError, ValueError, KeyError, TypeError, IndexError, AttributeError),
        *(EOFError, zipfile.BadZipFile, zlib.error),
    ) as error:
        raise DataError(f"{folder}: not a report of inkdigits: evaluate the run again") from error
    return described(run, name, split, sha256, figures, probabilities.argmax(1) == labels)


def _reads_lines(run: Path) -> bool:
    try:
        return read_contract(bundle_of(run)).reads_lines
    except (DataError, ModelError):
        return False


def described(
    run: Path, data: str, split: str, sha256: str, figures: Figures, correct: NDArray[np.bool_]
) -> Measured:
    """A run with what its own folder tells about its training."""
    told = _run_json(run)
    parameters, seconds = told.get("parameters"), told.get("seconds")
    return Measured(
        name=str(run),
        data=data,
        split=split,
        sha256=sha256,
        figures=figures,
        correct=correct,
        parameters=parameters if isinstance(parameters, int) else None,
        seconds=float(seconds) if isinstance(seconds, (int, float)) else None,
        history=run / HISTORY if (run / HISTORY).is_file() else None,
    )


def bundle_of(run: Path) -> Path:
    """The folder of the bundle of a run, or of a bundle itself; `DataError` if there is none."""
    for folder in (run / "bundle", run):
        if (folder / "model.json").is_file():
            return folder
    raise DataError(f"{run}: no bundle is in it: name the folder of a run or of a bundle")


def check_same(runs: Sequence[Measured]) -> None:
    """Raise `DataError` unless all runs were measured on the same images with the same classes."""
    first = runs[0]
    for other in runs[1:]:
        if set(other.figures.classes) != set(first.figures.classes):
            raise DataError(
                f"{first.name} and {other.name} tell different classes apart: only runs of the "
                "same classes can be compared"
            )
        if other.sha256 != first.sha256:
            raise DataError(
                f"{first.name} was measured on {_told(first)} and {other.name} on {_told(other)}, "
                "which are other images: compare them on one set with --data"
            )


def compare_all(runs: Sequence[Measured], seed: int = 0) -> list[Pair]:
    """Every pair of runs, p-values corrected for their number (Holm 1979)."""
    pairs = list(combinations(range(len(runs)), 2))
    found = [compare(runs[a].correct, runs[b].correct, seed) for a, b in pairs]
    corrected = holm([difference.p_value for difference in found])
    return [
        Pair(a, b, difference, p_value)
        for (a, b), difference, p_value in zip(pairs, found, corrected, strict=True)
    ]


def _told(run: Measured) -> str:
    return f"{run.figures.images:,} images of {run.data} ({run.split}, {run.sha256[:8]})"


def _run_json(run: Path) -> dict[str, Any]:
    try:
        told = json.loads((run / RUN).read_bytes())
    except (OSError, ValueError):
        return {}  # a folder of a report or a bundle has none
    return told if isinstance(told, dict) else {}
