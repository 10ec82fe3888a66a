"""What the recipes reached when they were measured: `figures.json`, written by a command.

`python -m benchmarks.recipes` trains them over seeds and writes it; nothing else does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FILE = Path(__file__).parent / "figures.json"


def read_figures() -> dict[str, dict[str, Any]]:
    """Means and spread over the seeds, by recipe; none if nothing has been measured."""
    if not FILE.is_file():
        return {}
    figures: dict[str, dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))
    return figures
