"""The recipes there are, and those of users."""

from pathlib import Path

import pytest

from inkdigits.architectures import ARCHITECTURES
from inkdigits.errors import RecipeError
from inkdigits.recognition.bundle import SHIPPED
from inkdigits.recognition.contract_file import read_contract
from inkdigits.training.adapting import adapting_recipe
from inkdigits.training.recipe import HANDWRITING, LINES, Recipe
from inkdigits.training.recipes import (
    CLAIMS,
    CNN_64_32_DROPOUT,
    COMPACT,
    RECIPES,
    find_recipe,
)


def test_a_recipe_is_found_by_its_name() -> None:
    assert find_recipe("compact") is COMPACT


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(RecipeError, match=r"'large': choose one of cnn-32-64, .* Python file"):
        find_recipe("large")


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_can_be_followed(recipe: Recipe) -> None:
    assert RECIPES[recipe.name] is recipe
    assert recipe.network in ARCHITECTURES
    assert recipe.data in {"mnist", HANDWRITING, LINES}


def test_the_five_reference_designs_are_recipes() -> None:
    assert {claim.design for name, claim in CLAIMS.items() if name in RECIPES} == set("ABCDE")


def test_design_d_is_trained_as_it_was_published() -> None:
    published = Recipe(
        name="cnn-64-32-dropout",
        network="cnn-64-32-dropout",
        data="mnist",
        loss="sparse",
        optimizer="adam",
        learning_rate=0.001,
        schedule="constant",
        batch=60,
        epochs=10,
        validation_split=0.3,
        seed=CNN_64_32_DROPOUT.seed,
    )
    assert published == CNN_64_32_DROPOUT


def test_designs_b_and_e_keep_what_is_said_of_them() -> None:
    mlp, mixed = RECIPES["mlp"], RECIPES["cnn-mixed-kernels"]
    assert (mlp.epochs, mlp.loss, mlp.optimizer) == (3, "sparse", "adam")
    assert (mixed.loss, mixed.optimizer) == ("one-hot", "adam")


def test_the_shipped_model_was_made_by_the_recipe_of_its_name() -> None:
    recorded = dict(read_contract(SHIPPED / "compact").recipe)
    recorded["network"] = recorded.pop("architecture", recorded.get("network"))
    today = COMPACT.to_dict()
    assert {name: today[name] for name in recorded} == recorded
    # What recipes did not say at that time, and what was done.
    assert (COMPACT.data, COMPACT.loss) == (HANDWRITING, "one-hot")
    assert (COMPACT.optimizer, COMPACT.schedule) == ("adamw", "cosine")
    assert (COMPACT.precision, COMPACT.patience) == ("float32", 0)


def test_the_shipped_line_model_went_on_learning_after_the_recipe_line() -> None:
    contract = read_contract(SHIPPED / "line")
    today = adapting_recipe("line", LINES).to_dict()
    assert contract.recipe == today | {"start": contract.recipe["start"]}
    assert contract.reads_lines
    assert (SHIPPED / "line" / "model.onnx").stat().st_size <= 4_000_000


OWN = """\
from inkdigits.training.recipe import Recipe

RECIPE = Recipe(name="mine", network=__file__, epochs=2, batch=64, learning_rate=3e-4)
"""


def test_a_recipe_of_one_s_own_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(OWN)
    recipe = find_recipe(str(path))
    assert (recipe.name, recipe.epochs, recipe.learning_rate) == ("mine", 2, 3e-4)
    assert Path(recipe.network) == path


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("x = 1\n", r"has no RECIPE: write  RECIPE = Recipe\(\.\.\.\)"),
        (OWN.replace("epochs=2", "epochs=0"), "mine.py, line 3: mine: epochs is a whole number"),
        (OWN.replace("epochs=2", "epoch=2"), r"mine.py, line 3: TypeError: .*'epoch'"),
        ("import nothing_of_that_name\n", "mine.py, line 1: ModuleNotFoundError: No module"),
        ("def f(:\n", "mine.py, line 1: SyntaxError: invalid syntax"),
        ("def f():\n    return 1 / 0\n\n\nf()\n", "mine.py, line 2: ZeroDivisionError: "),
        ("\0", "mine.py.*null bytes"),
    ],
)
def test_a_broken_file_is_told_by_its_line(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "mine.py"
    path.write_text(content)
    with pytest.raises(RecipeError, match=said) as raised:
        find_recipe(str(path))
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"mine\.py: no such file"):
        find_recipe(str(tmp_path / "mine.py"))


def test_a_file_may_import_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "rates_beside_it.py").write_text("RATE = 0.02\n")
    path = tmp_path / "mine.py"
    path.write_text("from rates_beside_it import RATE\n" + OWN.replace("3e-4", "RATE"))
    assert find_recipe(str(path)).learning_rate == 0.02


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(OWN)
    assert find_recipe(str(path)).epochs == 2
    path.write_text(OWN.replace("epochs=2", "epochs=7"))
    assert find_recipe(str(path)).epochs == 7
