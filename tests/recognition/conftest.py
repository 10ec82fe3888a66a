"""Bundles made by hand, whose scores are known, and the reader of the model in the package."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from inkdigits.recognition.reader import Reader

LABELS = (*"0123456789", "not a digit")
CONTRACT: dict[str, Any] = {
    "format": 1,
    "name": "tiny",
    "version": "1.2",
    "input": {"shape": [28, 28], "dtype": "uint8", "meaning": "a symbol bright on dark"},
    "output": "logits",
    "labels": [*LABELS],
    "reject": 10,
    "temperature": 1.0,
    "thresholds": {"digit": 0.5, "confidence": 0.5, "min_height_px": 7},
    "recipe": {"name": "none"},
    "data": [{"name": "none", "split": "train", "count": 0, "sha256": ""}],
    "measured": {},
    "inkdigits": "0.1.0",
}
ABSENT = object()
"""The value of a field that is to be left out."""


def tiny_graph(
    bias: dict[int, float] | None = None,
    images: tuple[str | int, ...] = ("N", 28, 28),
    labels: int = len(LABELS),
    dtypes: tuple[int, int] = (TensorProto.UINT8, TensorProto.FLOAT),
) -> bytes:
    """An ONNX graph: `bias` by label plus a little of every pixel, so that images differ."""
    pixels = int(np.prod([side for side in images if isinstance(side, int)]))
    weights = np.random.default_rng(5).normal(0, 1e-6, (pixels, labels)).astype(np.float32)
    constant = np.array([(bias or {}).get(label, 0.0) for label in range(labels)], np.float32)
    nodes = [
        helper.make_node("Cast", ["images"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Reshape", ["numbers", "shape"], ["flat"]),
        helper.make_node("MatMul", ["flat", "weights"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["sum"]),
        helper.make_node("Cast", ["sum"], ["logits"], to=dtypes[1]),
    ]
    initial = {"shape": np.array([-1, pixels]), "weights": weights, "bias": constant}
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("images", dtypes[0], images)],
        [helper.make_tensor_value_info("logits", dtypes[1], [images[0], labels])],
        [numpy_helper.from_array(array, name) for name, array in initial.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def write_bundle(folder: Path, graph: bytes, **changes: object) -> Path:
    """A bundle in `folder` around `graph`, right but for `changes` in its contract."""
    fields = {**CONTRACT, "sha256": hashlib.sha256(graph).hexdigest(), **changes}
    fields = {name: value for name, value in fields.items() if value is not ABSENT}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(graph)
    (folder / "model.json").write_text(json.dumps(fields), encoding="utf-8")
    return folder


MakeBundle = Callable[..., Path]


@pytest.fixture
def make_bundle(tmp_path: Path) -> MakeBundle:
    """Write a bundle below the test's folder: `make_bundle(graph, field=value…)`."""

    def make(graph: bytes | None = None, **changes: object) -> Path:
        return write_bundle(tmp_path / "bundle", graph or tiny_graph(), **changes)

    return make


@pytest.fixture(scope="session")
def sevens(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """A reader to which every symbol is a 7, and nearly as likely a 1."""
    graph = tiny_graph({7: 10.0, 1: 8.0})
    return Reader(write_bundle(tmp_path_factory.mktemp("sevens"), graph), threads=1)


@pytest.fixture(scope="session")
def reader() -> Reader:
    """The reader of the model in the package. Where it is missing, tests fail."""
    return Reader(threads=1)


@pytest.fixture(scope="session")
def alone() -> Reader:
    """The same without the line model, which reads symbol by symbol."""
    return Reader(threads=1, line_model=None)
