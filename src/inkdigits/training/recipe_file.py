"""A recipe written out as the Python file that `inkdigits train --recipe FILE` takes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any

from inkdigits.training.recipe import Recipe
from inkdigits.training.source import is_source


def as_file(recipe: Recipe, says: str) -> str:
    """Python text that defines `RECIPE`, equal to `recipe`; `says` is a comment on top.

    Fields that have the value they have anyway are left out. A network in a file is named by its
    whole path.
    """
    kinds = {type(recipe)} | {type(part) for _, part in _told(recipe) if is_dataclass(part)}
    imports = sorted(f"from {kind.__module__} import {kind.__name__}" for kind in kinds)
    comment = f"# {' '.join(says.split())}"  # of one line, whatever is in it
    lines = [comment, "", *imports, "", f"RECIPE = {_written(recipe, 0)}", ""]
    return "\n".join(lines)


def _told(part: Any) -> Iterator[tuple[str, Any]]:
    """The fields that differ from what they are anyway."""
    for field in fields(part):
        value = getattr(part, field.name)
        if value == _anyway(field):
            continue
        if isinstance(part, Recipe) and field.name == "network" and is_source(value):
            value = str(Path(value).resolve())
        yield field.name, value


def _anyway(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _written(value: Any, depth: int) -> str:
    if is_dataclass(value):
        inner = "    " * (depth + 1)
        arguments = "".join(f"{inner}{n}={_written(v, depth + 1)},\n" for n, v in _told(value))
        return f"{type(value).__name__}(\n{arguments}{'    ' * depth})"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)
