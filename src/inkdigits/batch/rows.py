"""The rows of a result: their schema, and how they are written as Parquet, CSV or JSON lines.

A row is a number on a page, or boxes for one in which nothing is written: it has an empty `text`,
as has the one row of a page without either. A file that cannot be read is one row with its `error`,
so every file has at least one row. Of a form, every field has at least one row.

| column | type | meaning |
|---|---|---|
| source | string | the file as it was named or found; a URL for one in a store or an archive |
| page | int32 | from 1; null for an error of the whole file |
| field | string | the field of a form that it stands in; "" without a form |
| number | int32 | from 0 on each page; null where there is none |
| line | int32 | the line on the page, from 0 at the top |
| text | string | the accepted digits; "" where there are none |
| confidence | double | that the whole number is right, 0 to 1 |
| accepted | bool | whether no symbol of the number was refused |
| reason | string | why one was, or why no number was found; "" if neither |
| box | list of int32 | left, top, right, bottom in pixels of the upright page, half-open |
| unconstrained | string | what was read without the constraints of a field; without, as `text` |
| alternatives | map | the runners-up of the whole number, each with its probability |
| digits | list of structs | each symbol: value, guess, confidence, reason, box, alternatives |
| boxes | string | how it stands in boxes for a digit each, `_` an empty one; "" without any |
| model | string | name and version of each model |
| error | string | the name of the error; "" if there is none |
| message | string | its sentence; "" if there is none |
| milliseconds | double | spent on the page, on its first row only, so that sums are right |
| decoding_milliseconds | double | the part of it spent decoding; in the same row |

CSV holds `box`, `alternatives` and `digits` as JSON. JSON lines hold them as `Reading.to_dict()`
does.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from inkdigits.reading import BLANK_FIELD, Number, Reading
from inkdigits.recognition.form import FormReading

VERSION = 2
"""The version of the schema: `inkdigits.rows` in the metadata of every Parquet file."""

_BOX = pa.list_(pa.int32())

_ALTERNATIVES = pa.map_(pa.string(), pa.float64())

_DIGIT = pa.struct(
    [
        ("value", pa.string()),
        ("guess", pa.string()),
        ("confidence", pa.float64()),
        ("reason", pa.string()),
        ("box", _BOX),
        ("alternatives", _ALTERNATIVES),
    ]
)

SCHEMA = pa.schema(
    [
        ("source", pa.string()),
        ("page", pa.int32()),
        ("field", pa.string()),
        ("number", pa.int32()),
        ("line", pa.int32()),
        ("text", pa.string()),
        ("confidence", pa.float64()),
        ("accepted", pa.bool_()),
        ("reason", pa.string()),
        ("box", _BOX),
        ("unconstrained", pa.string()),
        ("alternatives", _ALTERNATIVES),
        ("digits", pa.list_(_DIGIT)),
        ("boxes", pa.string()),
        ("model", pa.string()),
        ("error", pa.string()),
        ("message", pa.string()),
        ("milliseconds", pa.float64()),
        ("decoding_milliseconds", pa.float64()),
    ],
    metadata={"inkdigits.rows": str(VERSION)},
)

FORMATS = ("parquet", "csv", "jsonl")
"""The formats of a result, each the suffix of its files."""

_AS_JSON_IN_CSV = ("accepted", "box", "alternatives", "digits")

Row = dict[str, Any]


def rows_of(source: str, reading: Reading) -> list[Row]:
    """The rows of one page: a row a number and empty field, or one with an empty text."""
    page = {"page": reading.page, "model": reading.model, "reason": reading.reason}
    numbers = [
        _row(source, page | _numbered(number, i) | {"boxes": reading.boxes_of(i)})
        for i, number in enumerate(reading.numbers)
    ]
    empty = [
        _row(source, page | {"reason": BLANK_FIELD, "box": list(box), "boxes": boxes})
        for box, boxes in reading.empty_fields
    ]
    return numbers + empty or [_row(source, page)]


def rows_of_form(source: str, form: FormReading) -> list[Row]:
    """The rows of one page of a form: a row a number in each field, or one with an empty text."""
    rows: list[Row] = []
    count = 0
    for field in form.fields:
        known = {"page": form.page, "model": form.model, "field": printable(field.name)}
        for number in field.numbers:
            judged = {"accepted": field.accepted, "reason": field.reason}
            rows.append(_row(source, known | _numbered(number, count) | judged))
            count += 1
        if not field.numbers:
            judged = {"accepted": None if field.accepted else False, "reason": field.reason}
            rows.append(_row(source, known | judged | {"box": list(field.box)}))
    return rows


def with_times(rows: list[Row], milliseconds: float, decoding: float) -> list[Row]:
    """The rows of a page with what was spent on it, on the first alone, so that sums are right."""
    rows[0]["milliseconds"] = round(milliseconds, 3)
    rows[0]["decoding_milliseconds"] = round(decoding, 3)
    return rows


def error_row(
    source: str,
    model: str,
    name: str,
    message: str,
    milliseconds: float | None,
    page: int | None = None,
) -> Row:
    """The row of a file, or a page, that could not be read; `name` is that of the error's class."""
    spent = None if milliseconds is None else round(milliseconds, 3)
    failed = {"error": name, "message": printable(message), "milliseconds": spent}
    return _row(source, {"page": page, "model": model} | failed)


