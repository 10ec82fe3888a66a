"""`inkdigits train`: what it prints, how it is stopped and goes on, and how it fails."""

import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from inkdigits.cli import recipe_options, train
from inkdigits.cli.main import main
from inkdigits.data.image_folder import ImageForm
from inkdigits.errors import DataError
from inkdigits.recognition.bundle import load_bundle
from inkdigits.training.checkpoint import save_checkpoint
from inkdigits.training.recipe import Recipe
from inkdigits.training.recipes import COMPACT

ROOT = Path(__file__).parents[2]
EPOCHS = 6


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


@pytest.fixture
def own_recipe(tmp_path: Path) -> str:
    path = tmp_path / "mine.py"
    path.write_text(
        "from inkdigits.training.recipe import Recipe\n"
        "RECIPE = Recipe(name='mine', network='mlp', epochs=2, batch=64)\n"
    )
    return str(path)


def test_the_recipe_s_own_choices(trained: Trained, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--recipe", "compact"]) == 0
    assert trained.recipe == COMPACT
    assert trained.run == Path("runs/compact")
    assert trained.bundle == Path("runs/compact/bundle")
    assert trained.resume is False
    printed, complaints = capsys.readouterr()
    assert printed.splitlines() == [
        f"compact: {COMPACT.epochs} epochs on handwriting into runs/compact",
        "accuracy on digits: 0.99123",
        "wrote runs/compact/bundle and runs/compact/report/report.html",
    ]
    assert complaints == ""


def test_the_user_s_choices(trained: Trained) -> None:
    options = (
        "--out a --bundle b --resume --seed 0 --data my/folder --epochs 3 --batch 512 "
        "--learning-rate 2e-4 --schedule linear --warm-up 0.3 --optimizer sgd --weight-decay 1e-4 "
        "--loss one-hot --label-smoothing 0.1 --average 0.9 --patience 2 --validation-split 0.2 "
        "--precision mixed_bfloat16 --size 32x40 --colour"
    )
    assert main(["train", "--recipe", "lenet", *options.split()]) == 0
    assert trained.recipe == Recipe(
        name="lenet",
        network="lenet",
        data="my/folder",
        epochs=3,
        batch=512,
        learning_rate=2e-4,
        schedule="linear",
        warm_up=0.3,
        optimizer="sgd",
        weight_decay=1e-4,
        loss="one-hot",
        label_smoothing=0.1,
        average=0.9,
        patience=2,
        validation_split=0.2,
        precision="mixed_bfloat16",
        form=ImageForm((32, 40), colour=True),
        seed=0,
    )
    assert (trained.run, trained.bundle, trained.resume) == (Path("a"), Path("b"), True)


def test_every_field_that_is_a_plain_value_has_an_option() -> None:
    plain = {
        field.name for field in fields(Recipe) if type(getattr(COMPACT, field.name)) is not str
    }
    others = {"augmentation", "mixture", "lines", "form", "calm", "beta_1", "beta_2"}
    others |= {"head_epochs"}
    chosen = {"data", "loss", "optimizer", "schedule", "precision"}
    assert set(recipe_options.OPTIONS) == (plain - others) | chosen


def test_a_recipe_of_one_s_own(trained: Trained, own_recipe: str) -> None:
    assert main(["train", "--recipe", own_recipe, "--epochs", "5"]) == 0
    assert (trained.recipe.name, trained.recipe.epochs, trained.recipe.batch) == ("mine", 5, 64)
    assert trained.run == Path("runs/mine")


@pytest.mark.parametrize(
    ("wrong", "said", "status"),
    [
        ("", "one of the arguments --recipe --from is required", 2),
        ("--recipe large", "no recipe is called 'large': choose one of", 1),
        ("--recipe large.py", "large.py: no such file", 1),
        ("--recipe compact --epochs 0", "epochs is a whole number from 1 to 9999, not 0", 2),
        ("--recipe compact --epochs 10000", "epochs is a whole number from 1", 2),
        ("--recipe compact --epochs many", "'many' is not a whole number", 2),
        ("--recipe compact --seed -1", "argument --seed", 2),
        ("--recipe compact --seed 4294967296", "seed is a whole number from 0", 2),
        ("--recipe compact --learning-rate fast", "'fast' is not a number", 2),
        ("--recipe compact --loss mse", "loss is one of sparse, one-hot", 2),
        ("--recipe mlp --label-smoothing 0.1", "label_smoothing needs the loss one-hot", 2),
        ("--recipe mlp --symbols --colour", "symbols are 28x28 and grey", 2),
    ],
)
def test_wrong_usage_is_one_line(
    trained: Trained, capsys: pytest.CaptureFixture[str], wrong: str, said: str, status: int
) -> None:
    assert main(["train", *wrong.split()]) == status
    complaints = capsys.readouterr().err
    assert said in complaints
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


def test_how_to_go_on_repeats_every_choice(
    trained: Trained, capsys: pytest.CaptureFixture[str]
) -> None:
    trained.fail = KeyboardInterrupt()
    command = [
        *("train", "--recipe", "mlp", "--data", "my digits", "--epochs", "3", "--batch", "32"),
        *("--learning-rate", "0.002", "--size", "20x30", "--colour", "--pictures"),
    ]
    assert main(command) == 130
    assert capsys.readouterr().err.endswith(f"with: inkdigits {shlex.join(command)}\n")


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
    with train.quiet_tensorflow():
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
    with pytest.raises(ModuleNotFoundError), train.quiet_tensorflow():
        raise ModuleNotFoundError
    os.write(2, b"heard again\n")
    assert capfd.readouterr().err == "heard again\n"


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """Start the whole command, TensorFlow and all, with a recipe of `tests.training.tiny`."""

    def begin(recipe: str, *options: str) -> subprocess.Popen[str]:
        script = ROOT / "tests" / "cli" / "training_demo.py"
        environment = {name: value for name, value in os.environ.items() if name[:3] != "TF_"}
        environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), *filter(None, sys.path)])
        command = ["train", "--recipe", recipe, "--epochs", str(EPOCHS), *options]
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
    with start("tiny", "--out", "my run", "--bundle", "weights") as training:
        assert training.stdout is not None
        while not (line := training.stdout.readline()).startswith("epoch 1/"):
            assert line, training.communicate()[1]
        training.send_signal(signal.SIGINT)
        printed, complaints = training.communicate()
    assert training.returncode == 130, complaints
    said = re.fullmatch(
        r"inkdigits: interrupted after epoch (\d); go on with: inkdigits train --recipe tiny "
        rf"--out 'my run' --bundle weights --epochs {EPOCHS} --resume\n",
        complaints,
    )
    assert said, complaints
    assert f"stopping: writing what {said[1]} of {EPOCHS} epochs reached" in printed
    assert printed.endswith(f"wrote {Path('my run') / 'bundle'}\n")
    load_bundle(tmp_path / "my run" / "bundle")
    assert not (tmp_path / "weights" / "model.json").exists()

    with start("tiny", "--out", "my run", "--bundle", "weights", "--resume") as training:
        printed, complaints = training.communicate()
    assert training.returncode == 0, complaints
    assert complaints == ""
    epochs = [int(number) for number in re.findall(r"^epoch (\d)/", printed, re.MULTILINE)]
    assert epochs == list(range(int(said[1]) + 1, EPOCHS + 1))
    assert f"wrote weights and {Path('my run') / 'report' / 'report.html'}" in printed
    assert load_bundle(tmp_path / "weights").contract.recipe["epochs"] == EPOCHS


