"""The command around a batch; whole batches with processes are in tests/batch/test_engine.py."""

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inkdigits.batch import engine
from inkdigits.batch.state import locked
from inkdigits.cli.main import main
from tests.batch.conftest import digit_png, one_process, read_rows, scans

__all__ = ["digit_png", "one_process", "scans"]  # fixtures

Scans = Callable[..., Path]
Capture = pytest.CaptureFixture[str]

pytestmark = pytest.mark.usefixtures("one_process", "in_tmp_path")


@pytest.fixture
def in_tmp_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def batch(*arguments: str) -> int:
    return main(["batch", *arguments])


def test_a_folder_becomes_a_table_and_a_report(scans: Scans, capsys: Capture) -> None:
    scans("a.png", "b/c.png")
    assert batch("scans/", "--out", "results") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines()[0].split() == ["files", "2"]
    assert read_rows(Path("results"))["source"].to_pylist() == ["scans/a.png", "scans/b/c.png"]
    report = json.loads(Path("results/report.json").read_text())
    assert (report["files"], report["accepted"], report["errors"]) == (2, 2, {})
    assert report["files_per_second"] > 0


def test_an_error_row_is_exit_status_1(scans: Scans, capsys: Capture) -> None:
    (scans("a.png") / "b.png").write_bytes(b"no image")
    assert batch("scans", "--out", "results", "--json") == 1
    assert json.loads(capsys.readouterr().out)["errors"] == {"UnsupportedFormat": 1}


def test_again_it_says_that_it_goes_on(scans: Scans, capsys: Capture) -> None:
    scans("a.png")
    assert batch("scans", "--out", "results") == 0
    assert batch("scans", "--out", "results") == 0
    said = capsys.readouterr().err
    assert said == "inkdigits: results: going on; 1 of 1 files are read already\n"


def test_the_options_of_read_hold_here(scans: Scans) -> None:
    scans("a.png")
    options = ("--layout", "line", "--max-megapixels", "0.0001", "--format", "jsonl")
    assert batch("scans", "--out", "results", *options) == 1
    state = json.loads(Path("results/batch.json").read_text())
    assert (state["options"]["layout"], state["options"]["max_pixels"]) == ("line", 100)
    (row,) = map(json.loads, Path("results/rows/000000.jsonl").read_text().splitlines())
    assert row["error"] == "ImageTooLarge"


def test_a_list_may_come_from_standard_input(scans: Scans, monkeypatch: pytest.MonkeyPatch) -> None:
    scans("a.png")

    class Stdin:
        buffer = (b"scans/gone.png\n", b"scans/a.png\n")

    monkeypatch.setattr("sys.stdin", Stdin())
    assert batch("--from-list", "-", "--out", "results") == 1
    assert read_rows(Path("results"))["text"].to_pylist() == ["", "7"]
    assert batch("--out", "results") == 1  # without the list it goes on


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["scans"], "--out RESULTS"),
        (["status"], "batch status RESULTS"),
        (["merge", "results"], "batch merge RESULTS OUT"),
        (["--out", "results"], "no batch was begun there"),
        (["status", "nowhere"], "nowhere: no batch was begun there"),
        (["nowhere", "--out", "results"], "nowhere: no such file or folder"),
        (["empty", "--out", "results"], "empty: no image is found there"),
        (["scans", "--out", "results", "--from-list", "x"], "not both"),
        (["--out", "results", "--limit", "3"], "name SCANS too"),
        (["scans", "--out", "results", "--workers", "2", "--scheduler", "tcp://x"], "--workers"),
        (["scans", "--out", "results", "--since", "noon"], "neither a date"),
        (["scans", "--out", "results", "--model", "nowhere"], "no model is called"),
        (["scans", "--out", "results", "--memory", "0.1"], "--memory 0.1"),
    ],
)
def test_wrong_usage_is_one_line_and_reads_nothing(
    arguments: list[str], said: str, scans: Scans, capsys: Capture
) -> None:
    scans("a.png")
    Path("empty").mkdir()
    assert batch(*arguments) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err
    assert not Path("results/batch.json").exists()


def test_another_batch_in_the_folder_is_refused(scans: Scans, capsys: Capture) -> None:
    scans("a.png")
    assert batch("scans", "--out", "results") == 0
    capsys.readouterr()
    assert batch("scans", "--out", "results", "--layout", "page") == 2
    assert "begun with layout auto, not page" in capsys.readouterr().err
    scans("b.png")
    assert batch("scans", "--out", "results") == 2
    assert "1 new (scans/b.png)" in capsys.readouterr().err


def test_two_at_a_time_in_a_folder_are_one_too_many(scans: Scans, capsys: Capture) -> None:
    scans("a.png")
    Path("results").mkdir()
    with locked(Path("results")):
        assert batch("scans", "--out", "results") == 1
    assert "another batch is writing there" in capsys.readouterr().err


