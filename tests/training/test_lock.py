"""A folder takes one training at a time, and a killed one gives it free."""

import subprocess
import sys
from pathlib import Path

import pytest

from inkdigits.errors import DataError
from inkdigits.training.lock import locked

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no locks on Windows")

HOLDING = """
import sys
from pathlib import Path
from inkdigits.training.lock import locked

with locked(Path(sys.argv[1])):
    print("locked", flush=True)
    sys.stdin.read()
"""


def test_a_second_training_is_kept_out_until_the_first_is_killed(tmp_path: Path) -> None:
    run = tmp_path / "new" / "run"
    command = [sys.executable, "-c", HOLDING, str(run)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holding:
        assert holding.stdout is not None
        assert holding.stdout.readline() == "locked\n"
        with pytest.raises(DataError, match=f"another training is writing to {run}"), locked(run):
            pass
        holding.kill()
    with locked(run):
        pass


def test_a_training_that_fails_gives_the_folder_free(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locked(tmp_path):
        raise ZeroDivisionError
    with locked(tmp_path), locked(tmp_path / "another"):
        pass