def test_killed_trainings_go_on_to_what_an_unbroken_one_gives(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    """`python -m benchmarks.kills` does this many times, at any moment."""
    rng = random.Random(4)
    for after_epoch in (1, 3):
        resume = ["--resume"] * any(tmp_path.glob("killed/checkpoints/*.npz"))
        with start("plain", "--out", "killed", *resume) as training:
            assert training.stdout is not None
            while not (line := training.stdout.readline()).startswith(f"epoch {after_epoch}/"):
                assert line, training.communicate()[1]
            time.sleep(rng.uniform(0, 0.3))
            training.kill()
    for options in (["--out", "killed", "--resume"], ["--out", "unbroken"]):
        with start("plain", *options) as training:
            _, complaints = training.communicate()
        assert training.returncode == 0, complaints
    killed, unbroken = (
        load_bundle(tmp_path / name / "bundle").contract for name in ("killed", "unbroken")
    )
    assert killed.to_dict() == unbroken.to_dict()  # the hash of the weights is in it


def test_tensorboard_gets_a_point_a_curve_and_epoch(
    start: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    with start("plain", "--out", "run", "--tensorboard") as training:
        _, complaints = training.communicate()
    assert training.returncode == 0, complaints
    assert complaints == ""
    code = (
        "import json, sys\n"
        "from tensorboard.backend.event_processing.event_accumulator import EventAccumulator\n"
        "events = EventAccumulator(sys.argv[1])\n"
        "events.Reload()\n"
        "found = {tag: [e.step for e in events.Tensors(tag)] for tag in events.Tags()['tensors']}\n"
        "print(json.dumps(found))\n"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "run" / "tensorboard")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    curves = json.loads(shown.stdout.splitlines()[-1])
    names = {"loss", "accuracy", "validation_loss", "validation_accuracy", "seconds"}
    assert curves == {name: list(range(1, EPOCHS + 1)) for name in names}
