"""The size on disk of a fresh environment with the base install. Slow; needs a package index."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import Figure

PROJECT = Path(__file__).parents[1]


def measure(_bundle: str) -> list[Figure]:
    """Mebibytes of all files, as `du -sm` counts them: pip, setuptools and bytecode included."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = Path(folder) / "bin" / "python"
        quiet = ("--quiet", "--disable-pip-version-check", "-c", PROJECT / "constraints.txt")
        subprocess.run([python, "-m", "pip", "install", *quiet, PROJECT], check=True)
        size = disk_usage(Path(folder))
    note = f"no peer; {size / 1e6:.0f} MB of 10^6 bytes"
    return [Figure("base install, whole environment", size / 2**20, "MiB", note=note)]


def disk_usage(folder: Path) -> int:
    """Bytes of disk that a folder's files take, in whole blocks of 512 bytes."""
    files = (path for path in folder.rglob("*") if not path.is_symlink())
    return sum(path.stat().st_blocks * 512 for path in files)
