"""The states of an automaton over digits: only useful ones, and no two that are the same.

A state is a row of eleven: whether it ends a number, then the state after each digit, or `DEAD`
where no number can come of it. The start is the first row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import takewhile

DEAD = -1

Row = tuple[int, ...]


def rows_of_list(ordered: Sequence[str]) -> list[Row]:
    """The states of a list of numbers, sorted and without doubles, in as few states as it takes.

    They are built in one pass (Daciuk and others 2000).
    """
    classes: dict[Row, int] = {}
    path = [_new_row()]
    before = ""

    def settle(shared: int) -> None:
        """Nothing more is added to the states behind what the next number shares with the last."""
        while len(path) > shared + 1:
            row = tuple(path.pop())
            path[-1][1 + int(before[len(path) - 1])] = classes.setdefault(row, len(classes))

    for number in ordered:
        pairs = zip(before, number, strict=False)
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        settle(shared)
        path += [_new_row() for _ in number[shared:]]
        path[-1][0] = 1
        before = number
    settle(0)
    classes[tuple(path[0])] = len(classes)
    return _from_the_start(classes)


def reduced(rows: Sequence[Row]) -> list[Row]:
    """Without the states from which no number is reached, and with equal ones taken together.

    Every state must be reached from the start. States are taken together, from the ends of the
    numbers backwards (Revuz 1992), where the numbers are finitely many; loops are left as they are.
    """
    before = _predecessors(rows)
    live = _reaching([state for state, row in enumerate(rows) if row[0]], before)
    if 0 not in live:
        return rows_of_list([])
    number_of = {DEAD: DEAD, **{state: index for index, state in enumerate(sorted(live))}}
    useful = [
        (row[0], *(number_of.get(to, DEAD) for to in row[1:]))
        for state, row in enumerate(rows)
        if state in live
    ]
    return _merged(useful)


def _new_row() -> list[int]:
    return [0, *[DEAD] * 10]


def _from_the_start(classes: Collection[Row]) -> list[Row]:
    """The states, numbered from the ends of the numbers, turned round: the start comes first."""
    last = len(classes) - 1
    return [
        (row[0], *(to if to == DEAD else last - to for to in row[1:]))
        for row in reversed(tuple(classes))
    ]


def _predecessors(rows: Sequence[Row]) -> list[list[int]]:
    """The states that lead to each state, once for each digit that does."""
    before: list[list[int]] = [[] for _ in rows]
    for state, row in enumerate(rows):
        for to in row[1:]:
            if to != DEAD:
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


def _merged(rows: list[Row]) -> list[Row]:
    """With equal states as one, unless there is a loop.

    A state's turn comes when all that it leads to have had theirs: the start is the last.
    """
    before = _predecessors(rows)
    left = [sum(to != DEAD for to in row[1:]) for row in rows]
    waiting = [state for state, steps in enumerate(left) if not steps]
    class_of = {DEAD: DEAD}
    classes: dict[Row, int] = {}
    while waiting:
        state = waiting.pop()
        row = (rows[state][0], *(class_of[to] for to in rows[state][1:]))
        class_of[state] = classes.setdefault(row, len(classes))
        for earlier in before[state]:
            left[earlier] -= 1
            if not left[earlier]:
                waiting.append(earlier)
    return _from_the_start(classes) if len(class_of) > len(rows) else rows
