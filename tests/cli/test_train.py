"""`inkdigits train`: what it prints, how it is stopped and goes on, and how it fails."""

import io
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from inkdigits.cli import train
from inkdigits.cli.main import main
from inkdigits.cli.progress import ERASE_LINE
from inkdigits.errors import DataError
from inkdigits.recognition.bundle import load_bundle
from inkdigits.training.checkpoint import save_checkpoint
from inkdigits.training.recipe import COMPACT, Recipe

ROOT = Path(__file__).parents[2]
EPOCHS = 6


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def step(done: int, epoch: int = 3) -> Any:
    return SimpleNamespace(
        epoch=epoch, epochs=40, done=done, images=10_000, loss=0.51239, accuracy=0.98765
    )


EPOCH = SimpleNamespace(
    epoch=3, epochs=40, loss=0.5, accuracy=0.98, validation_accuracy=0.99, seconds=60.0
)
EPOCH_LINE = "epoch 3/40  loss 0.5000  accuracy 0.9800  held out 0.9900  60 s, 37 min left\n"


@pytest.fixture
def now_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that the display sees."""
    now = [100.0]
    monkeypatch.setattr(train, "time", SimpleNamespace(monotonic=lambda: now[0]))
    return now


def test_the_live_line_says_how_far_the_epoch_is(now_s: list[float]) -> None:
    lines, terminal = io.StringIO(), Terminal()
    display = train.Display(lines, terminal)
    for done in (1_000, 3_000, 5_000):
        display.step(step(done))
        now_s[0] += 2
    drawn = terminal.getvalue().split(ERASE_LINE)[1:]
    assert drawn[0] == "epoch 3/40  10%  loss 0.5124  accuracy 0.9877"
    assert drawn[1] == drawn[2].replace("50%", "30%").replace("0:05", "0:07")
    assert drawn[2] == "epoch 3/40  50%  1000 images/s  0:05 left  loss 0.5124  accuracy 0.9877"
    assert max(map(len, drawn)) < 80
    assert lines.getvalue() == ""


def test_the_line_of_an_epoch_takes_the_place_of_the_live_one(now_s: list[float]) -> None:
    lines, terminal = io.StringIO(), Terminal()
    display = train.Display(lines, terminal)
    display.step(step(5_000))
    display.epoch(EPOCH)  # type: ignore[arg-type]
    assert terminal.getvalue().endswith(ERASE_LINE)
    assert lines.getvalue() == EPOCH_LINE
    now_s[0] += 5
    display.step(step(100, epoch=4))
    assert terminal.getvalue().endswith("epoch 4/40  1%  loss 0.5124  accuracy 0.9877")


def test_the_live_line_is_drawn_at_most_ten_times_a_second(now_s: list[float]) -> None:
    terminal = Terminal()
    display = train.Display(io.StringIO(), terminal)
    for done in range(1_000):
        now_s[0] += 0.001
        display.step(step(done))
    assert 5 <= terminal.getvalue().count(ERASE_LINE) <= 11


@pytest.mark.parametrize("live", [io.StringIO(), None])
def test_without_a_terminal_there_are_plain_lines(live: io.StringIO | None) -> None:
    lines = io.StringIO()
    display = train.Display(lines, live)
    display.step(step(5_000))
    display.epoch(EPOCH)  # type: ignore[arg-type]
    assert lines.getvalue() == EPOCH_LINE
    assert live is None or live.getvalue() == ""


class Trained(SimpleNamespace):
    """What the training was asked for."""

    recipe: Recipe
    run: Path
    bundle: Path
    resume: bool


@pytest.fixture
def trained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Trained:
    """Lets `inkdigits train` do nothing but note what it was asked for; `fail` is raised."""
    noted = Trained(fail=None)

    def fake(recipe: Recipe, run: Path, bundle: Path, watch: Any, resume: bool) -> Any:
        noted.recipe, noted.run, noted.bundle, noted.resume = recipe, run, bundle, resume
        if noted.fail:
            raise noted.fail
        return SimpleNamespace(measured={"accuracy on digits": 0.99123})

    monkeypatch.setitem(sys.modules, "inkdigits.training.run", SimpleNamespace(train=fake))
    monkeypatch.chdir(tmp_path)
    return noted


def test_the_recipe_s_own_choices(trained: Trained, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--recipe", "compact"]) == 0
    assert trained.recipe == COMPACT
    assert trained.run == Path("runs/compact")
    assert trained.bundle == Path("runs/compact/bundle")
    assert trained.resume is False
    printed, complaints = capsys.readouterr()
    assert printed.splitlines() == [
        f"compact: {COMPACT.epochs} epochs into runs/compact; drawing the training images",
        "accuracy on digits: 0.99123",
        "wrote runs/compact/bundle",
    ]
    assert complaints == ""


def test_the_user_s_choices(trained: Trained) -> None:
    options = "--out a --bundle b --epochs 3 --seed 0 --resume"
    assert main(["train", "--recipe", "compact", *options.split()]) == 0
    assert (trained.recipe.epochs, trained.recipe.seed) == (3, 0)
    assert (trained.run, trained.bundle, trained.resume) == (Path("a"), Path("b"), True)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("", "the following arguments are required: --recipe"),
        ("--recipe large", "choose from '?compact"),
        ("--recipe compact --epochs 0", "'0' is not a whole number from 1 to 9999"),
        ("--recipe compact --epochs 10000", "is not a whole number from 1"),
        ("--recipe compact --epochs many", "'many' is not a whole number"),
        ("--recipe compact --seed -1", "argument --seed"),
        ("--recipe compact --seed 4294967296", "is not a whole number from 0"),
    ],
)
def test_wrong_usage_is_one_line(
    trained: Trained, capsys: pytest.CaptureFixture[str], wrong: str, said: str
) -> None:
    assert main(["train", *wrong.split()]) == 2
    complaints = capsys.readouterr().err
    assert re.search(said, complaints)
    assert complaints.count("\n") == 1
    assert not hasattr(trained, "recipe")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DataError("INKDIGITS_DATA is not set"), "INKDIGITS_DATA is not set"),
        (
            OSError(28, "No space left on device", "runs/compact/checkpoints/epoch-0003.npz"),
            "runs/compact/checkpoints/epoch-0003.npz: No space left on device",
        ),
    ],
)
def test_a_failure_is_one_line(
    trained: Trained, capfd: pytest.CaptureFixture[str], error: Exception, said: str
) -> None:
    trained.fail = error
    descriptor = os.dup(1)  # after a full disk the command lets go of standard output
    try:
        assert main(["train", "--recipe", "compact"]) == 1
    finally:
        os.dup2(descriptor, 1)
        os.close(descriptor)
    assert capfd.readouterr().err == f"inkdigits: {said}\n"


def test_an_interruption_says_how_to_go_on(
    trained: Trained, capsys: pytest.CaptureFixture[str]
) -> None:
    trained.fail = KeyboardInterrupt()
    command = ["train", "--recipe", "compact", "--out", "my runs/a", "--seed", "0"]
    again = f"inkdigits {shlex.join(command)}"
    assert main(command) == 130
    expected = f"inkdigits: interrupted in the first epoch; begin again with: {again}\n"
    assert capsys.readouterr().err == expected
    for epoch in (11, 12):
        save_checkpoint(Path("my runs/a/checkpoints"), epoch, {"v0000": np.zeros(1)})
    assert main([*command, "--resume"]) == 130
    expected = f"inkdigits: interrupted after epoch 12; go on with: {again} --resume\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize("level", [None, "2", "0"])
def test_tensorflow_loads_silently_unless_its_log_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], level: str | None
) -> None:
    monkeypatch.setenv(train.TENSORFLOW_LOG_LEVEL, level or "")
    if level is None:
        monkeypatch.delenv(train.TENSORFLOW_LOG_LEVEL)
    with train._quiet_tensorflow():
        os.write(2, b"oneDNN custom operations are on\n")
    os.write(2, b"heard again\n")
    assert os.environ[train.TENSORFLOW_LOG_LEVEL] == (level or "3")
    heard = capfd.readouterr().err
    assert heard.startswith("oneDNN") == (level == "0")
    assert heard.endswith("heard again\n")


def test_standard_error_comes_back_after_a_failed_import(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(train.TENSORFLOW_LOG_LEVEL, "3")
    with pytest.raises(ModuleNotFoundError), train._quiet_tensorflow():
        raise ModuleNotFoundError
    os.write(2, b"heard again\n")
    assert capfd.readouterr().err == "heard again\n"


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start the whole command, TensorFlow and all, with the recipe `tiny`."""

    def begin(*options: str) -> subprocess.Popen[str]:
        script = ROOT / "tests" / "cli" / "training_demo.py"
        environment = {name: value for name, value in os.environ.items() if name[:3] != "TF_"}
        environment["INKDIGITS_DATA"] = str(tmp_path)  # its sources are made up
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
        command = ["train", "--recipe", "tiny", "--epochs", str(EPOCHS), *options]
        return subprocess.Popen(
            [sys.executable, "-W", "default", str(script), *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            cwd=tmp_path,
        )

    return begin


@pytest.mark.skipif(os.name == "nt", reason="sends a signal as Ctrl-C does")
def test_a_training_is_stopped_and_goes_on_to_a_bundle(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    with start("--out", "my run") as training:
        assert training.stdout is not None
        while not (line := training.stdout.readline()).startswith("epoch 1/"):
            assert line, training.communicate()[1]
        training.send_signal(signal.SIGINT)
        _, complaints = training.communicate()
    assert training.returncode == 130, complaints
    said = re.fullmatch(
        r"inkdigits: interrupted after epoch (\d); go on with: "
        rf"inkdigits train --recipe tiny --out 'my run' --epochs {EPOCHS} --resume\n",
        complaints,
    )
    assert said, complaints
    assert not (tmp_path / "my run" / "bundle" / "model.json").exists()

    with start("--out", "my run", "--resume") as training:
        printed, complaints = training.communicate()
    assert training.returncode == 0, complaints
    assert complaints == ""
    epochs = [int(number) for number in re.findall(r"^epoch (\d)/", printed, re.MULTILINE)]
    assert epochs == list(range(int(said[1]) + 1, EPOCHS + 1))
    assert printed.endswith(f"wrote {Path('my run') / 'bundle'}\n")
    bundle = load_bundle(tmp_path / "my run" / "bundle")
    assert bundle.contract.recipe["epochs"] == EPOCHS
