"""`inkdigits train --from`: a folder of images teaches a network that is trained already."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.cli.main import main
from inkdigits.data.synthesis import draw_digit
from inkdigits.recognition.contract import SYMBOL


@pytest.fixture
def own_digits(tmp_path: Path) -> Path:
    """Eight images each of two digits, dark on light, a folder a digit."""
    random = np.random.default_rng(0)
    for digit in (3, 7):
        folder = tmp_path / "own" / str(digit)
        folder.mkdir(parents=True)
        for number in range(8):
            ink = draw_digit(random, digit, height_px=40)
            page = np.full((80, 80), 235, np.uint8)
            page[20 : 20 + ink.shape[0], 20 : 20 + ink.shape[1]] -= (200 * ink).astype(np.uint8)
            Image.fromarray(page).save(folder / f"{number}.png")
    return tmp_path / "own"


def test_a_folder_of_images_is_learnt_as_the_network_takes_it(
    own_digits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    options = ("--data", str(own_digits), "--out", str(out), "--epochs", "2")
    assert main(["train", "--from", "compact", *options]) == 0
    said = capsys.readouterr().out
    assert said.index("last layer") < said.index("all layers") < said.index("epoch 2/2")
    contract = json.loads((out / "bundle" / "model.json").read_text())
    assert contract["name"] == "compact-adapted"
    assert contract["labels"] == ["3", "7"]
    assert contract["input"]["meaning"] == SYMBOL
    assert contract["recipe"]["start"]["name"].startswith("compact ")
    assert contract["measured"]["validation accuracy"] == 1


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (("--from", "compact"), 2, "add --data"),
        (("--from", "nobody", "--data", "mnist"), 2, "no model is called"),
        (("--from", "compact", "--recipe", "mlp", "--data", "mnist"), 2, "not allowed with"),
        (("--data", "mnist"), 2, "one of the arguments --recipe --from is required"),
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
    assert main(["train", *arguments]) == status
    complaint = capsys.readouterr().err
    assert said in complaint
    assert complaint.count("\n") == 1
    assert not list(tmp_path.iterdir())
