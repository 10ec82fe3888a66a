"""Scans to read: drawn digits, small and quick."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

import inkdigits
from inkdigits.batch import engine
from inkdigits.batch.rows import encode
from inkdigits.batch.work import Work, models_hash, read_shard
from inkdigits.data.synthesis import draw_digit
from inkdigits.imaging.decode import Limits
from inkdigits.recognition.models import SHIPPED_MODELS
from inkdigits.recognition.request import RequestText

INJECTED = Path(__file__).parent / "injected"
SOURCE = Path(inkdigits.__file__).parents[1]

Command = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture(scope="session")
def digit_png(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A drawn 7, 28x28, bright on dark."""
    ink = draw_digit(np.random.default_rng(1), 7, height_px=20)[:28, :28]
    pixels = np.zeros((28, 28), np.uint8)
    pixels[: ink.shape[0], : ink.shape[1]] = ink * 255
    path = tmp_path_factory.mktemp("digit") / "seven.png"
    Image.fromarray(pixels).save(path)
    return path.read_bytes()


@pytest.fixture
def scans(tmp_path: Path, digit_png: bytes) -> Callable[..., Path]:
    """Make a folder of scans, a digit each, with the names given."""

    def make(*names: str, folder: str = "scans") -> Path:
        place = tmp_path / folder
        for name in names:
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(digit_png)
        return place

    return make


@pytest.fixture
def store() -> Iterator[fsspec.AbstractFileSystem]:
    """A store that is not the local disk; empty before and after."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    yield memory
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


@pytest.fixture
def work(tmp_path: Path) -> Work:
    """How the shipped model reads what lies below `tmp_path`."""
    return Work(
        base=str(tmp_path),
        models=SHIPPED_MODELS,
        models_sha256=models_hash(SHIPPED_MODELS),
        inkdigits=inkdigits.__version__,
        request=RequestText(),
        limits=Limits(),
        format="parquet",
        memory_bytes=2_000_000_000,
    )


def environment() -> dict[str, str]:
    """That of a process in which some files misbehave: see `injected`."""
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(INJECTED), str(SOURCE)])}


@pytest.fixture
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches read in this process, without Dask."""

    def read_here(
        _client: None,
        work: Work,
        shards: Iterator[engine.Shard],
        commit: Callable[[engine.Shard, bytes], None],
        _say: object,
    ) -> None:
        for shard in shards:
            commit(shard, encode(read_shard(work, shard.files), work.format))

    monkeypatch.setattr(engine, "local_cluster", lambda *_: nullcontext())
    monkeypatch.setattr(engine, "read_shards", read_here)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Command]:
    """Start `inkdigits batch` in `tmp_path`, in an environment in which some files misbehave."""
    begun: list[subprocess.Popen[str]] = []

    def command(*arguments: object) -> "subprocess.Popen[str]":
        pipe: Any = subprocess.PIPE
        words = [sys.executable, "-m", "inkdigits", "batch", *map(str, arguments)]
        begun.append(
            subprocess.Popen(
                words, cwd=tmp_path, env=environment(), stdout=pipe, stderr=pipe, text=True
            )
        )
        return begun[-1]

    yield command
    for process in begun:
        process.kill()
        process.communicate()


def read_rows(results: Path) -> pa.Table:
    """All rows of a result in Parquet, in order."""
    return pq.read_table(sorted((results / "rows").glob("*.parquet")))
