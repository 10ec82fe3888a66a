"""Turn a trained network into a bundle: ONNX graph, contract and card, checked before written."""

from __future__ import annotations

import hashlib
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from numpy.typing import NDArray

import inkdigits
from inkdigits.atomic import replacing
from inkdigits.errors import CorruptModel
from inkdigits.imaging.normalize import STRIP_STEP
from inkdigits.recognition.bundle import Contract
from inkdigits.recognition.contract_file import write_contract
from inkdigits.recognition.runtime import onnxruntime
from inkdigits.training.calibration import Calibration
from inkdigits.training.card import describe

AGREEMENT = 1e-4
"""Keras and ONNX may differ by this much in a logit, or by this share of the largest one."""

CHECKED_IMAGES = 1000


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a model is and where it comes from, for its contract and its card.

    `recipe` and `sources` are as they are recorded; `shape` and `meaning` are those of one image,
    `classes` and `reject` those of the labels: see `recognition/contract.py`.
    """

    name: str
    recipe: Mapping[str, Any]
    shape: tuple[int, ...]
    meaning: str
    classes: tuple[str, ...]
    reject: int | None
    sources: tuple[Mapping[str, Any], ...]


def to_onnx(model: keras.Model) -> bytes:
    """The graph: input `images` uint8 `(N, *shape)`, output `logits` float32 `(N, L)`.

    A network of lines takes strips of any width, and gives `(N, T, L)`.
    """
    shape = [side or 2 * STRIP_STEP for side in model.input.shape[1:]]
    model(np.zeros((1, *shape), np.uint8))  # Keras exports only what was called
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        with warnings.catch_warnings():
            # Keras's copy of tf2onnx looks for a name that NumPy 1 had.
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
            model.export(str(path), format="onnx", verbose=False)
        graph = onnx.load(path)
    fix_shapes(graph)
    name_alike(graph.graph)
    graph.doc_string = graph.graph.doc_string = ""
    onnx.checker.check_model(graph, full_check=True)
    return bytes(graph.SerializeToString())


def fix_shapes(model: onnx.ModelProto) -> None:
    """Let no `Reshape` of a graph compute its shape where that is the same for all batches.

    TensorFlow folds the arithmetic on the number of images into a constant, as a rule: now and then
    it leaves some as it is, and the same network would give other bytes.
    """
    graph = model.graph
    known = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    sides = {
        value.name: [side.dim_value for side in value.type.tensor_type.shape.dim]
        for value in (*known.value_info, *known.output)
    }
    constants = {weights.name for weights in graph.initializer}
    for node in graph.node:
        if node.op_type != "Reshape" or node.input[1] in constants:
            continue
        shape = sides.get(node.output[0])
        if shape and shape.count(0) <= 1:  # it depends on the number of images alone
            node.input[1] = f"{node.output[0]}/shape"
            fixed = np.array([side or -1 for side in shape], np.int64)
            graph.initializer.append(onnx.numpy_helper.from_array(fixed, node.input[1]))
    _drop_unused(graph)


def _drop_unused(graph: onnx.GraphProto) -> None:
    used = {value.name for value in graph.output}
    for node in reversed(list(graph.node)):  # what uses a node stands after it
        if used.isdisjoint(node.output):
            graph.node.remove(node)
        else:
            used.update(node.input)
    for weights in list(graph.initializer):
        if weights.name not in used:
            graph.initializer.remove(weights)


def name_alike(graph: Any) -> None:
    """Name all that is in a graph by its place, so that the same network gives the same bytes.

    tf2onnx counts as it goes, in the order of sets, and Keras counts every layer of the process.
    The one input is called `images`, the one output `logits`.
    """
    names = {graph.input[0].name: "images", graph.output[0].name: "logits", "": ""}
    for node in graph.node:
        for name in (*node.input, *node.output):
            names.setdefault(name, f"t{len(names)}")
    for place, node in enumerate(graph.node):
        node.name = f"{node.op_type}{place}"
        node.input[:] = [names[name] for name in node.input]
        node.output[:] = [names[name] for name in node.output]
    for held in (graph.input[0], graph.output[0], *graph.initializer):
        held.name = names[held.name]
    for end, width in ((graph.input[0], "W"), (graph.output[0], "T")):
        for place, side in enumerate(end.type.tensor_type.shape.dim):
            if not side.dim_value:
                side.dim_param = width if place else "N"
    graph.initializer.sort(key=lambda weights: int(weights.name[1:]))
    graph.ClearField("value_info")
    graph.name = "network"


def check_agreement(model: keras.Model, graph: bytes, images: NDArray[np.uint8]) -> float:
    """The largest difference between Keras's logits and ONNX Runtime's; `CorruptModel` if large."""
    ours = model.predict(images, batch_size=256, verbose=0)
    theirs = scores_of(graph, images)
    difference = float(np.abs(ours - theirs).max())
    if not difference <= AGREEMENT * max(1.0, float(np.abs(theirs).max())):
        raise CorruptModel(
            f"the exported graph differs from the network by {difference:.2g} in a logit: "
            "the bundle was not written"
        )
    return difference


def scores_of(graph: bytes, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The logits float32 `(N, L)` that ONNX Runtime computes with a graph."""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    logits: NDArray[np.float32] = session.run(None, {session.get_inputs()[0].name: images})[0]
    return logits


def write_bundle(
    folder: Path,
    graph: bytes,
    provenance: Provenance,
    calibration: Calibration,
    measured: dict[str, Any],
) -> Contract:
    """Write `model.onnx`, `CARD.md` and `model.json` into `folder`; returns the contract.

    The contract comes last: a bundle that was interrupted, beside an earlier one or not, does not
    load, since the hash in its contract is of other weights or there is no contract.
    """
    contract = Contract(
        name=provenance.name,
        version=inkdigits.__version__,
        input={
            "shape": [side or None for side in provenance.shape],
            "dtype": "uint8",
            "meaning": provenance.meaning,
        },
        labels=provenance.classes,
        reject=provenance.reject,
        temperature=round(calibration.temperature, 4),
        thresholds=calibration.thresholds,
        sha256=hashlib.sha256(graph).hexdigest(),
        recipe=provenance.recipe,
        data=provenance.sources,
        measured=measured,
        inkdigits=inkdigits.__version__,
    )
    if not contract.reads_digits:
        contract = replace(contract, thresholds={})
    folder.mkdir(parents=True, exist_ok=True)
    files = {"model.onnx": graph, "CARD.md": describe(contract, len(graph)).encode()}
    for name, content in files.items():
        with replacing(folder / name) as file:
            file.write(content)
    write_contract(folder, contract)
    return contract
