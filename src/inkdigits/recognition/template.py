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

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

from inkdigits.errors import FieldError, ImageError, TemplateError
from inkdigits.imaging.alignment import Reference
from inkdigits.imaging.decode import decode_first
from inkdigits.imaging.region import parse_region
from inkdigits.imaging.sources import cause_of, label_of
from inkdigits.reading import Box
from inkdigits.recognition.field import Field, field_from_dict
from inkdigits.recognition.reader import LayoutKind

_MOST_BYTES = 2**22
_MOST_FIELDS = 1000
_MOST_SIDE = 100_000
_OF_A_FORM = {"page", "reference", "fields"}
_OF_A_NUMBER = {"length", "pattern", "choices", "check"}
_OF_A_FIELD = {"region", "layout"} | _OF_A_NUMBER

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
    """A form of `width` times `height`, with a picture of it where pages are aligned to one.

    `sha256` is the hash of all that it was made from, the picture too.
    """

    width: int
    height: int
    fields: tuple[TemplateField, ...]
    reference: Reference | None = None
    sha256: str = ""


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
    found = hashlib.sha256(data)

    def reference(name: str) -> Reference:
        pixels = decode_first(Path(path).parent / name).pixels
        found.update(pixels.tobytes())
        return Reference(pixels)

    try:
        template = parse_template(data, reference)
        return replace(template, sha256=found.hexdigest())
    except TemplateError as error:
        raise TemplateError(f"{label}: {error}") from error


def parse_template(data: bytes | str, open_reference: Callable[[str], Reference]) -> Template:
    """The template that is JSON in `data`; `open_reference` is given the name of a reference.

    Raises `TemplateError`.
    """
    if len(data) > _MOST_BYTES:
        raise TemplateError(f"over {_MOST_BYTES:,} bytes are no template")
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
    constraints = {key: value for key, value in given.items() if key in _OF_A_NUMBER}
    try:
        may_be = field_from_dict(constraints)
        return TemplateField(name, _box(given.get("region"), width, height), layout, may_be)
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
