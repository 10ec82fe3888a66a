"""What a search may change about a recipe: a TOML file of ranges, choices and fixed values.

```toml
learning_rate = {low = 1e-4, high = 1e-2, log = true}     # a number in a range, ends included
batch = [64, 128, 256]                                    # one of a list
epochs = {low = 2, high = 6}                              # a whole number, as epochs are
precision = "mixed_bfloat16"                              # the same in every trial
augmentation.rotate_deg = {low = 0, high = 20, step = 5}  # 0, 5, 10, 15 or 20
```
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

from inkdigits.errors import RecipeError
from inkdigits.training.recipe import Recipe

Value = float | str

SETTLED = {
    "name": "the search names the recipe it finds",
    "data": "trials on different images cannot be compared, so choose it with --data",
    "start": "it decides what network there is, so choose it with --from",
    "form": "trials on different images cannot be compared",
    "validation_split": "trials on different images cannot be compared, so set it in the recipe",
    "seed": "a lucky seed makes no better recipe",
}
"""Fields that no search may change, and why."""

_IN_A_RANGE = {"low", "high", "log", "step"}
_KINDS = {float: "a number", int: "a whole number", str: "a word in quotes"}


@dataclass(frozen=True, slots=True)
class Range:
    """Numbers from `low` to `high`, both included; whole ones where `whole`.

    `log` draws their logarithm evenly; `step` allows only `low + n * step`.
    """

    low: float
    high: float
    whole: bool = False
    log: bool = False
    step: float | None = None

    @property
    def extremes(self) -> tuple[Value, ...]:
        return self.as_drawn(self.low), self.as_drawn(self.high)

    def as_drawn(self, number: float) -> float:
        """A number of the range as recipes have it: whole, or rounded to three digits."""
        if self.whole:
            return int(number)
        return min(max(float(f"{number:.3g}"), self.low), self.high)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these values."""

    values: tuple[Value, ...]

    @property
    def extremes(self) -> tuple[Value, ...]:
        return self.values


@dataclass(frozen=True, slots=True)
class Space:
    """What varies and what is fixed, by names of fields such as `augmentation.scale`."""

    varied: Mapping[str, Range | Choice]
    fixed: Mapping[str, Value]

    def recipe(self, base: Recipe, chosen: Mapping[str, Value]) -> Recipe:
        """`base` with the fixed values and those `chosen`; `RecipeError` if they cannot be."""
        return with_values(base, {**self.fixed, **chosen})


def with_values(recipe: Recipe, values: Mapping[str, Value]) -> Recipe:
    """`recipe` with fields replaced; a dot leads into a part of it, as in `augmentation.scale`."""
    changes: dict[str, Any] = {}
    for name, value in values.items():
        first, _, rest = name.partition(".")
        part = changes.get(first, getattr(recipe, first))
        changes[first] = replace(part, **{rest: value}) if rest else value
    return replace(recipe, **changes)


def read_space(path: Path, base: Recipe) -> Space:
    """Read a file that says what a search may change about `base`.

    `RecipeError` names the file, the line and the field of the first thing that is wrong: a field
    that recipes do not have, a range that is none, or a value that no recipe can have.
    """
    try:
        text = path.read_text(encoding="utf-8")
        given = dict(_flattened(tomllib.loads(text)))
    except FileNotFoundError:
        raise RecipeError(f"{path}: no such file") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise RecipeError(f"{path}: not a TOML file: {error}") from error
    types = _field_types(base)
    varied: dict[str, Range | Choice] = {}
    fixed: dict[str, Value] = {}
    for name, said in given.items():
        try:
            if isinstance(said, dict | list):
                varied[name] = _range_or_choice(name, said, types)
            else:
                fixed[name] = _value(name, said, types)
        except RecipeError as error:
            raise RecipeError(f"{_place(path, text, name)}: {error}") from error
    if not varied:
        raise RecipeError(f"{path}: nothing to search: give a field a range or a list of choices")
    space = Space(varied, fixed)
    _try_extremes(space, base, path, text)
    return space


