"""What a number may be: its length, a pattern, a list of allowed numbers, a check digit.

A `Field` is compiled when it is made, into one automaton over digits under which class scores are
decoded: see `decoding.best_strings`. What no number can satisfy is refused at once.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from inkdigits.errors import FieldError
from inkdigits.recognition.automaton import (
    DIGITS,
    Automaton,
    Rule,
    compile_choices,
    compile_rules,
)
from inkdigits.recognition.check_digits import CHECKS, check_rules

LONGEST = 1_000
"""A number has at most so many digits where its length is given."""

Length = int | tuple[int, int | None]
Check = str | Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Field:
    """What a number may be; whatever is left out is free, and what is given holds together.

    - `length`: how many digits it has: exactly, or (least, most), with `None` for no most;
    - `pattern`: a regular expression over digits that it matches from beginning to end;
      `pattern.py` says what one is made of;
    - `choices`: the numbers that are allowed, as text: `"007"` is not `"7"`;
    - `check`: the name of a check digit (see `check_digits.py`), or a function that is told a
      number as text and says whether it may be.

    A list given for a tuple is kept as a tuple. Raises `FieldError` for what is malformed, for what
    no number can satisfy, and for what is too complex to be compiled. A function is asked once for
    each of `choices`; without them it is asked while decoding, so that what no number can satisfy
    shows only there, as no reading.
    """

    length: Length | None = None
    pattern: str | None = None
    choices: tuple[str, ...] | None = None
    check: Check | None = None
    automaton: Automaton = dataclasses.field(init=False, repr=False, compare=False)
    """The numbers that are allowed, but for a function that was given without `choices`."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", _checked_length(self.length))
        object.__setattr__(self, "choices", _checked_choices(self.choices))
        if not (self.pattern is None or isinstance(self.pattern, str)):
            raise FieldError(f"the pattern of a field is a text, not {self.pattern!r}")
        if not (self.check is None or isinstance(self.check, str) or callable(self.check)):
            raise FieldError(
                f"the check of a field is a function or one of {', '.join(CHECKS)}, "
                f"not {self.check!r}"
            )
        object.__setattr__(self, "automaton", self._compiled())

    def _compiled(self) -> Automaton:
        name = self.check if isinstance(self.check, str) else None
        automaton = _compile(self.length, self.pattern, self.choices, name)
        if callable(self.check) and self.choices is not None:
            numbers = {number for number in self.choices if automaton.allows(number)}
            automaton = compile_choices(sorted(filter(self.check, numbers)))
        if automaton.empty:
            raise FieldError(f"no number can satisfy the field: nothing has {self._told()}")
        return automaton

    def _told(self) -> str:
        """The constraints in words, for an error."""
        told = []
        if self.length is not None:
            least, most = _bounds(self.length)
            several = f"{least} or more" if most is None else f"{least} to {most}"
            told.append(f"{least if least == most else several} digits")
        if self.pattern is not None:
            told.append(f"the pattern {self.pattern!r}")
        if self.choices is not None:
            told.append("a place in the list of choices")
        if self.check is not None:
            name = "of the function" if callable(self.check) else f"digit {self.check}"
            told.append(f"the check {name}")
        return " and ".join(told)

    def allows(self, number: str) -> bool:
        """Whether a number, as text, satisfies the field; `False` for what is no digits at all."""
        if not _is_digits(number) or not self.automaton.allows(number):
            return False
        return not callable(self.check) or bool(self.check(number))

    def to_dict(self) -> dict[str, Any]:
        """The field as plain JSON types, without what is free; `field_from_dict` makes it again.

        Raises `FieldError` for a check that is a function.
        """
        if callable(self.check):
            raise FieldError("a field whose check is a function cannot be written down")
        values: dict[str, Any] = {
            "length": list(self.length) if isinstance(self.length, tuple) else self.length,
            "pattern": self.pattern,
            "choices": None if self.choices is None else list(self.choices),
            "check": self.check,
        }
        return {name: value for name, value in values.items() if value is not None}


def field_from_dict(values: Mapping[str, Any]) -> Field:
    """The field that `to_dict` gave, or that somebody wrote in JSON.

    The keys are `length` (`5`, `[3, 5]`, `[3, null]` or a text as `field_from_options` takes it),
    `pattern`, `choices` and `check`. Raises `FieldError` for any other key or value.
    """
    if not isinstance(values, Mapping):
        raise FieldError(f"a field is an object with {_KEYS}, not {values!r}")
    unknown = [name for name in values if name not in _NAMES]
    if unknown:
        raise FieldError(f"a field has no {unknown[0]!r}: it has {_KEYS}")
    if callable(values.get("check")):
        raise FieldError(f"the check of a written field is one of {', '.join(CHECKS)}")
    length = values.get("length")
    return Field(
        length=_length_of_text(length) if isinstance(length, str) else length,
        pattern=values.get("pattern"),
        choices=values.get("choices"),
        check=values.get("check"),
    )


