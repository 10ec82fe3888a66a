"""A model with its contract: `model.onnx` and `model.json` in one folder, checked at load.

Only ONNX is ever loaded: a graph of arithmetic, never code. Nothing that does not match its
contract is run.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import CorruptModel, IncompatibleModel, ModelNotFound
from inkdigits.imaging.normalize import STRIP_STEP
from inkdigits.recognition.agreement import agreed
from inkdigits.recognition.confidence import probabilities
from inkdigits.recognition.contract import Contract
from inkdigits.recognition.contract_file import read_contract
from inkdigits.recognition.runtime import onnxruntime

__all__ = [
    "BATCH",
    "DEFAULT",
    "MAX_THREADS",
    "SHIPPED",
    "WEIGHTS",
    "Bundle",
    "Contract",
    "find_bundle",
    "load_bundle",
]

SHIPPED = Path(__file__).parent.parent / "weights"
"""The folder of the bundles in the package, one folder each."""

DEFAULT = "compact"

WEIGHTS = "model.onnx"
"""The name of the graph in the folder of a bundle."""

BATCH = 64
"""Images a run of the graph: more do not fit the processor's cache."""

MAX_THREADS = 1024
"""More threads than any processor has cores; ONNX Runtime would start as many as it is told."""


_DOUBTFUL = 0.99
"""Images that are told less surely are looked at again. Of MNIST's digits that were kept out
2 % are, and as many mistakes are taken back as when all are."""


class Bundle:
    """A checked model, ready to score images. It never changes; threads may share it."""

    def __init__(self, contract: Contract, session: onnxruntime.InferenceSession) -> None:
        self.contract = contract
        self._session = session
        self._input = session.get_inputs()[0].name

    def scores(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Logits float32 `(N, len(labels))` of images uint8 `(N, *shape)`; N may be 0.

        `shape` is the contract's: `(H, W)`, or `(H, W, 3)` for RGB. Of strips `(N, STRIP_HEIGHT,
        W)`, where W is a multiple of `STRIP_STEP`, they are `(N, W / STRIP_STEP, len(labels))`.
        """
        steps = (images.shape[2] // STRIP_STEP,) if self.contract.reads_lines else ()
        logits = np.empty((len(images), *steps, len(self.contract.labels)), np.float32)
        for start in range(0, len(images), BATCH):
            batch = images[start : start + BATCH]
            logits[start : start + BATCH] = self._session.run(None, {self._input: batch})[0]
        return logits

    def settled_scores(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        """As `scores`, those in doubt looked at again: nearly as good as all, and as fast."""
        scores = self.scores(images)
        sure = probabilities(scores, self.contract).max(1, initial=0)
        doubtful = np.flatnonzero(sure < _DOUBTFUL)
        scores[doubtful] = self.agreed_scores(images[doubtful], scores[doubtful])
        return scores

    def agreed_scores(
        self, images: NDArray[np.uint8], scores: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The `scores` of images with those of four more looks at each: slower, and better.

        For symbols only.
        """
        return agreed(images, scores, self.scores)


def load_bundle(name_or_path: str | Path = DEFAULT, threads: int = 0) -> Bundle:
    """Load and check a bundle: the name of one in the package, or the path of a folder.

    `threads` is how many threads one batch may use, 0 for one a core. Raises `ModelNotFound`,
    `CorruptModel` (missing or altered parts), `IncompatibleModel` (another contract), or
    `ValueError` if `threads` is not 0 to `MAX_THREADS`.
    """
    if not 0 <= threads <= MAX_THREADS:
        raise ValueError(f"threads is 1 to {MAX_THREADS}, or 0 for one a core, not {threads}")
    folder = find_bundle(name_or_path)
    contract = read_contract(folder)
    session = _open_session(folder, contract, threads)
    _check_shapes(folder, contract, session)
    bundle = Bundle(contract, session)
    _check_scores(folder, bundle)
    return bundle


def find_bundle(name_or_path: str | Path) -> Path:
    """The folder of a bundle: of that name in the package, else at that path; `ModelNotFound`."""
    named = isinstance(name_or_path, str) and name_or_path.isidentifier()
    folder = Path(name_or_path)
    try:
        if named and (SHIPPED / name_or_path).is_dir():
            return SHIPPED / name_or_path
        if name_or_path != "" and folder.is_dir():
            return folder
    except OSError as error:  # a name that is too long, or below a folder that is closed to us
        raise ModelNotFound(
            f"no model can be opened at {str(folder)[:200]!a}: {error.strerror}"
        ) from error
    names = sorted(path.name for path in SHIPPED.glob("*/"))
    raise ModelNotFound(
        f"no model is called {str(name_or_path)!a} and no folder is there: "
        f"use {', '.join(names)} or the folder of a bundle"
    )


def _open_session(folder: Path, contract: Contract, threads: int) -> onnxruntime.InferenceSession:
    path = folder / WEIGHTS
    try:
        weights = path.read_bytes()
    except OSError as error:
        raise CorruptModel(f"{path} cannot be read: {error.strerror}") from error
    if hashlib.sha256(weights).hexdigest() != contract.sha256:
        raise CorruptModel(
            f"{path} is not the file that model.json was written for: "
            "restore the bundle or train it again"
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 4
    # A graph may name other files for its weights, which no hash covers. A file holds no files, so
    # as their folder it makes ONNX Runtime refuse them; else it would look where the process runs.
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", str(path.absolute())
    )
    try:
        return onnxruntime.InferenceSession(weights, options, ["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime's errors have no common base
        raise CorruptModel(f"{path} is not a graph that can be run: restore the bundle") from error


def _check_shapes(folder: Path, contract: Contract, session: onnxruntime.InferenceSession) -> None:
    inputs, outputs = session.get_inputs(), session.get_outputs()
    labels = len(contract.labels)
    fits = (
        len(inputs) == len(outputs) == 1
        and inputs[0].type == "tensor(uint8)"
        and _is_batch(inputs[0].shape, contract.shape)
        and outputs[0].type == "tensor(float)"
        and _is_batch(outputs[0].shape, (0, labels) if contract.reads_lines else (labels,))
    )
    if not fits:
        raise IncompatibleModel(
            f"{folder}: the graph does not take batches of uint8 images of "
            f"{'x'.join(str(side or 'W') for side in contract.shape)} to one score a label, as its "
            "model.json says: "
            "train the model again"
        )


def _is_batch(shape: list[int | str | None], of: tuple[int, ...]) -> bool:
    """Whether it is the shape of any number of things of shape `of`, where 0 is any length.

    What is fixed in a graph is an int.
    """
    fixed = [side if isinstance(side, int) else 0 for side in shape]
    return fixed == [0, *of]


def _check_scores(folder: Path, bundle: Bundle) -> None:
    """Score blank images once: what is found only when a graph runs is found at load."""
    try:
        shape = [side or 2 * STRIP_STEP for side in bundle.contract.shape]
        scores = bundle.scores(np.zeros((2, *shape), np.uint8))
    except Exception as error:
        raise CorruptModel(f"{folder}: model.onnx fails when it is run") from error
    if not np.isfinite(scores).all():
        raise CorruptModel(f"{folder}: model.onnx gives scores that are no numbers: train it again")
