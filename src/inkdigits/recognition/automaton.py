"""Deterministic automata over digits: any rule about a number as one small table.

A `Rule` says step by step whether the digits so far may still become a number; `compile_rules`
takes any number of rules together into one `Automaton`, from each of whose states some number can
still be reached. Decoding walks through this table and never meets a dead end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import FieldError

DIGITS = "0123456789"

MOST_STATES = 20_000
"""A field may need so many states before the useless ones are taken out: about a second's work."""

MOST_CHOICE_DIGITS = 500_000
"""The numbers of a list may have so many digits together: about a second's work."""

_DEAD = -1


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
            if state == _DEAD:
                return False
        return bool(self.accepts[state])

    def as_rule(self) -> Rule:
        """The same numbers as a rule, to be joined with others."""
        table = self.step.tolist()

        def step(state: int, digit: int) -> int | None:
            after: int = table[state][digit]
            return None if after == _DEAD else after

        return Rule(0, step, self.accepts.tolist().__getitem__)

    def lengths(self, most: int) -> set[int]:
        """How many digits the numbers have, up to `most`."""
        found = set()
        states: NDArray[np.int32] = np.zeros(1, np.int32)
        for length in range(most + 1):
            if self.accepts[states].any():
                found.add(length)
            following = np.unique(self.step[states])
            states = following[following != _DEAD]
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
    table: list[list[int]] = []
    accepting = []
    waiting = deque([start])
    while waiting:
        states = waiting.popleft()
        row = []
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
            row.append(_DEAD if after is None else index[after])
        table.append(row)
        accepting.append(
            all(rule.accepts(state) for rule, state in zip(rules, states, strict=True))
        )
    return _reduced(table, accepting)


def compile_choices(numbers: Collection[str]) -> Automaton:
    """The numbers of a list.

    Raises `FieldError` if they have more than `MOST_CHOICE_DIGITS` digits together.
    """
    if sum(map(len, numbers)) > MOST_CHOICE_DIGITS:
        raise FieldError(
            f"the list of allowed numbers is too long: {MOST_CHOICE_DIGITS:,} digits at most"
        )
    table = [[_DEAD] * 10]
    accepting = [False]
    for number in numbers:
        state = 0
        for digit in map(int, number):
            if table[state][digit] == _DEAD:
                table[state][digit] = len(table)
                table.append([_DEAD] * 10)
                accepting.append(False)
            state = table[state][digit]
        accepting[state] = True
    return _reduced(table, accepting)


def _reduced(table: list[list[int]], accepting: list[bool]) -> Automaton:
    """Without the states that no number is reached from, and with equal ones taken together.

    States are taken together, from the end backwards (Revuz 1992), where the allowed numbers are
    finitely many; loops are left as they are. The start stays state 0.
    """
    before = _predecessors(table)
    live = _reaching([state for state, accepts in enumerate(accepting) if accepts], before)
    if 0 not in live:
        return Automaton(np.full((1, 10), _DEAD, np.int32), np.zeros(1, np.bool_))
    table = [[to if to in live else _DEAD for to in row] for row in table]
    merged = _merged(table, accepting, before, live)
    if merged is None:
        number_of = {state: index for index, state in enumerate(sorted(live))}
        merged = [
            (accepting[state], *(number_of.get(to, _DEAD) for to in table[state]))
            for state in sorted(live)
        ]
    return Automaton(
        np.array([row[1:] for row in merged], np.int32),
        np.array([row[0] for row in merged], np.bool_),
    )


def _predecessors(table: list[list[int]]) -> list[list[int]]:
    """The states that lead to each state, once for each digit that does."""
    before: list[list[int]] = [[] for _ in table]
    for state, row in enumerate(table):
        for to in row:
            if to != _DEAD:
                before[to].append(state)
    return before


def _reaching(goals: Iterable[int], before: list[list[int]]) -> set[int]:
    """The states from which a goal is reached, the goals included."""
    found = set(goals)
    waiting = list(found)
    while waiting:
        for state in before[waiting.pop()]:
            if state not in found:
                found.add(state)
                waiting.append(state)
    return found


def _merged(
    table: list[list[int]], accepting: list[bool], before: list[list[int]], live: set[int]
) -> list[tuple[int, ...]] | None:
    """Rows (accepts, steps…) with equal states as one, the start first; `None` if there is a loop.

    A state's turn comes when all that it leads to have had theirs: the start is the last.
    """
    left = {state: sum(to != _DEAD for to in table[state]) for state in live}
    waiting = [state for state, steps in left.items() if not steps]
    class_of = {_DEAD: _DEAD}
    classes: dict[tuple[int, ...], int] = {}
    while waiting:
        state = waiting.pop()
        row = (accepting[state], *(class_of[to] for to in table[state]))
        class_of[state] = classes.setdefault(row, len(classes))
        for earlier in before[state]:
            if earlier in left:
                left[earlier] -= 1
                if not left[earlier]:
                    waiting.append(earlier)
    if len(class_of) <= len(live):
        return None
    last = len(classes) - 1
    return [
        (row[0], *(to if to == _DEAD else last - to for to in row[1:])) for row in reversed(classes)
    ]
