"""Whole batches in processes of their own, some of which are killed on the way.

Where time passes, a test waits for what it needs (a shard, a process), never for a time.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import psutil
import pytest

from inkdigits.batch import engine
from inkdigits.errors import InkdigitsError
from tests.batch.conftest import Command, environment, read_rows

Scans = Callable[..., Path]

TIMEOUT_S = 120


def wait_until(condition: Callable[[], object], process: "subprocess.Popen[str]") -> None:
    """Until `condition` holds; fails if the process ends before."""
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def committed(results: Path) -> set[str]:
    return {path.name for path in (results / "rows").glob("*.parquet")}


def workers_of(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    """The processes that read."""
    children = psutil.Process(process.pid).children(recursive=True)
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def assert_each_once(results: Path, folder: Path, *failed: str) -> None:
    """Every scan has one row, in the order of the names; all but those `failed` read 7."""
    rows = read_rows(results).to_pylist()
    names = sorted(path.name for path in folder.iterdir())
    assert [Path(row["source"]).name for row in rows] == names
    expected = ["" if name in failed else "7" for name in names]
    assert [row["text"] for row in rows] == expected


def test_a_worker_that_is_killed_and_files_that_kill_cost_nothing_else(
    scans: Scans, start: Command, tmp_path: Path
) -> None:
    bad = ("0020segfault.png", "0030greedy.png")
    folder = scans(*(f"{i:04d}slow.png" for i in range(40)), *bad)
    results = tmp_path / "results"
    command = start("scans", "--out", "results", "--shard-size", 2, "--workers", 2, "--memory", 0.8)
    wait_until(lambda: committed(results), command)
    workers_of(command)[0].kill()
    out, err = command.communicate(timeout=TIMEOUT_S)
    assert (command.returncode, err) == (1, "")
    assert_each_once(results, folder, *bad)
    errors = {Path(r["source"]).name: r for r in read_rows(results).to_pylist() if r["error"]}
    assert {name: row["error"] for name, row in errors.items()} == {
        "0020segfault.png": "ReaderKilled",
        "0030greedy.png": "ImageTooLarge",
    }
    assert "Segmentation fault" in errors["0020segfault.png"]["message"]
    assert "error: ReaderKilled" in out


def test_stopped_and_killed_it_goes_on_and_reads_each_file_once(
    scans: Scans, start: Command, tmp_path: Path
) -> None:
    folder = scans(*(f"{i:04d}slow.png" for i in range(160)))
    results = tmp_path / "results"
    arguments = ("scans", "--out", "results", "--shard-size", 10, "--workers", 2)

    command = start(*arguments)
    wait_until(lambda: committed(results), command)
    workers = workers_of(command)
    command.send_signal(signal.SIGINT)
    _, err = command.communicate(timeout=TIMEOUT_S)
    assert command.returncode == 130
    read = 10 * len(committed(results))
    assert err == (
        f"inkdigits: interrupted; {read} of 160 files are read; "
        "give the same command again to go on\n"
    )
    assert len(workers) == 2
    assert all(map(is_gone, workers))

    before = committed(results)
    command = start(*arguments)
    wait_until(lambda: committed(results) - before, command)
    workers = workers_of(command)
    command.kill()
    _, err = command.communicate(timeout=TIMEOUT_S)
    assert err.startswith(f"inkdigits: results: going on; {read} of 160 files are read already\n")
    deadline = time.monotonic() + TIMEOUT_S
    while not all(map(is_gone, workers)):  # nobody tells them: they see it
        assert time.monotonic() < deadline
        time.sleep(0.01)

    kept = {name: (results / "rows" / name).read_bytes() for name in committed(results)}
    command = start("--out", "results", "--workers", 2)
    out, _ = command.communicate(timeout=TIMEOUT_S)
    assert command.returncode == 0
    assert_each_once(results, folder)
    assert all((results / "rows" / name).read_bytes() == kept[name] for name in kept)
    assert out.splitlines()[0].split() == ["files", "160"]


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Callable[[], tuple[str, "subprocess.Popen[bytes]"]]]:
    """Start a scheduler with two workers, in processes of their own; gives its address and it."""
    begun: list[subprocess.Popen[bytes]] = []

    def run(module: str, *arguments: str) -> "subprocess.Popen[bytes]":
        words = [sys.executable, "-m", f"distributed.cli.{module}", *arguments]
        log = subprocess.DEVNULL
        options = {"stdout": log, "stderr": log, "cwd": tmp_path, "env": environment()}
        begun.append(subprocess.Popen([*words, "--host", "127.0.0.1", "--no-dashboard"], **options))  # type: ignore[call-overload]
        return begun[-1]

    def make() -> tuple[str, "subprocess.Popen[bytes]"]:
        address = tmp_path / "scheduler.json"
        address.unlink(missing_ok=True)
        scheduler = run("dask_scheduler", "--port", "0", "--scheduler-file", str(address))
        wait_until(address.exists, scheduler)  # type: ignore[arg-type]
        for _ in range(2):
            run("dask_worker", "--scheduler-file", str(address), "--nthreads", "1", "--no-nanny")
        state = read_address(address)
        return state, scheduler

    yield make
    for process in begun:
        process.kill()
        process.wait()


def read_address(path: Path) -> str:
    return str(json.loads(path.read_text())["address"])


def test_a_cluster_may_lose_its_scheduler(
    scans: Scans,
    start: Command,
    cluster: Callable[[], tuple[str, "subprocess.Popen[bytes]"]],
    tmp_path: Path,
) -> None:
    folder = scans(*(f"{i:04d}slow.png" for i in range(200)))
    results = tmp_path / "results"
    arguments = ("scans", "--out", "results", "--shard-size", 10, "--scheduler")

    address, scheduler = cluster()
    command = start(*arguments, address)
    wait_until(lambda: committed(results), command)
    scheduler.kill()
    _, err = command.communicate(timeout=TIMEOUT_S)
    assert command.returncode == 1
    assert err.splitlines()[-1].startswith("inkdigits: the Dask scheduler went away: ")
    assert len(committed(results)) < 20

    address, _ = cluster()
    command = start(*arguments, address)
    _, err = command.communicate(timeout=TIMEOUT_S)
    assert command.returncode == 0, err
    assert_each_once(results, folder)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_process_of_ours_reads_on_one_thread_bounded_silent_and_unseen() -> None:
    import resource

    with engine.local_cluster(1, 1_500_000_000) as client:
        asked = client.submit(cv2.getNumThreads), client.submit(os.readlink, "/proc/self/fd/2")
        assert [future.result() for future in asked] == [1, os.devnull]
        trim = client.submit(os.environ.get, "MALLOC_TRIM_THRESHOLD_").result()
        assert trim == os.environ.get("MALLOC_TRIM_THRESHOLD_")  # not Dask's, which costs time
        limit, _ = client.submit(resource.getrlimit, resource.RLIMIT_DATA).result()
        assert 0 < limit < 4_000_000_000
        here = psutil.Process()
        for process in (here, *here.children(recursive=True)):
            addresses = {c.laddr.ip for c in process.net_connections() if c.status == "LISTEN"}
            assert addresses <= {"127.0.0.1"}


def test_where_no_scheduler_answers_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "CONNECT_S", 0.5)
    said = "tcp://127.0.0.1:1: no Dask scheduler answers there"
    with (
        pytest.raises(InkdigitsError, match=re.escape(said)),
        engine.cluster_at("tcp://127.0.0.1:1"),
    ):
        pass
