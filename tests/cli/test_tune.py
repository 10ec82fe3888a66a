"""`inkdigits tune`: what it prints, how it is stopped and goes on, and how it fails."""

import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from inkdigits.cli.main import main

ROOT = Path(__file__).parents[2]
SPACE = "learning_rate = {low = 1e-3, high = 0.1, log = true}\n"


@pytest.fixture
def space(tmp_path: Path) -> Path:
    path = tmp_path / "space.toml"
    path.write_text(SPACE)
    return path


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "tests.cli.training_demo", "tune", *arguments]


def surroundings() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}


def test_a_search_that_is_stopped_goes_on_by_the_command_that_it_names(
    space: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    options = ("--recipe", "plain", "--space", str(space), "--out", str(out), "--epochs", "2")
    with subprocess.Popen(
        command(*options, "--trials", "500"), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True, env=surroundings(),
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("trial 1:"):
                process.send_signal(signal.SIGINT)
                break
        _, complaint = process.communicate(timeout=120)
    assert process.returncode == 130
    assert (out / "best.py").is_file()
    named = re.search(r"go on with: inkdigits tune (.*)", complaint)
    assert named
    arguments = shlex.split(named[1])
    arguments[arguments.index("--trials") + 1] = "4"
    again = subprocess.run(
        command(*arguments), capture_output=True, text=True, env=surroundings(), check=True
    )
    told = re.findall(r"^trial (\d+): .*learning_rate", again.stdout, re.MULTILINE)
    assert 1 <= len(told) <= 3
    assert f"inkdigits train --recipe {out / 'best.py'}" in again.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (
            ("--recipe", "mlp", "--space", "none.toml", "--trials", "2"),
            1,
            "none.toml: no such file",
        ),
        (("--recipe", "nobody", "--space", "x", "--trials", "2"), 1, "no recipe is called"),
        (("--recipe", "mlp", "--space", "x", "--trials", "0"), 2, "whole number from 1"),
        (("--recipe", "mlp", "--trials", "3"), 2, "--space"),
        (("--recipe", "mlp", "--space", "x", "--trials", "3", "--epochs", "0"), 2, "epochs"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: tuple[str, ...],
    status: int,
    said: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["tune", *arguments]) == status
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1
    assert not list(tmp_path.iterdir())
