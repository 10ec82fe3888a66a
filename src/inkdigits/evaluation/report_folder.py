"""A folder with all there is to know of one measurement: figures, plots and a page to read."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.atomic import replacing
from inkdigits.data.sets import LabelledArrays
from inkdigits.evaluation import plots
from inkdigits.evaluation.classification import (
    Figures,
    Mistake,
    classify_figures,
    worst_mistakes,
)
from inkdigits.evaluation.history import read_history
from inkdigits.evaluation.page import Page, render
from inkdigits.evaluation.report import environment

MOST_MISTAKES = 40
"""So many mistakes are shown, the surest first."""

REPORT = "report.json"
PREDICTIONS = "predictions.npz"


def write_report(
    folder: Path,
    title: str,
    arrays: LabelledArrays,
    probabilities: NDArray[np.float32],
    history: Path | None = None,
    facts: Mapping[str, str] | None = None,
) -> Figures:
    """Measure `probabilities` `(N, K)` against the labels of `arrays`, and write all of it.

    The labels are 0 to K-1, named by `arrays.classes`, or by their numbers where it is empty.
    `history` is the `history.csv` of a training; `facts` are further names and values below the
    title, such as the model. Writes `report.html`, `report.json`, `predictions.npz` (what
    `inkdigits compare` reads), `confusion.png`, `calibration.png`, `coverage.png` and, if there is
    a mistake, `mistakes.png`. Raises `DataError` where images, labels and classes do not belong
    together, `OSError` if writing fails.
    """
    classes = arrays.classes or tuple(str(n) for n in range(probabilities.shape[-1]))
    figures = classify_figures(probabilities, arrays.labels, classes)
    mistakes = worst_mistakes(probabilities, arrays.labels, classes, MOST_MISTAKES)
    pictures = [arrays.images[mistake.index] for mistake in mistakes]
    facts = {
        "data": f"{arrays.name} ({arrays.split})",
        "classes": str(len(classes)),
        **(facts or {}),
    }
    course = None if history is None else read_history(history)
    page = render(Page(title, facts, figures, mistakes, pictures, course, environment()))
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "report.html", page.encode())
    _write_plots(folder, figures, mistakes, pictures)
    _write(folder / PREDICTIONS, _packed(probabilities, arrays.labels))
    report = _report(title, arrays, figures, mistakes, facts)
    _write(folder / REPORT, (json.dumps(report, indent=1, ensure_ascii=False) + "\n").encode())
    return figures


def _report(
    title: str,
    arrays: LabelledArrays,
    figures: Figures,
    mistakes: Sequence[Mistake],
    facts: Mapping[str, str],
) -> dict[str, Any]:
    return {
        "title": title,
        "facts": dict(facts),
        "data": {
            "name": arrays.name,
            "split": arrays.split,
            "count": len(arrays),
            "sha256": arrays.sha256,
        },
        "classes": list(figures.classes),
        **figures.to_dict(),
        "mistakes": [
            {
                "image": mistake.index,
                "truth": mistake.truth,
                "answer": mistake.answer,
                "probability": round(mistake.probability, 6),
                "probability_of_truth": round(mistake.probability_of_truth, 6),
            }
            for mistake in mistakes
        ],
        "environment": environment(),
    }


def _write_plots(
    folder: Path,
    figures: Figures,
    mistakes: Sequence[Mistake],
    pictures: Sequence[NDArray[np.uint8]],
) -> None:
    plots.confusion(figures, folder / "confusion.png")
    plots.calibration(figures, folder / "calibration.png")
    plots.coverage(figures, folder / "coverage.png")
    if mistakes:
        plots.mistakes(mistakes, pictures, folder / "mistakes.png")
    else:  # that of an earlier report would not be of this one
        (folder / "mistakes.png").unlink(missing_ok=True)


def _packed(probabilities: NDArray[np.float32], labels: NDArray[Any]) -> bytes:
    content = io.BytesIO()
    np.savez_compressed(content, probabilities=probabilities, labels=labels.astype(np.int64))
    return content.getvalue()


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as file:
        file.write(content)
