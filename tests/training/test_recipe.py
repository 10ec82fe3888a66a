import json
from dataclasses import replace

import pytest

from inkdigits.architectures import ARCHITECTURES
from inkdigits.errors import DataError
from inkdigits.training.recipe import COMPACT, RECIPES, Recipe, find_recipe


def test_a_recipe_is_found_by_its_name() -> None:
    assert find_recipe("compact") is COMPACT


def test_an_unknown_name_is_answered_with_those_there_are() -> None:
    with pytest.raises(DataError, match="'large': choose one of compact"):
        find_recipe("large")


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_a_recipe_can_be_followed(recipe: Recipe) -> None:
    assert recipe.architecture in ARCHITECTURES
    assert 0 < recipe.warm_up < 1
    assert 0 < recipe.average < 1


def test_every_choice_is_in_the_record() -> None:
    recorded = json.loads(json.dumps(COMPACT.to_dict()))
    assert recorded["learning_rate"] == COMPACT.learning_rate
    assert recorded["augmentation"]["rotate_deg"] == COMPACT.augmentation.rotate_deg
    assert recorded["mixture"]["drawn"] == COMPACT.mixture.drawn
    assert replace(COMPACT, seed=COMPACT.seed + 1).to_dict() != COMPACT.to_dict()


def test_the_last_epochs_are_augmented_half_as_far() -> None:
    recipe = replace(COMPACT, epochs=10, calm=0.2)
    assert [recipe.augmentation_of(epoch) for epoch in range(8)] == [recipe.augmentation] * 8
    calm = recipe.augmentation_of(8)
    assert calm == recipe.augmentation_of(9)
    assert calm.rotate_deg == recipe.augmentation.rotate_deg / 2
    assert calm.erase == recipe.augmentation.erase / 2
    assert replace(recipe, calm=0.0).augmentation_of(9) == recipe.augmentation
