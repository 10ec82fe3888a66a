"""Bundles of line models: what is run, what is refused, and where they are no use."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inkdigits.cli.main import main
from inkdigits.errors import CorruptModel, DataError, IncompatibleModel, ModelError, RecipeError
from inkdigits.evaluation.runs import read_run
from inkdigits.recognition.bundle import BATCH, load_bundle
from inkdigits.recognition.classifier import Classifier
from inkdigits.recognition.contract import LINE_LABELS
from inkdigits.recognition.lines import load_line_model
from inkdigits.recognition.reader import Reader
from tests.recognition.conftest import tiny_graph, write_bundle
from tests.recognition.line_bundles import INPUT, line_graph, write_line_bundle

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return write_line_bundle(tmp_path / "lines")


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    return write_bundle(tmp_path / "digits", tiny_graph())


@pytest.mark.parametrize("width", [4, 8, 224, 1000])
def test_strips_of_any_width_are_scored_each_for_itself(bundle: Path, width: int) -> None:
    model = load_bundle(bundle)
    assert model.contract.reads_lines
    assert not model.contract.reads_digits
    assert model.contract.shape == (48, 0)
    strips = np.random.default_rng(1).integers(0, 256, (BATCH + 2, 48, width), np.uint8)
    scores = model.scores(strips)
    assert scores.shape == (BATCH + 2, width // 4, 12)
    assert scores.dtype == np.float32
    for strip, one in zip(strips[::13], scores[::13], strict=True):
        np.testing.assert_allclose(model.scores(strip[np.newaxis])[0], one, atol=1e-5)
    assert model.scores(strips[:0]).shape == (0, width // 4, 12)


def test_it_is_loaded_as_a_line_model(bundle: Path) -> None:
    model = load_line_model(bundle, threads=1)
    (lattice,) = model.lattices(np.zeros((1, 48, 20), np.uint8))
    assert lattice.shape == (5, len(LINE_LABELS))
    np.testing.assert_allclose(np.exp(lattice).sum(1), 1, rtol=1e-5)


def test_its_contract_is_what_was_written(bundle: Path) -> None:
    written = json.loads((bundle / "model.json").read_text(encoding="utf-8"))
    assert load_bundle(bundle).contract.to_dict() == written
    assert written["input"]["shape"] == [48, None]


@pytest.mark.parametrize(
    "changes",
    [
        {"input": INPUT | {"shape": [40, None]}},
        {"input": INPUT | {"shape": [48, 224]}},
        {"input": INPUT | {"shape": [48]}},
        {"input": INPUT | {"shape": [48, None, 3]}},
        {"input": INPUT | {"dtype": "float32"}},
        {"labels": [*LINE_LABELS[:-1]]},
        {"labels": [*LINE_LABELS[1:], "0"]},
        {"output": "probabilities"},
        {"reject": 10},
    ],
    ids=str,
)
def test_contracts_that_are_not_as_lines_are_read_are_refused(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    folder = write_line_bundle(tmp_path / "broken", **changes)
    with pytest.raises(IncompatibleModel, match="line models that take uint8 strips 48 pixels hi"):
        load_bundle(folder)


def test_only_lines_may_have_any_width(tmp_path: Path) -> None:
    folder = write_line_bundle(tmp_path / "broken", input=INPUT | {"meaning": "a picture as it is"})
    with pytest.raises(IncompatibleModel, match=r"\[H, W\] or \[H, W, 3\]"):
        load_bundle(folder)


@pytest.mark.parametrize(
    ("graph", "error"),
    [
        (line_graph(labels=11), IncompatibleModel),
        (line_graph(height=40), IncompatibleModel),
        (line_graph(width=224), IncompatibleModel),
        (tiny_graph(), IncompatibleModel),
        (line_graph(step=2), CorruptModel),  # found when it is run
    ],
    ids=["labels", "height", "width", "images", "steps"],
)
def test_a_graph_that_is_not_as_its_contract_says_is_refused(
    tmp_path: Path, graph: bytes, error: type[ModelError]
) -> None:
    folder = write_line_bundle(tmp_path / "broken", graph)
    with pytest.raises(error) as raised:
        load_bundle(folder)
    if error is IncompatibleModel:
        assert "uint8 images of 48xW to one score a label" in str(raised.value)


def test_a_reader_of_symbols_refuses_it(bundle: Path) -> None:
    with pytest.raises(IncompatibleModel, match="give it as line_model, and a model of digits as"):
        Reader(bundle)


def test_a_reader_of_lines_refuses_a_model_of_digits(digits: Path) -> None:
    with pytest.raises(IncompatibleModel, match=r"tiny 1\.2 does not read lines: name a line mod"):
        Reader(digits, line_model=digits)


def test_a_reader_takes_each_in_its_place(bundle: Path, digits: Path) -> None:
    assert Reader(digits, line_model=bundle, threads=1).title == "tiny 1.2 + lines 1.2"
    assert Reader(digits, line_model=None, threads=1).title == "tiny 1.2"


def test_a_classifier_refuses_it(bundle: Path) -> None:
    with pytest.raises(IncompatibleModel, match=r"lines 1\.2 reads whole lines, and tells no clas"):
        Classifier(bundle)


def test_a_line_run_has_no_report_to_compare(tmp_path: Path) -> None:
    write_line_bundle(tmp_path / "run" / "bundle")
    with pytest.raises(DataError, match="a line model has no report, since it tells no classes"):
        read_run(tmp_path / "run")


def test_it_learns_from_nothing_but_lines(bundle: Path) -> None:
    from inkdigits.training.adapting import adapting_recipe

    assert adapting_recipe(str(bundle), "lines").loss == "ctc"
    with pytest.raises(RecipeError, match="use --data lines"):
        adapting_recipe(str(bundle), "mnist")


@pytest.mark.parametrize(
    "command",
    [
        ["predict", "BUNDLE", "nothing.png"],
        ["read", "--model", "BUNDLE", "nothing.png"],
        ["evaluate", "BUNDLE", "--data", "nothing"],
        ["evaluate", "BUNDLE", "--suite", "wild-digits"],
        ["compare", "BUNDLE", "RUN"],
        ["compare", "BUNDLE", "RUN", "--data", "nothing"],
        ["train", "--from", "BUNDLE", "--data", "nothing"],
    ],
    ids=" ".join,
)
def test_every_command_that_wants_another_kind_says_so_in_one_line(
    bundle: Path, tmp_path: Path, capsys: Capture, command: list[str]
) -> None:
    run = write_line_bundle(tmp_path / "run" / "bundle").parent
    given = {"BUNDLE": str(bundle), "RUN": str(run)}
    assert main([given.get(word, word) for word in command]) in (1, 2)
    printed, complaint = capsys.readouterr()
    assert printed == ""
    assert complaint.count("\n") == 1
    assert "line" in complaint.replace(str(tmp_path), "")
    assert "nothing" not in complaint  # it is said before anything else is looked at
