"""Class scores as a lattice, and sums over its paths."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from inkdigits import Field
from inkdigits.recognition.lattice import (
    BLANK,
    LABELS,
    NOTHING,
    OTHER,
    Extended,
    Lattice,
    extend,
    lattice_of,
    rest,
    rest_allowed,
)
from tests.recognition.lattices import every_string, random_scores, small_scores


def read_on(lattice: Lattice, text: str) -> Extended:
    """What comes of a prefix, read digit by digit."""
    extended = extend(lattice, "", NOTHING)
    for end, digit in enumerate(text, 1):
        extended = extend(lattice, text[:end], extended.starts[int(digit)])
    return extended


@examples(max_examples=40)
@given(st.integers(0, 1000), st.integers(0, 4))
def test_a_string_has_the_probability_of_all_its_paths(seed: int, frames: int) -> None:
    scores = small_scores(seed, frames)
    lattice, expected = lattice_of(scores), every_string(scores)
    for length in range(frames + 1):
        for text in map("".join, product("012", repeat=length)):
            log_probability = read_on(lattice, text).log_probability
            assert lattice.possible(log_probability) == (text in expected)
            assert np.exp(log_probability) == pytest.approx(expected.get(text, 0.0), rel=1e-5)


@examples(max_examples=40)
@given(
    st.integers(0, 1000),
    st.integers(0, 4),
    st.sampled_from(
        [Field(), Field(length=2), Field(pattern="0*1?2.*"), Field(choices=("11", "2"))]
    ),
)
def test_the_rest_is_what_a_field_allows(seed: int, frames: int, field: Field) -> None:
    scores = small_scores(seed, frames)
    lattice = lattice_of(scores)
    expected = sum(p for text, p in every_string(scores).items() if field.allows(text))
    total = float(rest_allowed(lattice, field.automaton)[0, 0, 10])
    assert lattice.possible(total) == (expected > 0)
    assert np.exp(total) == pytest.approx(expected, rel=1e-5)


def test_the_rest_of_everything_is_everything() -> None:
    lattice = lattice_of(random_scores(1, 30))
    anything = rest_allowed(lattice, Field().automaton)
    assert rest(lattice) == pytest.approx(np.zeros(31), abs=1e-5)
    assert anything[:, 0, 10] == pytest.approx(rest(lattice), abs=1e-9)


def test_other_ink_counts_as_blank() -> None:
    scores = random_scores(2, 8)
    exchanged = scores.copy()
    exchanged[:, [OTHER, BLANK]] = scores[:, [BLANK, OTHER]]
    assert lattice_of(scores).blank == pytest.approx(lattice_of(exchanged).blank)


def test_a_long_lattice_keeps_its_precision() -> None:
    scores = np.full((3000, LABELS), -np.inf, np.float32)
    scores[:, BLANK] = 0
    for frame, digit in ((100, 1), (1500, 1), (2900, 7)):
        scores[frame] = np.log(0.25)
        scores[frame, [0, 2, 3, 4, 5, 6, 8, 9]] = -np.inf
        assert np.isfinite(scores[frame, digit])
    lattice = lattice_of(scores)
    assert read_on(lattice, "117").log_probability == pytest.approx(3 * np.log(0.25), abs=1e-5)
    assert read_on(lattice, "").log_probability == pytest.approx(3 * np.log(0.5), abs=1e-5)
    assert not lattice.possible(read_on(lattice, "1177").log_probability)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 11), np.float32),
        np.zeros(12, np.float32),
        np.zeros((4, 12), np.int32),
        np.full((4, 12), np.nan, np.float32),
        np.full((4, 12), 3.0, np.float32),
        np.full((4, 12), np.inf, np.float32),
    ],
)
def test_other_arrays_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ValueError, match="decoding takes"):
        lattice_of(array)
