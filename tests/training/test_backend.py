"""What differs between backends and machines stays in one module."""

import ast
import random
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest

import inkdigits
from inkdigits.architectures import ARCHITECTURES
from inkdigits.training import backend
from inkdigits.training.backend import begin_repeatably, computing_in

PACKAGE = Path(inkdigits.__file__).parent


def test_tensorflow_is_named_in_one_place() -> None:
    naming = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            else:
                modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(module.partition(".")[0] == "tensorflow" for module in modules):
                naming.add(path.relative_to(PACKAGE).as_posix())
    assert naming == {"training/backend.py"}


def test_a_seed_decides_everything_that_is_drawn() -> None:
    def drawn() -> list[float]:
        begin_repeatably(3)
        layer = keras.layers.Dense(2)
        layer.build((None, 2))
        return [random.random(), float(np.random.rand()), *np.ravel(layer.kernel)]  # noqa: NPY002

    assert drawn() == drawn()


@pytest.mark.parametrize("gpus", [[], ["gpu"]])
def test_only_gpus_need_to_be_told_to_repeat_themselves(
    monkeypatch: pytest.MonkeyPatch, gpus: list[str]
) -> None:
    told: list[str] = []
    config = "tensorflow.config"
    monkeypatch.setattr(f"{config}.list_physical_devices", lambda _: gpus)
    monkeypatch.setattr(
        f"{config}.experimental.enable_op_determinism", lambda: told.append("same order")
    )
    monkeypatch.setattr(
        f"{config}.experimental.enable_tensor_float_32_execution",
        lambda enabled: told.append(f"round: {enabled}"),
    )
    begin_repeatably(1)
    assert told == (["same order", "round: False"] if gpus else [])


REPEATED = """
import hashlib, sys
import keras, numpy as np
from inkdigits import architectures
from inkdigits.training.backend import begin_repeatably, computing_in
from inkdigits.training.fusing import fused

begin_repeatably(1)
rng = np.random.default_rng(1)
images, labels = rng.integers(0, 256, (512, 28, 28), np.uint8), rng.integers(0, 10, 512)
for name in architectures.ARCHITECTURES:
    if name == "line":  # learns from strips; its trainings are held to be the same elsewhere
        continue
    with computing_in("mixed_bfloat16"):
        model = fused(architectures.build(name, 10))
    model.compile("adam", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(images, labels, batch_size=128, verbose=0, shuffle=False)
    weights = b"".join(weight.tobytes() for weight in model.get_weights())
    print(name, hashlib.sha256(weights).hexdigest())
"""


def test_every_network_learns_the_same_bits_in_every_process() -> None:
    runs = [
        subprocess.run([sys.executable, "-c", REPEATED], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert runs[0].stdout == runs[1].stdout
    trained = {line.split()[0] for line in runs[0].stdout.splitlines()}
    assert trained == set(ARCHITECTURES) - {"tiny", "line"}


def test_a_precision_lasts_as_long_as_its_block() -> None:
    before = keras.config.dtype_policy()
    with computing_in("mixed_bfloat16"):
        assert keras.layers.Dense(1).compute_dtype == "bfloat16"
        assert keras.layers.Dense(1).variable_dtype == "float32"
    assert keras.config.dtype_policy() == before
    with pytest.raises(ZeroDivisionError), computing_in("mixed_bfloat16"):
        raise ZeroDivisionError
    assert keras.config.dtype_policy() == before


def test_batches_are_normalised_over_their_channels() -> None:
    images = np.random.default_rng(1).normal(3, 2, (2, 2, 3, 4)).astype(np.float32)
    scale, offset = np.arange(1, 5, dtype=np.float32), np.arange(4, dtype=np.float32)
    result, mean, variance = map(
        np.asarray, backend.normalized(images, scale, offset, epsilon=0.01)
    )
    over = (0, 1, 2)
    np.testing.assert_allclose(mean, images.mean(over), rtol=1e-5)
    np.testing.assert_allclose(variance, images.var(over), rtol=1e-5)  # of the batch, not beyond
    expected = (images - images.mean(over)) / np.sqrt(images.var(over) + 0.01) * scale + offset
    np.testing.assert_allclose(result, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    ("described", "has"),
    [
        ("flags\t: fpu avx512f avx512_bf16 sse\n", True),
        ("flags\t: fpu amx_bf16\n", True),
        ("flags\t: fpu avx512f avx512_bf16x sse\n", False),
        (None, False),
    ],
)
def test_the_processor_says_whether_it_multiplies_in_bfloat16(
    monkeypatch: pytest.MonkeyPatch, described: str | None, has: bool
) -> None:
    def read(path: Path, **_: object) -> str:
        assert str(path) == "/proc/cpuinfo"
        if described is None:
            raise FileNotFoundError
        return described

    monkeypatch.setattr(Path, "read_text", read)
    monkeypatch.setattr("tensorflow.config.list_physical_devices", lambda _: [])
    assert backend._has_bfloat16() == has


@pytest.mark.parametrize(("capability", "has"), [((9, 0), True), ((8, 0), True), ((7, 5), False)])
def test_gpus_say_it_by_their_compute_capability(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], has: bool
) -> None:
    monkeypatch.setattr("tensorflow.config.list_physical_devices", lambda _: ["gpu"])
    monkeypatch.setattr(
        "tensorflow.config.experimental.get_device_details",
        lambda _: {"compute_capability": capability},
    )
    assert backend._has_bfloat16() == has
