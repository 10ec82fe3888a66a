"""Patterns mean what they mean in Python, and hostile ones cost little."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from inkdigits import FieldError
from inkdigits.recognition.automaton import compile_rules
from inkdigits.recognition.pattern_rule import pattern_rule

SHORT_NUMBERS = ["".join(digits) for n in range(6) for digits in product("012", repeat=n)]

BOUNDS = st.integers(0, 2).flatmap(
    lambda least: st.sampled_from([f"{{{least}}}", f"{{{least},}}", f"{{{least},{least + 2}}}"])
)
PATTERNS = st.recursive(
    st.sampled_from(["0", "1", "2", r"\d", ".", "[01]", "[^1]", "[1-9]", ""]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map("".join),
        st.tuples(inner, inner).map(lambda pair: f"({pair[0]}|{pair[1]})"),
        st.tuples(inner, st.sampled_from("?*+") | BOUNDS).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=6,
)


@examples(max_examples=200)
@given(PATTERNS)
def test_a_pattern_matches_what_it_matches_in_python(pattern: str) -> None:
    automaton = compile_rules([pattern_rule(pattern)])
    expected = [number for number in SHORT_NUMBERS if re.fullmatch(pattern, number)]
    assert [number for number in SHORT_NUMBERS if automaton.allows(number)] == expected


@pytest.mark.parametrize(
    ("pattern", "number", "other"),
    [
        (r"(\d*)*", "0" * 500, None),
        (r"((((\d+)+)+)+)+", "0" * 500, ""),
        (r"(\d|\d\d|\d?)*1", "0" * 500 + "1", "0" * 500),
        (r"\d{1,1000}", "0" * 1000, "0" * 1001),
        (r"(\d?){1000}", "0" * 1000, "0" * 1001),
        (r"((\d?){30}){30}", "0" * 900, "0" * 901),
        ("(|1)*", "1" * 500, "12"),
        ("(){1000}", "", "1"),
    ],
)
def test_nested_repetitions_are_compiled(pattern: str, number: str, other: str | None) -> None:
    automaton = compile_rules([pattern_rule(pattern)])
    assert automaton.allows(number)
    assert other is None or not automaton.allows(other)


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        (r"(\d{1,1000}){1,1000}", "too large"),
        ("(((){1000}){1000}){1000}", "too large"),
        ("(" * 50 + "1" + "){1000}" * 50, "too large"),
        (r"(0|1)*1(0|1){20}", "more than 20,000 states"),
        (r"(\d?\d?\d?\d?\d?\d?\d?\d?){100}" + "[0-8]?[1-9]?" * 80, "too complex"),
    ],
)
def test_what_would_take_too_long_is_refused(pattern: str, why: str) -> None:
    with pytest.raises(FieldError, match=why):
        compile_rules([pattern_rule(pattern)])
