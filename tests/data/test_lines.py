"""What the line model learns from: digits kept apart from those held out, real strips late."""

import dataclasses
from collections import Counter
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from inkdigits.data import lines
from inkdigits.data.augmentation import Augmentation
from inkdigits.data.composing import OTHER
from inkdigits.data.lines import (
    MOST_DIGITS,
    MOST_LABELS,
    NO_LABEL,
    STRIP_WIDTH,
    LineFeed,
    LineShares,
    held_out_lines,
    most_digits,
    training_lines,
)
from inkdigits.errors import DataError, RecipeError
from tests.data.small_lines import CHEQUES, use_small_pools, write_cheques

PLAIN = Augmentation()
SHARES = LineShares(lines=40, real=0.5, composed_only=0.5)


@pytest.fixture(scope="module")
def feed(tmp_path_factory: pytest.TempPathFactory) -> LineFeed:
    """Four epochs, of which the last two have real strips."""
    folder = tmp_path_factory.mktemp("data")
    write_cheques(folder, CHEQUES)
    with pytest.MonkeyPatch.context() as patch:
        use_small_pools(patch)
        patch.setenv("INKDIGITS_DATA", str(folder))
        return training_lines(SHARES, 4, seed=1)


def texts(labels: np.ndarray) -> list[str]:
    return ["".join(map(str, row[row != NO_LABEL])) for row in labels]


def test_seed_and_number_alone_decide_an_epoch(feed: LineFeed) -> None:
    for number in (0, 3):
        strips, labels = feed.epoch(PLAIN, 1, number)
        again, same = feed.epoch(PLAIN, 1, number)
        np.testing.assert_array_equal(strips, again)
        np.testing.assert_array_equal(labels, same)
    assert not np.array_equal(feed.epoch(PLAIN, 1, 3)[0], feed.epoch(PLAIN, 2, 3)[0])
    assert not np.array_equal(feed.epoch(PLAIN, 1, 3)[0], feed.epoch(PLAIN, 1, 2)[0])


def test_an_epoch_is_strips_and_rows_of_labels(feed: LineFeed) -> None:
    for number in range(4):
        strips, labels = feed.epoch(PLAIN, 1, number)
        assert strips.shape == (len(feed), 48, STRIP_WIDTH)
        assert strips.dtype == np.uint8
        assert labels.shape == (len(feed), MOST_LABELS)
        assert labels.dtype == np.int32
        assert labels.min() == NO_LABEL
        assert labels.max() <= OTHER
        # No label comes after the first place without one.
        assert (np.diff((labels == NO_LABEL).astype(int), axis=1) >= 0).all()


def test_real_strips_come_in_only_after_the_composed_epochs(
    feed: LineFeed, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert feed.real is not None
    whole = [cheque.text for cheque in feed.real.cheques._cheques]
    assert "555" not in whole  # of the validation split
    assert "888" not in whole  # in doubt
    counts = []
    for number in range(4):
        counted = Counter(texts(feed.epoch(PLAIN, 1, number)[1]))
        counts.append(sum(counted[text] for text in whole))
    assert max(counts[:2]) <= 1 < min(counts[2:])  # "42" may be composed as well
    asked = Mock(wraps=feed.real.cheques.line)
    monkeypatch.setattr(feed.real.cheques, "line", asked)
    for number in range(2):
        feed.epoch(PLAIN, 1, number)
    assert asked.call_count == 0
    feed.epoch(PLAIN, 1, 2)
    assert 10 <= asked.call_count <= 30  # half of 40


def test_without_real_strips_none_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_pools(monkeypatch)
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path))
    feed = training_lines(dataclasses.replace(SHARES, real=0.0), 1, seed=1)
    assert feed.real is None
    assert [source.name for source in feed.sources] == ["mnist", "optdigits", "semeion"]
    strips, _ = feed.epoch(PLAIN, 1, 0)
    assert strips.any((1, 2)).mean() > 0.9
    with pytest.raises(DataError, match=r"orand-car-a.*not there"):
        training_lines(SHARES, 1, seed=1)


def test_strips_that_are_too_long_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_pools(monkeypatch)
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path))
    write_cheques(tmp_path, [("train", "1" * 15, "")])
    with pytest.raises(DataError, match="strips of 15 digits: at most 14 fit"):
        training_lines(SHARES, 1, seed=1)


def test_the_sources_are_recorded(feed: LineFeed) -> None:
    names = [source.name for source in feed.sources]
    assert names == ["mnist", "optdigits", "semeion", "orand-car-a"]


def test_no_digit_is_both_trained_on_and_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_pools(monkeypatch)
    trained, held = (lines._digits(held_out) for held_out in (False, True))
    for one, other in zip(trained, held, strict=True):
        assert len(one) + len(other) == 200
        images = {image.tobytes() for image in one.images}
        assert not images & {image.tobytes() for image in other.images}
    assert [len(arrays) for arrays in held] == [50, 20, 20]


def test_no_real_digit_is_both_trained_on_and_held_out(data_dir: Path) -> None:
    trained, held = lines._digits(held_out=False), lines._digits(held_out=True)
    assert [len(arrays) for arrays in trained] == [55_000, 1_740, 1_433]
    assert [len(arrays) for arrays in held] == [5_000, 194, 160]
    mnist = {image.tobytes() for image in trained[0].images}
    assert not mnist & {image.tobytes() for image in held[0].images}


def test_held_out_lines_are_composed_of_digits_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    use_small_pools(monkeypatch)
    asked = Mock(wraps=lines._digits)
    monkeypatch.setattr(lines, "_digits", asked)
    held = held_out_lines(12, seed=9)
    asked.assert_called_once_with(held_out=True)
    assert held.images.shape == (12, 48, STRIP_WIDTH)
    assert held.labels.shape == (12, MOST_LABELS)
    assert held_out_lines(12, seed=9).sha256 == held.sha256 != held_out_lines(12, seed=8).sha256


def test_a_line_has_room_for_its_labels() -> None:
    most = {most_digits(np.random.default_rng(seed)) for seed in range(100)}
    assert max(most) == MOST_DIGITS == MOST_LABELS - 2
    assert min(most) == 2


def test_augmentation_reaches_strips(feed: LineFeed) -> None:
    strips, labels = feed.epoch(PLAIN, 1, 0)
    changed, same = feed.epoch(Augmentation(noise=1.0), 1, 0)
    assert changed.shape == strips.shape
    assert not np.array_equal(changed, strips)
    np.testing.assert_array_equal(labels, same)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"lines": 0}, "lines.lines is a whole number from 1"),
        ({"lines": 2.5}, "lines.lines is a whole number"),
        ({"real": -0.1}, r"lines.real is a number from 0 to 1, not -0\.1"),
        ({"composed_only": 1.5}, "lines.composed_only is a number from 0 to 1"),
        ({"real": True}, "lines.real is a number"),
        ({"real": float("nan")}, "lines.real is a number"),
    ],
)
def test_shares_that_cannot_be_are_refused(change: dict[str, float], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        dataclasses.replace(SHARES, **change)  # type: ignore[arg-type]
