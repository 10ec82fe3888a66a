"""Kills batches at random moments, and checks that every input is read exactly once all the same.

`python -m benchmarks.batch_kills [--kills 20] [--files 1000] [--seed 0]`: each run begins a batch,
kills with SIGKILL a worker, the scheduler of a cluster, or the command at a moment drawn at random
from the time that a whole run takes, and gives the same command again until it ends.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pyarrow.parquet as pq

from benchmarks.scans import make_scans

VICTIMS = ("worker", "command", "scheduler")
MAX_STARTS = 10
LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")

Process = subprocess.Popen[bytes]


def start(scans: Path, results: Path, address: str | None) -> Process:
    """Begin the batch, or go on with it."""
    cluster = ["--scheduler", address] if address else ["--workers", "2"]
    command = ["inkdigits", "batch", str(scans), "--out", str(results), "--shard-size", "25"]
    return _run(*command, *cluster)


def _run(*command: str) -> Process:
    quiet = subprocess.DEVNULL
    return subprocess.Popen([sys.executable, "-m", *command], stdout=quiet, stderr=quiet)


@contextmanager
def cluster(folder: Path) -> Iterator[tuple[str, Process]]:
    """A scheduler with two workers, as processes of their own, and its address."""
    file = folder / "scheduler.json"
    file.unlink(missing_ok=True)
    where = ("--scheduler-file", str(file))
    scheduler = _run("distributed.cli.dask_scheduler", "--port", "0", *where, *LOOPBACK)
    workers = [
        _run("distributed.cli.dask_worker", *where, "--nthreads", "1", *LOOPBACK) for _ in range(2)
    ]
    try:
        while not file.exists():
            time.sleep(0.05)
        address = str(json.loads(file.read_text())["address"])
        yield address, scheduler
    finally:
        for process in (*workers, scheduler):
            process.kill()
            process.wait()


def kill_worker(command: Process) -> bool:
    """Kill one of the processes that read, as soon as there is one; False if the command ends."""
    while command.poll() is None:
        with suppress(psutil.Error):
            for child in psutil.Process(command.pid).children(recursive=True):
                if "spawn_main" in " ".join(child.cmdline()):
                    child.kill()
                    return True
        time.sleep(0.02)
    return False


def one_run(scans: Path, results: Path, victim: str, after_s: float) -> str:
    """Begin, kill, go on until the end; says what happened."""
    starts = 0
    hit = False
    status = -1
    while status != 0 and starts < MAX_STARTS:
        starts += 1
        if victim == "scheduler":
            with cluster(results.parent) as (address, scheduler):
                status, hit_now = _attempt(start(scans, results, address), scheduler, after_s, hit)
        else:
            command = start(scans, results, None)
            status, hit_now = _attempt(
                command, command if victim == "command" else None, after_s, hit
            )
        hit = hit or hit_now
    return (
        f"killed {victim} after {after_s:.1f} s{'' if hit else ' (it had ended)'}, {starts} starts"
    )


def _attempt(
    command: Process, victim: Process | None, after_s: float, spared: bool
) -> tuple[int, bool]:
    """Let the command run to its end, with a kill on the way unless it is `spared`."""
    hit = False
    if not spared:
        try:
            command.wait(after_s)
        except subprocess.TimeoutExpired:
            if victim is None:
                hit = kill_worker(command)
            else:
                victim.kill()
                hit = True
    return command.wait(), hit


def check(scans: Path, results: Path) -> None:
    """Raise unless every scan has exactly one row that is read."""
    rows = pq.read_table(sorted((results / "rows").glob("*.parquet")))
    assert sorted(rows["source"].to_pylist()) == sorted(map(str, scans.rglob("*.png")))
    assert not any(rows["error"].to_pylist())


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--files", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    chance = random.Random(args.seed)
    with tempfile.TemporaryDirectory() as folder:
        scans = make_scans(Path(folder), "digits", args.files)
        began = time.monotonic()
        start(scans, Path(folder) / "clean", None).wait()
        whole_s = time.monotonic() - began
        check(scans, Path(folder) / "clean")
        for i in range(args.kills):
            results = Path(folder) / f"results-{i}"
            said = one_run(scans, results, VICTIMS[i % 3], chance.uniform(0, whole_s))
            check(scans, results)
            print(f"{i + 1}/{args.kills}: {said}; {args.files} files, each once", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
