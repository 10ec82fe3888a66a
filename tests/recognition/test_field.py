"""What a number may be: every constraint, all of them together, and what cannot be."""

import json
import pickle
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from inkdigits import Field, FieldError
from inkdigits.recognition.field import field_from_dict, field_from_options

NUMBERS = st.text("0123456789", max_size=7)


@given(NUMBERS)
def test_a_free_field_allows_every_number(number: str) -> None:
    assert Field().allows(number)


@pytest.mark.parametrize(
    ("field", "allowed", "refused"),
    [
        (Field(length=3), ["000", "123"], ["", "12", "1234"]),
        (Field(length=(2, 3)), ["12", "123"], ["1", "1234"]),
        (Field(length=(2, None)), ["12", "1" * 2000], ["", "1"]),
        (Field(length=(0, 1)), ["", "1"], ["12"]),
        (Field(pattern=r"[1-9]\d*|0"), ["0", "10"], ["", "00", "01"]),
        (Field(choices=("007", "7")), ["007", "7"], ["07", "", "0077"]),
        (Field(check="luhn"), ["79927398713"], ["79927398714", "0"]),
        (Field(check="isbn-13"), ["9780306406157"], ["9780306406158", "978030640615"]),
        (Field(length=4, check="verhoeff"), ["2363"], ["2336", "123451"]),
        (Field(check=lambda number: number == number[::-1]), ["", "121"], ["12"]),
        (Field(choices=("12", "33"), check=lambda number: number[0] == number[1]), ["33"], ["12"]),
        (Field(length=(3, 5), pattern="1.*", check="mod-97"), ["195", "1262"], ["098", "196"]),
    ],
)
def test_numbers_are_allowed_or_not(field: Field, allowed: list[str], refused: list[str]) -> None:
    for number in allowed:
        assert field.allows(number), number
    for number in refused:
        assert not field.allows(number), number


@pytest.mark.parametrize("text", ["1a", " 1", "-1", "٣", "²", "1\n"])
def test_what_is_no_number_is_not_allowed(text: str) -> None:
    assert not Field().allows(text)


@examples(max_examples=50)
@given(
    st.tuples(st.integers(0, 4), st.integers(4, 6)),
    st.sampled_from([r"\d*", r"[12]\d*", r"(\d\d)*", r"\d{2,5}[05]"]),
    st.sampled_from([None, "luhn", "mod-97"]),
    st.lists(NUMBERS, min_size=20, max_size=20),
)
def test_constraints_hold_together(
    length: tuple[int, int], pattern: str, check: str | None, numbers: list[str]
) -> None:
    field = Field(length, pattern, None, check)
    for number in numbers:
        alone = [Field(length=length), Field(pattern=pattern), Field(check=check)]
        assert field.allows(number) == all(one.allows(number) for one in alone)


def test_a_list_is_held_to_the_other_constraints() -> None:
    numbers = [f"{number:04}" for number in range(10_000)]
    field = Field(choices=tuple(numbers), pattern="1.*", length=4, check="luhn")
    expected = {n for n in numbers if n[0] == "1" and Field(check="luhn").allows(n)}
    assert {number for number in numbers if field.allows(number)} == expected
    assert len(expected) == 100


@pytest.mark.parametrize(
    ("constraints", "why"),
    [
        ({"length": 3, "choices": ("1234", "12")}, "3 digits and a place in the list"),
        ({"length": (2, 3), "pattern": r"\d{4,}"}, "2 to 3 digits and the pattern"),
        ({"length": (5, None), "pattern": "1?"}, "5 or more digits and the pattern '1\\?'"),
        ({"pattern": r"[^\d]"}, "the pattern"),
        ({"choices": ("4539148803436468",), "check": "luhn"}, "list of choices and .* digit luhn"),
        ({"length": 5, "check": "ean-8"}, "5 digits and the check digit ean-8"),
        ({"pattern": "1.*", "check": "isbn-13"}, "the check digit isbn-13"),
        ({"length": 1, "check": "luhn"}, "1 digits and the check digit luhn"),
        ({"choices": ("1", "2"), "check": lambda number: number == "3"}, "check of the function"),
    ],
)
def test_what_no_number_satisfies_is_refused(constraints: dict[str, Any], why: str) -> None:
    with pytest.raises(FieldError, match=f"no number can satisfy the field: nothing has .*{why}"):
        Field(**constraints)


