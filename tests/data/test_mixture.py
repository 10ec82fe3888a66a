"""The mixture: what is trained on, what is kept out of it, and that seeds decide it."""

import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from inkdigits.data import idx, mixture, sets
from inkdigits.data.augmentation import Augmentation
from inkdigits.data.mixture import NON_DIGIT_LABEL, Mixture, MixtureSize
from inkdigits.data.sets import MNIST_HOLDOUT, LabelledArrays

SIZE = MixtureSize(drawn=50, drawn_pool=100, non_digits=50, non_digit_pool=100)
SEED = 3


@pytest.fixture(scope="module")
def loaded(data_dir: Path) -> list[tuple[str, str]]:
    """Every set that was asked for, as (name, split): filled by `built`."""
    return []


@pytest.fixture(scope="module")
def built(data_dir: Path, loaded: list[tuple[str, str]]) -> tuple[Mixture, LabelledArrays]:
    """A small mixture and what is held out of it; files opened on the way are noted in `loaded`."""
    with pytest.MonkeyPatch.context() as patch:
        read = idx.read_idx

        def noting(path: Path, md5: str | None = None) -> np.ndarray:
            loaded.append((path.parent.name, path.name.split("-")[0]))
            return read(path, md5)

        patch.setattr(sets, "read_idx", noting)
        return mixture.training_mixture(SIZE, SEED), mixture.held_out(40, SEED + 1)


def rows(images: np.ndarray) -> Counter[bytes]:
    return Counter(image.tobytes() for image in images)


def test_test_sets_are_never_opened(
    built: tuple[Mixture, LabelledArrays], loaded: list[tuple[str, str]]
) -> None:
    assert built
    assert {split for _, split in loaded} == {"train"}
    assert {name for name, _ in loaded} == {"mnist", "optdigits", "semeion"}


def test_parts_and_labels(built: tuple[Mixture, LabelledArrays]) -> None:
    mixed, held_out = built
    assert [part.name for part in mixed.real] == ["mnist"] + ["optdigits", "semeion"] * 3
    assert len(mixed.real[0]) == 55_000
    assert (len(mixed.drawn), len(mixed.non_digits)) == (100, 100)
    for part in (*mixed.real, mixed.drawn):
        assert set(part.labels.tolist()) == set(range(10))
    assert set(mixed.non_digits.labels.tolist()) == {NON_DIGIT_LABEL}
    assert set(held_out.labels.tolist()) == set(range(11))
    for part in (*mixed.sources, held_out):
        assert part.images.shape == (len(part.labels), 28, 28)
        assert part.images.dtype == part.labels.dtype == np.uint8
    for part in (mixed.drawn, mixed.non_digits, *mixed.real[1:]):
        assert (part.images.max((1, 2)) == 255).all()


def test_sources_are_named_once(built: tuple[Mixture, LabelledArrays]) -> None:
    names = [part.name for part in built[0].sources]
    assert names == ["mnist", "optdigits", "semeion", "drawn digits", "non-digits"]


def test_nothing_held_out_is_trained_on(built: tuple[Mixture, LabelledArrays]) -> None:
    mixed, held_out = built
    trained = rows(np.concatenate([part.images for part in mixed.sources]))
    both = [image for image in held_out.images if image.tobytes() in trained]
    # Two writers can draw the same few pixels, but only of the 16x16 and 32x32 sets' coarse images.
    assert len(both) <= 2
    mnist = sets.load_arrays("mnist")
    assert not (rows(mnist.images[MNIST_HOLDOUT]).keys() & trained.keys())
    assert rows(mnist.images[MNIST_HOLDOUT]).keys() <= rows(held_out.images).keys()


def test_small_sets_are_split_without_loss(built: tuple[Mixture, LabelledArrays]) -> None:
    mixed, held_out = built
    optdigits, semeion = (len(sets.load_arrays(name)) for name in ("optdigits", "semeion"))
    trained = len(mixed.real[1]) + len(mixed.real[2])
    kept = len(held_out) - len(range(*MNIST_HOLDOUT.indices(60_000))) - 20 - 40
    assert trained + kept == optdigits + semeion
    assert kept == pytest.approx(0.1 * (optdigits + semeion), abs=2)


def small(built: tuple[Mixture, LabelledArrays]) -> Mixture:
    """The same mixture with 60 images of MNIST, so that an epoch takes no time."""
    mixed = built[0]
    return dataclasses.replace(mixed, real=(mixed.real[0].where(slice(0, 60)),))


def test_epoch_is_decided_by_seed_and_number(built: tuple[Mixture, LabelledArrays]) -> None:
    mixed = small(built)
    how = Augmentation(rotate_deg=10, noise=0.5)
    first = mixed.epoch(how, 1, 2)
    for one, other in zip(first, mixed.epoch(how, 1, 2), strict=True):
        np.testing.assert_array_equal(one, other)
    for seed, number in ((1, 3), (2, 2), (2, 1)):
        other_images, _ = mixed.epoch(how, seed, number)
        assert (other_images != first[0]).any((1, 2)).mean() > 0.9


def test_epoch_holds_what_its_size_says_with_the_right_labels(
    built: tuple[Mixture, LabelledArrays],
) -> None:
    mixed = small(built)
    images, labels = mixed.epoch(Augmentation(), 1, 0)
    assert len(images) == len(labels) == 60 + 50 + 50
    assert (labels == NON_DIGIT_LABEL).sum() == 50
    label_of = {
        image.tobytes(): label
        for part in mixed.sources
        for image, label in zip(part.images, part.labels, strict=True)
    }
    assert [label_of[image.tobytes()] for image in images] == labels.tolist()
    assert (np.diff(labels.astype(int)) == 0).mean() < 0.5, "not shuffled"
    assert rows(mixed.real[0].images) <= rows(images)


def test_pools_are_decided_by_the_seed() -> None:
    one, same, other = (mixture.drawn_digits(20, seed) for seed in (1, 1, 2))
    assert one.sha256 == same.sha256 != other.sha256
