"""How a reading is printed: text for people, JSON lines and CSV for programs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable
from typing import NamedTuple

from inkdigits.cli.console import single_line
from inkdigits.reading import BLANK_FIELD, Reading

CSV_COLUMNS = (
    *("file", "page", "line", "number", "text", "confidence", "accepted", "reason"),
    *("left", "top", "right", "bottom", "boxes"),
)


class Format(NamedTuple):
    """`header` comes first, once; `render(reading, named)` gives a page, newlines included.

    `named` asks for the file's name where the format leaves that open.
    """

    header: str
    render: Callable[[Reading, bool], str]


def render_text(reading: Reading, named: bool) -> str:
    """The accepted digits, a line for a line on the page; nothing if there are none.

    With `named` each line begins with `file: `, and a page without digits is `file:` alone.
    """
    lines = reading.text.split("\n")
    if named:
        name = single_line(reading.source)
        lines = [f"{name}: {line}".rstrip(" ") for line in lines]
    return "".join(f"{line}\n" for line in lines if line)


def render_json(reading: Reading, _named: bool) -> str:
    """`Reading.to_dict()` as one line of ASCII."""
    return json.dumps(reading.to_dict(), allow_nan=False) + "\n"


def render_csv(reading: Reading, _named: bool) -> str:
    """A row a number; `line` and `number` count from 0 as in the JSON, `page` from 1.

    Then a row for each field of boxes that is empty, which has neither.
    """
    page = (reading.source, reading.page)
    numbers = (
        (
            *(*page, number.line, i, number.text),
            *(round(number.confidence, 4), str(number.accepted).lower(), number.reason),
            *(*number.box, reading.boxes_of(i)),
        )
        for i, number in enumerate(reading.numbers)
    )
    empty = (
        (*page, "", "", "", "", "", BLANK_FIELD, *box, boxes) for box, boxes in reading.empty_fields
    )
    return csv_text((*numbers, *empty))


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """The rows as CSV, each with its newline."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


FORMATS = {
    "text": Format("", render_text),
    "json": Format("", render_json),
    "csv": Format(csv_text([CSV_COLUMNS]), render_csv),
}
