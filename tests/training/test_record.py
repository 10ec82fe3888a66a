"""`run.json`: a folder belongs to one recipe, one seed and one content."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import inkdigits
from inkdigits.errors import DataError
from inkdigits.training import record as recording
from inkdigits.training.checkpoint import save_checkpoint
from inkdigits.training.data import plain
from inkdigits.training.history import record_epoch
from inkdigits.training.recipe import Recipe
from inkdigits.training.record import Record
from inkdigits.training.watching import EpochReport
from tests.training import tiny


def begun(run: Path, recipe: Recipe = tiny.PLAIN) -> Record:
    record = Record(run, recipe)
    record.check(resume=False)
    record.begin(plain(tiny.digits(), recipe), 1_234, "float32")
    return record


@pytest.fixture
def begun_run(tmp_path: Path) -> Path:
    """A run with one epoch done."""
    begun(tmp_path)
    save_checkpoint(tmp_path / "checkpoints", 1, {"v0000": np.zeros(3)})
    return tmp_path


def test_it_says_what_a_run_is_made_of(tmp_path: Path) -> None:
    begun(tmp_path)
    fields = json.loads((tmp_path / "run.json").read_text())
    assert fields["recipe"] == json.loads(json.dumps(tiny.PLAIN.to_dict()))
    assert fields["seed"] == 5
    assert fields["data"][0]["name"] == "stripes"
    assert len(fields["data"][0]["sha256"]) == 64
    assert fields["split"]["validation"] == 34
    assert (fields["parameters"], fields["precision"]) == (1_234, "float32")
    assert {"inkdigits", "keras", "numpy", "python", "tensorflow"} <= fields["versions"].keys()
    assert "cores" in fields["machine"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", fields["started"])
    assert not fields["finished"]


def test_it_says_what_was_reached(tmp_path: Path) -> None:
    record = begun(tmp_path)
    for epoch, seconds in ((1, 2.5), (2, 1.25)):
        report = EpochReport(epoch, 3, 0.5, 0.9, 0.6, 0.8, seconds)
        record_epoch(tmp_path / "history.csv", report)
    record.end({"validation accuracy": 0.8}, finished=True)
    fields = record.read()
    assert (fields["epochs"], fields["seconds"], fields["finished"]) == (2, 3.8, True)
    assert fields["measured"] == {"validation accuracy": 0.8}
    assert fields["parameters"] == 1_234


def test_the_revision_is_that_of_the_source(monkeypatch: pytest.MonkeyPatch) -> None:
    revision = recording._git_revision()
    assert revision is None or re.fullmatch(r"[0-9a-f]{40}(-dirty)?", revision)
    # Installed somewhere below a repository of the user's, it is none of that repository's.
    monkeypatch.setattr(inkdigits, "__file__", "/nowhere/inkdigits/__init__.py")
    assert recording._git_revision() is None


def test_a_training_is_not_overwritten_unasked(begun_run: Path) -> None:
    with pytest.raises(DataError, match="holds a training already: add --resume, or choose"):
        Record(begun_run, tiny.PLAIN).check(resume=False)


@pytest.mark.parametrize("change", [{"seed": 6}, {"epochs": 4}, {"learning_rate": 0.02}])
def test_a_folder_belongs_to_one_recipe(begun_run: Path, change: dict[str, Any]) -> None:
    before = (begun_run / "run.json").read_bytes()
    Record(begun_run, tiny.PLAIN).check(resume=True)
    with pytest.raises(DataError, match="by another recipe or seed: choose another --out"):
        Record(begun_run, replace(tiny.PLAIN, **change)).check(resume=True)
    assert (begun_run / "run.json").read_bytes() == before


def test_a_folder_belongs_to_one_content(begun_run: Path) -> None:
    arrays = tiny.digits()
    images = arrays.images.copy()
    images[7, 3, 3] ^= 1
    record = Record(begun_run, tiny.PLAIN)
    record.begin(plain(arrays, tiny.PLAIN), 1_234, "float32")
    with pytest.raises(DataError, match="by other data: choose another --out"):
        record.begin(plain(replace(arrays, images=images), tiny.PLAIN), 1_234, "float32")


@pytest.mark.parametrize("content", ["{", "[]", "{}"])
def test_a_broken_record_is_another_recipe(begun_run: Path, content: str) -> None:
    (begun_run / "run.json").write_text(content)
    with pytest.raises(DataError, match="by another recipe or seed"):
        Record(begun_run, tiny.PLAIN).check(resume=True)


def test_a_run_without_a_checkpoint_may_begin_with_any_recipe(tmp_path: Path) -> None:
    begun(tmp_path)
    begun(tmp_path, replace(tiny.PLAIN, seed=6))
    assert Record(tmp_path, tiny.PLAIN).read()["seed"] == 6


def test_a_network_in_a_file_is_recorded_by_its_content(tmp_path: Path) -> None:
    network = tmp_path / "mine.py"
    network.write_text("# first\n")
    recipe = replace(tiny.PLAIN, network=str(network))
    run = tmp_path / "run"
    run.mkdir()
    fields = begun(run, recipe).read()
    assert fields["recipe"]["network"] == "mine.py"
    assert len(fields["network_sha256"]) == 64
    save_checkpoint(run / "checkpoints", 1, {"v0000": np.zeros(3)})
    Record(run, recipe).check(resume=True)
    network.write_text("# second\n")
    with pytest.raises(DataError, match="another recipe"):
        Record(run, recipe).check(resume=True)


def test_the_time_of_the_beginning_stays(begun_run: Path) -> None:
    record = Record(begun_run, tiny.PLAIN)
    fields = record.read() | {"started": "2001-02-03T04:05:06+00:00"}
    (begun_run / "run.json").write_text(json.dumps(fields))
    record.begin(plain(tiny.digits(), tiny.PLAIN), 1_234, "float32")
    assert record.read()["started"] == "2001-02-03T04:05:06+00:00"