def _row(source: str, known: Row) -> Row:
    nothing: Row = dict.fromkeys(SCHEMA.names)
    nothing |= {"source": printable(source), "field": "", "text": "", "reason": ""}
    nothing |= {"unconstrained": "", "alternatives": [], "digits": [], "boxes": ""}
    return nothing | {"error": "", "message": ""} | known


def _numbered(number: Number, index: int) -> Row:
    return _with_tuples(number.to_dict()) | {"number": index}


def _with_tuples(row: Row) -> Row:
    # Arrow makes a map of tuples only; JSON has lists.
    for ranked in (row, *row["digits"]):
        ranked["alternatives"] = [tuple(pair) for pair in ranked["alternatives"]]
    return row


def printable(name: str) -> str:
    r"""`name` as valid Unicode: bytes that are no text come written out, `\udc80` to `\udcff`."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def table_of(rows: Sequence[Row]) -> pa.Table:
    """The rows as an Arrow table of `SCHEMA`."""
    return pa.Table.from_pylist(list(rows), schema=SCHEMA)


def encode(table: pa.Table, format_: str) -> bytes:
    """A table of `SCHEMA` as the content of a file of one of `FORMATS`."""
    if format_ == "parquet":
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        return bytes(sink.getvalue())
    text = io.StringIO()
    if format_ == "csv":
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(SCHEMA.names)
        writer.writerows(map(_csv_row, table.to_pylist()))
    else:
        text.writelines(json.dumps(row) + "\n" for row in table.to_pylist())
    return text.getvalue().encode()


def decode(data: bytes, format_: str) -> pa.Table:
    """What `encode` was given; raises `ValueError` or `pa.ArrowException` for other content."""
    if format_ == "parquet":
        return pq.read_table(pa.BufferReader(data)).cast(SCHEMA)
    text = io.StringIO(data.decode(), newline="")
    if format_ == "csv":
        rows = [_row_of_csv(row) for row in csv.DictReader(text)]
    else:
        rows = [json.loads(line) for line in text]
    return table_of([_with_tuples(row) for row in rows])


def _csv_row(row: Row) -> list[object]:
    known = {name: json.dumps(row[name]) for name in _AS_JSON_IN_CSV if row[name] is not None}
    return list((row | known).values())


def _row_of_csv(row: dict[str, str]) -> Row:
    return {field.name: _from_csv(row[field.name], field) for field in SCHEMA}


def _from_csv(text: str, field: pa.Field) -> object:
    if pa.types.is_string(field.type):
        return text
    return json.loads(text) if text else None
