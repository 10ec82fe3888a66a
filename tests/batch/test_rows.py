import csv
import io
import json
import re
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from inkdigits.batch import rows
from inkdigits.batch.rows import (
    SCHEMA,
    decode,
    encode,
    error_row,
    printable,
    rows_of,
    table_of,
    with_times,
)
from inkdigits.reading import BLANK_FIELD, Box, BoxRow, Digit, Number, Reading


def reading(*numbers: Number, page: int = 1) -> Reading:
    return Reading("a.png", page, 30, 20, 0, numbers, "compact 1")


def number(text: str, reason: str = "") -> Number:
    digits = [
        Digit(c, c, 0.98765, "", Box(i, 0, i + 1, 9), (("1", 0.01234), ("2", 0.001)))
        for i, c in enumerate(text)
    ]
    if reason:
        digits.append(Digit(None, "8", 0.3, reason, Box(9, 0, 10, 9)))
    return Number(
        *(text, 2, 0.87654, not reason, reason, Box(0, 0, 10, 9), tuple(digits)),
        unconstrained=f"{text}1",
        alternatives=((f"{text}7", 0.05), (f"{text}9", 0.0123)),
    )


def every_kind() -> pa.Table:
    read = with_times(
        rows_of("a.png", reading(number("42"), number("7", "not a digit"))), 3.14159, 1.5
    )
    blank = rows_of('b,"\n.png', reading(page=2))
    return table_of([*read, *blank, error_row("c.png", "compact 1", "UnreadableImage", "c: no", 1)])


def test_a_row_is_a_number_as_the_reading_shows_it() -> None:
    shown = number("42").to_dict()
    (row,) = table_of(rows_of("scan.png", reading(number("42")))).to_pylist()
    assert (row["source"], row["page"], row["number"]) == ("scan.png", 1, 0)
    same = ("line", "text", "confidence", "accepted", "reason", "box")
    assert {name: row[name] for name in same} == {name: shown[name] for name in same}
    # Tuples become lists: then JSON lines say what the command `read` says.
    for name in ("unconstrained", "alternatives", "digits"):
        assert json.loads(json.dumps(row[name])) == shown[name]


def test_a_page_without_numbers_is_one_row_with_empty_text() -> None:
    (row,) = rows_of("a.png", reading())
    assert (row["text"], row["number"], row["accepted"], row["error"]) == ("", None, None, "")
    assert row["page"] == 1


def test_a_page_without_numbers_says_why_and_a_number_has_its_own_reason() -> None:
    (blank,) = rows_of("a.png", replace(reading(), reason="blank: no ink"))
    assert blank["reason"] == "blank: no ink"
    found = rows_of("a.png", reading(number("4"), number("7", "not a digit")))
    assert [row["reason"] for row in found] == ["", "not a digit"]


def test_the_time_of_a_page_stands_in_one_row_so_that_sums_are_right() -> None:
    read = with_times(rows_of("a.png", reading(number("1"), number("2"), number("3"))), 9.0, 4.0)
    assert [row["milliseconds"] for row in read] == [9.0, None, None]
    assert [row["decoding_milliseconds"] for row in read] == [4.0, None, None]


def test_an_error_is_one_row() -> None:
    row = error_row("a.png", "compact 1", "ImageTooLarge", "a.png: too large", 0.5)
    assert (row["error"], row["message"], row["text"]) == ("ImageTooLarge", "a.png: too large", "")
    assert (row["page"], row["number"], row["digits"]) == (None, None, [])


@pytest.mark.parametrize("form", rows.FORMATS)
def test_every_format_gives_the_rows_back(form: str) -> None:
    table = every_kind()
    again = decode(encode(table, form), form)
    assert again.equals(table)
    assert again.schema.equals(SCHEMA)


def test_parquet_says_the_version_of_its_schema() -> None:
    written = pq.read_schema(pa.BufferReader(encode(every_kind(), "parquet")))
    assert written.metadata[b"inkdigits.rows"] == str(rows.VERSION).encode()


def test_csv_is_read_by_any_program() -> None:
    text = io.StringIO(encode(every_kind(), "csv").decode(), newline="")
    read = list(csv.DictReader(text))
    assert [row["source"] for row in read] == ["a.png", "a.png", 'b,"\n.png', "c.png"]
    assert [row["accepted"] for row in read] == ["true", "false", "", ""]
    assert json.loads(read[0]["box"]) == [0, 0, 10, 9]


def test_json_lines_are_an_object_a_line() -> None:
    lines = encode(every_kind(), "jsonl").splitlines()
    assert [json.loads(line)["text"] for line in lines] == ["42", "7", "", ""]


def test_what_is_not_a_shard_is_refused() -> None:
    for form, content in [("parquet", b"PAR1"), ("csv", b"a,b\n1,2\n"), ("jsonl", b"{")]:
        with pytest.raises((ValueError, KeyError, pa.ArrowException)):
            decode(content, form)


@pytest.mark.parametrize("form", rows.FORMATS)
def test_a_name_that_is_no_text_can_be_written(form: str) -> None:
    table = table_of([error_row("caf\udce9.png", "m", "E", "caf\udce9.png: no", None)])
    assert decode(encode(table, form), form)["source"].to_pylist() == ["caf\\udce9.png"]


def test_a_printable_name_stays_as_it_is() -> None:
    assert printable("café 7.png") == "café 7.png"


def test_the_columns_are_documented_in_order() -> None:
    assert re.findall(r"^\| (\w+) \|", rows.__doc__ or "", re.MULTILINE)[1:] == SCHEMA.names


def test_an_empty_field_of_boxes_is_a_row() -> None:
    boxes = (Box(0, 0, 9, 9), Box(9, 0, 18, 9))
    filled = BoxRow("digit", boxes, ("4", "2"), (0,))
    blank = BoxRow("digit", boxes, ("", ""), (), BLANK_FIELD)
    page = replace(reading(number("42")), box_rows=(filled, blank))
    told = [
        (row["number"], row["text"], row["reason"], row["boxes"])
        for row in table_of(rows_of("a.png", page)).to_pylist()
    ]
    assert told == [(0, "42", "", "42"), (None, "", BLANK_FIELD, "__")]
