"""Which pieces are one digit, and where one number ends."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from inkdigits.imaging.cells import Cells
from inkdigits.imaging.pieces import Piece
from inkdigits.reading import Box
from inkdigits.recognition.segmentation import (
    MOST_PIECES_OF_A_DIGIT,
    Candidate,
    best_path,
    candidates,
    split_numbers,
)


def piece(left: int, width: int = 30, height: int = 50, top: int = 0) -> Piece:
    return Piece(Box(left, top, left + width, top + height), (1,), width * height, 200.0)


def row(*gaps: int, width: int = 30) -> list[Piece]:
    """Pieces 50 px high with these gaps between them."""
    pieces = [piece(0, width)]
    for gap in gaps:
        pieces.append(piece(pieces[-1].box.right + gap, width))
    return pieces


def spans(found: Sequence[Candidate]) -> set[tuple[int, int]]:
    return {(candidate.first, candidate.last) for candidate in found}


def test_an_empty_row_has_no_candidates() -> None:
    assert candidates([]) == []


def test_pieces_far_apart_stand_alone() -> None:
    assert spans(candidates(row(20, 20))) == {(0, 1), (1, 2), (2, 3)}


def test_close_pieces_may_be_one() -> None:
    assert spans(candidates(row(4, 20))) == {(0, 1), (1, 2), (2, 3), (0, 2)}


def test_pieces_that_together_are_wider_than_a_digit_are_none() -> None:
    assert spans(candidates(row(4, width=34))) == {(0, 1), (1, 2)}


def test_pieces_that_together_are_higher_than_a_digit_are_none() -> None:
    assert (0, 2) not in spans(candidates([piece(0), piece(31, top=45)]))


def test_at_most_so_many_pieces_are_one() -> None:
    found = candidates(row(*[1] * 9, width=4))
    assert max(candidate.last - candidate.first for candidate in found) == MOST_PIECES_OF_A_DIGIT


def test_every_single_piece_is_a_candidate() -> None:
    pieces = row(*[1] * 5, width=200)
    assert spans(candidates(pieces)) == {(i, i + 1) for i in range(6)}


def chosen(found: Sequence[Candidate], certainty: Sequence[float], pieces: int) -> list[object]:
    path = best_path(found, np.array(certainty, np.float32), pieces)
    return [(found[index].first, found[index].last) for index in path]


def test_no_pieces_need_no_path() -> None:
    assert best_path([], np.empty(0, np.float32), 0) == []


@pytest.mark.parametrize(
    ("apart", "together", "path"),
    [
        ((0.9, 0.9), 0.95, [(0, 1), (1, 2)]),  # two digits that would also be one
        ((0.2, 0.3), 0.95, [(0, 2)]),  # a digit in two pieces
        ((0.95, 0.1), 0.4, [(0, 1), (1, 2)]),  # a digit and dirt
        ((0.0, 0.0), 0.0, [(0, 1), (1, 2)]),  # nothing reads: nothing is joined
    ],
)
def test_pieces_are_joined_if_that_reads_much_better(
    apart: tuple[float, float], together: float, path: list[tuple[int, int]]
) -> None:
    found = [Candidate(0, 1), Candidate(0, 2), Candidate(1, 2)]
    assert chosen(found, [apart[0], together, apart[1]], 2) == path


def test_a_piece_can_go_with_either_neighbour() -> None:
    found = [Candidate(first, last) for first in range(3) for last in range(first + 1, 4)]
    sure = {(0, 1): 0.99, (1, 3): 0.99}
    certainty = [sure.get((c.first, c.last), 0.1) for c in found]
    assert chosen(found, certainty, 3) == [(0, 1), (1, 3)]


def every_path(found: Sequence[Candidate], at: int, pieces: int) -> list[list[int]]:
    if at == pieces:
        return [[]]
    return [
        [index, *rest]
        for index, candidate in enumerate(found)
        if candidate.first == at
        for rest in every_path(found, candidate.last, pieces)
    ]


def cost(found: Sequence[Candidate], certainty: Sequence[float], path: list[int]) -> float:
    """As the docstring of `best_path` has it: a candidate counts once for each piece in it."""
    sizes = [found[index].last - found[index].first for index in path]
    logs = [math.log(max(certainty[index], 1e-6)) for index in path]
    return sum(size - 1 - size * log for size, log in zip(sizes, logs, strict=True))


@examples(max_examples=100)
@given(data=st.data(), pieces=st.integers(1, 6))
def test_no_other_path_reads_better(data: st.DataObject, pieces: int) -> None:
    joined = [Candidate(i, j) for i in range(pieces) for j in range(i + 2, min(i + 3, pieces) + 1)]
    found = [Candidate(i, i + 1) for i in range(pieces)]
    found += [candidate for candidate in joined if data.draw(st.booleans())]
    found = data.draw(st.permutations(found))
    certainty = data.draw(
        st.lists(st.floats(0, 1, width=32), min_size=len(found), max_size=len(found))
    )
    path = best_path(found, np.array(certainty, np.float32), pieces)
    assert [found[i].first for i in path] == [0, *(found[i].last for i in path[:-1])]
    assert found[path[-1]].last == pieces
    least = min(cost(found, certainty, other) for other in every_path(found, 0, pieces))
    assert cost(found, certainty, path) == pytest.approx(least)


def numbers(*gaps: int) -> list[int]:
    """How many digits each number has, in a row of digits 30 px wide and 50 px high."""
    return [len(part) for part in split_numbers([piece.box for piece in row(*gaps)])]


def test_an_empty_row_has_no_numbers() -> None:
    assert split_numbers([]) == []


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        ((), [1]),
        ((10,), [2]),
        ((100,), [1, 1]),  # far apart: two numbers of one digit
        ((8, 9, 60, 7), [3, 2]),
        ((8, 80, 8, 80, 8), [2, 2, 2]),
        ((30, 34, 31, 28), [5]),  # widely spaced, evenly
        ((-6, 2, -4, 70, 3), [4, 2]),  # overlapping boxes
    ],
)
def test_numbers_end_at_gaps_wider_than_the_others(
    gaps: tuple[int, ...], expected: list[int]
) -> None:
    assert numbers(*gaps) == expected


@examples(max_examples=100)
@given(st.lists(st.integers(-20, 300), max_size=12))
def test_numbers_hold_every_digit_once_in_order(gaps: list[int]) -> None:
    parts = split_numbers([piece.box for piece in row(*gaps)])
    assert all(before.stop == after.start for before, after in pairwise(parts))
    assert (parts[0].start, parts[-1].stop) == (0, len(gaps) + 1)
    assert all(parts)


@examples(max_examples=50)
@given(st.lists(st.integers(0, 200), max_size=8), st.integers(2, 9))
def test_numbers_are_the_same_in_every_size(gaps: list[int], factor: int) -> None:
    boxes = [piece.box for piece in row(*gaps)]
    enlarged = [Box(*(edge * factor for edge in box)) for box in boxes]
    assert split_numbers(enlarged) == split_numbers(boxes)


@pytest.mark.parametrize(
    ("gaps", "strange", "expected"),
    [
        ((20, 8, 9), "x...", [1, 3]),  # a word before a number
        ((8, 9, 22), "...x", [3, 1]),  # or after it
        ((9, 25, 8, 8), "xx...", [2, 3]),
        ((20, 8), "...", [3]),  # a gap within a number
        ((10, 8, 9), "x...", [4]),  # as near as the digits: it may be one of them
        ((20, 22, 20), "x...", [4]),  # widely written
        ((20, 8, 9), "xx..", [4]),  # there is no gap after the word
        ((8, 20, 9, 20, 8), "x.x..x", [6]),  # text, with letters that look like digits
        ((9, 9, 25, 8), "xxx..", [5]),  # more of a word than of a number
    ],
)
def test_a_printed_word_beside_a_number_is_none_of_it(
    gaps: tuple[int, ...], strange: str, expected: list[int]
) -> None:
    kinds = [each == "x" for each in strange]
    boxes = [piece.box for piece in row(*gaps)]
    low = [
        replace_top(box, box.bottom - 30) if kind else box
        for box, kind in zip(boxes, kinds, strict=True)
    ]
    assert [len(part) for part in split_numbers(low, (), kinds)] == expected
    # What is as high as the digits may be a digit that could not be read.
    assert len(split_numbers(boxes, (), kinds)) == 1


def replace_top(box: Box, top: int) -> Box:
    return Box(box.left, top, box.right, box.bottom)


def test_what_stands_in_a_field_is_one_number_whatever_it_is() -> None:
    word, *digits = (piece.box for piece in row(20, 8, 9))
    boxes = [replace_top(word, word.bottom - 30), *digits]
    field = Cells((Box(-10, -10, 500, 100),), comb=False)
    assert split_numbers(boxes, (field,), [True, False, False, False]) == [range(4)]