def field_from_options(
    length: str | None = None,
    pattern: str | None = None,
    choices: Sequence[str] | None = None,
    check: str | None = None,
) -> Field | None:
    """The field that options of a command line describe; `None` where none was given.

    `length` is `"5"`, `"3-5"`, `"3-"` (at least), `"-5"` (1 to 5) or `"-"` (free); each of
    `choices` holds numbers separated by commas or white space. Raises `FieldError`.
    """
    if length is None and pattern is None and choices is None and check is None:
        return None
    numbers = None if choices is None else [n for text in choices for n in _separated(text)]
    return Field(
        length=None if length is None else _length_of_text(length),
        pattern=pattern,
        choices=None if numbers is None else tuple(numbers),
        check=check,
    )


_NAMES = ("length", "pattern", "choices", "check")
_KEYS = "length, pattern, choices and check"


@lru_cache(maxsize=16)
def _compile(
    length: Length | None, pattern: str | None, choices: tuple[str, ...] | None, check: str | None
) -> Automaton:
    """The numbers that satisfy everything that is given; there may be none."""
    rules = [] if length is None else [_length_rule(*_bounds(length))]
    if pattern is not None:
        # Most readings have no pattern, and a command is short-lived.
        from inkdigits.recognition.pattern_rule import pattern_rule

        rules.append(pattern_rule(pattern))
    if choices is not None:
        return compile_choices(sorted(_chosen(choices, rules, check)))
    automaton = compile_rules(rules)
    if check is None:
        return automaton
    return compile_rules([automaton.as_rule(), *check_rules(check, automaton.lengths(LONGEST))])


def _chosen(choices: tuple[str, ...], rules: Sequence[Rule], check: str | None) -> set[str]:
    """The choices that keep the rules and have the check digit."""
    numbers = {number for number in choices if all(rule.allows(number) for rule in rules)}
    if check is None:
        return numbers
    rules_of = {length: check_rules(check, [length]) for length in set(map(len, choices))}
    return {
        number for number in numbers if all(rule.allows(number) for rule in rules_of[len(number)])
    }


def _length_rule(least: int, most: int | None) -> Rule:
    """Lengths are counted up to where they no longer matter."""
    end = least if most is None else most

    def step(length: int, _: int) -> int | None:
        if length < end:
            return length + 1
        return length if most is None else None

    return Rule(0, step, lambda length: length >= least)


def _bounds(length: Length) -> tuple[int, int | None]:
    return (length, length) if isinstance(length, int) else length


def _checked_length(length: Any) -> Length | None:
    if length is None:
        return None
    if _is_count(length) and 1 <= length <= LONGEST:
        return int(length)
    if isinstance(length, tuple | list) and len(length) == 2:
        least, most = length
        if _is_count(least) and 0 <= least <= LONGEST and most is None:
            return int(least), None
        if _is_count(least) and _is_count(most) and 0 <= least <= most and 1 <= most <= LONGEST:
            return int(least), int(most)
    raise FieldError(
        f"the length of a field is a whole number from 1 to {LONGEST:,} or (least, most) of two "
        f"such numbers, not {length!r}"
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _checked_choices(choices: Any) -> tuple[str, ...] | None:
    if choices is None:
        return None
    if not isinstance(choices, tuple | list) or not choices:
        raise FieldError("the choices of a field are a list of at least one number, as texts")
    for number in choices:
        if not isinstance(number, str) or not number or not _is_digits(number):
            raise FieldError(
                f"a choice of a field is a text of digits such as '007', not {number!r}"
            )
        if len(number) > LONGEST:
            raise FieldError(f"a choice of a field has {LONGEST:,} digits at most")
    return tuple(choices)


def _is_digits(text: str) -> bool:
    return all(character in DIGITS for character in text)


def _length_of_text(text: str) -> Length | None:
    found = re.fullmatch(r"([0-9]{1,4})|([0-9]{0,4})-([0-9]{0,4})", text.strip())
    if not found:
        raise FieldError(f"a length is a number such as 5 or a range such as 3-5, not {text!r}")
    exact, least, most = found.groups()
    if exact:
        return int(exact)
    if not least and not most:
        return None
    return int(least or 1), int(most) if most else None


def _separated(text: str) -> list[str]:
    return [number for number in re.split(r"[,\s]+", text) if number]
