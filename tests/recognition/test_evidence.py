"""The ink that decides is found by hiding it."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigits import Reader
from inkdigits.imaging.decode import decode
from inkdigits.recognition.confidence import probabilities
from inkdigits.recognition.evidence import evidence

SAMPLE = Path(__file__).parents[2] / "samples" / "mnist-size.png"


def cross() -> NDArray[np.uint8]:
    image = np.zeros((28, 28), np.uint8)
    image[13:15, 4:24] = image[4:24, 13:15] = 255
    return image


def by_right_arm(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """A model that goes by how much ink there is on the right, and calls it label 1."""
    share = images[:, :, 20:].sum((1, 2)) / cross()[:, 20:].sum(dtype=float)
    return np.stack([1 - 0.9 * share, 0.9 * share], 1).astype(np.float32)


def test_the_ink_that_decides_stands_out() -> None:
    found = evidence(cross(), 1, by_right_arm)
    assert found.max() == 255
    assert found[13:15, 22:24].min() > 200
    assert not found[:, :14].any()


def test_paper_is_no_evidence() -> None:
    assert not evidence(cross(), 1, by_right_arm)[cross() == 0].any()
    assert not evidence(np.zeros((28, 28), np.uint8), 1, by_right_arm).any()


def test_ink_that_speaks_against_the_answer_is_no_evidence_for_it() -> None:
    assert not evidence(cross(), 0, by_right_arm)[:, 20:].any()


def test_where_nothing_matters_nothing_is_evidence() -> None:
    flat = evidence(cross(), 0, lambda images: np.full((len(images), 2), 0.5, np.float32))
    assert not flat.any()


def test_all_pixels_of_an_even_answer_count_alike() -> None:
    def by_all(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        ink = images.sum((1, 2))[:, np.newaxis] / 255
        return np.asarray(np.exp(ink / 784 - 1), np.float32)

    full = evidence(np.full((28, 28), 255, np.uint8), 0, by_all)
    assert full[6:22, 6:22].min() == full.max() == 255


def test_a_real_answer_has_evidence(reader: Reader) -> None:
    symbol = reader.examine_page(decode(SAMPLE)[0]).symbols[0][0]

    def score(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        return probabilities(reader.bundle.scores(images), reader.bundle.contract)

    found = evidence(symbol.image, int(symbol.row.argmax()), score)
    assert found.max() == 255
    assert (found > 0).sum() > 20
