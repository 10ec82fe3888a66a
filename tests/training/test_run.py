"""A training from end to end on tiny data, and everything that is refused before it begins."""

import gzip
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.data import mixture
from inkdigits.data.sets import LabelledArrays
from inkdigits.errors import DataError
from inkdigits.evaluation.metrics import accuracy
from inkdigits.recognition.bundle import load_bundle
from inkdigits.training import run as running
from inkdigits.training.checkpoint import save_checkpoint
from inkdigits.training.export import CHECKED_IMAGES
from inkdigits.training.fitting import EpochReport, StepReport
from inkdigits.training.lock import locked
from tests.training import tiny


class Deaf:
    def step(self, report: StepReport) -> None:
        pass

    def epoch(self, report: EpochReport) -> None:
        pass


def train(folder: Path, resume: bool = False) -> Any:
    return running.train(replace(tiny.RECIPE, epochs=2), folder, folder / "bundle", Deaf(), resume)


@pytest.fixture
def small_sources(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path))
    monkeypatch.setattr(running, "held_out", lambda *_: tiny.held_out())
    monkeypatch.setattr(running, "training_mixture", lambda *_: tiny.mixture())


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The pools that were drawn; drawing ends the test's patience at once."""
    pools: list[str] = []

    def draw(name: str, *_: object) -> None:
        pools.append(name)
        raise AssertionError(f"{name}: the long work has begun")

    monkeypatch.setattr(mixture, "_pool", draw)
    return pools


def put_idx(path: Path, values: NDArray[np.uint8]) -> None:
    header = struct.pack(f">BBBB{values.ndim}I", 0, 0, 8, values.ndim, *values.shape)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(header + values.tobytes()))


def test_a_recipe_becomes_a_bundle(small_sources: None, tmp_path: Path) -> None:
    contract = train(tmp_path)
    bundle = load_bundle(tmp_path / "bundle")
    assert bundle.contract.to_dict() == contract.to_dict()
    assert contract.name == "tiny"
    assert contract.labels == (*"0123456789", "not a digit")
    assert contract.reject == 10
    assert [source["name"] for source in contract.data] == ["real", "drawn", "no digits"]
    assert 0.1 < contract.temperature < 10
    assert contract.thresholds.keys() == {"digit", "confidence", "min_height_px"}

    held = tiny.held_out()
    digits = held.where(held.labels != 10)
    right = accuracy(bundle.scores(digits.images)[:, :10], digits.labels).value
    assert contract.measured["accuracy on digits"] == pytest.approx(right, abs=0.01)
    assert contract.measured["AUROC, digits against non-digits"] > 0.95
    assert 0 <= contract.measured["calibration error on digits"] < 0.2
    assert contract.measured["largest difference of a logit, Keras against ONNX"] <= 1e-4


def test_agreement_is_checked_on_images_of_every_source(
    small_sources: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Enough(Exception):
        pass

    def look(_model: object, _graph: bytes, images: Any) -> float:
        assert len(images) == CHECKED_IMAGES
        held = tiny.held_out().images
        np.testing.assert_array_equal(images[[0, -1]], held[[0, -1]])
        assert len(np.unique(images.reshape(len(images), -1), axis=0)) == len(held)
        raise Enough

    monkeypatch.setattr(running, "fit", lambda *_: None)
    monkeypatch.setattr(running, "to_onnx", lambda _: b"")
    monkeypatch.setattr(running, "check_agreement", look)
    with pytest.raises(Enough):
        train(tmp_path)


def test_another_training_in_the_folder_is_seen_first(
    tmp_path: Path, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path))
    save_checkpoint(tmp_path / "run" / "checkpoints", 1, {"v0000": np.zeros(3)})
    with pytest.raises(DataError, match="holds a training already: add --resume"):
        train(tmp_path / "run")
    (tmp_path / "run" / "recipe.json").write_text("{}")
    with pytest.raises(DataError, match="another recipe or seed"):
        train(tmp_path / "run", resume=True)
    assert drawn == []


def test_a_training_going_on_in_the_folder_is_seen_first(
    small_sources: None, tmp_path: Path, drawn: list[str]
) -> None:
    with locked(tmp_path / "run"):
        with pytest.raises(DataError, match="another training is writing to"):
            train(tmp_path / "run")
        assert [path.name for path in (tmp_path / "run").iterdir()] == [".lock"]
    assert drawn == []


def test_folders_that_cannot_be_made_are_seen_first(
    small_sources: None, tmp_path: Path, drawn: list[str]
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        train(tmp_path / "file")
    with pytest.raises(FileExistsError, match="file"):
        running.train(tiny.RECIPE, tmp_path / "run", tmp_path / "file", Deaf())
    assert drawn == []


@pytest.mark.parametrize("named", [None, "nowhere"])
def test_missing_data_is_seen_before_the_long_work(
    tmp_path: Path, drawn: list[str], monkeypatch: pytest.MonkeyPatch, named: str | None
) -> None:
    if named is None:
        monkeypatch.delenv("INKDIGITS_DATA", raising=False)
    else:
        monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path / named))
    with pytest.raises(DataError, match="INKDIGITS_DATA is"):
        train(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
    assert drawn == []


def test_another_mnist_is_seen_before_the_long_work(
    tmp_path: Path, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path))
    put_idx(tmp_path / "mnist" / "train-images-idx3-ubyte.gz", np.zeros((9, 28, 28), np.uint8))
    put_idx(tmp_path / "mnist" / "train-labels-idx1-ubyte.gz", np.zeros(9, np.uint8))
    with pytest.raises(DataError, match=r"train-images.*not the published one \(MD5\)"):
        train(tmp_path / "run")
    assert drawn == []


@pytest.mark.parametrize("missing", ["optdigits", "semeion"])
def test_every_source_is_seen_before_the_long_work(
    tmp_path: Path,
    drawn: list[str],
    monkeypatch: pytest.MonkeyPatch,
    data_dir: Path,
    missing: str,
) -> None:
    for name in {"mnist", "optdigits", "semeion"} - {missing}:
        (tmp_path / name).symlink_to(data_dir / name)
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path))
    monkeypatch.setattr(LabelledArrays, "normalized", lambda arrays: arrays)
    with pytest.raises(DataError, match=f"{missing}.*not there"):
        train(tmp_path / "run")
    assert drawn == []
