"""The search for strings: bounded for any scores, whatever bound it searches under."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from inkdigits import Field
from inkdigits.recognition import prefix_search
from inkdigits.recognition.decoding import best_strings, tokens
from inkdigits.recognition.lattice import OTHER, lattice_of
from inkdigits.recognition.prefix_search import search_under
from tests.recognition.lattices import every_string, random_scores, small_scores, writing

FIELDS = [
    Field(length=(2, 3)),
    Field(pattern="1*2?1"),
    Field(choices=("11", "2", "0", "121", "2222")),
    Field(check="luhn"),
]


@examples(max_examples=40)
@given(st.integers(0, 10_000), st.integers(0, 4), st.sampled_from(FIELDS))
def test_all_strings_are_found_best_first(seed: int, frames: int, field: Field) -> None:
    scores = small_scores(seed, frames)
    found = list(search_under(lattice_of(scores), field.automaton).strings())
    expected = {text: p for text, p in every_string(scores).items() if field.allows(text)}
    assert {text: np.exp(p) for text, p in found} == pytest.approx(expected, rel=1e-5)
    assert [p for _, p in found] == sorted((p for _, p in found), reverse=True)


@examples(max_examples=20)
@given(st.integers(0, 10_000), st.sampled_from(FIELDS))
def test_the_strings_are_the_same_without_looking_ahead(seed: int, field: Field | None) -> None:
    """Fields of very many states are searched under a looser bound."""
    scores = small_scores(seed, 4)
    found = best_strings(scores, field, count=1000)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prefix_search, "_MOST_CELLS", 0)
        others = best_strings(scores, field, count=1000)
    assert [one.text for one in others] == [one.text for one in found]
    assert all(other.share <= one.share + 1e-9 for one, other in zip(found, others, strict=True))


@pytest.mark.parametrize("spread", [0.0, 0.5, 2.0, 5.0])
@pytest.mark.parametrize("frames", [60, 250])
@pytest.mark.parametrize(
    "field",
    [None, Field(length=16, check="luhn"), Field(pattern="(12)+"), Field(choices=("1" * 20,))],
    ids=["free", "card", "pattern", "list"],
)
def test_any_scores_are_decoded_in_bounded_work(
    spread: float, frames: int, field: Field | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    scores = random_scores(3, frames, spread)
    read_on = 0
    extend: Any = vars(prefix_search)["extend"]

    def counted(*args: Any) -> Any:
        nonlocal read_on
        read_on += 1
        # The exact search, the beam, and the string of the most probable path.
        assert read_on <= 1000 + 4 * (frames + 1) + frames + 1
        return extend(*args)

    monkeypatch.setattr(prefix_search, "extend", counted)
    found = best_strings(scores, field, count=3)
    assert found
    assert len({string.text for string in found}) == len(found)
    assert field is None or all(field.allows(string.text) for string in found)


def probability_of(scores: np.ndarray, text: str) -> float:
    (found,) = best_strings(scores, Field(choices=(text,)))
    return found.log_probability


@pytest.mark.parametrize("seed", range(4))
def test_flat_scores_read_no_worse_than_the_most_probable_path(seed: int) -> None:
    scores = random_scores(seed, 60, spread=1.5)
    scores[:, OTHER] = -np.inf
    path = "".join(str(token.label) for token in tokens(scores))
    assert best_strings(scores)[0].log_probability >= probability_of(scores, path) - 1e-6


def test_no_string_comes_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """The most probable path is told first, and found once more when the search narrows."""
    monkeypatch.setattr(prefix_search, "_MOST_PREFIXES", 50)
    scores = writing("271828", np.random.default_rng(0), confusion=0.0)
    found = [text for text, _ in search_under(lattice_of(scores)).strings()]
    assert found[0] == "271828"
    assert len(set(found)) == len(found) > 50
