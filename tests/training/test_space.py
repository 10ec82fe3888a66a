"""A space file says what varies; what cannot be is refused with its line, before any work."""

from pathlib import Path

import pytest

from inkdigits.errors import RecipeError
from inkdigits.training.recipe import Recipe
from inkdigits.training.space import Choice, Range, read_space, with_values

BASE = Recipe(name="base", network="mlp", epochs=3, batch=128)


def written(folder: Path, text: str) -> Path:
    path = folder / "space.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_ranges_choices_and_fixed_values_are_told_apart(tmp_path: Path) -> None:
    space = read_space(
        written(
            tmp_path,
            """
            learning_rate = {low = 1e-4, high = 1e-2, log = true}
            batch = [64, 128]
            epochs = {low = 1, high = 5, step = 2}
            precision = "mixed_bfloat16"
            augmentation.rotate_deg = {low = 0, high = 20}
            [augmentation.scale]
            low = 0.0
            high = 0.2
            """,
        ),
        BASE,
    )
    assert space.varied == {
        "learning_rate": Range(1e-4, 1e-2, log=True),
        "batch": Choice((64, 128)),
        "epochs": Range(1, 5, whole=True, step=2),
        "augmentation.rotate_deg": Range(0, 20),
        "augmentation.scale": Range(0, 0.2),
    }
    assert space.fixed == {"precision": "mixed_bfloat16"}


def test_a_recipe_takes_what_is_fixed_and_what_is_chosen(tmp_path: Path) -> None:
    text = "epochs = 7\nbatch = [64, 128]\naugmentation.scale = 0.1\naugmentation.erase = [0, 1]"
    recipe = read_space(written(tmp_path, text), BASE).recipe(
        BASE, {"batch": 64, "augmentation.erase": 1.0}
    )
    assert (recipe.epochs, recipe.batch, recipe.learning_rate) == (7, 64, BASE.learning_rate)
    assert (recipe.augmentation.scale, recipe.augmentation.erase) == (0.1, 1.0)
    assert recipe.augmentation.rotate_deg == 0


def test_fields_of_one_part_do_not_undo_each_other() -> None:
    recipe = with_values(BASE, {"augmentation.blur": 0.2, "augmentation.fade": 0.3})
    assert (recipe.augmentation.blur, recipe.augmentation.fade) == (0.2, 0.3)


@pytest.mark.parametrize(
    ("drawn", "expected"),
    [(0.00123456, 0.00123), (0.0001, 0.0001), (0.01, 0.01)],
)
def test_numbers_are_rounded_as_they_are_written_down(drawn: float, expected: float) -> None:
    assert Range(1e-4, 1e-2).as_drawn(drawn) == expected


def test_rounding_never_leaves_the_range() -> None:
    of = Range(0.123456, 0.987654)
    assert of.as_drawn(0.123456) == 0.123456
    assert of.as_drawn(0.987654) == 0.987654


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("batch = [64, 128]\nspeed = [1, 2]", r", line 2: recipes have no field speed"),
        ("\n[augmentation]\nturn = [1, 2]", r", line 3: recipes have no field augmentation.turn"),
        ("batch = [64, 'x']", r", line 1: batch is a whole number, not 'x'"),
        ("batch = [64, 64]", r"two or more different"),
        ("batch = [64]", r"two or more different"),
        ("batch = {low = 1.5, high = 3}", r"batch is a whole number, not 1.5"),
        ("batch = {low = 64}", r"needs low and high"),
        ("batch = {low = 64, high = 65, many = 1}", r"needs low and high"),
        ("learning_rate = {low = 1e-2, high = 1e-4}", r"low below its high"),
        ("learning_rate = {low = 0, high = 1, log = true}", r"logarithm"),
        ("learning_rate = {low = 0.1, high = 1, step = 2}", r"fits into the range"),
        ("learning_rate = {low = nan, high = 1}", r"a number, not nan"),
        ("network = {low = 1, high = 2}", r"list of choices"),
        ("seed = [1, 2]", r"seed cannot be searched: a lucky seed"),
        ("form.colour = [true, false]", r"form cannot be searched"),
        ("epochs = true\nbatch = [1, 2]", r"epochs is a whole number, not True"),
        ("epochs = 3", r"nothing to search"),
        ("batch = [64, 100000]", r", line 1: base: batch is a whole number from 1 to 65536"),
        ("label_smoothing = {low = 0.0, high = 0.1}", r"line 1: .*needs the loss one-hot"),
        ("batch = [1, 2]\nepochs 3", r"not a TOML file: .*line 2"),
    ],
)
def test_what_cannot_be_is_refused_with_file_line_and_field(
    text: str, said: str, tmp_path: Path
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(RecipeError, match=said) as raised:
        read_space(path, BASE)
    assert str(raised.value).startswith(str(path))
    assert "\n" not in str(raised.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"nowhere\.toml: no such file"):
        read_space(tmp_path / "nowhere.toml", BASE)
