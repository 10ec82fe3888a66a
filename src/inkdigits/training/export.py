"""Turn a trained network into a bundle: ONNX graph, contract and card, checked before written."""

from __future__ import annotations

import hashlib
import json
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
from numpy.typing import NDArray

import inkdigits
from inkdigits.atomic import replacing
from inkdigits.data.sets import LabelledArrays
from inkdigits.errors import CorruptModel
from inkdigits.imaging.normalize import SIDE
from inkdigits.recognition.bundle import Contract
from inkdigits.recognition.runtime import onnxruntime
from inkdigits.training.calibration import Calibration
from inkdigits.training.recipe import Recipe

AGREEMENT = 1e-4
"""Keras and ONNX may differ by this much in any logit."""

CHECKED_IMAGES = 1000


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a model comes from, for its contract and its card."""

    recipe: Recipe
    labels: tuple[str, ...]
    reject: int | None
    sources: Sequence[LabelledArrays]


def to_onnx(model: keras.Model) -> bytes:
    """The graph: input `images` uint8 `(N, 28, 28)`, output `logits` float32 `(N, L)`."""
    model(np.zeros((1, SIDE, SIDE), np.uint8))  # Keras exports only what has been called
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        with warnings.catch_warnings():
            # Keras's copy of tf2onnx looks for a name that NumPy 1 had.
            warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)
            model.export(str(path), format="onnx", verbose=False)
        graph = onnx.load(path)
    _rename_output(graph.graph, "logits")
    graph.doc_string = graph.graph.doc_string = ""
    onnx.checker.check_model(graph, full_check=True)
    return bytes(graph.SerializeToString())


def _rename_output(graph: Any, name: str) -> None:
    old = graph.output[0].name
    graph.output[0].name = name
    for node in graph.node:
        node.output[:] = [name if output == old else output for output in node.output]


def check_agreement(model: keras.Model, graph: bytes, images: NDArray[np.uint8]) -> float:
    """The largest difference between Keras's logits and ONNX Runtime's; `CorruptModel` if large."""
    ours = model.predict(images, batch_size=256, verbose=0)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    theirs = session.run(None, {session.get_inputs()[0].name: images})[0]
    difference = float(np.abs(ours - theirs).max())
    if not difference <= AGREEMENT:
        raise CorruptModel(
            f"the exported graph differs from the network by {difference:.2g} in a logit: "
            "the bundle was not written"
        )
    return difference


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
        name=provenance.recipe.name,
        version=inkdigits.__version__,
        input={
            "shape": [SIDE, SIDE],
            "dtype": "uint8",
            "meaning": "one symbol bright on dark, made by imaging.normalize as MNIST was made",
        },
        labels=provenance.labels,
        reject=provenance.reject,
        temperature=round(calibration.temperature, 4),
        thresholds=calibration.thresholds,
        sha256=hashlib.sha256(graph).hexdigest(),
        recipe=provenance.recipe.to_dict(),
        data=tuple(
            {"name": s.name, "split": s.split, "count": len(s), "sha256": s.sha256}
            for s in provenance.sources
        ),
        measured=measured,
        inkdigits=inkdigits.__version__,
    )
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "model.onnx": graph,
        "CARD.md": card(contract, len(graph)).encode(),
        "model.json": (
            json.dumps(contract.to_dict(), indent=1, ensure_ascii=False) + "\n"
        ).encode(),
    }
    for name, content in files.items():
        with replacing(folder / name) as file:
            file.write(content)
    return contract


def card(contract: Contract, size: int) -> str:
    """The model card (Mitchell 2019) of a bundle, from its contract alone."""
    sources = "\n".join(
        f"| {source['name']} | {source['split']} | {source['count']:,} |"
        for source in contract.data
    )
    figures = "\n".join(f"| {name} | {value} |" for name, value in contract.measured.items())
    return CARD.format(
        title=contract.title,
        labels=", ".join(contract.labels),
        kilobytes=size // 1000,
        sources=sources,
        figures=figures,
        recipe=contract.recipe["name"],
        epochs=contract.recipe["epochs"],
        seed=contract.recipe["seed"],
        temperature=contract.temperature,
        thresholds=", ".join(f"{name} {value:g}" for name, value in contract.thresholds.items()),
    )


CARD = """\
# {title}

Says which digit one symbol of handwriting is, or that it is none.

- **Input**: `images`, uint8 `(N, 28, 28)`: one symbol, bright on dark, as `imaging.normalize` makes
  it. Scaling is inside the graph.
- **Output**: `logits`, float32: {labels}.
- **Size**: {kilobytes} kB of ONNX. Temperature {temperature}; thresholds: {thresholds}.
- **Made by**: `inkdigits train --recipe {recipe}` ({epochs} epochs, seed {seed}).

## Trained on

| source | part | images |
|---|---|---|
{sources}

Drawn digits and non-digits come from the project's own simulated pen. MNIST is CC BY-SA 3.0 (LeCun,
Cortes, Burges); optdigits (Alpaydin, Kaynak) and semeion (Buscema) are CC BY 4.0.

## Measured on images kept out of training

| | |
|---|---|
{figures}

`inkdigits evaluate` measures it on other people's writing; see `results/` in the repository.

## Use it for

Single handwritten digits: on forms, pages, screens. It reads one symbol at a time, so touching
digits are refused or misread. Letters that have the shape of a digit (o, O, l, I) are read as that
digit, and s, z, S, Z, g, q, b often are. It has seen digits written with Western shapes only. Where
an error costs much, take the confidence seriously: check what is refused, and what is doubtful.
"""
