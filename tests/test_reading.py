"""Results: boxes, the text of a reading, and the one dictionary that surfaces show."""

import dataclasses
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigits.reading import Box, BoxRow, Digit, Number, Reading

sides = st.integers(-1000, 1000)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    left, top = draw(sides), draw(sides)
    return Box(left, top, left + draw(st.integers(0, 500)), top + draw(st.integers(0, 500)))


def number(text: str, line: int, accepted: bool = True) -> Number:
    box = Box(10, 20, 30, 50)
    digits = tuple(
        Digit(char, char, 0.98765432, "", box, (("7", 0.0123456), ("1", 0.001))) for char in text
    )
    reason = "" if accepted else "unsure"
    others = (("7", 0.0123456), ("51", 0.001))
    return Number(text, line, 0.91234567, accepted, reason, box, digits, f"{text}1", others)


def reading(*numbers: Number) -> Reading:
    return Reading("page.png", 1, 640, 480, 90, numbers, "compact 0.1.0")


def test_box_measures() -> None:
    box = Box(10, 20, 30, 50)
    assert (box.width, box.height) == (20, 30)
    assert box.middle == (20.0, 35.0)
    assert list(box) == [10, 20, 30, 50]


@given(boxes(), boxes(), boxes())
def test_union_is_the_smallest_box_around(one: Box, other: Box, third: Box) -> None:
    union = one.union(other)
    assert union == other.union(one)
    assert union.union(third) == one.union(other.union(third))
    assert one.union(one) == one
    assert Box.around([one, other, third]) == union.union(third)
    for low in (0, 1):
        assert union[low] == min(one[low], other[low])
        assert union[low + 2] == max(one[low + 2], other[low + 2])
    assert isinstance(union, Box)


def test_around_one_box_is_that_box() -> None:
    assert Box.around([Box(1, 2, 3, 4)]) == Box(1, 2, 3, 4)


def test_box_around_nothing_is_an_error() -> None:
    with pytest.raises(TypeError):
        Box.around([])


@pytest.mark.parametrize(
    ("numbers", "text"),
    [
        ([], ""),
        ([("12", 0)], "12"),
        ([("12", 0), ("3", 0)], "12 3"),
        ([("12", 0), ("3", 1), ("4", 1)], "12\n3 4"),
        # What is refused leaves neither spaces nor empty lines.
        ([("", 0), ("3", 0)], "3"),
        ([("1", 0), ("", 0), ("3", 0)], "1 3"),
        ([("1", 0), ("", 1), ("3", 2)], "1\n3"),
        ([("", 0), ("", 1)], ""),
    ],
)
def test_text_joins_numbers_and_lines(numbers: list[tuple[str, int]], text: str) -> None:
    assert reading(*(number(*each) for each in numbers)).text == text


def test_dictionary_is_the_contract() -> None:
    shown = reading(number("5", 0), number("", 1, accepted=False)).to_dict()
    assert shown["file"] == "page.png"
    assert {
        key: shown[key] for key in ("page", "width", "height", "rotation", "text", "model")
    } == {
        "page": 1,
        "width": 640,
        "height": 480,
        "rotation": 90,
        "text": "5",
        "model": "compact 0.1.0",
    }
    assert shown["numbers"][0] == {
        "text": "5",
        "line": 0,
        "confidence": 0.9123,
        "accepted": True,
        "reason": "",
        "box": [10, 20, 30, 50],
        "unconstrained": "51",
        "alternatives": [["7", 0.0123], ["51", 0.001]],
        "digits": [
            {
                "value": "5",
                "guess": "5",
                "confidence": 0.9877,
                "reason": "",
                "box": [10, 20, 30, 50],
                "alternatives": [["7", 0.0123], ["1", 0.001]],
            }
        ],
    }
    assert shown["numbers"][1]["accepted"] is False
    assert shown["numbers"][1]["reason"] == "unsure"


def test_dictionary_survives_json() -> None:
    refused = Digit(None, "8", 0.3, "not a digit", Box(0, 0, 1, 1))
    shown = reading(Number("", 0, 0.3, False, "not a digit", Box(0, 0, 1, 1), (refused,))).to_dict()
    assert json.loads(json.dumps(shown)) == shown
    assert shown["numbers"][0]["digits"][0]["value"] is None
    assert shown["numbers"][0]["digits"][0]["guess"] == "8"


@pytest.mark.parametrize("result", [number("5", 0), number("5", 0).digits[0], reading()])
def test_results_are_frozen_and_compare_by_value(result: object) -> None:
    field = dataclasses.fields(result)[0].name  # type: ignore[arg-type]
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(result, field, None)
    assert result == dataclasses.replace(result)  # type: ignore[type-var]
    assert hash(result) == hash(dataclasses.replace(result))  # type: ignore[type-var]


def boxed(each: str, *values: str | None, numbers: tuple[int, ...] = ()) -> BoxRow:
    boxes = tuple(Box(10 * place, 0, 10 * place + 10, 12) for place in range(len(values)))
    return BoxRow("digit" if each == "digit" else "number", boxes, values, numbers)


def test_boxes_tell_what_is_empty() -> None:
    row = boxed("digit", "5", "", None, "")
    assert (row.empty, row.text, row.box) == ((1, 3), "5_?_", Box(0, 0, 40, 12))
    assert row.to_dict()["values"] == ["5", "", None, ""]
    assert json.loads(json.dumps(row.to_dict())) == row.to_dict()
    moved = row.moved(lambda box: box._replace(top=box.top + 5))
    assert [box.top for box in moved.boxes] == [5] * 4
    assert moved.values == row.values


def test_an_empty_field_is_all_boxes_of_a_number_or_one_of_a_table() -> None:
    rows = (
        boxed("digit", "5", ""),
        boxed("digit", "", "", ""),
        boxed("number", "507", "", None),
    )
    page = dataclasses.replace(reading(number("5", 0)), box_rows=rows)
    assert page.empty_fields == ((Box(0, 0, 30, 12), "___"), (Box(10, 0, 20, 12), ""))
    assert page.to_dict()["box_rows"] == [row.to_dict() for row in rows]


def test_a_number_is_shown_as_it_stands_in_boxes() -> None:
    rows = (boxed("digit", "5", "", numbers=(1,)), boxed("number", "42", numbers=(0,)))
    page = dataclasses.replace(reading(number("42", 0), number("5", 1)), box_rows=rows)
    assert (page.boxes_of(0), page.boxes_of(1)) == ("", "5_")
