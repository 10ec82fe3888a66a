"""Runs are compared by what they answered on the same images, and on no others."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import DataError
from inkdigits.evaluation.comparison import compare, holm
from inkdigits.evaluation.report_folder import write_report
from inkdigits.evaluation.runs import bundle_of, check_same, compare_all, read_run
from tests.evaluation.answers import answering, arrays_of

LABELS = [0, 1] * 30
CLASSES = ("cat", "dog")


def run_of(folder: Path, wrong: int, classes: tuple[str, ...] = CLASSES, **changes: object) -> Path:
    """A run that answers the first `wrong` images wrongly."""
    arrays = replace(arrays_of(LABELS, classes), **changes)  # type: ignore[arg-type]
    answers = [1 - label if n < wrong else label for n, label in enumerate(arrays.labels)]
    write_report(folder / "report", folder.name, arrays, answering(answers, 2))
    return folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Three runs on the same images, with 3, 9 and 20 mistakes."""
    base = tmp_path_factory.mktemp("runs")
    folders = [run_of(base / name, wrong) for name, wrong in (("a", 3), ("b", 9), ("c", 20))]
    (folders[0] / "run.json").write_text('{"parameters": 1234, "seconds": 5.5}', encoding="utf-8")
    (folders[0] / "history.csv").write_text("epoch,loss\n1,1\n", encoding="utf-8")
    return folders


def test_a_run_is_what_its_report_says(runs: list[Path]) -> None:
    run = read_run(runs[0])
    assert run.name == str(runs[0])
    assert (run.data, run.split) == ("noise", "validation")
    assert run.sha256 == arrays_of(LABELS, CLASSES).sha256
    assert run.figures.mistakes == 3
    np.testing.assert_array_equal(run.correct, [False] * 3 + [True] * 57)
    assert (run.parameters, run.seconds) == (1234, 5.5)
    assert run.history == runs[0] / "history.csv"


def test_the_folder_of_a_report_is_a_run_that_tells_less(runs: list[Path]) -> None:
    run = read_run(runs[1] / "report")
    assert run.figures.mistakes == 9
    assert (run.parameters, run.seconds, run.history) == (None, None, None)


def test_every_pair_is_compared_and_corrected_for_all(runs: list[Path]) -> None:
    read = [read_run(run) for run in runs]
    pairs = compare_all(read)
    assert [pair.runs for pair in pairs] == [(0, 1), (0, 2), (1, 2)]
    found = [compare(read[a].correct, read[b].correct) for a, b in ((0, 1), (0, 2), (1, 2))]
    assert [pair.found for pair in pairs] == found
    assert [pair.p_value for pair in pairs] == holm([one.p_value for one in found])
    assert (found[0].only_first, found[0].only_second) == (6, 0)


def test_runs_on_other_images_are_not_compared(runs: list[Path], tmp_path: Path) -> None:
    images = np.zeros((60, 28, 28), np.uint8)
    other = run_of(tmp_path / "other", 3, images=images, name="mnist")
    with pytest.raises(DataError, match=r"noise \(validation.*mnist \(validation.*--data"):
        check_same([read_run(run) for run in (*runs, other)])
    check_same([read_run(run) for run in runs])


def test_runs_of_other_classes_are_not_compared(runs: list[Path], tmp_path: Path) -> None:
    other = run_of(tmp_path / "other", 3, classes=("cat", "newt"))
    with pytest.raises(DataError, match="different classes"):
        check_same([read_run(runs[0]), read_run(other)])


def test_a_folder_without_a_report_is_refused(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(DataError, match=r"report\.json is not there.*--data"):
            read_run(folder)


@pytest.mark.parametrize("name", ["report.json", "predictions.npz"])
@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\0", b"PK\x03\x04broken"], ids=ascii)
def test_a_broken_report_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    run = run_of(tmp_path / "run", 3)
    (run / "report" / name).write_bytes(content)
    with pytest.raises(DataError, match="not a report of inkdigits"):
        read_run(run)


def test_predictions_that_are_code_are_not_run(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", 3)
    objects = np.array([{"a": 1}], dtype=object)
    np.savez(run / "report" / "predictions.npz", probabilities=objects, labels=objects)
    with pytest.raises(DataError, match="not a report of inkdigits"):
        read_run(run)


def test_a_report_whose_classes_do_not_fit_is_refused(tmp_path: Path) -> None:
    run = run_of(tmp_path / "run", 3)
    path = run / "report" / "report.json"
    report = json.loads(path.read_bytes())
    path.write_text(json.dumps({**report, "classes": ["cat"]}), encoding="utf-8")
    with pytest.raises(DataError):
        read_run(run)


def test_a_bundle_is_found_in_its_run_and_alone(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "model.json").touch()
    assert bundle_of(tmp_path) == bundle_of(tmp_path / "bundle") == tmp_path / "bundle"
    with pytest.raises(DataError, match="no bundle"):
        bundle_of(tmp_path / "missing")
