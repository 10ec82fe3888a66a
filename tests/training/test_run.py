"""A training from end to end on tiny data, and everything that is refused before it begins."""

import gzip
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.data import mixture
from inkdigits.errors import DataError, RecipeError
from inkdigits.evaluation.metrics import accuracy
from inkdigits.recognition.bundle import load_bundle
from inkdigits.recognition.confidence import probabilities
from inkdigits.training import data as training_data
from inkdigits.training import results
from inkdigits.training import run as running
from inkdigits.training.checkpoint import save_checkpoint
from inkdigits.training.data import plain
from inkdigits.training.export import CHECKED_IMAGES
from inkdigits.training.history import read_history
from inkdigits.training.lock import locked
from inkdigits.training.recipe import Recipe
from inkdigits.training.watching import StepReport, Unmoved, Watcher
from tests.training import tiny

SHORT = replace(tiny.PLAIN, epochs=2)


class Notes(Unmoved):
    """Remembers what was told, and presses Ctrl-C in the epoch `stop_in`."""

    def __init__(self, stop_in: int = 0) -> None:
        self.notes: list[str] = []
        self._stop_in = stop_in

    def step(self, report: StepReport) -> None:
        if report.epoch == self._stop_in:
            raise KeyboardInterrupt

    def note(self, message: str) -> None:
        self.notes.append(message)


def train(
    folder: Path, resume: bool = False, recipe: Recipe = tiny.RECIPE, watch: Watcher | None = None
) -> Any:
    recipe = replace(recipe, epochs=2)
    return running.train(recipe, folder, folder / "bundle", watch or Notes(), resume)


@pytest.fixture
def sets_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_data, "load_set", lambda *_, **__: tiny.digits())


@pytest.fixture
def small_sources(sets_are_there: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_data, "held_out", lambda *_: tiny.held_out())
    monkeypatch.setattr(training_data, "training_mixture", lambda *_: tiny.mixture())


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    def fetch(download: Any, *_: object) -> Path:
        raise DataError(f"{download.file} cannot be downloaded")

    monkeypatch.setattr("inkdigits.data.load.fetch", fetch)
    monkeypatch.setenv("INKDIGITS_CACHE", str(tmp_path_factory.mktemp("cache")))


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


def test_what_everybody_must_know_of_the_data_comes_before_the_training(
    no_network: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("INKDIGITS_DATA", raising=False)
    said = {}
    for name in ("emnist-digits", "mnist"):
        watch = Notes()
        with pytest.raises(DataError, match="cannot be downloaded"):
            train(tmp_path / name, recipe=replace(SHORT, data=name), watch=watch)
        said[name] = watch.notes
    (warning,) = said["emnist-digits"]
    assert warning.startswith("warning: EMNIST comes from the same forms as MNIST's test images")
    assert said["mnist"] == []


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


def test_a_plain_set_becomes_a_run_that_has_everything(small_sources: None, tmp_path: Path) -> None:
    contract = train(tmp_path, recipe=tiny.PLAIN)
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {
        *(".lock", "run.json", "history.csv", "curves.png", "model.keras"),
        *("report", "bundle", "checkpoints"),
    }
    assert {"report.html", "report.json"} <= {path.name for path in (tmp_path / "report").iterdir()}
    bundle = load_bundle(tmp_path / "bundle")
    assert (contract.labels, contract.reject) == (tuple("0123456789"), None)
    assert contract.thresholds.keys() == {"digit", "confidence", "min_height_px"}

    held = plain(tiny.digits(), SHORT).validation
    answers = probabilities(bundle.scores(held.images), contract)
    right = accuracy(answers, held.labels).value
    assert contract.measured["validation accuracy"] == pytest.approx(right, abs=1e-5)
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert report["accuracy"] == pytest.approx(right, abs=1e-5)
    assert report["loss"] == pytest.approx(contract.measured["validation loss"], abs=1e-4)
    record = json.loads((tmp_path / "run.json").read_text())
    assert (record["finished"], record["epochs"]) == (True, 2)
    assert record["measured"] == dict(contract.measured)
    model = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(
        np.asarray(model(held.images)), bundle.scores(held.images), atol=1e-4
    )


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
    monkeypatch.setattr(results, "_save", lambda *_: None)
    monkeypatch.setattr(results, "to_onnx", lambda _: b"")
    monkeypatch.setattr(results, "check_agreement", look)
    with pytest.raises(Enough):
        train(tmp_path)


def test_ctrl_c_leaves_a_usable_run_that_goes_on(small_sources: None, tmp_path: Path) -> None:
    watch = Notes(stop_in=2)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, recipe=tiny.PLAIN, watch=watch)
    assert watch.notes == [
        "stopping: writing what 1 of 2 epochs reached; Ctrl-C again to leave at once",
        f"wrote {tmp_path / 'bundle'}",
    ]
    record = json.loads((tmp_path / "run.json").read_text())
    assert (record["finished"], record["epochs"]) == (False, 1)
    first = load_bundle(tmp_path / "bundle").contract.sha256
    assert (tmp_path / "model.keras").is_file()
    contract = train(tmp_path, resume=True, recipe=tiny.PLAIN)
    assert json.loads((tmp_path / "run.json").read_text())["finished"]
    assert contract.sha256 != first
    assert len(read_history(tmp_path / "history.csv")) == 2


