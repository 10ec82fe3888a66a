"""`inkdigits recipes`: what there is to train, said without loading what trains it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from inkdigits.architectures import ARCHITECTURES
from inkdigits.cli.main import main
from inkdigits.training import figures
from inkdigits.training.recipes import RECIPES

MEASURED = {
    "lenet": {"seeds": 3, "test_accuracy": 0.99123, "test_accuracy_sd": 0.00051},
    "mlp": {"seeds": 1, "test_accuracy": 0.975, "test_accuracy_sd": None},
}


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    path.write_text(json.dumps(MEASURED))
    monkeypatch.setattr(figures, "FILE", path)


def lines_of(capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    assert main(["recipes", *options]) == 0
    printed, complaints = capsys.readouterr()
    assert complaints == ""
    return printed.splitlines()


def test_every_recipe_has_a_line(measured: None, capsys: pytest.CaptureFixture[str]) -> None:
    header, *lines = lines_of(capsys)
    assert header.split()[:3] == ["recipe", "network", "parameters"]
    assert [line.split()[0] for line in lines] == list(RECIPES)
    by_name = {line.split()[0]: line for line in lines}
    assert "431,080" in by_name["lenet"]
    assert "99.12 ± 0.05 % (3 seeds)" in by_name["lenet"]
    assert "97.50 % (1 seed)" in by_name["mlp"]
    assert by_name["mlp"].endswith("97-98 %")
    assert "handwriting" in by_name["compact"]


def test_without_figures_nothing_is_invented(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(figures, "FILE", tmp_path / "none.json")
    assert "seed" not in "\n".join(lines_of(capsys))


def test_one_recipe_is_said_in_full(measured: None, capsys: pytest.CaptureFixture[str]) -> None:
    said = dict(line.split(maxsplit=1) for line in lines_of(capsys, "cnn-64-32-dropout"))
    assert (said["batch"], said["epochs"], said["validation_split"]) == ("60", "10", "0.3")
    assert said["claimed"] == "99.00 %, loss 0.0241"


def test_a_recipe_of_one_s_own_can_be_looked_at(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "from inkdigits.training.recipe import Recipe\n"
        "RECIPE = Recipe(name='mine', network=__file__, epochs=2, batch=64)\n"
    )
    said = dict(line.split(maxsplit=1) for line in lines_of(capsys, str(path)))
    assert (said["name"], said["summary"]) == ("mine", "a network of your own")


def test_json_is_for_programs(measured: None, capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = lines_of(capsys, "--format", "json")
    recipes: list[dict[str, Any]] = json.loads(line)
    assert [recipe["name"] for recipe in recipes] == list(RECIPES)
    by_name = {recipe["name"]: recipe for recipe in recipes}
    assert by_name["lenet"]["measured_on_mnist"] == MEASURED["lenet"]
    assert by_name["lenet"]["parameters"] == ARCHITECTURES["lenet"].parameters
    (line,) = lines_of(capsys, "lenet", "--format", "json")
    assert json.loads(line) == by_name["lenet"]


def test_an_unknown_recipe_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recipes", "large"]) == 1
    complaint = capsys.readouterr().err
    assert complaint.startswith("inkdigits: no recipe is called 'large': choose one of")
    assert complaint.count("\n") == 1


def test_no_keras_is_loaded_to_list_recipes() -> None:
    code = (
        "import sys; from inkdigits.cli.main import main; assert main(['recipes']) == 0;"
        "print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.splitlines()[-1].split())
    assert "inkdigits.training.recipes" in loaded
    assert not loaded & {"keras", "tensorflow", "sklearn", "matplotlib"}
