"""Patterns over digits: what is understood, and what is refused and why."""

import pytest

from inkdigits import FieldError
from inkdigits.recognition.pattern import OneOf, Repeat, Sequence, parse


def test_a_pattern_is_parsed_into_its_parts() -> None:
    one, four = OneOf(1 << 1), OneOf(1 << 4)
    repeated = Repeat(Sequence((four,)), 2, None)
    assert parse("1(4){2,}") == Sequence((one, repeated))
    assert parse("1(?:4){2,}") == parse("1(4){2,}")


@pytest.mark.parametrize(
    ("pattern", "same"),
    [
        (r"\d", "."),
        (".", "[0-9]"),
        (r"[\d]", "[0-9]"),
        ("[12389]", "[1-38-9]"),
        ("[^0]", "[1-9]"),
        ("1{3}", "1{3,3}"),
        ("1{,3}", "1{0,3}"),
        ("1?", "1{0,1}"),
        ("1*", "1{0,}"),
        ("1+", "1{1,}"),
    ],
)
def test_the_same_can_be_written_in_several_ways(pattern: str, same: str) -> None:
    assert parse(pattern) == parse(same)


@pytest.mark.parametrize(
    ("pattern", "at", "why"),
    [
        ("12a", 3, "'a' is no digit"),
        ("12-34", 3, "'-' is no digit"),
        ("1 2", 2, "' ' is no digit"),
        ("٣", 1, "is no digit"),
        ("²", 1, "is no digit"),
        ("[a-z]", 2, "a class holds digits"),
        ("[1-", 4, "a class holds digits"),
        ("[^٣]", 3, "a class holds digits"),
        ("[12", 1, r"a \[ without its \]"),
        ("[]", 1, "a class of no digits"),
        ("[3-1]", 5, "the range 3-1 goes backwards"),
        ("^1", 1, r"leave \^ out"),
        ("1$", 2, r"leave \$ out"),
        ("(1", 1, r"a \( without its \)"),
        ("1)2", 2, r"a \) without its \("),
        ("1]", 2, "']' is no digit"),
        ("*1", 1, "nothing in front to repeat"),
        ("(+1)", 2, "nothing in front to repeat"),
        ("1|{2}", 3, "nothing in front to repeat"),
        ("1**", 3, "a repetition of a repetition"),
        ("1+?", 3, "a repetition of a repetition"),
        ("1{2}{3}", 5, "a repetition of a repetition"),
        ("1++", 3, "a repetition of a repetition"),
        ("1{", 2, "begins a repetition"),
        ("1{}", 2, "begins a repetition"),
        ("1{,}", 2, "begins a repetition"),
        ("1{2;3}", 2, "begins a repetition"),
        ("1{ 2}", 2, "begins a repetition"),
        ("1{3,2}", 2, "3 is more than 2"),
        ("1{1001}", 3, "repeated 1,000 times at most"),
        ("1{" + "9" * 500 + "}", 3, "repeated 1,000 times at most"),
        ("(?=1)2", 1, r"only \(\?: is known"),
        ("(?<!1)2", 1, r"only \(\?: is known"),
        ("(?P<n>1)", 1, r"only \(\?: is known"),
        (r"(1)\1", 5, r"after a \\ only d is known"),
        (r"\D", 2, r"after a \\ only d is known"),
        ("1\\", 3, r"after a \\ only d is known"),
        (r"[\w]", 3, r"after a \\ only d is known"),
        ("(" * 51 + ")" * 51, 52, "50 deep at most"),
    ],
)
def test_what_is_not_supported_is_refused(pattern: str, at: int, why: str) -> None:
    with pytest.raises(FieldError, match=f"character {at}: .*{why}") as raised:
        parse(pattern)
    assert len(str(raised.value)) < 200
    assert "\n" not in str(raised.value)


def test_a_very_long_pattern_is_refused() -> None:
    with pytest.raises(FieldError, match="1,000 characters at most"):
        parse("1" * 1001)
