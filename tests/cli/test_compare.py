"""`inkdigits compare`: the table, the sentences, and test sets only where they are asked for."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inkdigits.cli.main import main
from inkdigits.evaluation.report_folder import write_report
from inkdigits.recognition.contract import PICTURE
from tests.cli.test_evaluate import WITHOUT_EXTRAS
from tests.evaluation.answers import answering, arrays_of
from tests.recognition.conftest import tiny_graph, write_bundle

LABELS = [0, 1] * 100
Capture = pytest.CaptureFixture[str]


def add_run(folder: Path, wrong: int, split: str = "validation", name: str = "noise") -> str:
    """A run whose model answers so many of its images wrongly."""
    arrays = replace(arrays_of(LABELS, ("cat", "dog"), (8, 8)), split=split, name=name)
    answers = [1 - label if n < wrong else label for n, label in enumerate(LABELS)]
    write_report(folder / "report", "t", arrays, answering(answers, 2))
    (folder / "history.csv").write_text("epoch,loss,accuracy\n1,2,.5\n", encoding="utf-8")
    return str(folder)


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.chdir(tmp_path)
    return [add_run(tmp_path / name, wrong) for name, wrong in (("a", 4), ("b", 30))]


def test_two_runs_are_told_apart_and_the_comparison_is_kept(
    runs: list[str], tmp_path: Path, capsys: Capture
) -> None:
    assert main(["compare", *runs]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "200 images of noise (validation)" in out
    assert f"{runs[0]} is better than {runs[1]} by 13.00 points" in out
    assert "Holm" not in out
    kept = json.loads((tmp_path / "comparison" / "comparison.json").read_bytes())
    assert [run["run"] for run in kept["runs"]] == runs
    assert kept["runs"][0]["accuracy"] == 0.98
    (pair,) = kept["pairs"]
    assert (pair["only_first_right"], pair["only_second_right"]) == (26, 0)
    assert (tmp_path / "comparison" / "curves.png").stat().st_size > 0


def test_more_runs_are_corrected_for(runs: list[str], tmp_path: Path, capsys: Capture) -> None:
    runs.append(add_run(tmp_path / "c", 5))
    assert main(["compare", *runs, "--out", "elsewhere"]) == 0
    out = capsys.readouterr().out
    assert f"{runs[0]} is ahead of {runs[2]} by 0.50 points" in out
    assert "corrected for 3 comparisons (Holm 1979)" in out
    assert (tmp_path / "elsewhere" / "comparison.json").is_file()


def test_of_very_many_pairs_those_with_the_best_run_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.chdir(tmp_path)
    runs = [add_run(tmp_path / name, 6 + n) for n, name in enumerate("abcdef")]
    assert main(["compare", *runs]) == 0
    said = [line for line in capsys.readouterr().out.splitlines() if " is " in line]
    assert len(said) == 5
    assert all(line.startswith(runs[0]) for line in said)
    assert len(json.loads(Path("comparison/comparison.json").read_bytes())["pairs"]) == 15


def test_a_test_set_is_used_only_when_asked_for(tmp_path: Path, capsys: Capture) -> None:
    runs = [add_run(tmp_path / name, 5, split="test") for name in "ab"]
    assert main(["compare", *runs, "--out", str(tmp_path / "out")]) == 2
    assert "add --part test" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main(["compare", *runs, "--out", str(tmp_path / "out"), "--part", "test"]) == 0


def test_runs_on_other_data_are_refused(tmp_path: Path, runs: list[str], capsys: Capture) -> None:
    arrays = replace(arrays_of([0, 1], ("cat", "dog"), (8, 8)), name="other")
    write_report(tmp_path / "c", "t", arrays, answering([0, 1], 2))
    assert main(["compare", *runs, "c"]) == 1
    said = capsys.readouterr().err
    assert "other images" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "comparison").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a"], "two runs or more"),
        (["a", "b", "./a"], "named twice"),
        (["a", "b", "--seed", "-1"], "below 0"),
        (["a", "b", "--part", "validation"], "invalid choice"),
    ],
    ids=["one", "twice", "seed", "part"],
)
def test_wrong_usage(runs: list[str], arguments: list[str], said: str, capsys: Capture) -> None:
    assert main(["compare", *arguments]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_bundles_are_run_on_data_that_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    """One calls everything a cat, the other a dog, in another order of classes."""
    monkeypatch.chdir(tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    labels = np.array([0] * 30 + [1] * 10)
    np.savez("pets.npz", images=images, labels=labels, classes=np.array(["cat", "dog"]))
    kind = {"shape": [8, 8], "dtype": "uint8", "meaning": PICTURE}
    for name, labelled, best in (("cats", ["cat", "dog"], 0), ("dogs", ["dog", "cat"], 0)):
        graph = tiny_graph({best: 3.0}, images=("N", 8, 8), labels=2)
        fields = {"labels": labelled, "reject": None, "thresholds": {}, "input": kind}
        write_bundle(Path(name) / "bundle", graph, **fields)
    assert main(["compare", "cats", "dogs/bundle", "--data", "pets.npz"]) == 0
    out = capsys.readouterr().out
    assert "40 images of pets" in out
    assert "cats is better than dogs/bundle by 50.00 points" in out
    assert not Path("comparison/curves.png").exists()


def test_without_the_extra_it_says_what_to_install(runs: list[str]) -> None:
    command = [sys.executable, "-c", WITHOUT_EXTRAS, "compare", *runs]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "inkdigits compare needs the extra [train]" in done.stderr
