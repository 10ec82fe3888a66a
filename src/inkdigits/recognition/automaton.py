"""Deterministic automata over digits: any rule about a number as one small table.

A `Rule` says step by step whether the digits so far may still become a number; `compile_rules`
takes any number of rules together into one `Automaton`, from each of whose states some number can
still be reached. Decoding walks through this table and never meets a dead end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import FieldError
from inkdigits.recognition.states import DEAD, Row, reduced, rows_of_list

DIGITS = "0123456789"

MOST_STATES = 20_000
"""A field may need so many states before the useless ones are taken out: about a second's work."""

MOST_CHOICE_DIGITS = 500_000
"""The numbers of a list may have so many digits together: about a second's work."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule about a number, read from left to right.

    `step(state, digit)` is the state after a digit, 0 to 9, or `None` if no number can come of it;
    `accepts(state)` says whether the digits so far are a number that keeps the rule. States are of
    any hashable kind.
    """

    start: Hashable
    step: Callable[[Any, int], Any]
    accepts: Callable[[Any], bool]

    def allows(self, number: str) -> bool:
        """Whether a string of digits keeps the rule."""
        state: Any = self.start
        for digit in number:
            state = self.step(state, int(digit))
            if state is None:
                return False
        return self.accepts(state)


@dataclass(frozen=True, slots=True, eq=False)
class Automaton:
    """The numbers that a field allows, as states and steps; the start is state 0.

    `step` int32 `(Q, 10)` is the state after each digit, -1 where no number can come of it;
    `accepts` bool `(Q,)` says which states end a number. From every state a number can be reached;
    only an automaton that allows nothing has a start from which none can.
    """

    step: NDArray[np.int32]
    accepts: NDArray[np.bool_]

    @property
    def empty(self) -> bool:
        """Whether no number at all is allowed."""
        return not self.accepts.any()

    def allows(self, number: str) -> bool:
        """Whether a string of digits is allowed."""
        state = 0
        for digit in number:
            state = int(self.step[state, int(digit)])
            if state == DEAD:
                return False
        return bool(self.accepts[state])

    def as_rule(self) -> Rule:
        """The same numbers as a rule, to be joined with others."""
        table = self.step.tolist()

        def step(state: int, digit: int) -> int | None:
            after: int = table[state][digit]
            return None if after == DEAD else after

        return Rule(0, step, self.accepts.tolist().__getitem__)

    def lengths(self, most: int) -> set[int]:
        """How many digits the numbers have, up to `most`."""
        found = set()
        states: NDArray[np.int32] = np.zeros(1, np.int32)
        for length in range(most + 1):
            if self.accepts[states].any():
                found.add(length)
            following = np.unique(self.step[states])
            states = following[following != DEAD]
            if not len(states):
                break
        return found


def compile_rules(rules: Sequence[Rule]) -> Automaton:
    """The numbers that keep all of the rules.

    Raises `FieldError` if that takes more than `MOST_STATES` states.
    """

    def advance(states: tuple[Any, ...], digit: int) -> tuple[Any, ...] | None:
        after = []
        for rule, state in zip(rules, states, strict=True):
            after.append(rule.step(state, digit))
            if after[-1] is None:
                return None
        return tuple(after)

    start = tuple(rule.start for rule in rules)
    index = {start: 0}
    table: list[Row] = []
    waiting = deque([start])
    while waiting:
        states = waiting.popleft()
        row = [int(all(rule.accepts(state) for rule, state in zip(rules, states, strict=True)))]
        for digit in range(10):
            after = advance(states, digit)
            if after is not None and after not in index:
                if len(index) == MOST_STATES:
                    raise FieldError(
                        f"the field is too complex: it needs more than {MOST_STATES:,} states. "
                        "Give it fewer lengths, or a simpler pattern"
                    )
                index[after] = len(index)
                waiting.append(after)
            row.append(DEAD if after is None else index[after])
        table.append(tuple(row))
    return _automaton(reduced(table))


def compile_choices(numbers: Iterable[str]) -> Automaton:
    """The numbers of a list.

    Raises `FieldError` if they have more than `MOST_CHOICE_DIGITS` digits together.
    """
    ordered = sorted(set(numbers))
    if sum(map(len, ordered)) > MOST_CHOICE_DIGITS:
        raise FieldError(
            f"the list of allowed numbers is too long: {MOST_CHOICE_DIGITS:,} digits at most"
        )
    return _automaton(rows_of_list(ordered))


def _automaton(rows: Sequence[Row]) -> Automaton:
    table = np.array(rows, np.int32)
    return Automaton(np.ascontiguousarray(table[:, 1:]), table[:, 0].astype(np.bool_))
