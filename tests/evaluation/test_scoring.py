"""A bundle and a data set are brought together by the names of their classes, or refused."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inkdigits.data.progress import Step
from inkdigits.data.sets import LabelledArrays
from inkdigits.errors import DataError
from inkdigits.evaluation.scoring import load_for, score, suited, trained_on
from inkdigits.recognition.classifier import Classifier
from inkdigits.recognition.contract import BRIGHT_ON_DARK, PICTURE, SYMBOL, Contract
from tests.evaluation.answers import arrays_of
from tests.recognition.conftest import tiny_graph, write_bundle

PETS = ["cat", "dog", "newt"]


def classifier_of(
    folder: Path, labels: list[str], shape: tuple[int, ...] = (28, 28), **changes: Any
) -> Classifier:
    kind = {"shape": [*shape], "dtype": "uint8", "meaning": changes.pop("meaning", PICTURE)}
    graph = tiny_graph(images=("N", *shape), labels=len(labels))
    fields = {"labels": labels, "reject": None, "thresholds": {}, "input": kind, **changes}
    return Classifier(write_bundle(folder, graph, **fields), threads=1)


def contract_of(folder: Path, *arguments: Any, **changes: Any) -> Contract:
    return classifier_of(folder, *arguments, **changes).bundle.contract


def test_classes_are_matched_by_name_whatever_their_order(tmp_path: Path) -> None:
    arrays = suited(arrays_of([0, 1, 1, 0], ("newt", "cat")), contract_of(tmp_path, PETS))
    assert arrays.labels.tolist() == [2, 0, 0, 2]
    assert arrays.classes == ("cat", "dog", "newt")


def test_classes_without_names_are_their_numbers(tmp_path: Path) -> None:
    contract = contract_of(tmp_path, ["none", "1", "0"], reject=0)
    arrays = suited(arrays_of([0, 1], ()), contract)
    assert arrays.labels.tolist() == [1, 0]
    assert arrays.classes == ("1", "0")


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        (arrays_of([], ("cat", "dog")), "no image in it"),
        (arrays_of([0, 1], ("cat", "owl")), "'owl' are classes that the model tiny 1.2 does not"),
        (arrays_of([0, 2], ("cat", "dog")), "labels are 0 to 2, its classes 0 to 1"),
        (arrays_of([0, -1], ("cat", "dog")), "labels are -1 to 0"),
        (arrays_of([0, 1], ("cat", "dog"), (32, 32)), "32x32 grey.* takes 28x28 grey"),
        (arrays_of([0, 1], ("cat", "dog"), (28, 28, 3)), "28x28 RGB.* takes 28x28 grey"),
        (replace(arrays_of([0], ("a",)), labels=np.array(["a"])), "labels are no numbers"),
    ],
    ids=["empty", "class", "above", "below", "size", "colour", "text"],
)
def test_what_the_model_cannot_take_is_refused(
    tmp_path: Path, arrays: LabelledArrays, said: str
) -> None:
    with pytest.raises(DataError, match=f"noise: .*{said}"):
        suited(arrays, contract_of(tmp_path, PETS))


def test_a_name_in_an_error_stays_on_its_line(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        suited(arrays_of([0], ("two\nlines",)), contract_of(tmp_path, PETS))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("shape", [(16, 16), (28, 28), (40, 30)], ids=str)
def test_writing_of_any_size_is_normalised_for_a_model_of_symbols(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    contract = contract_of(tmp_path, [*"abc"], meaning=SYMBOL)
    images = np.zeros((2, *shape), np.uint8)
    images[:, 4:-4, 6:9] = 200
    arrays = replace(arrays_of([0, 1], "abc"), images=images, meaning=BRIGHT_ON_DARK)
    taken = suited(arrays, contract)
    assert taken.images.shape == (2, 28, 28)
    assert taken.images.max() == 255
    as_it_is = replace(arrays, images=np.zeros((2, 28, 28), np.uint8), meaning=SYMBOL)
    assert suited(as_it_is, contract).images is as_it_is.images


def test_image_files_become_the_inputs_of_the_model(tmp_path: Path) -> None:
    for name, colour in (("cat", "red"), ("dog", "blue")):
        for number in range(2):
            (tmp_path / "pets" / name).mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (50, 30), colour).save(tmp_path / "pets" / name / f"{number}.png")
    contract = contract_of(tmp_path / "bundle", ["dog", "cat"], (12, 20, 3))
    arrays = load_for(contract, str(tmp_path / "pets"))
    assert arrays.images.shape == (4, 12, 20, 3)
    assert arrays.labels.tolist() == [1, 1, 0, 0]
    assert arrays.images[0, 0, 0].tolist() == [255, 0, 0]


def test_arrays_of_ones_own_keep_their_size(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (6, 12, 20), np.uint8)
    np.savez(tmp_path / "own.npz", x=images, y=np.array([0, 1, 0, 1, 0, 1]))
    contract = contract_of(tmp_path / "bundle", ["0", "1"], (12, 20))
    np.testing.assert_array_equal(load_for(contract, str(tmp_path / "own.npz")).images, images)


def test_all_images_are_scored_and_watched(tmp_path: Path) -> None:
    classifier = classifier_of(tmp_path, PETS)
    arrays = arrays_of([0, 1, 2] * 700, PETS)
    steps: list[Step] = []
    rows = score(classifier, arrays, steps.append)
    np.testing.assert_array_equal(rows, classifier.probabilities(arrays.images))
    assert [(step.done, step.total) for step in steps] == [
        (1024, 2100),
        (2048, 2100),
        (2100, 2100),
    ]


def test_a_model_that_learnt_from_the_same_images_is_known(tmp_path: Path) -> None:
    source = {"name": "noise", "split": "train", "count": 9, "sha256": ""}
    contract = contract_of(tmp_path, PETS, data=[source])
    arrays = arrays_of([0], PETS)
    assert not trained_on(contract, arrays)
    assert trained_on(contract, replace(arrays, split="train"))
    assert not trained_on(contract, replace(arrays, split="train", name="other"))
