"""`inkdigits batch` with two workers against a bare loop and a process pool, and its memory.

It makes its data itself: 100,000 small PNGs, 2,000 strips and 200 photos. For a quick look,
`python -m benchmarks.batch --scale 0.05` reads a twentieth of that; then starting the processes,
a second or two, shows in the ratios.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median

import cv2

from benchmarks.scans import FULL, make_scans
from benchmarks.timing import Figure, seconds
from inkdigits import Reader
from inkdigits.recognition.bundle import DEFAULT

WORKERS = 2
ROUNDS = 3
MANIFEST_FILES = 1_000_000
_A_FOLDER = 25_000  # file systems bound how many links a file may have


def measure(bundle: str, scale: float = 1.0) -> list[Figure]:
    """Files a second of each kind, against peers that read the same files in turn."""
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, full in FULL.items():
            scans = make_scans(Path(folder), kind, max(WORKERS, round(full * scale)))
            figures += _rates(scans, bundle, rounds=ROUNDS if kind == "digits" else 1)
        figures.append(_memory(Path(folder), round(MANIFEST_FILES * min(1.0, scale))))
    return figures


def _rates(scans: Path, bundle: str, rounds: int) -> list[Figure]:
    paths = sorted(map(str, scans.rglob("*.*")))
    results = (scans.parent / f"{scans.name}-{i}" for i in count())
    times = [
        (
            seconds(lambda: _loop(paths, bundle)),
            seconds(lambda: _pool(paths, bundle)),
            seconds(lambda: _batch(scans, next(results), bundle)),
        )
        for _ in range(rounds)
    ]
    loop, pool, batch = (median(column) for column in zip(*times, strict=True))
    name, files = f"batch of {len(paths):,} {scans.name}", len(paths)
    report = json.loads((scans.parent / f"{scans.name}-0" / "report.json").read_text())
    per_core = f"{report['files_per_core_second']:.0f} a second and core"
    share = f"{report['decoding_share']:.0%} of it decoding"
    return [
        Figure(
            name, files / batch, "files/s", files / loop,
            f"a bare loop over the Reader in one process; {per_core}, {share}",
        ),
        Figure(
            f"{name}, time", batch, "s", pool,
            f"a pool of {WORKERS} processes without shards, files or progress",
        ),
    ]  # fmt: skip


def _loop(paths: list[str], bundle: str) -> None:
    reader = Reader(bundle, threads=1)
    for path in paths:
        reader.read_pages(path)


_readers: list[Reader] = []


def _start_reader(bundle: str) -> None:
    cv2.setNumThreads(1)
    _readers.append(Reader(bundle, threads=1))


def _read_one(path: str) -> int:
    return sum(len(reading.numbers) for reading in _readers[0].read_pages(path))


def _pool(paths: list[str], bundle: str) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(WORKERS, _start_reader, (bundle,)) as pool:
        chunk = max(1, min(64, len(paths) // (8 * WORKERS)))
        for _ in pool.imap_unordered(_read_one, paths, chunk):
            pass


def _batch(scans: Path, results: Path, bundle: str) -> None:
    _run("batch", scans, "--out", results, "--workers", WORKERS, "--model", bundle)


def _run(*arguments: object) -> None:
    command = [sys.executable, "-m", "inkdigits", *map(str, arguments)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


# Runs the command, and says what its process (not its workers) took at most, in kilobytes.
_MEASURED = """\
import resource, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored below a shell's `&`
from inkdigits.cli.main import main
status = main(sys.argv[1:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, file=sys.stderr)
sys.exit(status)
"""


def _memory(folder: Path, files: int) -> Figure:
    """The memory of the command that lists so many files and begins to read them.

    They are links to few files; after twenty shards it is interrupted.
    """
    scans = folder / "million"
    content = next((folder / "digits").rglob("*.png")).read_bytes()
    for path in _places(scans, files):
        original = path.parent / ".original"  # hidden, so it is none of them
        if not original.exists():
            original.write_bytes(content)
        os.link(original, path)
    results = folder / "million-results"
    process = subprocess.Popen(
        [sys.executable, "-c", _MEASURED, "batch", str(scans), "--out", str(results)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while process.poll() is None and len(list(results.glob("rows/*.parquet"))) < 20:
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate()
    used = int(said.split()[-1]) / 1000
    note = f"no peer; {files:,} files listed, 20 shards read, then stopped"
    return Figure("batch, memory of the command", used, "MB", note=note)


def _places(scans: Path, files: int) -> Iterator[Path]:
    for i in range(files):
        place = scans / f"archive-of-scans-{i // _A_FOLDER:03d}"
        if not i % _A_FOLDER:
            place.mkdir(parents=True)
        yield place / f"scan-of-a-form-{i:08d}.png"


def main() -> None:
    """Print the figures at another scale, and write nothing."""
    from benchmarks.__main__ import table

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--scale", type=float, default=1.0, help="how much of the data (default: 1)"
    )
    parser.add_argument("--bundle", default=DEFAULT, help="name or folder of the model")
    args = parser.parse_args()
    print(table(measure(args.bundle, args.scale)))


if __name__ == "__main__":
    main()
