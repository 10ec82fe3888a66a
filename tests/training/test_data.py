"""What a training sees: all images once an epoch in another order, and a part that is kept out."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inkdigits.data.augmentation import Augmentation
from inkdigits.errors import DataError
from inkdigits.training import data as training_data
from inkdigits.training.data import Shuffled, open_data, plain
from inkdigits.training.recipe import HANDWRITING
from inkdigits.training.recipes import COMPACT, MLP
from tests.training import tiny

NOTHING = Augmentation()


def test_an_epoch_is_every_image_once_in_another_order() -> None:
    feed = Shuffled(tiny.digits())
    (images, labels), (others, _) = feed.epoch(NOTHING, 1, 0), feed.epoch(NOTHING, 1, 1)
    assert len(feed) == len(images) == 340
    assert not np.array_equal(images, others)

    def pairs(images: np.ndarray, labels: np.ndarray) -> list[bytes]:
        together = zip(images, labels, strict=True)
        return sorted(image.tobytes() + bytes([label]) for image, label in together)

    assert pairs(images, labels) == pairs(feed.arrays.images, feed.arrays.labels)


def test_seed_and_number_alone_decide_an_epoch() -> None:
    how = Augmentation(shift_px=2.0)
    first = Shuffled(tiny.digits()).epoch(how, 3, 5)
    again = Shuffled(tiny.digits()).epoch(how, 3, 5)
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)
    plain_images, _ = Shuffled(tiny.digits()).epoch(NOTHING, 3, 5)
    assert not np.array_equal(first[0], plain_images)


def test_a_part_is_kept_out_and_recorded() -> None:
    arrays = tiny.digits()
    data = plain(arrays, tiny.PLAIN)
    assert len(data.feed) + len(data.validation) == len(arrays)
    assert len(data.validation) == 34
    assert data.classes == tuple("0123456789")
    assert (data.reject, data.shape, data.meaning) == (None, (28, 28), arrays.meaning)
    assert data.split["method"] == "stratified"
    (source,) = data.to_list()
    assert (source["name"], source["count"]) == ("stripes", 306)
    assert source["sha256"] == data.feed.sources[0].sha256
    other = plain(arrays, replace(tiny.PLAIN, seed=6))
    assert other.split["sha256"] != data.split["sha256"]


def test_classes_without_names_are_called_by_their_numbers() -> None:
    data = plain(replace(tiny.digits(), classes=()), tiny.PLAIN)
    assert data.classes == tuple("0123456789")


def test_one_class_is_nothing_to_learn() -> None:
    arrays = tiny.digits()
    with pytest.raises(DataError, match="stripes: all images are of one class"):
        plain(arrays.where(arrays.labels == 3), tiny.PLAIN)


def test_a_set_too_small_to_split_is_refused() -> None:
    arrays = tiny.digits()
    two = np.flatnonzero(np.isin(arrays.labels, (0, 1)))[:1]
    rest = np.flatnonzero(arrays.labels == 2)[:1]
    with pytest.raises(DataError, match="too small to split"):
        plain(arrays.where(np.concatenate([two, rest])), tiny.PLAIN)


def test_a_named_set_is_opened_at_once(data_dir: Path) -> None:
    data = open_data(MLP)()
    assert (len(data.feed), len(data.validation)) == (54_000, 6_000)
    assert data.classes == tuple("0123456789")
    fashion = open_data(replace(MLP, data="fashion-mnist"))()
    assert fashion.classes[9] == "ankle boot"


def test_the_mixture_is_drawn_when_it_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(training_data, "load_set", lambda name, **_: asked.append(name))
    monkeypatch.setattr(training_data, "held_out", lambda *_: tiny.held_out())
    monkeypatch.setattr(training_data, "training_mixture", lambda *_: tiny.mixture())
    assert COMPACT.data == HANDWRITING
    load = open_data(COMPACT)
    assert asked == ["mnist", "optdigits", "semeion"]
    data = load()
    assert data.classes == (*"0123456789", "not a digit")
    assert data.validation.classes == data.classes
    assert data.reject == 10
    assert len(data.feed) == len(data.feed.epoch(NOTHING, 1, 0)[0]) == 310
