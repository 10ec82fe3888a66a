"""The exported graph says what Keras says, and a bundle is written whole or does not load."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import keras
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

import inkdigits
from inkdigits import architectures
from inkdigits.atomic import replacing
from inkdigits.errors import CorruptModel
from inkdigits.recognition import contract_file
from inkdigits.recognition.bundle import Contract, load_bundle
from inkdigits.recognition.contract import BRIGHT_ON_DARK, SYMBOL
from inkdigits.training import export
from inkdigits.training.calibration import Calibration
from inkdigits.training.recipes import COMPACT, LENET
from tests.training import tiny

CALIBRATION = Calibration(1.23456, {"digit": 0.4, "confidence": 0.5, "min_height_px": 7.0})
SOURCES = (
    {"name": "mnist", "split": "train", "count": 30, "sha256": "1" * 64},
    {"name": "drawn digits", "split": "seed 2", "count": 1_200, "sha256": "2" * 64},
)
PROVENANCE = export.Provenance(
    "compact",
    COMPACT.to_dict(),
    (28, 28),
    SYMBOL,
    (*map(str, range(10)), "not a digit"),
    10,
    SOURCES,
)
MEASURED = {"accuracy on digits": 0.99123}


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(1)
    return architectures.build("compact", 11)


@pytest.fixture(scope="module")
def graph(model: keras.Model) -> bytes:
    return export.to_onnx(model)


@pytest.fixture(scope="module")
def other_graph(graph: bytes) -> bytes:
    """A graph with the same interface and one weight that differs."""
    other = onnx.load_from_string(graph)
    for weights in other.graph.initializer:
        values = onnx.numpy_helper.to_array(weights)
        if values.shape[-1:] == (11,) and values.ndim == 2:
            changed = values.copy()
            changed[:, 3] += 0.01
            weights.CopyFrom(onnx.numpy_helper.from_array(changed, weights.name))
            return bytes(other.SerializeToString())
    raise AssertionError("the graph has no dense layer")


@pytest.fixture(scope="module")
def images() -> NDArray[np.uint8]:
    return np.random.default_rng(1).integers(0, 256, (1_000, 28, 28), np.uint8)


def written(folder: Path, graph: bytes) -> Contract:
    return export.write_bundle(folder, graph, PROVENANCE, CALIBRATION, MEASURED)


def test_the_graph_says_what_keras_says(
    model: keras.Model, graph: bytes, images: NDArray[np.uint8]
) -> None:
    assert 0 <= export.check_agreement(model, graph, images) <= export.AGREEMENT <= 1e-4
    assert export.CHECKED_IMAGES >= 1_000


def test_the_graph_keeps_the_contract_of_every_bundle(graph: bytes) -> None:
    described = onnx.load_from_string(graph).graph
    (images,), (logits,) = described.input, described.output
    assert (images.name, logits.name) == ("images", "logits")
    assert images.type.tensor_type.elem_type == onnx.TensorProto.UINT8
    assert logits.type.tensor_type.elem_type == onnx.TensorProto.FLOAT
    assert [side.dim_value for side in images.type.tensor_type.shape.dim][1:] == [28, 28]
    assert [side.dim_value for side in logits.type.tensor_type.shape.dim][1:] == [11]
    assert len(graph) <= 2_000_000


def test_the_same_weights_give_the_same_bytes(model: keras.Model, graph: bytes) -> None:
    again = architectures.build("compact", 11)  # its layers have other names
    again.set_weights(model.get_weights())
    assert export.to_onnx(again) == graph
    layer = again.get_layer("logits")
    layer.bias.assign(layer.bias + 1)
    assert export.to_onnx(again) != graph


def test_a_shape_that_is_computed_gives_the_same_bytes(graph: bytes) -> None:
    # As TensorFlow leaves it where it does not fold the arithmetic on the number of images.
    unfolded = onnx.load_from_string(graph)
    nodes, weights = unfolded.graph.node, unfolded.graph.initializer
    flatten = [node for node in nodes if node.op_type == "Reshape"][-1]
    fixed = next(one for one in weights if one.name == flatten.input[1])
    weights.remove(fixed)
    for name, values in ("begin", [0]), ("end", [1]), ("rest", [96]):
        weights.append(onnx.numpy_helper.from_array(np.array(values, np.int64), name))
    flatten.input[1] = "shape"
    place = list(nodes).index(flatten)
    make = onnx.helper.make_node
    nodes.insert(place, make("Concat", ["images in it", "rest"], ["shape"], axis=0))
    nodes.insert(place, make("Slice", ["all sides", "begin", "end"], ["images in it"]))
    nodes.insert(place, make("Shape", flatten.input[:1], ["all sides"]))
    onnx.checker.check_model(unfolded, full_check=True)
    export.fix_shapes(unfolded)
    export.name_alike(unfolded.graph)
    assert unfolded.SerializeToString() == graph


def test_exporting_says_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    export.to_onnx(tiny.build(tiny.CLASSES))
    assert capfd.readouterr() == ("", "")


def test_a_graph_that_differs_is_refused(
    model: keras.Model, other_graph: bytes, images: NDArray[np.uint8]
) -> None:
    with pytest.raises(CorruptModel, match=r"differs from the network by .* was not written"):
        export.check_agreement(model, other_graph, images[:50])


def test_a_network_that_gives_no_number_is_refused(graph: bytes, images: NDArray[np.uint8]) -> None:
    broken = architectures.build("compact", 11)
    broken.get_layer("logits").bias.assign(np.full(11, np.nan))
    with pytest.raises(CorruptModel):
        export.check_agreement(broken, graph, images[:5])


def test_a_written_bundle_loads(tmp_path: Path, graph: bytes, model: keras.Model) -> None:
    contract = written(tmp_path / "new" / "bundle", graph)
    bundle = load_bundle(tmp_path / "new" / "bundle")
    assert bundle.contract.to_dict() == contract.to_dict()
    assert contract.sha256 == hashlib.sha256(graph).hexdigest()
    assert contract.version == contract.inkdigits == inkdigits.__version__
    assert contract.temperature == 1.2346
    assert contract.thresholds == CALIBRATION.thresholds
    assert contract.recipe == COMPACT.to_dict()
    assert contract.measured == MEASURED
    assert contract.data == SOURCES
    assert contract.meaning == SYMBOL
    image = tiny.stripes("any", 1, 3).images
    np.testing.assert_allclose(bundle.scores(image), model(image).numpy(), atol=1e-4)


def test_the_card_is_filled(tmp_path: Path, graph: bytes) -> None:
    written(tmp_path, graph)
    card = (tmp_path / "CARD.md").read_text(encoding="utf-8")
    assert "{" not in card
    assert "}" not in card
    assert card.startswith(f"# compact {inkdigits.__version__}\n")
    assert "| drawn digits | seed 2 | 1,200 |\n" in card
    assert "| accuracy on digits | 0.99123 |\n" in card
    assert f"{COMPACT.epochs} epochs, seed {COMPACT.seed}" in card


def test_a_bundle_of_other_classes_has_no_thresholds(tmp_path: Path) -> None:
    shape = (20, 24, 3)
    graph = export.to_onnx(architectures.build("mlp", 3, shape))
    clothes = replace(
        PROVENANCE,
        name="lenet",
        recipe=LENET.to_dict(),
        shape=shape,
        meaning=BRIGHT_ON_DARK,
        classes=("shirt", "bag", "ankle boot"),
        reject=None,
    )
    contract = export.write_bundle(tmp_path, graph, clothes, CALIBRATION, {"accuracy": 0.5})
    assert contract.thresholds == {}
    bundle = load_bundle(tmp_path)
    assert bundle.contract.shape == shape
    assert bundle.scores(np.zeros((4, *shape), np.uint8)).shape == (4, 3)
    card = (tmp_path / "CARD.md").read_text(encoding="utf-8")
    assert "Tells 3 classes apart." in card
    assert "shirt, bag, ankle boot" in card
    assert "thresholds: none" in card
    assert "Drawn digits" not in card


@pytest.mark.parametrize("killed_at", ["model.onnx", "CARD.md", "model.json"])
@pytest.mark.parametrize("part", [0.0, 0.5])
def test_a_bundle_that_is_not_whole_does_not_load(
    tmp_path: Path,
    graph: bytes,
    other_graph: bytes,
    monkeypatch: pytest.MonkeyPatch,
    killed_at: str,
    part: float,
) -> None:
    """Either the earlier bundle is still there, or loading sees by the hash that none is."""

    @contextmanager
    def killing(path: Path) -> Iterator[BinaryIO]:
        if path.name == killed_at:
            path.with_name(f"{path.name}.partial").write_bytes(graph[: int(part * len(graph))])
            raise KeyboardInterrupt
        with replacing(path) as file:
            yield file

    old, new = tmp_path / "old", tmp_path / "new"
    before = written(old, other_graph)
    for writing in (export, contract_file):
        monkeypatch.setattr(writing, "replacing", killing)
    for folder in (old, new):
        with pytest.raises(KeyboardInterrupt):
            written(folder, graph)
    if killed_at == "model.onnx":
        assert load_bundle(old).contract.to_dict() == before.to_dict()
    else:
        with pytest.raises(CorruptModel, match=r"not the file that model\.json was written for"):
            load_bundle(old)
    with pytest.raises(CorruptModel):
        load_bundle(new)
    monkeypatch.undo()
    for folder in (old, new):
        written(folder, graph)
        load_bundle(folder)
