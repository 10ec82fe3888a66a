"""The report: what it says of a run, and what it keeps of the runs before."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import DataError
from inkdigits.evaluation import report
from inkdigits.evaluation.measuring import Misreading, Result, Sample
from inkdigits.evaluation.metrics import Share
from inkdigits.evaluation.report import Subject

COMPACT = Subject("compact", "0.1.0", "ab" * 32, 1_234_567)
RETRAINED = Subject("compact", "0.2.0", "cd" * 32, 1_234_567)
ORDER = ("mnist", "wild", "letters")
WRONG = Misreading(
    Sample("photo|7.png", "7", np.zeros((28, 28), np.uint8)), "", "1", 0.4321987, "not a digit"
)
WILD = Result(
    suite="wild",
    images=100,
    exact=Share(98, 100),
    guessed=Share(99, 100),
    digit_error_rate=0.02,
    refused=Share(1, 100),
    calibration_error=0.0123456789,
    others={"NLL": 0.0512},
    misread=(WRONG,),
)
LETTERS = Result(suite="letters", images=52, others={"AUROC": 0.9712})
MNIST = Result(suite="mnist", images=10_000, exact=Share(9971, 10_000))


def test_json_holds_counts_and_intervals(tmp_path: Path) -> None:
    path = report.save(tmp_path / "new", COMPACT, [WILD], ORDER)
    written = json.loads(path.read_text(encoding="utf-8"))
    assert path.name == "compact.json"
    assert written["model"]["sha256"] == COMPACT.sha256
    wild = written["suites"]["wild"]
    assert (wild["exact"]["count"], wild["exact"]["total"]) == (98, 100)
    low, high = wild["exact"]["interval_95"]
    assert low < 0.98 < high
    assert wild["calibration_error"] == 0.012346
    assert wild["environment"].keys() >= {"inkdigits", "onnxruntime", "numpy", "machine", "date"}
    assert wild["misread"] == [
        {
            "name": "photo|7.png",
            "truth": "7",
            "answer": "",
            "guess": "1",
            "confidence": 0.4322,
            "reason": "not a digit",
        }
    ]


def test_other_suites_of_the_same_weights_are_kept(tmp_path: Path) -> None:
    report.save(tmp_path, COMPACT, [MNIST], ORDER)
    report.save(tmp_path, COMPACT, [LETTERS, WILD], ORDER)
    path = report.save(tmp_path, COMPACT, [Result("wild", 7)], ORDER)
    suites = json.loads(path.read_text(encoding="utf-8"))["suites"]
    assert list(suites) == list(ORDER)
    assert suites["wild"]["images"] == 7


def test_nothing_is_kept_of_other_weights(tmp_path: Path) -> None:
    report.save(tmp_path, COMPACT, [MNIST], ORDER)
    path = report.save(tmp_path, RETRAINED, [WILD], ORDER)
    assert list(json.loads(path.read_text(encoding="utf-8"))["suites"]) == ["wild"]


MODEL = '"model": {"name": "compact", "version": "1", "sha256": "ab", "bytes": 9}'


@pytest.mark.parametrize(
    "content",
    [
        *("", "[]", "{}", '{"model": {}, "suites": {}}'),
        f"{{{MODEL}}}",
        f'{{{MODEL}, "suites": []}}',
        f'{{{MODEL}, "suites": {{"mnist": {{}}}}}}',
        f'{{{MODEL}, "suites": {{"mnist": null}}}}',
    ],
)
def test_a_file_that_is_no_report_is_not_overwritten(tmp_path: Path, content: str) -> None:
    path = tmp_path / "compact.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=r"compact\.json"):
        report.save(tmp_path, COMPACT, [WILD], ORDER)
    assert path.read_text(encoding="utf-8") == content


def test_the_table_lines_up() -> None:
    suites = {result.suite: report.to_dict(result) for result in (WILD, LETTERS)}
    header, wild, letters, *_ = report.table(suites).splitlines()
    end = header.index("exact") + len("exact")
    assert wild[:end].endswith("98.00 [93.00, 99.45]")
    assert letters[:end].endswith(" -")
    assert wild.endswith("NLL 0.0512")
    assert letters.endswith("AUROC 97.12")


def test_the_page_has_a_row_a_suite(tmp_path: Path) -> None:
    path = report.save(tmp_path, COMPACT, [WILD, LETTERS], ORDER).with_suffix(".md")
    page = path.read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert [row.split("|")[1].strip() for row in rows] == ["suite", "---", "wild", "letters"]
    assert {row.count("|") for row in rows} == {len(report.HEADER) + 1}
    assert COMPACT.sha256 in page


@pytest.mark.parametrize("key", ["images", "exact", "others", "environment"])
def test_a_suite_that_lacks_a_key_is_no_report(tmp_path: Path, key: str) -> None:
    path = report.save(tmp_path, COMPACT, [MNIST], ORDER)
    written = json.loads(path.read_text(encoding="utf-8"))
    del written["suites"]["mnist"][key]
    path.write_text(json.dumps(written), encoding="utf-8")
    with pytest.raises(DataError, match="not a report of inkdigits"):
        report.save(tmp_path, COMPACT, [WILD], ORDER)


def test_a_report_comes_back(tmp_path: Path) -> None:
    path = report.save(tmp_path, COMPACT, [MNIST, WILD], ORDER)
    assert report.load(path) == json.loads(path.read_text(encoding="utf-8"))
    assert report.load(tmp_path / "other.json") is None


def test_a_full_disk_leaves_the_old_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = report.save(tmp_path, COMPACT, [MNIST], ORDER)
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space") as failure:
        report.save(tmp_path, COMPACT, [WILD], ORDER)
    assert failure.value.filename == str(path)
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before
