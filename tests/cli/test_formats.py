import csv
import json
from dataclasses import replace

import pytest

from inkdigits.cli.formats import CSV_COLUMNS, FORMATS
from inkdigits.reading import BLANK_FIELD, Box, BoxRow, Number, Reading
from tests.cli.fakes import number_of


def page(*numbers: Number, source: str = "scan.png") -> Reading:
    return Reading(source, 1, 40, 30, 0, numbers, "compact 0.1.0")


TWO_LINES = page(number_of("507"), number_of("42"), number_of("1?9", 1, "not a digit"))


def test_text_of_one_image_is_its_digits_alone() -> None:
    assert FORMATS["text"].render(TWO_LINES, False) == "507 42\n19\n"


def test_text_of_several_names_the_file_on_every_line() -> None:
    assert FORMATS["text"].render(TWO_LINES, True) == "scan.png: 507 42\nscan.png: 19\n"


def test_text_of_an_empty_page_is_nothing_or_its_name() -> None:
    assert FORMATS["text"].render(page(), False) == ""
    assert FORMATS["text"].render(page(), True) == "scan.png:\n"


def test_text_keeps_a_name_on_one_line() -> None:
    named = FORMATS["text"].render(page(number_of("5"), source="a\nb\t\x1b[31m.png"), True)
    assert named == "a\\nb\\t\\x1b[31m.png: 5\n"


def test_json_is_one_ascii_line_of_the_dictionary() -> None:
    reading = page(number_of("5"), source="später\n\udcff.png")
    line = FORMATS["json"].render(reading, True)
    assert line.isascii()
    assert line.count("\n") == 1
    assert json.loads(line) == reading.to_dict()


def test_csv_has_a_row_a_number() -> None:
    text = FORMATS["csv"].header + FORMATS["csv"].render(TWO_LINES, False)
    rows = list(csv.DictReader(text.splitlines()))
    assert [row["text"] for row in rows] == ["507", "42", "19"]
    assert [row["number"] for row in rows] == ["0", "1", "2"]
    refused = [
        "scan.png",
        "1",
        "1",
        "2",
        "19",
        "0.8765",
        "false",
        "not a digit",
        "0",
        "1",
        "3",
        "5",
        "",
    ]
    assert rows[2] == dict(zip(CSV_COLUMNS, refused, strict=True))


def test_csv_has_a_row_for_each_empty_field_of_boxes() -> None:
    boxes = tuple(Box(9 * place, 0, 9 * place + 9, 9) for place in range(3))
    rows = (
        BoxRow("digit", boxes, ("5", "0", ""), (0,)),
        BoxRow("digit", boxes[:2], ("", ""), (), BLANK_FIELD),
        BoxRow("number", boxes[:2], ("", "7"), (1,)),
    )
    reading = replace(page(number_of("50"), number_of("7")), box_rows=rows)
    text = FORMATS["csv"].header + FORMATS["csv"].render(reading, False)
    told = [
        (row["number"], row["text"], row["reason"], row["right"], row["boxes"])
        for row in csv.DictReader(text.splitlines())
    ]
    assert told == [
        ("0", "50", "", "2", "50_"),
        ("1", "7", "", "1", ""),
        ("", "", BLANK_FIELD, "18", "__"),
        ("", "", BLANK_FIELD, "9", ""),
    ]


def test_csv_of_an_empty_page_has_no_row() -> None:
    assert FORMATS["csv"].render(page(), True) == ""


@pytest.mark.parametrize("name", ['a,"b".png', "two\nlines.png"])
def test_csv_quotes_any_name(name: str) -> None:
    text = FORMATS["csv"].render(page(number_of("5"), source=name), True)
    (row,) = csv.reader(text.splitlines(keepends=True))
    assert row[0] == name
