"""Line models made by hand: a graph that takes strips of any width, and its contract."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper

from inkdigits.imaging.normalize import STRIP_HEIGHT, STRIP_STEP
from inkdigits.recognition.contract import LINE_LABELS, STRIP
from tests.recognition.conftest import write_bundle

INPUT = {"shape": [STRIP_HEIGHT, None], "dtype": "uint8", "meaning": STRIP}


def line_graph(
    step: int = STRIP_STEP,
    labels: int = len(LINE_LABELS),
    height: int = STRIP_HEIGHT,
    width: str | int = "W",
) -> bytes:
    """A graph that weighs the pixels of every `step` columns: `(N, T, labels)`, the blank ahead."""
    weights = np.random.default_rng(3).normal(0, 1e-4, (labels, 1, height, step))
    bias = np.eye(labels, dtype=np.float32)[-1]
    nodes = [
        helper.make_node("Cast", ["images"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["numbers", "channel"], ["planes"]),
        helper.make_node("Conv", ["planes", "weights", "bias"], ["seen"], strides=[height, step]),
        helper.make_node("Squeeze", ["seen", "row"], ["steps"]),
        helper.make_node("Transpose", ["steps"], ["logits"], perm=[0, 2, 1]),
    ]
    initial = {
        "channel": np.array([1]), "row": np.array([2]), "weights": weights.astype(np.float32),
        "bias": bias,
    }  # fmt: skip
    graph = helper.make_graph(
        nodes,
        "lines",
        [helper.make_tensor_value_info("images", TensorProto.UINT8, ("N", height, width))],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ("N", "T", labels))],
        [numpy_helper.from_array(array, name) for name, array in initial.items()],
    )
    opset = [helper.make_opsetid("", 17)]
    return bytes(helper.make_model(graph, opset_imports=opset, ir_version=8).SerializeToString())


def write_line_bundle(folder: Path, graph: bytes | None = None, **changes: object) -> Path:
    """A line bundle in `folder`, right but for `graph` and for `changes` in its contract."""
    fields = {
        "name": "lines", "input": INPUT, "labels": [*LINE_LABELS], "reject": None,
        "thresholds": {}, "recipe": {"name": "line", "network": "line", "data": "lines"},
    }  # fmt: skip
    return write_bundle(folder, graph or line_graph(), **fields | changes)
