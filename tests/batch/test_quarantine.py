import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from inkdigits.batch.quarantine import KILLED, TRIES, read_guarded, read_in_child
from inkdigits.batch.rows import error_row, table_of
from inkdigits.batch.sources import File
from inkdigits.batch.work import Work, read_shard
from inkdigits.errors import InkdigitsError
from tests.batch.conftest import environment

Scans = Callable[..., Path]


class Reading:
    """Reads any file but the deadly, which end it; notes what it was given."""

    def __init__(self, *deadly: str) -> None:
        self.deadly = deadly
        self.given: list[list[str]] = []

    def __call__(self, _work: Work, files: Sequence[File]) -> "pa.Table | str":
        self.given.append([file.path for file in files])
        if any(file.path in self.deadly for file in files):
            return "Segmentation fault"
        return table_of([error_row(file.path, "m", "", "", 0.0) for file in files])


def files(*names: str) -> list[File]:
    return [File(name, None, None) for name in names]


@pytest.mark.parametrize("count", [1, 2, 3, 8, 100])
def test_the_file_that_kills_is_found_and_the_others_are_read_once(work: Work, count: int) -> None:
    names = [f"{i}.png" for i in range(count)]
    for deadly in {names[0], names[count // 2], names[-1]}:
        attempt = Reading(deadly)
        rows = read_guarded(work, files(*names), attempt).to_pylist()
        assert [row["source"] for row in rows] == names
        assert [row["source"] for row in rows if row["error"]] == [deadly]
        assert len(attempt.given) <= 2 * count.bit_length() + TRIES + 1


def test_the_row_says_how_its_reader_ended(work: Work) -> None:
    (row,) = read_guarded(work, files("a.png"), Reading("a.png")).to_pylist()
    assert row["error"] == KILLED
    assert row["message"] == "a.png: ends the process that reads it: Segmentation fault"
    assert row["model"].startswith("compact")


def test_one_death_alone_is_no_proof(work: Work) -> None:
    attempt = Reading()
    ended = iter(["Killed"])
    rows = read_guarded(work, files("a.png"), lambda w, f: next(ended, None) or attempt(w, f))
    assert rows["error"].to_pylist() == [""]


def test_no_file_is_blamed_where_every_process_ends(work: Work) -> None:
    with pytest.raises(InkdigitsError, match="reads nothing is ended all the same: Killed"):
        read_guarded(work, files("a.png", "b.png"), lambda *_: "Killed")


def test_a_child_reads_what_this_process_reads(work: Work, scans: Scans, tmp_path: Path) -> None:
    folder = scans("a.png", "caf\udce9.png")
    here = replace(work, base=str(folder))
    names = files("a.png", "caf\udce9.png", "gone.png")
    child, direct = read_in_child(here, names), read_shard(here, names)
    assert not isinstance(child, str)
    timeless = [name for name in direct.column_names if "milliseconds" not in name]
    assert child.select(timeless).equals(direct.select(timeless))


def test_a_child_that_crashes_or_takes_all_memory_takes_nothing_along(
    work: Work, scans: Scans, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = scans("a.png", "segfault.png", "greedy.png")
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    bounded = replace(work, base=str(folder), memory_bytes=700_000_000)
    rows = read_guarded(bounded, files("a.png", "greedy.png", "segfault.png")).to_pylist()
    assert [row["error"] for row in rows] == ["", "ImageTooLarge", KILLED]
    assert "memory" in rows[1]["message"]
    assert "Segmentation fault" in rows[2]["message"]


def test_a_child_that_cannot_start_is_no_file_s_fault(
    work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(InkdigitsError, match="status 1"):
        read_guarded(work, files("a.png"))
