"""A line model is trained, stopped, resumed and exported as every other, and read with as such."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from inkdigits import architectures
from inkdigits.architectures import line
from inkdigits.cli.main import main
from inkdigits.data.lines import LineShares
from inkdigits.errors import DataError
from inkdigits.recognition.bundle import load_bundle
from inkdigits.recognition.contract import LINE_LABELS, STRIP
from inkdigits.recognition.lines import load_line_model
from inkdigits.training import data as training_data
from inkdigits.training.adapting import adapting_recipe, with_learnt_head
from inkdigits.training.data import open_data
from inkdigits.training.export import check_agreement, scores_of, to_onnx
from inkdigits.training.fitting import fit
from inkdigits.training.network import batch_normalizations
from inkdigits.training.recipe import LINES, Recipe
from inkdigits.training.run import train
from inkdigits.training.watching import EpochReport, Unmoved
from tests.data.small_lines import CHEQUES, digits, use_small_pools, write_cheques

RECIPE = """\
from inkdigits.data.lines import LineShares
from inkdigits.training.recipe import Recipe

RECIPE = Recipe(
    name="small-lines",
    network="line",
    data="lines",
    loss="ctc",
    optimizer="adamw",
    weight_decay=0.02,
    average=0.9,
    epochs=2,
    batch=16,
    learning_rate=0.003,
    lines=LineShares(lines=32, real=0.5, composed_only=0.5),
)
"""
HELD_OUT = 24


@pytest.fixture(scope="module", autouse=True)
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A small network, small pools and drawn strips in the place of real ones."""
    folder = tmp_path_factory.mktemp("data")
    write_cheques(folder, CHEQUES)
    with pytest.MonkeyPatch.context() as patch:
        use_small_pools(patch)
        patch.setenv("INKDIGITS_DATA", str(folder))
        patch.setattr(training_data, "load_set", digits)
        patch.setattr(training_data, "HELD_OUT_LINES", HELD_OUT)
        patch.setattr(line, "_STEM", (4, 4))
        patch.setattr(line, "_STAGES", ((6, (2, 2), 1), (6, (2, 1), 0), (8, (2, 1), 0)))
        patch.setattr(line, "_CONTEXT", 12)
        yield


@pytest.fixture(scope="module")
def recipe_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recipe") / "small_lines.py"
    path.write_text(RECIPE)
    return path


@pytest.fixture(scope="module")
def run(recipe_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a training from the command line."""
    out = tmp_path_factory.mktemp("runs") / "lines"
    assert main(["train", "--recipe", str(recipe_file), "--out", str(out)]) == 0
    return out


def test_a_run_ends_in_a_line_model(run: Path) -> None:
    model = load_line_model(run / "bundle", threads=1)
    assert model.contract.meaning == STRIP
    assert model.contract.labels == LINE_LABELS
    assert model.contract.thresholds == {}
    assert model.lattices(np.zeros((1, 48, 40), np.uint8))[0].shape == (10, 12)
    assert model.contract.recipe["lines"] == {"lines": 32, "real": 0.5, "composed_only": 0.5}
    assert [source["name"] for source in model.contract.data] == [
        *("mnist", "optdigits", "semeion", "orand-car-a")
    ]
    assert 0.1 <= model.contract.temperature <= 10
    card = (run / "bundle" / "CARD.md").read_text(encoding="utf-8")
    assert "Reads the digits of a line of handwriting" in card
    assert "`images`, uint8 `(N, 48, W)`" in card
    assert "thresholds: none" in card


def test_a_run_holds_what_can_be_said_of_lines(run: Path) -> None:
    record = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert record["finished"]
    assert record["split"] == {"method": "composed of digits held out of every source", "count": 24}
    assert set(record["measured"]) == {
        "composed lines right",
        "composed lines, loss",
        "largest difference of a logit, Keras against ONNX",
    }
    assert (run / "curves.png").is_file()
    assert not (run / "report").exists()
    rows = (run / "history.csv").read_text().splitlines()
    assert len(rows) == 1 + 2


def test_the_command_names_what_it_wrote(
    recipe_file: Path, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Resumed after its end, a training only writes its results again."""
    bundle = (run / "bundle" / "model.onnx").read_bytes()
    assert main(["train", "--recipe", str(recipe_file), "--out", str(run), "--resume"]) == 0
    *_, last = capsys.readouterr().out.splitlines()
    assert last == f"wrote {run / 'bundle'} and {run / 'curves.png'}"
    assert (run / "bundle" / "model.onnx").read_bytes() == bundle


class Interrupting(Unmoved):
    def epoch(self, report: EpochReport) -> None:
        raise KeyboardInterrupt(report.epoch)


def test_an_interrupted_training_goes_on_to_the_same_weights(
    recipe_file: Path, run: Path, tmp_path: Path
) -> None:
    from inkdigits.training.recipes import find_recipe

    recipe = find_recipe(str(recipe_file))
    with pytest.raises(KeyboardInterrupt):
        train(recipe, tmp_path / "cut", tmp_path / "cut" / "bundle", Interrupting())
    assert load_bundle(tmp_path / "cut" / "bundle").contract.reads_lines  # of one epoch
    train(recipe, tmp_path / "cut", tmp_path / "cut" / "bundle", Unmoved(), resume=True)
    weights = (tmp_path / "cut" / "bundle" / "model.onnx").read_bytes()
    assert weights == (run / "bundle" / "model.onnx").read_bytes()


def test_the_exported_graph_takes_any_width() -> None:
    model = architectures.build("line", 12, (48, 0))
    rng = np.random.default_rng(1)
    for layer in model.layers:  # as after a training: no statistics of zero and one
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.set_weights([w + rng.uniform(0, 0.3, w.shape) for w in layer.get_weights()])
    graph = to_onnx(model)
    for width in (4, 60, 224, 1200):
        strips = rng.integers(0, 256, (3, 48, width), np.uint8)
        assert check_agreement(model, graph, strips) < 1e-4
        assert scores_of(graph, strips).shape == (3, width // 4, 12)


def small_recipe(**shares: float) -> Recipe:
    return Recipe(
        name="small", network="line", data=LINES, loss="ctc", epochs=1, batch=16,
        lines=LineShares(lines=8, **shares),
    )  # fmt: skip


def test_what_is_kept_out_is_composed_and_has_other_labels_than_images() -> None:
    data = open_data(small_recipe())()
    assert (data.shape, data.meaning, data.reject) == ((48, 0), STRIP, None)
    assert data.classes == LINE_LABELS
    assert len(data.validation) == HELD_OUT
    assert len(data.feed) == 8


def test_missing_strips_are_said_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"orand-car-a.*not there"):
        open_data(small_recipe())
    assert open_data(small_recipe(real=0.0))().to_list()[-1]["name"] == "semeion"


@pytest.mark.parametrize("part", ["", "bundle"])
def test_a_line_model_goes_on_learning_lines(run: Path, tmp_path: Path, part: str) -> None:
    shares = LineShares(lines=32)
    recipe = replace(adapting_recipe(str(run / part), LINES), epochs=3, average=0.5, lines=shares)
    data = open_data(recipe)()
    build = with_learnt_head(recipe, data, tmp_path, Unmoved())
    model = build()
    strips = data.validation.images[:4]
    scores = load_bundle(run / "bundle").scores(strips)
    np.testing.assert_allclose(model.predict(strips, verbose=0), scores, atol=1e-3)
    assert all(layer.trainable for layer in batch_normalizations(model))
    learnt = fit(recipe, build, data, tmp_path, Unmoved())
    assert not np.array_equal(learnt.get_weights()[0], model.get_weights()[0])
