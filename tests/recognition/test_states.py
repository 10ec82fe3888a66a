"""Only useful states, and each of them once."""

from hypothesis import given
from hypothesis import strategies as st

from inkdigits.recognition.states import DEAD, Row, reduced, rows_of_list


def reached(rows: list[Row]) -> list[Row]:
    """The states that are reached from the start."""
    order = [0]
    for state in order:
        order += dict.fromkeys(to for to in rows[state][1:] if to != DEAD and to not in order)
    number_of = {DEAD: DEAD, **{state: index for index, state in enumerate(order)}}
    return [(rows[state][0], *(number_of[to] for to in rows[state][1:])) for state in order]


ROWS = (
    st.integers(1, 8)
    .flatmap(
        lambda count: st.lists(
            st.tuples(st.integers(0, 1), *[st.integers(DEAD, count - 1)] * 2).map(
                lambda row: (*row, *[DEAD] * 8)
            ),
            min_size=count,
            max_size=count,
        )
    )
    .map(reached)
)
"""States that step on 0 and 1, with loops and dead ends."""


def numbers(rows: list[Row], most: int = 7) -> set[str]:
    """All numbers of up to so many digits that end in an accepting state."""
    found = set()
    reached = [("", 0)]
    for number, state in reached:
        if rows[state][0]:
            found.add(number)
        if len(number) < most:
            steps = enumerate(rows[state][1:])
            reached += [(number + str(digit), to) for digit, to in steps if to != DEAD]
    return found


@given(ROWS)
def test_reducing_changes_no_number(rows: list[Row]) -> None:
    assert numbers(reduced(rows)) == numbers(rows)


@given(ROWS)
def test_from_every_state_a_number_is_reached(rows: list[Row]) -> None:
    kept = reduced(rows)
    for state in range(len(kept)):
        ahead, waiting = {state}, [state]
        while waiting:
            new = {to for to in kept[waiting.pop()][1:] if to != DEAD} - ahead
            ahead |= new
            waiting += new
        assert any(kept[other][0] for other in ahead) or not any(row[0] for row in kept)


@given(st.sets(st.text("01", max_size=5)))
def test_finitely_many_numbers_take_the_fewest_states(expected: set[str]) -> None:
    """Each state is another set of endings (Myhill and Nerode)."""
    rows = rows_of_list(sorted(expected))
    starts = {number[:end] for number in expected for end in range(len(number) + 1)} | {""}
    endings = {
        frozenset(number[len(start) :] for number in expected if number.startswith(start))
        for start in starts
    }
    assert numbers(rows) == expected
    assert len(rows) == len(endings)
    assert len(reduced(rows)) == len(rows)


def test_equal_states_are_taken_together_and_dead_ends_out() -> None:
    def row(accepts: int, on_0: int, on_1: int) -> Row:
        return (accepts, on_0, on_1, *[DEAD] * 8)

    rows = [
        row(0, 1, 2),
        row(0, 3, 5),
        row(0, 4, DEAD),
        row(1, -1, -1),
        row(1, -1, -1),
        row(0, 5, 5),
    ]
    assert reduced(rows) == [row(0, 1, 1), row(0, 2, DEAD), row(1, DEAD, DEAD)]


def test_loops_are_left_as_they_are() -> None:
    loop = [(1, 0, *[DEAD] * 9)]
    assert reduced(loop) == loop
