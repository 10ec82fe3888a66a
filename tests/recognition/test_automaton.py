"""Rules about numbers as one table, without dead ends and without more states than it takes."""

from collections.abc import Collection

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigits import FieldError
from inkdigits.recognition import automaton as module
from inkdigits.recognition.automaton import Automaton, Rule, compile_choices, compile_rules
from inkdigits.recognition.pattern_rule import pattern_rule

NUMBERS = st.text("0123456789", max_size=6)

EVEN = Rule(0, lambda _, digit: digit, lambda last: last % 2 == 0)
SUM_OF_7 = Rule(0, lambda total, digit: (total + digit) % 7, lambda total: total == 0)


def has_a_way_out(automaton: Automaton) -> bool:
    """Whether a number can be reached from every state."""
    live = automaton.accepts.copy()
    for _ in range(len(live)):
        live |= (live[automaton.step] & (automaton.step >= 0)).any(1)
    return bool(live.all())


def length_of(*lengths: int) -> Rule:
    return Rule(
        0, lambda n, _: n + 1 if n < max(lengths) else None, lambda length: length in lengths
    )


@given(NUMBERS)
def test_rules_hold_together(number: str) -> None:
    automaton = compile_rules([EVEN, SUM_OF_7, length_of(2, 3, 5)])
    expected = (
        len(number) in {2, 3, 5}
        and int(number[-1]) % 2 == 0
        and sum(int(digit) for digit in number) % 7 == 0
    )
    assert automaton.allows(number) == expected
    assert automaton.as_rule().allows(number) == expected


def test_no_rules_allow_everything() -> None:
    automaton = compile_rules([])
    assert automaton.allows("")
    assert automaton.allows("0123456789")
    assert len(automaton.accepts) == 1


@given(st.sets(NUMBERS), NUMBERS)
def test_a_list_allows_its_numbers_only(numbers: set[str], other: str) -> None:
    automaton = compile_choices(numbers)
    assert all(automaton.allows(number) for number in numbers)
    assert automaton.allows(other) == (other in numbers)
    assert automaton.empty == (not numbers)


@given(st.sets(NUMBERS, min_size=1))
def test_a_list_has_no_dead_ends_and_no_equal_states(numbers: set[str]) -> None:
    automaton = compile_choices(numbers)
    assert has_a_way_out(automaton)
    rows = np.column_stack([automaton.accepts, automaton.step])
    assert len(np.unique(rows, axis=0)) == len(rows)


def test_equal_endings_are_kept_once() -> None:
    thousand = [f"{number:03}" for number in range(1000)]
    assert len(compile_choices(thousand).accepts) == 4


def test_states_that_lead_nowhere_are_taken_out() -> None:
    automaton = compile_rules([pattern_rule(r"1\d*0"), pattern_rule("12*0|13*1")])
    assert has_a_way_out(automaton)
    assert automaton.step[0].tolist() == [-1, automaton.step[0, 1], *[-1] * 8]
    assert not automaton.allows("131")
    assert automaton.allows("1220")


@pytest.mark.parametrize("patterns", [("1", "2"), ("1*2", "3*"), (r"\d{3}", r"\d{4}")])
def test_what_contradicts_itself_is_empty(patterns: Collection[str]) -> None:
    automaton = compile_rules([pattern_rule(pattern) for pattern in patterns])
    assert automaton.empty
    assert not automaton.allows("")


@pytest.mark.parametrize(
    ("pattern", "lengths"),
    [(r"\d{3}", {3}), ("1|22|4444", {1, 2, 4}), ("(11)*", {0, 2, 4, 6, 8}), ("", {0})],
)
def test_lengths_are_known(pattern: str, lengths: set[int]) -> None:
    assert compile_rules([pattern_rule(pattern)]).lengths(8) == lengths


def test_too_many_states_are_refused() -> None:
    counter = Rule(0, lambda count, digit: 10 * count + digit, lambda _: True)
    with pytest.raises(FieldError, match="more than 20,000 states"):
        compile_rules([counter])


def test_too_long_a_list_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CHOICE_DIGITS", 9)
    assert compile_choices(["123", "456", "789"]).allows("456")
    with pytest.raises(FieldError, match="list of allowed numbers is too long: 9 digits"):
        compile_choices(["123", "456", "7890"])
