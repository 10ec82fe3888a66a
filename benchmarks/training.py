"""Training: `fast` against the published one-epoch recipe, network A against plain Keras.

The recipe runs in an interpreter of its own, which `INKDIGITS_TORCH_PYTHON` names: it needs torch
and numpy. Both learn the same images, one after the other, seed by seed, so that both meet the same
moods of the machine. Fitting is timed from arrays in memory to trained weights; what is compiled
once in a process is in the first run alone, which is a figure of its own. MNIST's test set is
looked at, so this is run once a release, on a machine that does nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, median, stdev
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import Figure, alternating_medians_s, seconds
from inkdigits.data.load import load_set
from inkdigits.data.sets import LabelledArrays

INTERPRETER = "INKDIGITS_TORCH_PYTHON"
SEEDS = range(1, 11)
DIGITS = 20_480
"""Images of an epoch of network A: whole batches of 32 and of 256."""
REPEATS = 5


class Run(NamedTuple):
    """One training: seconds of fitting, and the share of the test images that is right."""

    seconds: float
    accuracy: float


def measure(_bundle: str) -> list[Figure]:
    """Seconds and accuracy of `fast`, digits a second of network A."""
    return [*_fast(), _network_a()]


def _fast() -> list[Figure]:
    from inkdigits.training.data import open_data
    from inkdigits.training.recipes import FAST

    images = open_data(FAST)().feed.sources[0]
    test = load_set("mnist", "test")
    ours = _Ours(images, test)
    python = os.environ.get(INTERPRETER)
    if not python:
        first, runs = ours.run(0), [ours.run(seed) for seed in SEEDS]
        reason = f"no peer: {INTERPRETER} names no interpreter with torch"
        return _figures(first, runs, None, [], reason)
    arrays = {
        "images": images.images, "labels": images.labels,
        "test_images": test.images, "test_labels": test.labels,
    }  # fmt: skip
    with _peer(python, "one_epoch_torch.py", arrays) as peer:
        version = peer.ask("")["version"]
        peer_first, first = peer.run(0), ours.run(0)
        pairs = [(ours.run(seed), peer.run(seed)) for seed in SEEDS]
    note = f"published one-epoch recipe, PyTorch {version}, bfloat16"
    runs, peer_runs = ([pair[side] for pair in pairs] for side in (0, 1))
    return _figures(first, runs, peer_first, peer_runs, note)


class _Ours:
    """The recipe `fast` in this process, compiled once."""

    def __init__(self, images: LabelledArrays, test: LabelledArrays) -> None:
        from inkdigits.training.recipes import FAST

        self._recipe = FAST
        self._images, self._labels = images.images, images.labels.astype(np.int32)
        self._test = test
        self._model: Any = None

    def run(self, seed: int) -> Run:
        from inkdigits.training.fitting import compiled
        from inkdigits.training.network import builder
        from inkdigits.training.state import capture, restore

        build = builder(self._recipe.network, 10, self._images.shape[1:])
        fresh = compiled(replace(self._recipe, seed=seed), build, len(self._images))
        if self._model is None:
            self._model = fresh
        else:
            restore(self._model, capture(fresh))
        duration = seconds(self._fit)
        logits = self._model.predict(self._test.images, batch_size=1000, verbose=0)
        return Run(duration, float(np.mean(logits.argmax(1) == self._test.labels)))

    def _fit(self) -> None:
        self._model.fit(
            self._images, self._labels, self._recipe.batch, self._recipe.epochs, verbose=0
        )


@dataclass(frozen=True, slots=True)
class _Peer:
    """A process that trains something else on the same images whenever it is sent a line."""

    process: subprocess.Popen[str]

    def ask(self, line: str) -> dict[str, Any]:
        """What it says to `line`; with `""` what it says of itself."""
        if self.process.stdin is None or self.process.stdout is None:
            raise RuntimeError("the process has no pipes")
        self.process.stdin.write(line)
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit("the peer of the benchmark failed: see above")
        return dict(json.loads(answer))

    def run(self, seed: int) -> Run:
        return Run(**self.ask(f"{seed}\n"))


@contextmanager
def _peer(python: str, program: str, arrays: dict[str, NDArray[Any]]) -> Iterator[_Peer]:
    """Start `program`, of this folder, with `arrays` as its data."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.npz"
        np.savez(data, **arrays)  # type: ignore[arg-type]
        # Our own paths could hide the packages of its interpreter.
        surroundings = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        with subprocess.Popen(
            [python, Path(__file__).with_name(program), data], env=surroundings, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        ) as process:  # fmt: skip
            yield _Peer(process)
            process.communicate()


def _figures(
    first: Run, runs: list[Run], peer_first: Run | None, peer: list[Run], note: str
) -> list[Figure]:
    return [
        Figure(
            "fast: one epoch of MNIST", median(run.seconds for run in runs), "s",
            median(run.seconds for run in peer) if peer else None,
            f"{note}; medians of {len(runs)} seeds in turn, nothing compiled",
        ),
        Figure(
            "fast: the first in a process", first.seconds, "s",
            peer_first.seconds if peer_first else None, f"{note}; once, with what is compiled",
        ),
        Figure(
            "fast: right on MNIST's test set", 100 * fmean(run.accuracy for run in runs), "%",
            100 * fmean(run.accuracy for run in peer) if peer else None,
            f"means of {len(runs)} seeds; {_spread(runs)} ours"
            + (f", {_spread(peer)} the peer's" if peer else ""),
        ),
    ]  # fmt: skip


def _spread(runs: list[Run]) -> str:
    return f"±{100 * stdev(run.accuracy for run in runs):.2f}"


def _network_a() -> Figure:
    from inkdigits.training.fitting import compiled
    from inkdigits.training.network import builder
    from inkdigits.training.recipes import CNN_32_64

    mnist = load_set("mnist")
    images, labels = mnist.images[:DIGITS], mnist.labels[:DIGITS].astype(np.int32)
    ours = compiled(CNN_32_64, builder(CNN_32_64.network, 10, (28, 28)), DIGITS)
    with _peer(sys.executable, "plain_keras.py", {"images": images, "labels": labels}) as peer:
        version = peer.ask("")["version"]
        taken, peer_taken = alternating_medians_s(
            lambda: ours.fit(images, labels, CNN_32_64.batch, verbose=0),
            lambda: peer.ask("\n"),
            REPEATS,
        )
    return Figure(
        "train network A", DIGITS / taken, "digits/s", DIGITS / peer_taken,
        f"Keras {version} fit as usual: float32, batches of 32; "
        f"ours is cnn-32-64: {CNN_32_64.precision}, batches of {CNN_32_64.batch}",
    )  # fmt: skip