def test_a_dry_run_writes_nothing(scans: Scans, capsys: Capture) -> None:
    folder = scans("a.png", "b.png")
    size = 2 * (folder / "a.png").stat().st_size / 1e6
    assert batch("scans", "--out", "results", "--dry-run", "--shard-size", "1") == 0
    assert capsys.readouterr().out == f"2 files, {size:,.1f} MB, in 2 shards of up to 1\n"
    assert not Path("results").exists()


def test_a_dry_run_of_a_batch_that_was_begun_says_what_is_left(
    scans: Scans, capsys: Capture
) -> None:
    scans("a.png", "b.png")
    assert batch("scans", "--out", "results", "--shard-size", "1") == 0
    Path("results/rows/000001.parquet").unlink()
    capsys.readouterr()
    assert batch("--out", "results", "--dry-run") == 0
    assert capsys.readouterr().out.startswith("results: 1 of 2 files are read")
    assert not Path("results/rows/000001.parquet").exists()


def test_nothing_new_is_no_error(scans: Scans, capsys: Capture) -> None:
    scans("a.png")
    assert batch("scans", "--out", "results") == 0
    capsys.readouterr()
    assert batch("scans", "--out", "more", "--since", "results") == 0
    assert capsys.readouterr().err == "inkdigits: there is nothing to read\n"
    assert not Path("more").exists()


def test_status_shows_what_is_read(scans: Scans, capsys: Capture) -> None:
    scans("a.png", "b.png")
    assert batch("scans", "--out", "results", "--shard-size", "1") == 0
    Path("results/rows/000000.parquet").unlink()
    capsys.readouterr()
    assert batch("status", "results") == 0
    out = capsys.readouterr().out
    assert out.startswith("results: 1 of 2 files are read; no batch is at work there\n")
    assert batch("status", "results", "--json") == 0
    assert json.loads(capsys.readouterr().out)["files"] == 1


def test_merge_writes_one_file(scans: Scans, capsys: Capture) -> None:
    scans("a.png", "b.png")
    assert batch("scans", "--out", "results", "--shard-size", "1") == 0
    capsys.readouterr()
    assert batch("merge", "results", "all.csv") == 0
    assert capsys.readouterr().out == "wrote all.csv: 2 rows\n"
    assert Path("all.csv").read_text().count("\n") == 3
    assert batch("merge", "results", "all.xls") == 2
    assert batch("merge", "results", "nowhere/all.csv") == 1


def test_a_folder_called_status_can_be_read(scans: Scans) -> None:
    scans("a.png", folder="status")
    assert batch("status", "--out", "results") == 0


def test_a_full_disk_is_one_line_and_keeps_what_is_committed(
    scans: Scans, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans("a.png", "b.png", "c.png")
    arguments = ("scans", "--out", "results", "--shard-size", "1")
    fsync = os.fsync
    room = iter([True] * 4)  # manifest, batch.json, two shards

    def filling(descriptor: int) -> None:
        if not next(room, False):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", filling)
        assert batch(*arguments) == 1
    said = "results/rows/000002.parquet: No space left on device"
    assert capsys.readouterr().err == (
        f"inkdigits: {said}; 2 of 3 files are read; give the same command again to go on\n"
    )
    assert len(read_rows(Path("results"))) == 2
    assert batch(*arguments) == 0
    assert len(read_rows(Path("results"))) == 3


def test_a_result_that_is_no_folder_is_one_line(scans: Scans, capsys: Capture) -> None:
    scans("a.png")
    Path("results").write_text("a file")
    assert batch("scans", "--out", "results") == 1
    assert capsys.readouterr().err == "inkdigits: results: File exists\n"


def test_a_folder_that_cannot_be_written_is_one_line(
    scans: Scans, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans("a.png")
    Path("results").mkdir()
    is_open = Path.open

    def read_only(self: Path, mode: str = "r") -> object:
        if mode != "rb":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), str(self))
        return is_open(self, mode)

    monkeypatch.setattr(Path, "open", read_only)
    assert batch("scans", "--out", "results") == 1
    assert capsys.readouterr().err == "inkdigits: results/.lock: Read-only file system\n"


def test_ctrl_c_says_how_to_go_on(
    scans: Scans, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans("a.png")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(engine, "read_shards", interrupted)
    assert batch("scans", "--out", "results") == 130
    assert capsys.readouterr().err == (
        "inkdigits: interrupted; 0 of 1 files are read; give the same command again to go on\n"
    )


def test_help_imports_no_part_of_the_extra() -> None:
    code = (
        "import sys; from inkdigits.cli.main import main; assert main(['batch', '--help']) == 0;"
        "assert not {'dask', 'pyarrow', 'fsspec', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)
