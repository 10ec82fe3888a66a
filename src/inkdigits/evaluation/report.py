"""The report of a run: a table for people, and JSON that the next release is compared with."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from inkdigits import __version__
from inkdigits.atomic import replacing
from inkdigits.errors import DataError
from inkdigits.evaluation.measuring import Misreading, Result
from inkdigits.evaluation.metrics import Share
from inkdigits.evaluation.table import aligned

HEADER = ("suite", "images", "exact", "guessed", "digit errors", "refused", "ECE", "more")
FOOTNOTE = (
    "Figures in % unless they are named otherwise; AUROC is in % too, NLL in nats, Brier 0 to 2.\n"
    "[a, b]: 95 % Wilson interval of the share before it. exact: all digits of an image right, a\n"
    "refused one counting as wrong. guessed: the best guess right, refused or not. refused: share\n"
    "of the symbols found. ECE: expected calibration error, 15 bins of equal width."
)
_NOT_IN_PERCENT = ("NLL", "Brier", "lost points", "text: digits a page")


@dataclass(frozen=True, slots=True)
class Subject:
    """The bundle that was measured: what it calls itself, and the size of its weights.

    `line_model` names the one that read rows beside it.
    """

    name: str
    version: str
    sha256: str
    bytes: int
    line_model: str = "none"


def environment() -> dict[str, str]:
    """The versions, the machine and the day that figures depend on."""
    return {
        "inkdigits": __version__,
        "onnxruntime": version("onnxruntime"),
        "numpy": version("numpy"),
        "python": platform.python_version(),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
        "date": datetime.now(UTC).date().isoformat(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, "") or platform.processor() or platform.machine()


def to_dict(result: Result) -> dict[str, Any]:
    """A result as plain JSON types; shares with count, total and interval, no misread pixels."""
    return {
        "images": result.images,
        "exact": _share_dict(result.exact),
        "guessed": _share_dict(result.guessed),
        "digit_error_rate": _rounded(result.digit_error_rate),
        "refused": _share_dict(result.refused),
        "calibration_error": _rounded(result.calibration_error),
        "others": {name: _rounded(value) for name, value in result.others.items()},
        "misread": [_misreading_dict(misreading) for misreading in result.misread],
        "curves": {
            name: [[_rounded(share) for share in point] for point in curve]
            for name, curve in result.curves.items()
        },
    }


def _share_dict(share: Share | None) -> dict[str, Any] | None:
    if share is None:
        return None
    low, high = share.interval
    return {
        "value": _rounded(share.value),
        "count": share.count,
        "total": share.total,
        "interval_95": [_rounded(low), _rounded(high)],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else round(value, 6)


def _misreading_dict(misreading: Misreading) -> dict[str, Any]:
    return {
        "name": misreading.sample.name,
        "truth": misreading.sample.truth,
        "answer": misreading.answer,
        "guess": misreading.guess,
        "confidence": round(misreading.confidence, 4),
        "reason": misreading.reason,
    }


def update(report: Mapping[str, Any] | None, subject: Subject, results: Iterable[Result]) -> Any:
    """The report with these results in it, each with the environment it was measured in.

    Results of other suites in `report` stay if they are of the very same weights, so that the one
    look at the test set is not lost when validation is run again.
    """
    model = {
        "name": subject.name,
        "version": subject.version,
        "sha256": subject.sha256,
        "bytes": subject.bytes,
    }
    same = report is not None and report["model"]["sha256"] == subject.sha256
    suites = dict(report["suites"]) if report is not None and same else {}
    # With each suite: those that read single digits only stay true beside another line model.
    measured_in = {"line model": subject.line_model, **environment()}
    for result in results:
        suites[result.suite] = {**to_dict(result), "environment": measured_in}
    return {"model": model, "suites": suites}


def save(folder: Path, subject: Subject, results: Sequence[Result], order: Iterable[str]) -> Path:
    """Write `<model>.json` and `<model>.md` into `folder`; returns the path of the JSON.

    Raises `DataError` if the JSON that is there is no report, `OSError` if writing fails.
    """
    path = folder / f"{subject.name}.json"
    folder.mkdir(parents=True, exist_ok=True)
    report = update(load(path), subject, results)
    places = {name: place for place, name in enumerate(order)}
    known = sorted(report["suites"].items(), key=lambda item: places.get(item[0], len(places)))
    report["suites"] = dict(known)
    for name, text in (
        (path, json.dumps(report, indent=1, ensure_ascii=False) + "\n"),
        (path.with_suffix(".md"), markdown(report)),
    ):
        with replacing(name) as file:
            file.write(text.encode())
    return path


def load(path: Path) -> Any:
    """The report in a JSON file, or `None` if the file is not there.

    Raises `DataError` if it is no report, or one of which a part is missing.
    """
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
        markdown(report)  # what cannot be shown as a report is none
    except FileNotFoundError:
        return None
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise DataError(f"{path}: not a report of inkdigits: move it away") from error
    return report


def rows(suites: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """The cells of the table below `HEADER`, from a report's `suites`."""
    return [
        (
            name,
            str(suite["images"]),
            _share_cell(suite["exact"], interval=True),
            _share_cell(suite["guessed"]),
            _percent(suite["digit_error_rate"]),
            _share_cell(suite["refused"]),
            _percent(suite["calibration_error"]),
            ", ".join(f"{key} {_other(key, value)}" for key, value in suite["others"].items()),
        )
        for name, suite in suites.items()
    ]


def _share_cell(share: Mapping[str, Any] | None, interval: bool = False) -> str:
    if share is None:
        return "-"
    low, high = share["interval_95"]
    return _percent(share["value"]) + (f" [{_percent(low)}, {_percent(high)}]" if interval else "")


def _percent(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.2f}"


def _other(name: str, value: float | None) -> str:
    return f"{value:.4g}" if value is not None and name in _NOT_IN_PERCENT else _percent(value)


def table(suites: Mapping[str, Mapping[str, Any]]) -> str:
    """The suites as text in aligned columns, with the footnote."""
    text = aligned([HEADER, *rows(suites)], left=(0, len(HEADER) - 1))
    return f"{text}\n\n{FOOTNOTE}"


def markdown(report: Mapping[str, Any]) -> str:
    """The whole report as a page: model, table, environment of each figure, misread files."""
    model, suites = report["model"], report["suites"]
    lines = [
        f"# {model['name']} {model['version']}",
        "",
        f"Weights: {model['bytes']:,} bytes, sha256 `{model['sha256']}`.",
        "",
        *("| " + " | ".join(cells) + " |" for cells in (HEADER, ("---",) * len(HEADER))),
        *("| " + " | ".join(cells) + " |" for cells in rows(suites)),
        "",
        FOOTNOTE,
        "",
    ]
    environments: dict[str, list[str]] = {}
    for name, suite in suites.items():
        shown = ", ".join(f"{key} {value}" for key, value in suite["environment"].items())
        environments.setdefault(shown, []).append(name)
    lines += [f"- {', '.join(names)}: {shown}" for shown, names in environments.items()]
    return "\n".join(lines) + "\n"
