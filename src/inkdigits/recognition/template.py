"""What a form looks like: where its fields are, and what each may hold. Read from JSON.

```json
{"reference": "empty.png",
 "fields": {"account": {"region": [310, 200, 900, 280], "length": 10, "check": "luhn"},
            "amount": {"region": "60%,40%,90%,45%", "length": [1, 6]}}}
```

Regions are measured on the picture of the empty form that `reference` names, or, with `"page":
[2480, 3508]` in its place, on a page of that width and height.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from inkdigits.errors import FieldError, ImageError, TemplateError
from inkdigits.imaging.alignment import Reference
from inkdigits.imaging.decode import decode_first
from inkdigits.imaging.region import parse_region
from inkdigits.imaging.sources import cause_of, label_of
from inkdigits.reading import Box
from inkdigits.recognition.field import Field
from inkdigits.recognition.reader import LayoutKind

_MOST_BYTES = 2**22
_MOST_FIELDS = 1000
_MOST_SIDE = 100_000
_OF_A_FORM = {"page", "reference", "fields"}
_OF_A_FIELD = {"region", "layout", "length", "pattern", "choices", "check"}

RESERVED = ("file", "page", "doubtful")
"""Columns that stand beside the fields, so that none may be called so."""


@dataclass(frozen=True, slots=True)
class TemplateField:
    """A field of a form: its name, its box in pixels of the form, and what is written in it."""

    name: str
    box: Box
    layout: LayoutKind
    field: Field


@dataclass(frozen=True, slots=True, eq=False)
class Template:
    """A form of `width` times `height`, with a picture of it where pages are aligned to one."""

    width: int
    height: int
    fields: tuple[TemplateField, ...]
    reference: Reference | None = None


def load_template(path: str | Path) -> Template:
    """The template in a JSON file; the name of a reference is relative to the file.

    Raises `TemplateError` that names the file, and in it what is wrong.
    """
    label = label_of(str(path))
    try:
        with open(path, "rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        raise TemplateError(f"{label}: {cause_of(error)}") from error
    if len(data) > _MOST_BYTES:
        raise TemplateError(f"{label}: over {_MOST_BYTES:,} bytes are no template")

    def reference(name: str) -> Reference:
        return Reference(decode_first(Path(path).parent / name).pixels)

    try:
        return parse_template(data, reference)
    except TemplateError as error:
        raise TemplateError(f"{label}: {error}") from error


def parse_template(data: bytes | str, open_reference: Callable[[str], Reference]) -> Template:
    """The template that is JSON in `data`; `open_reference` is given the name of a reference.

    Raises `TemplateError`.
    """
    try:
        form = json.loads(data, object_pairs_hook=_once_each)
    except (ValueError, RecursionError) as error:
        raise TemplateError(f"is no JSON: {cause_of(error)}") from error
    _check_names("a template", form, _OF_A_FORM)
    fields = form.get("fields")
    if not isinstance(fields, dict) or not 0 < len(fields) <= _MOST_FIELDS:
        raise TemplateError('give "fields" as {"name": {"region": …}, …}')
    if ("page" in form) == ("reference" in form):
        raise TemplateError('give "page", as [2480, 3508], or the picture "reference": one of them')
    reference = None
    if "reference" in form:
        reference = _open(form["reference"], open_reference)
        width, height = reference.width, reference.height
    else:
        width, height = _size(form["page"])
    described = tuple(_field(name, each, width, height) for name, each in fields.items())
    return Template(width, height, described, reference)


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise TemplateError(f"{twice!r} is there twice: give each name once")
    return found


def _check_names(what: str, given: object, known: set[str]) -> None:
    if not isinstance(given, dict):
        raise TemplateError(f"{what} is an object, {{…}}")
    if unknown := sorted(given.keys() - known):
        raise TemplateError(f"{what} has no {unknown[0]!r}: use {', '.join(sorted(known))}")


def _open(name: object, open_reference: Callable[[str], Reference]) -> Reference:
    if not isinstance(name, str) or not name:
        raise TemplateError('"reference" is the name of a picture of the empty form')
    try:
        return open_reference(name)
    except ImageError as error:
        raise TemplateError(f"reference: {error}") from error


def _size(page: object) -> tuple[int, int]:
    if not (isinstance(page, list) and len(page) == 2 and all(map(_is_side, page))):
        raise TemplateError('"page" is the width and height of the form, as [2480, 3508]')
    return page[0], page[1]


def _is_side(side: object) -> bool:
    return isinstance(side, int) and not isinstance(side, bool) and 0 < side <= _MOST_SIDE


def _field(name: str, given: Any, width: int, height: int) -> TemplateField:
    what = f"field {name!r}"
    if not name.strip() or not name.isprintable() or name in RESERVED:
        raise TemplateError(f"{what}: choose another name, not empty nor {', '.join(RESERVED)}")
    _check_names(what, given, _OF_A_FIELD)
    layout = given.get("layout", "line")
    if layout not in get_args(LayoutKind):
        raise TemplateError(f"{what}: layout is one of {', '.join(get_args(LayoutKind))}")
    try:
        return TemplateField(name, _box(given.get("region"), width, height), layout, _may_be(given))
    except (FieldError, ValueError) as error:
        raise TemplateError(f"{what}: {error}") from error


def _box(region: object, width: int, height: int) -> Box:
    if isinstance(region, list):
        region = ",".join(map(str, region))
    if not isinstance(region, str):
        raise ValueError('give its "region" as [left, top, right, bottom] or as a text')
    box = parse_region(region).box(width, height)
    if box is None:
        raise ValueError(f"the region {region} is not on the form, which is {width} x {height}")
    return box


def _may_be(given: Mapping[str, Any]) -> Field:
    length, choices = given.get("length"), given.get("choices")
    if isinstance(length, list):
        if len(length) != 2:
            raise ValueError("length is a whole number, or the least and the greatest: [3, 6]")
        length = tuple(length)
    parts = length if isinstance(length, tuple) else (1 if length is None else length,)
    if not all(isinstance(part, int) and not isinstance(part, bool) for part in parts):
        raise ValueError("length is a whole number, or the least and the greatest: [3, 6]")
    if choices is not None:
        if not isinstance(choices, list) or not all(isinstance(one, str) for one in choices):
            raise ValueError('choices is a list of texts, as ["007", "12"]')
        choices = tuple(choices)
    for name in ("pattern", "check"):
        if not isinstance(given.get(name, ""), str):
            raise ValueError(f"{name} is a text")
    return Field(length, given.get("pattern"), choices, given.get("check"))
