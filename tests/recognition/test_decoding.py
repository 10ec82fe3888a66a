"""The best strings of class scores: exact where that can be, and always what a field allows."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from inkdigits import Field
from inkdigits.recognition.decoding import Span, align, best_strings, chain, tokens
from inkdigits.recognition.lattice import BLANK, LABELS, OTHER
from tests.recognition.lattices import (
    every_string,
    log_softmax,
    paths,
    random_scores,
    read,
    small_scores,
    writing,
)

FIELDS = [
    None,
    Field(length=2),
    Field(length=(1, 3)),
    Field(length=(3, None)),
    Field(pattern="1*2?1"),
    Field(pattern="[^0].*"),
    Field(choices=("11", "2", "0", "121", "2222")),
    Field(check="luhn"),
    Field(length=4, check="verhoeff"),
    Field(check="mod-97"),
    Field(length=(2, 3), pattern=".*1.*", check="luhn"),
    Field(check=lambda number: len(number) % 2 == 0),
    Field(choices=("11", "20", "02"), check=lambda number: number[0] != "1"),
]


def allowed_strings(scores: np.ndarray, field: Field | None) -> list[tuple[str, float]]:
    found = every_string(scores).items()
    allowed = [(text, p) for text, p in found if field is None or field.allows(text)]
    return sorted(allowed, key=lambda pair: -pair[1])


@examples(max_examples=150)
@given(st.integers(0, 10_000), st.integers(0, 4), st.sampled_from(FIELDS))
def test_the_strings_are_the_best_that_satisfy_the_field(
    seed: int, frames: int, field: Field | None
) -> None:
    scores = small_scores(seed, frames)
    expected = allowed_strings(scores, field)
    found = best_strings(scores, field, count=1000)
    assert [string.text for string in found] == [text for text, _ in expected]
    assert [string.probability for string in found] == pytest.approx(
        [probability for _, probability in expected], rel=1e-5
    )
    assert best_strings(scores, field, count=2) == found[:2]


@examples(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from(FIELDS))
def test_the_share_is_of_all_that_satisfies_the_field(
    seed: int, frames: int, field: Field | None
) -> None:
    scores = small_scores(seed, frames)
    found = best_strings(scores, field, count=1000)
    shares = [string.share for string in found]
    if field is None:
        assert shares == pytest.approx([string.probability for string in found], rel=1e-5)
    elif callable(field.check) and field.choices is None:
        assert sum(shares) < 1 + 1e-6
    elif found:
        assert sum(shares) == pytest.approx(1)


def test_a_sure_reading_is_read() -> None:
    scores = writing("0042277", np.random.default_rng(0), confusion=0.0)
    (best,) = best_strings(scores)
    assert best.text == "0042277"
    assert best.share == pytest.approx(best.probability, rel=1e-4)


def test_a_field_changes_the_answer_to_the_next_best_allowed() -> None:
    scores = np.full((3, LABELS), -np.inf)
    scores[0, [1, 7]] = np.log([0.7, 0.3])
    scores[1, BLANK] = 0
    scores[2, [4, 9, BLANK]] = np.log([0.5, 0.3, 0.2])
    texts = [string.text for string in best_strings(scores, None, count=4)]
    assert texts == ["14", "19", "74", "1"]
    assert best_strings(scores, Field(pattern="7.*"))[0].text == "74"
    assert best_strings(scores, Field(length=1))[0].text == "1"
    assert best_strings(scores, Field(choices=("79", "71")))[0].text == "79"
    assert best_strings(scores, Field(length=3)) == ()


@pytest.mark.parametrize("frames", [0, 1, 5])
def test_no_string_fits_into_too_few_frames(frames: int) -> None:
    assert best_strings(random_scores(0, frames), Field(length=6), count=3) == ()
    # The same digit twice needs a frame between.
    twice = best_strings(random_scores(0, frames), Field(choices=("000",)))
    assert len(twice) == (frames == 5)


def test_without_frames_the_string_is_empty() -> None:
    scores = np.empty((0, LABELS), np.float32)
    (best,) = best_strings(scores)
    assert (best.text, best.probability, best.share) == ("", 1.0, 1.0)
    assert best_strings(scores, Field(length=1)) == ()
    assert align(scores, "") == ()
    assert tokens(scores) == ()


def wrong(numbers: list[str], scores: list[np.ndarray], field: Field | None) -> int:
    return sum(
        best_strings(one, field)[0].text != number
        for number, one in zip(numbers, scores, strict=True)
    )


def test_luhn_removes_at_least_half_of_the_errors_of_card_numbers() -> None:
    rng = np.random.default_rng(7)
    luhn = Field(check="luhn")
    numbers: list[str] = []
    while len(numbers) < 150:
        number = "".join(map(str, rng.integers(0, 10, 16)))
        if luhn.allows(number):
            numbers.append(number)
    scores = [writing(number, rng, confusion=0.15) for number in numbers]
    plain = wrong(numbers, scores, None)
    constrained = wrong(numbers, scores, Field(length=16, check="luhn"))
    assert 30 <= plain <= 120
    assert constrained <= plain / 2


def test_a_function_that_refuses_everything_ends() -> None:
    asked = []

    def check(number: str) -> bool:
        asked.append(number)
        return False

    assert best_strings(random_scores(5, 60), Field(length=5, check=check)) == ()
    assert 100 < len(asked) == len(set(asked))


def test_a_function_is_asked_best_first() -> None:
    scores = writing("31", np.random.default_rng(1), confusion=1.0)
    expected = [string for string in best_strings(scores, None, 500) if string.text[-1:] == "8"]
    found = best_strings(scores, Field(check=lambda number: number[-1:] == "8"), count=3)
    assert [string.text for string in found] == [string.text for string in expected[:3]]


@pytest.mark.parametrize("count", [0, -1])
def test_at_least_one_string_is_asked_for(count: int) -> None:
    with pytest.raises(ValueError, match="count is at least 1"):
        best_strings(random_scores(0, 3), count=count)


def path_of(spans: tuple[Span, ...], text: str, frames: int) -> list[int]:
    labels = [BLANK] * frames
    for span, digit in zip(spans, text, strict=True):
        labels[span.first : span.last] = [int(digit)] * (span.last - span.first)
    return labels


@examples(max_examples=60)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_an_alignment_is_the_best_path_of_its_string(seed: int, frames: int) -> None:
    scores = small_scores(seed, frames)
    # One label for what is no digit: a path is then a string's alignment.
    scores[:, BLANK] = np.logaddexp(scores[:, BLANK], scores[:, OTHER])
    scores[:, OTHER] = -np.inf
    best: dict[str, float] = {}
    for path, log_probability in paths(scores).items():
        if log_probability > best.get(read(path), -np.inf):
            best[read(path)] = log_probability
    for text, log_probability in best.items():
        spans = align(scores, text)
        assert all(span.first < span.last for span in spans)
        assert all(one.last <= other.first for one, other in pairwise(spans))
        labels = path_of(spans, text, frames)
        assert read(tuple(labels)) == text
        assert scores[range(frames), labels].sum() == pytest.approx(log_probability, abs=1e-4)


def test_an_alignment_finds_the_peaks() -> None:
    scores = writing("5577", np.random.default_rng(2), confusion=0.0)
    assert align(scores, "5577") == ((1, 2), (5, 6), (9, 10), (13, 14))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("111", "3 digits, does not fit into 4 frames"),
        ("1" * 10**6, "does not fit into 4 frames"),
        ("1a", "text of digits, not '1a'"),
    ],
)
def test_what_cannot_be_aligned_is_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        align(random_scores(0, 4), text)


def test_tokens_keep_other_ink() -> None:
    labels = [BLANK, 4, 4, BLANK, 4, OTHER, OTHER, 2, BLANK]
    scores = log_softmax(np.eye(LABELS)[labels] * 9)
    assert tokens(scores) == ((4, 1, 3), (4, 4, 5), (OTHER, 5, 7), (2, 7, 8))


def test_a_chain_reads_each_symbol_once() -> None:
    probabilities = np.full((4, 10), 0.01)
    probabilities[[0, 1, 2, 3], [3, 3, 0, 3]] = 0.9
    probabilities[2] = 0.05  # half of it is no digit
    scores = chain(probabilities)
    assert scores.shape == (8, LABELS)
    assert scores.dtype == np.float32
    assert np.exp(scores.astype(np.float64)).sum(1) == pytest.approx(np.ones(8))
    (best,) = best_strings(scores)
    assert best.text == "333"
    # The third symbol is no digit, or it is a 3 and another one is no digit.
    expected = 0.9**3 * 0.5 + 3 * 0.9**2 * 0.05 * 0.01
    assert best.probability == pytest.approx(expected, rel=1e-5)
    (longer,) = best_strings(scores, Field(length=4, pattern="33.3"))
    assert longer.probability == pytest.approx(0.9**3 * 0.05, rel=1e-5)
    assert best_strings(scores, Field(length=5)) == ()


def test_a_chain_of_nothing_reads_nothing() -> None:
    assert best_strings(chain(np.empty((0, 10))))[0].text == ""


@pytest.mark.parametrize("shape", [(10,), (3, 12)])
def test_a_chain_is_made_of_ten_probabilities(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match=r"chain takes probabilities \(N, 10\)"):
        chain(np.zeros(shape))