def _field_types(part: Any, prefix: str = "") -> dict[str, type]:
    """The type of every field of a recipe and of its parts; `str` for one of several words."""
    types: dict[str, type] = {}
    hints = get_type_hints(type(part))
    for field in fields(part):
        value = getattr(part, field.name)
        if is_dataclass(value):
            types |= _field_types(value, f"{prefix}{field.name}.")
        else:
            hint = hints[field.name]
            types[prefix + field.name] = hint if hint in _KINDS else str
    return types


def _flattened(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Fields by their dotted names; a table with `low` or `high` in it is a range, not a part."""
    for name, value in table.items():
        if isinstance(value, dict) and not _IN_A_RANGE & value.keys():
            yield from _flattened(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _type_of(name: str, types: Mapping[str, type]) -> type:
    first = name.partition(".")[0]
    if first in SETTLED:
        raise RecipeError(f"{first} cannot be searched: {SETTLED[first]}")
    if name not in types:
        known = ", ".join(field for field in types if field.partition(".")[0] not in SETTLED)
        raise RecipeError(f"recipes have no field {name}: choose of {known}")
    return types[name]


def _value(name: str, said: Any, types: Mapping[str, type]) -> Value:
    kind = _type_of(name, types)
    if kind is float and type(said) is int:
        return float(said)
    is_kind = type(said) is kind
    if not is_kind or (kind is float and not math.isfinite(said)):
        raise RecipeError(f"{name} is {_KINDS[kind]}, not {said!r}")
    value: Value = said
    return value


def _range_or_choice(
    name: str, said: dict[str, Any] | list[Any], types: Mapping[str, type]
) -> Range | Choice:
    if isinstance(said, dict):
        return _range(name, said, types)
    values = tuple(_value(name, value, types) for value in said)
    if len(values) < 2 or len(set(values)) < len(values):
        raise RecipeError(f"{name} needs a list of two or more different values")
    return Choice(values)


def _range(name: str, said: dict[str, Any], types: Mapping[str, type]) -> Range:
    kind = _type_of(name, types)
    if kind is str:
        raise RecipeError(f"{name} is no number: give it a list of choices")
    log = said.get("log", False)
    if not {"low", "high"} <= said.keys() <= _IN_A_RANGE or type(log) is not bool:
        raise RecipeError(f"{name} needs low and high, and may have log = true or a step")
    low, high = (float(_value(name, said[end], types)) for end in ("low", "high"))
    step = float(_value(name, said["step"], types)) if "step" in said else None
    if low >= high:
        raise RecipeError(f"{name} needs a low below its high, not {low:g} and {high:g}")
    if log and (low <= 0 or step is not None):
        raise RecipeError(f"{name} is drawn by its logarithm: low is above 0, and there is no step")
    if step is not None and not 0 < step <= high - low:
        raise RecipeError(f"{name} needs a step above 0 that fits into the range, not {step:g}")
    return Range(low, high, kind is int, log, step)


def _try_extremes(space: Space, base: Recipe, path: Path, text: str) -> None:
    """Make the recipes at the extremes of each field, the others being at their first value."""
    first = {name: of.extremes[0] for name, of in space.varied.items()}
    for name, of in space.varied.items():
        for value in of.extremes:
            try:
                space.recipe(base, {**first, name: value})
            except RecipeError as error:
                raise RecipeError(f"{_place(path, text, name)}: {error}") from error


def _place(path: Path, text: str, name: str) -> str:
    """`file, line N`, where that line sets the field; the file alone if none plainly does."""
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := re.match(r"\s*\[([^\[\]]+)\]", line):
            table = f"{header[1]}."
        elif (key := re.match(r"([^=#]+)=", line)) and (
            re.sub(r"[\s\"']", "", table + key[1]) == name
        ):
            return f"{path}, line {number}"
    return str(path)
