"""A recipe that is written out is read back as the same recipe, as users' own files are."""

from dataclasses import replace
from pathlib import Path

import pytest

from inkdigits.data.image_folder import ImageForm
from inkdigits.training.recipe import Recipe
from inkdigits.training.recipe_file import as_file
from inkdigits.training.recipes import RECIPES, find_recipe


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_every_recipe_is_read_back_as_it_was(recipe: Recipe, tmp_path: Path) -> None:
    path = tmp_path / "written.py"
    path.write_text(as_file(recipe, "A recipe."), encoding="utf-8")
    assert find_recipe(str(path)) == recipe


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    path = tmp_path / "written.py"
    recipe = replace(
        RECIPES["mlp"], data="my \"data\"\\\n'''かな", form=ImageForm((32, 40), colour=True)
    )
    path.write_text(as_file(recipe, "of one line,\nimport nothing"), encoding="utf-8")
    assert find_recipe(str(path)) == recipe


def test_what_is_as_ever_is_left_out() -> None:
    text = as_file(Recipe("short", "mlp", 3, 100, seed=2), "A recipe.")
    said = text[text.index("RECIPE") :].replace("=", " ").split()
    assert {"name", "network", "epochs", "batch", "seed", "100,"} <= {*said}
    assert not {"augmentation", "beta_1", "data", "form"} & {*said}


def test_a_network_in_a_file_is_named_by_its_whole_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = as_file(replace(RECIPES["mlp"], network="net.py"), "A recipe.")
    assert str(tmp_path / "net.py") in text
