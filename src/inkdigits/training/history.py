"""`history.csv`: one row an epoch."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from inkdigits.atomic import replacing
from inkdigits.training.watching import EpochReport

COLUMNS = tuple(name for name in EpochReport.__slots__ if name != "epochs")


def record_epoch(path: Path, report: EpochReport) -> None:
    """Add a row; rows of epochs that are being repeated after a resume are replaced."""
    rows: list[dict[str, Any]] = [
        row for row in read_history(path) if int(row["epoch"]) < report.epoch
    ]
    rows.append({name: getattr(report, name) for name in COLUMNS})
    table = io.StringIO()
    writer = csv.DictWriter(table, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    with replacing(path) as file:
        file.write(table.getvalue().encode())


def read_history(path: Path) -> list[dict[str, str]]:
    """The rows of a history, none if there is no file."""
    if not path.is_file():
        return []
    with path.open(newline="") as file:
        return list(csv.DictReader(file))