def test_ctrl_c_overwrites_no_bundle_elsewhere(small_sources: None, tmp_path: Path) -> None:
    run, elsewhere = tmp_path / "run", tmp_path / "weights"
    with pytest.raises(KeyboardInterrupt):
        running.train(SHORT, run, elsewhere, Notes(stop_in=2))
    assert list(elsewhere.iterdir()) == []
    load_bundle(run / "bundle")


def test_ctrl_c_in_the_first_epoch_leaves_nothing_to_export(
    small_sources: None, tmp_path: Path
) -> None:
    watch = Notes(stop_in=1)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, recipe=tiny.PLAIN, watch=watch)
    assert watch.notes == []
    assert not (tmp_path / "bundle" / "model.json").exists()
    train(tmp_path, recipe=tiny.PLAIN)


def test_a_machine_without_bfloat16_says_what_it_does(
    small_sources: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inkdigits.training.backend._has_bfloat16", lambda: False)
    watch = Notes()
    train(tmp_path, recipe=replace(tiny.PLAIN, precision="mixed_bfloat16"), watch=watch)
    assert watch.notes == ["computing in float32: this machine has no arithmetic in bfloat16"]
    assert json.loads((tmp_path / "run.json").read_text())["precision"] == "float32"


OWN_NETWORK = """\
import keras
from keras import layers
from inkdigits.training.recipe import Recipe

RECIPE = Recipe(name="mine", network=__file__, epochs=2, batch=32)

def build(classes, shape):
    return keras.Sequential(
        [keras.Input((*shape, 1)), layers.Flatten(), layers.Dense(classes)]
    )
"""


def test_a_network_of_one_s_own_becomes_a_run(small_sources: None, tmp_path: Path) -> None:
    from inkdigits.training.recipes import find_recipe

    path = tmp_path / "my_network.py"
    path.write_text(OWN_NETWORK)
    run = tmp_path / "run"
    contract = train(run, recipe=find_recipe(str(path)))
    assert contract.name == "mine"
    assert contract.recipe["network"] == "my_network.py"  # no folder of the user's
    assert (run / "network.py").read_text() == OWN_NETWORK
    load_bundle(run / "bundle")


def test_a_network_that_cannot_be_built_is_seen_first(small_sources: None, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="no network is called 'large'"):
        train(tmp_path, recipe=replace(tiny.PLAIN, network="large"))
    assert not (tmp_path / "history.csv").exists()


def test_another_training_in_the_folder_is_seen_first(
    sets_are_there: None, tmp_path: Path, drawn: list[str]
) -> None:
    save_checkpoint(tmp_path / "run" / "checkpoints", 1, {"v0000": np.zeros(3)})
    with pytest.raises(DataError, match="holds a training already: add --resume"):
        train(tmp_path / "run")
    (tmp_path / "run" / "run.json").write_text("{}")
    with pytest.raises(DataError, match="another recipe or seed"):
        train(tmp_path / "run", resume=True)
    assert drawn == []


def test_a_training_going_on_in_the_folder_is_seen_first(
    sets_are_there: None, tmp_path: Path, drawn: list[str]
) -> None:
    with locked(tmp_path / "run"):
        with pytest.raises(DataError, match="another training is writing to"):
            train(tmp_path / "run")
        assert [path.name for path in (tmp_path / "run").iterdir()] == [".lock"]
    assert drawn == []


def test_folders_that_cannot_be_made_are_seen_first(
    sets_are_there: None, tmp_path: Path, drawn: list[str]
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match="file"):
        train(tmp_path / "file")
    with pytest.raises(FileExistsError, match="file"):
        running.train(tiny.RECIPE, tmp_path / "run", tmp_path / "file", Notes())
    assert drawn == []


@pytest.mark.parametrize(
    ("named", "said"),
    [(None, "train-images.* cannot be downloaded"), ("nowhere", "INKDIGITS_DATA is")],
)
def test_missing_data_is_seen_before_the_long_work(
    tmp_path: Path,
    drawn: list[str],
    no_network: None,
    monkeypatch: pytest.MonkeyPatch,
    named: str | None,
    said: str,
) -> None:
    if named is None:
        monkeypatch.delenv("INKDIGITS_DATA", raising=False)
    else:
        monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path / named))
    with pytest.raises(DataError, match=said):
        train(tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
    assert drawn == []


def test_a_set_that_is_nowhere_is_seen_before_a_folder_is_made(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing is at that path"):
        train(tmp_path / "run", recipe=replace(tiny.PLAIN, data=str(tmp_path / "nowhere")))
    assert list(tmp_path.iterdir()) == []


def test_another_mnist_is_seen_before_the_long_work(
    tmp_path: Path, drawn: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path))
    put_idx(tmp_path / "mnist" / "train-images-idx3-ubyte.gz", np.zeros((9, 28, 28), np.uint8))
    put_idx(tmp_path / "mnist" / "train-labels-idx1-ubyte.gz", np.zeros(9, np.uint8))
    with pytest.raises(DataError, match=r"train-images.*not the published one"):
        train(tmp_path / "run")
    assert drawn == []


@pytest.mark.parametrize("missing", ["optdigits", "semeion"])
def test_every_source_is_seen_before_the_long_work(
    tmp_path: Path,
    drawn: list[str],
    no_network: None,
    monkeypatch: pytest.MonkeyPatch,
    data_dir: Path,
    missing: str,
) -> None:
    for name in {"mnist", "optdigits", "semeion"} - {missing}:
        (tmp_path / name).symlink_to(data_dir / name)
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path))
    with pytest.raises(DataError, match=f"{missing}.*cannot be downloaded"):
        train(tmp_path / "run")
    assert drawn == []