@pytest.mark.parametrize(
    ("constraints", "why"),
    [
        ({"length": 0}, "length"),
        ({"length": -1}, "length"),
        ({"length": 1001}, "length"),
        ({"length": True}, "length"),
        ({"length": 2.0}, "length"),
        ({"length": "5"}, "length"),
        ({"length": (3, 2)}, "length"),
        ({"length": (0, 0)}, "length"),
        ({"length": (1, 2, 3)}, "length"),
        ({"length": (None, 3)}, "length"),
        ({"length": (1, 2000)}, "length"),
        ({"pattern": 5}, "pattern of a field is a text"),
        ({"pattern": "[a-z]+"}, "character 2"),
        ({"pattern": r"(\d{1,1000}){1,1000}"}, "too large"),
        ({"choices": ()}, "at least one"),
        ({"choices": "123"}, "at least one"),
        ({"choices": (7,)}, "'007', not 7"),
        ({"choices": ("1", "")}, "not ''"),
        ({"choices": ("1", "x")}, "not 'x'"),
        ({"choices": ("1", "1" * 1001)}, "1,000 digits"),
        ({"check": "crc32"}, "one of luhn"),
        ({"check": 97}, "a function or one of luhn"),
        ({"check": "verhoeff"}, "give the field a length"),
        ({"check": "luhn", "length": 1000}, "more than 20,000 states"),
    ],
)
def test_what_is_malformed_is_refused(constraints: dict[str, Any], why: str) -> None:
    with pytest.raises(FieldError, match=why) as raised:
        Field(**constraints)
    assert "\n" not in str(raised.value)


def test_a_function_sees_only_choices_that_are_allowed_otherwise() -> None:
    asked = []

    def check(number: str) -> bool:
        asked.append(number)
        return True

    Field(length=2, choices=("1", "12", "34", "12"), check=check)
    assert sorted(asked) == ["12", "34"]


def test_equal_fields_are_one_key_and_compiled_once() -> None:
    one, other = Field(length=(3, 5), choices=["123"]), Field(length=[3, 5], choices=("123",))  # type: ignore[arg-type]
    assert one == other
    assert len({one, other}) == 1
    assert one.automaton is other.automaton


def test_a_field_can_be_sent_to_another_process() -> None:
    field = Field(length=16, check="luhn")
    sent = pickle.loads(pickle.dumps(field))
    assert sent == field
    assert sent.allows("4111111111111111")


@pytest.mark.parametrize(
    "field",
    [
        Field(),
        Field(length=5),
        Field(length=(3, 5)),
        Field(length=(3, None)),
        Field(pattern=r"\d+"),
        Field(choices=("12", "007")),
        Field(length=16, pattern="4.*", check="luhn"),
    ],
)
def test_a_field_is_written_and_read_again(field: Field) -> None:
    assert field_from_dict(json.loads(json.dumps(field.to_dict()))) == field


def test_what_is_free_is_not_written() -> None:
    assert Field(length=(3, 5)).to_dict() == {"length": [3, 5]}


def test_a_function_cannot_be_written() -> None:
    with pytest.raises(FieldError, match="cannot be written"):
        Field(check=str.isdigit).to_dict()


def test_a_written_length_may_be_a_text() -> None:
    assert field_from_dict({"length": "3-5"}) == Field(length=(3, 5))


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"lenght": 5}, "no 'lenght': it has length, pattern, choices and check"),
        ({"check": str.isdigit}, "the check of a written field"),
        ({"length": "x"}, "such as 5 or a range such as 3-5"),
        ({"choices": {"1": 2}}, "list of at least one"),
        ([5], "is an object"),
        ("5", "is an object"),
    ],
)
def test_other_keys_and_values_are_refused(values: Any, why: str) -> None:
    with pytest.raises(FieldError, match=why):
        field_from_dict(values)


def test_no_options_are_no_field() -> None:
    assert field_from_options() is None


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("5", 5),
        ("3-5", (3, 5)),
        ("3-", (3, None)),
        ("-5", (1, 5)),
        ("-", None),
        (" 7 ", 7),
        ("0-4", (0, 4)),
    ],
)
def test_a_length_is_read_from_text(text: str, length: object) -> None:
    field = field_from_options(length=text)
    assert field is not None
    assert field.length == length


@pytest.mark.parametrize("text", ["", "x", "5-3", "1,2", "3--5", "1e3", "٣", "-0", "5.0", "99999"])
def test_other_lengths_are_refused(text: str) -> None:
    with pytest.raises(
        FieldError, match=f"length.*{re.escape(text)}|length .*\\(5, 3\\)|\\(1, 0\\)"
    ):
        field_from_options(length=text)


def test_choices_are_separated_by_commas_or_space() -> None:
    field = field_from_options(choices=["12,34", " 56\n78,\n"])
    assert field == Field(choices=("12", "34", "56", "78"))


def test_choices_of_nothing_are_refused() -> None:
    with pytest.raises(FieldError, match="at least one"):
        field_from_options(choices=[" , "])


def test_options_make_the_field_that_python_makes() -> None:
    field = field_from_options("16", r"4\d+", None, "luhn")
    assert field == Field(length=16, pattern=r"4\d+", check="luhn")
