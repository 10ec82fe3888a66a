"""What the base install adds to a fresh environment, on disk. Slow; needs a package index."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import Figure

PROJECT = Path(__file__).parents[1]


def measure(_bundle: str) -> list[Figure]:
    """Megabytes of all files that were not there before, the compiled ones too."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        bare = disk_usage(Path(folder))
        python = Path(folder) / "bin" / "python"
        quiet = ("--quiet", "--disable-pip-version-check", "-c", PROJECT / "constraints.txt")
        subprocess.run([python, "-m", "pip", "install", *quiet, PROJECT], check=True)
        size = disk_usage(Path(folder))
    note = f"no peer; with pip and what else Python puts there {size / 2**20:.0f} MiB"
    return [Figure("base install", (size - bare) / 1e6, "MB", note=note)]


def disk_usage(folder: Path) -> int:
    """Bytes of disk that a folder's files take, in whole blocks of 512 bytes."""
    files = (path for path in folder.rglob("*") if not path.is_symlink())
    return sum(path.stat().st_blocks * 512 for path in files)
