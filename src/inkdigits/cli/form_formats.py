"""How the fields of a form are printed: text for people, JSON lines and CSV for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from inkdigits.cli.console import single_line
from inkdigits.cli.formats import csv_text

if TYPE_CHECKING:
    from inkdigits.recognition.form import FormReading
    from inkdigits.recognition.template import Template


def form_header(form: str, template: Template) -> str:
    """What comes before the first page, as `text`, `json` or `csv`."""
    if form != "csv":
        return ""
    return csv_text([("file", "page", *(field.name for field in template.fields), "doubtful")])


def render_text(reading: FormReading, named: bool) -> str:
    """A line a field, `name: number`; `?` and the reason where it is doubtful.

    With `named` each line begins with `file: `.
    """
    start = f"{single_line(reading.source)}: " if named else ""
    lines = (
        f"{start}{field.name}: {field.text if field.accepted else f'? ({field.reason})'}"
        for field in reading.fields
    )
    return "".join(f"{line.rstrip(' ')}\n" for line in lines)


def render_json(reading: FormReading, _named: bool) -> str:
    """`FormReading.to_dict()` as one line of ASCII."""
    return json.dumps(reading.to_dict(), allow_nan=False) + "\n"


def render_csv(reading: FormReading, _named: bool) -> str:
    """A row a page: each field's number, or nothing where there is none or it is doubtful.

    The last column names the doubtful fields, with a semicolon between them.
    """
    values = (value or "" for value in reading.values.values())
    return csv_text([(reading.source, reading.page, *values, ";".join(reading.doubtful))])


FORM_RENDERERS: dict[str, Callable[[FormReading, bool], str]] = {
    "text": render_text,
    "json": render_json,
    "csv": render_csv,
}
"""`FORM_RENDERERS[form](reading, named)` gives a page, newlines included."""
