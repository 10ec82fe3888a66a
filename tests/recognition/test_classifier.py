"""A model of any classes says what a picture shows, and says the same as the reader of digits."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from inkdigits.data.synthesis import draw_digit
from inkdigits.errors import ImageTooLarge, UnreadableImage, UnsupportedFormat
from inkdigits.imaging.decode import Limits
from inkdigits.recognition.classifier import Classifier
from inkdigits.recognition.contract import BRIGHT_ON_DARK, PICTURE, SYMBOL
from inkdigits.recognition.reader import Reader
from tests.recognition.conftest import MakeBundle, tiny_graph
from tests.recognition.drawing import clean_digit, to_pixels

CLOTHES = ("T-shirt/top", "bag", "ankle boot")


def input_of(meaning: str, *shape: int) -> dict[str, object]:
    return {"shape": list(shape), "dtype": "uint8", "meaning": meaning}


@pytest.fixture
def clothes(make_bundle: MakeBundle) -> Classifier:
    """Everything is an ankle boot, or else a bag."""
    graph = tiny_graph({2: 5.0, 1: 3.0}, labels=3)
    kind = input_of(BRIGHT_ON_DARK, 28, 28)
    bundle = make_bundle(graph, labels=[*CLOTHES], reject=None, thresholds={}, input=kind)
    return Classifier(bundle, threads=1)


def brightness(shape: tuple[int, ...]) -> bytes:
    """A graph with two classes: dark (class 0) and bright (class 1), by the mean of the image."""
    pixels = int(np.prod(shape))
    weights = np.stack([np.zeros(pixels), np.full(pixels, 0.1 / pixels)], 1).astype(np.float32)
    nodes = [
        helper.make_node("Cast", ["images"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["numbers", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["logits"]),
    ]
    initial = {
        "shape": np.array([-1, pixels]),
        "weights": weights,
        "bias": np.array([12.75, 0], np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "brightness",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ("N", *shape))],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ("N", 2))],
        [numpy_helper.from_array(array, name) for name, array in initial.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def test_a_picture_is_called_by_its_class(clothes: Classifier) -> None:
    prediction = clothes.predict(np.zeros((40, 60, 3), np.uint8))
    assert prediction.label == "ankle boot"
    assert [label for label, _ in prediction.ranked] == ["ankle boot", "bag", "T-shirt/top"]
    expected = np.exp([5, 3, 0]) / np.exp([5, 3, 0]).sum()
    np.testing.assert_allclose([share for _, share in prediction.ranked], expected, atol=1e-6)
    assert prediction.probability == prediction.ranked[0][1]
    assert prediction.model == "tiny 1.2"


def test_a_prediction_is_plain_json(clothes: Classifier, tmp_path: Path) -> None:
    path = tmp_path / "boot.png"
    Image.new("RGB", (50, 50), "white").save(path)
    told = clothes.predict(path).to_dict(top=2)
    assert json.loads(json.dumps(told)) == {
        "file": str(path),
        "label": "ankle boot",
        "probability": 0.8756,
        "model": "tiny 1.2",
        "top": [["ankle boot", 0.8756], ["bag", 0.1185]],
    }


def test_probabilities_are_of_the_classes_calibrated(make_bundle: MakeBundle) -> None:
    graph = tiny_graph({0: 4.0, 3: 2.0}, labels=4)
    bundle = make_bundle(
        graph, labels=["none", "a", "b", "c"], reject=0, thresholds={}, temperature=2.0
    )
    classifier = Classifier(bundle)
    assert classifier.classes == ("a", "b", "c")
    rows = classifier.probabilities(np.zeros((5, 28, 28), np.uint8))
    assert rows.dtype == np.float32
    expected = np.exp([0, 0, 1]) / np.exp([2, 0, 0, 1]).sum()
    np.testing.assert_allclose(rows, np.tile(expected, (5, 1)), atol=1e-6)
    assert classifier.probabilities(np.zeros((0, 28, 28), np.uint8)).shape == (0, 3)


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 28, 28), np.float32),
        np.zeros((28, 28), np.uint8),
        np.zeros((2, 28, 28, 3), np.uint8),
        np.zeros((2, 32, 32), np.uint8),
    ],
    ids=["float", "one", "colour", "size"],
)
def test_other_arrays_are_refused(clothes: Classifier, images: NDArray[np.uint8]) -> None:
    with pytest.raises(UnsupportedFormat, match=r"tiny 1.2 takes uint8 \(N, 28, 28\), not"):
        clothes.probabilities(images)


@pytest.mark.parametrize(("meaning", "answers"), [(PICTURE, "10"), (BRIGHT_ON_DARK, "00")])
def test_a_light_border_is_turned_dark_only_where_inputs_are(
    make_bundle: MakeBundle, meaning: str, answers: str
) -> None:
    bundle = make_bundle(
        brightness((20, 20)), labels=["0", "1"], reject=None, thresholds={},
        input=input_of(meaning, 20, 20),
    )  # fmt: skip
    classifier = Classifier(bundle)
    for level, answer in zip((230, 30), answers, strict=True):
        page = np.full((50, 50), level, np.uint8)
        assert classifier.predict(page).label == answer


def test_colours_reach_a_model_of_colours(make_bundle: MakeBundle) -> None:
    bundle = make_bundle(
        brightness((8, 10, 3)), labels=["0", "1"], reject=None, thresholds={},
        input=input_of(PICTURE, 8, 10, 3),
    )  # fmt: skip
    seen = Classifier(bundle).predict(np.full((16, 20, 3), (255, 0, 9), np.uint8)).seen
    np.testing.assert_array_equal(seen, np.full((8, 10, 3), (255, 0, 9), np.uint8))


@pytest.mark.parametrize("value", range(10))
@pytest.mark.parametrize("on_dark", [False, True], ids=["on paper", "on a board"])
def test_a_digit_is_called_what_the_reader_reads(reader: Reader, value: int, on_dark: bool) -> None:
    page = to_pixels(np.pad(clean_digit(reader, value, seed=value), 60))
    page = np.ascontiguousarray(255 - page if on_dark else page)
    ((digit,),) = (number.digits for number in reader.read(page, "digit").numbers)
    prediction = Classifier(threads=1).predict(page)
    assert prediction.label == digit.guess == str(value)
    assert prediction.probability == pytest.approx(digit.confidence, abs=1e-6)


@pytest.mark.parametrize(("value", "seed"), [(0, 19), (3, 11), (8, 4), (9, 1)])
@pytest.mark.parametrize("light_on_dark", [False, True])
def test_a_thick_pen_that_fills_the_picture_is_looked_at_as_the_reader_does(
    reader: Reader, value: int, seed: int, light_on_dark: bool
) -> None:
    digit = draw_digit(np.random.default_rng(seed), value, 200)
    rows, columns = np.flatnonzero(digit.any(1)), np.flatnonzero(digit.any(0))
    tight = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    thick = cv2.dilate(tight, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13)))
    grey = np.rint(255 * np.clip(thick if light_on_dark else 1 - thick, 0, 1)).astype(np.uint8)
    shares = dict(Classifier(threads=1).predict(grey).ranked)
    ((read,),) = (number.digits for number in reader.read(grey, "digit").numbers)
    assert shares[read.guess] == pytest.approx(read.confidence, abs=1e-6)


def test_symbols_of_other_classes_are_normalised_as_digits_are(make_bundle: MakeBundle) -> None:
    labels = [*"abcdefghijk"]
    kind = input_of(SYMBOL, 28, 28)
    letters = Classifier(make_bundle(labels=labels, reject=None, thresholds={}, input=kind))
    page = np.full((300, 300), 240, np.uint8)
    page[100:200, 145:155] = 20
    seen = letters.predict(page).seen
    rows, columns = np.nonzero(seen > 100)
    assert rows.max() - rows.min() + 1 == 20
    assert columns.max() - columns.min() + 1 <= 3


def test_where_nothing_is_written_nothing_is_said(reader: Reader) -> None:
    prediction = Classifier(threads=1).predict(np.full((200, 200), 240, np.uint8))
    assert prediction.label is None
    assert prediction.probability == 0
    assert prediction.to_dict()["top"] == []


def test_what_cannot_be_read_is_an_error_of_ours(clothes: Classifier, tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage):
        clothes.predict(tmp_path / "missing.png")
    small = Classifier(limits=Limits(max_pixels=100))
    with pytest.raises(ImageTooLarge):
        small.predict(np.zeros((11, 10), np.uint8))
