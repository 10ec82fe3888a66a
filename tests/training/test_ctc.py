"""The loss against a sum over all paths, and the share of right lines against a plain decoder."""

from itertools import groupby, product

import keras
import numpy as np
import pytest

from inkdigits.data.lines import MOST_LABELS, NO_LABEL
from inkdigits.training import ctc

BLANK = 3
STEPS = 5
ROWS = [(), (0,), (2, 1), (1, 1), (0, 0, 0), (0, 1, 2), (2, 2, 0), (0, 1, 2, 1, 0)]


def padded(rows: list[tuple[int, ...]], width: int = STEPS) -> np.ndarray:
    labels = np.full((len(rows), width), NO_LABEL, np.int32)
    for place, row in zip(labels, rows, strict=True):
        place[: len(row)] = row
    return labels


def collapsed(path: tuple[int, ...], blank: int = BLANK) -> tuple[int, ...]:
    """What a path spells: repeats are one, and blanks nothing."""
    return tuple(label for label, _ in groupby(path) if label != blank)


def by_hand(row: tuple[int, ...], logits: np.ndarray) -> float:
    """The loss of one row: all paths, one by one."""
    shifted = np.exp(logits.astype(np.float64))
    shares = shifted / shifted.sum(1, keepdims=True)
    paths = product(range(BLANK + 1), repeat=len(logits))
    likely = [np.prod(shares[range(len(path)), path]) for path in paths if collapsed(path) == row]
    return float(-np.log(np.sum(likely)))


@pytest.fixture
def logits() -> np.ndarray:
    return np.random.default_rng(1).normal(0, 2, (len(ROWS), STEPS, BLANK + 1)).astype(np.float32)


@pytest.fixture(params=["the backend's own kernel", "Keras"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "Keras":
        monkeypatch.setattr(keras.backend, "backend", lambda: "another")
    return str(request.param)


def test_the_loss_is_the_sum_over_all_paths(way: str, logits: np.ndarray) -> None:
    expected = [by_hand(row, one) for row, one in zip(ROWS, logits, strict=True)]
    found = np.asarray(ctc.ctc_loss(padded(ROWS), logits))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_both_ways_are_taken(monkeypatch: pytest.MonkeyPatch, logits: np.ndarray) -> None:
    def refused(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(ctc, "sparse_ctc_loss", refused)
    with pytest.raises(AssertionError):
        ctc.ctc_loss(padded(ROWS), logits)
    monkeypatch.setattr(keras.backend, "backend", lambda: "another")
    assert np.asarray(ctc.ctc_loss(padded(ROWS), logits)).shape == (len(ROWS),)


def test_filling_up_changes_nothing(way: str, logits: np.ndarray) -> None:
    narrow = np.asarray(ctc.ctc_loss(padded(ROWS), logits))
    wide = np.asarray(ctc.ctc_loss(padded(ROWS, MOST_LABELS), logits))
    np.testing.assert_allclose(narrow, wide, rtol=1e-5)


def test_only_rows_without_labels_are_scored_too(way: str, logits: np.ndarray) -> None:
    expected = [by_hand((), one) for one in logits]
    found = np.asarray(ctc.ctc_loss(padded([()] * len(logits)), logits))
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_the_loss_pulls_every_row_towards_its_labels() -> None:
    import tensorflow as tf

    logits = tf.Variable(np.zeros((len(ROWS), 2 * STEPS, BLANK + 1), np.float32))
    for _ in range(60):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(ctc.CtcLoss()(padded(ROWS), logits))
        gradient = tape.gradient(loss, logits)
        assert np.isfinite(np.asarray(gradient)).all()
        logits.assign_sub(10.0 * gradient)
    assert np.asarray(ctc.lines_right(padded(ROWS), logits.numpy())).tolist() == [1.0] * len(ROWS)


def test_lines_are_right_as_a_plain_decoder_says() -> None:
    rng = np.random.default_rng(2)
    blank = 2
    logits = rng.normal(0, 1, (400, STEPS, blank + 1)).astype(np.float32)
    spelt = [collapsed(tuple(map(int, one.argmax(1))), blank) for one in logits]
    # Some rows are right, some are another row's, and some are right but for the end.
    rows = [
        (row, spelt[(index + 7) % 400], row[:-1], (*row, 0))[index % 4]
        for index, row in enumerate(spelt)
    ]
    expected = [float(row == other) for row, other in zip(rows, spelt, strict=True)]
    found = np.asarray(ctc.lines_right(padded(rows, STEPS + 1), logits))
    assert found.dtype == np.float32
    assert found.tolist() == expected
    assert 0.25 < np.mean(expected) < 0.5


def test_what_says_more_than_there_are_places_is_wrong() -> None:
    path = [0, 1, 0, 1, 0]
    logits = np.eye(4, dtype=np.float32)[None, path]
    assert np.asarray(ctc.lines_right(padded([(0, 1)], 2), logits)).tolist() == [0.0]
    assert np.asarray(ctc.lines_right(padded([(0, 1, 0, 1, 0)]), logits)).tolist() == [1.0]


def test_validation_gives_means(logits: np.ndarray) -> None:
    loss, right = ctc.validate(logits, padded(ROWS))
    assert loss == pytest.approx(
        np.mean([by_hand(*pair) for pair in zip(ROWS, logits, strict=True)])
    )
    spelt = [collapsed(tuple(map(int, one.argmax(1)))) for one in logits]
    assert right == pytest.approx(np.mean([a == b for a, b in zip(spelt, ROWS, strict=True)]))
