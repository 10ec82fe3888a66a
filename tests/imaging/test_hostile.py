"""Files made to break decoders: each gives a reading or a named error, soon, in little memory."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

# A contract of safety and no benchmark: ordinary files here take some thousandths of it.
MOST_SECONDS = 2.0
MOST_BYTES = 10**9

# Read in a process of its own, so that a crash is seen as one and memory is measured from nothing.
READ_ALL = """
import json, resource, sys, time
from pathlib import Path
from inkdigits import ImageError, Reader
def peak_bytes():
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Not ru_maxrss: on Linux a child begins with the peak of the process that started it.
    status = Path("/proc/self/status").read_text()
    return 1024 * int(status.partition("VmHWM:")[2].split()[0])

reader = Reader()
for path in sys.stdin.read().splitlines():
    started = time.perf_counter()
    try:
        reading = reader.read(path)
        outcome, message = "reading", f"{reading.width} x {reading.height}"
    except ImageError as error:
        outcome, message = type(error).__name__, str(error)
    seconds = time.perf_counter() - started
    print(json.dumps([path, outcome, message, seconds, peak_bytes()]), flush=True)
"""


class Outcome(NamedTuple):
    path: str
    outcome: str
    message: str
    seconds: float
    peak_bytes: int


@pytest.fixture(scope="module")
def outcomes(data_dir: Path) -> dict[str, Outcome]:
    """What became of each hostile file, by folder and name."""
    pytest.importorskip("resource", reason="memory is measured on POSIX systems")
    root = data_dir / "hostile"
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    assert len(paths) > 200, "the folder of hostile files is not whole"
    process = subprocess.run(
        [sys.executable, "-W", "error", "-c", READ_ALL],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    lines = process.stdout.splitlines()
    assert process.returncode == 0, f"after {lines[-1:]}: {process.stderr[-2000:]}"
    found = [Outcome(*json.loads(line)) for line in lines]
    assert [outcome.path for outcome in found] == [str(path) for path in paths]
    return {str(Path(outcome.path).relative_to(root)): outcome for outcome in found}


def test_every_file_gives_a_reading_or_a_named_error_of_one_line(
    outcomes: dict[str, Outcome],
) -> None:
    for outcome in outcomes.values():
        if outcome.outcome != "reading":
            assert outcome.message.startswith(f"{outcome.path}: "), outcome
            assert outcome.message.count(outcome.path) == 1, outcome
            assert "\n" not in outcome.message, outcome


def test_no_file_takes_long(outcomes: dict[str, Outcome]) -> None:
    slowest = max(outcomes.values(), key=lambda outcome: outcome.seconds)
    assert slowest.seconds < MOST_SECONDS, slowest


def test_no_file_takes_much_memory(outcomes: dict[str, Outcome]) -> None:
    greatest = max(outcomes.values(), key=lambda outcome: outcome.peak_bytes)
    assert greatest.peak_bytes < MOST_BYTES, greatest


def test_valid_files_of_the_png_suite_are_read_and_corrupt_ones_refused(
    outcomes: dict[str, Outcome],
) -> None:
    # Only the check sum of the pixels' chunk is wrong in xcsn0g01; the pixels themselves are
    # whole, as the check sum inside their zlib stream proves, and Pillow goes by that one.
    readable = {"xcsn0g01.png"}
    suite = {Path(name).name: o for name, o in outcomes.items() if name.startswith("pngsuite")}
    assert len(suite) > 150
    for name, outcome in suite.items():
        refused = name.startswith("x") and name not in readable
        assert (outcome.outcome != "reading") == refused, outcome


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("truncated_jpeg.jpg", "UnreadableImage"),
        ("truncated_image.png", "UnreadableImage"),
        ("decompression_bomb.gif", "ImageTooLarge"),
        ("decompression_bomb.ico", "UnsupportedFormat"),
        ("psd-oob-write-overflow.psd", "UnsupportedFormat"),
    ],
)
def test_errors_name_the_right_cause(outcomes: dict[str, Outcome], name: str, error: str) -> None:
    assert outcomes[f"pillow/{name}"].outcome == error


def test_all_orientations_are_read(outcomes: dict[str, Outcome]) -> None:
    sizes = {
        name: outcome.message
        for name, outcome in outcomes.items()
        if name.startswith("orientation")
    }
    assert len(sizes) == 16
    for name, size in sizes.items():
        assert size == ("600 x 450" if "Landscape" in name else "450 x 600"), name
