import json
from dataclasses import replace
from typing import Any

import pytest

from inkdigits.data.augmentation import Augmentation
from inkdigits.errors import RecipeError
from inkdigits.training.recipe import HANDWRITING, LINES, Recipe
from inkdigits.training.recipes import COMPACT, LENET, LINE


def test_every_choice_is_in_the_record() -> None:
    recorded = COMPACT.to_dict()
    assert json.loads(json.dumps(recorded)) == recorded
    assert recorded["learning_rate"] == COMPACT.learning_rate
    assert recorded["augmentation"]["rotate_deg"] == COMPACT.augmentation.rotate_deg
    assert recorded["mixture"]["drawn"] == COMPACT.mixture.drawn
    assert recorded["form"]["size"] == [28, 28]
    assert replace(COMPACT, seed=COMPACT.seed + 1).to_dict() != COMPACT.to_dict()


def test_a_mixture_is_recorded_where_there_is_one() -> None:
    assert LENET.to_dict()["mixture"] is None
    assert replace(LENET, data=HANDWRITING).to_dict()["mixture"] == COMPACT.to_dict()["mixture"]


def test_the_make_up_of_lines_is_recorded_where_there_are_any() -> None:
    assert LENET.to_dict()["lines"] is COMPACT.to_dict()["lines"] is None
    recorded = LINE.to_dict()
    assert recorded["mixture"] is None
    assert recorded["lines"] == {"lines": 12_000, "real": 0.5, "composed_only": 0.6}
    assert json.loads(json.dumps(recorded)) == recorded


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"epochs": 0}, "epochs is a whole number from 1 to 9999, not 0"),
        ({"epochs": 2.0}, r"epochs is a whole number .* not 2\.0"),
        ({"epochs": True}, "epochs is a whole number .* not True"),
        ({"batch": 0}, "batch is a whole number"),
        ({"seed": 2**32}, "seed is a whole number from 0 to 4294967295"),
        ({"patience": -1}, "patience is a whole number from 0"),
        ({"learning_rate": 0.0}, "learning_rate is a number from 1e-09"),
        ({"learning_rate": float("nan")}, "learning_rate is a number .* not nan"),
        ({"learning_rate": "fast"}, "learning_rate is a number .* not 'fast'"),
        ({"average": 1.0}, "average is a number from 0 to 0.99999"),
        ({"validation_split": 0.0}, "validation_split is a number"),
        ({"loss": "mse"}, "loss is one of sparse, one-hot, ctc, not 'mse'"),
        ({"optimizer": "lion"}, "optimizer is one of adam, adamw, sgd"),
        ({"schedule": "step"}, "schedule is one of constant, cosine, linear"),
        ({"precision": "float16"}, "precision is one of float32, mixed_bfloat16"),
        ({"label_smoothing": 0.1}, "label_smoothing needs the loss one-hot"),
        ({"weight_decay": 0.1}, "weight_decay needs the optimizer adamw or sgd"),
        ({"name": ""}, "needs a name, a network and data"),
        ({"loss": "ctc"}, "the network line, the loss ctc and the data lines belong together"),
        ({"data": LINES}, "the network line, the loss ctc and the data lines belong together"),
        ({"network": "line"}, "the network line, the loss ctc and the data lines belong together"),
        ({"data": LINES, "loss": "ctc"}, "the network line, the loss ctc and the data lines"),
    ],
)
def test_what_cannot_be_is_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        replace(LENET, **change)


def test_the_last_epochs_are_augmented_half_as_far() -> None:
    recipe = replace(COMPACT, epochs=10, calm=0.2)
    assert [recipe.augmentation_of(epoch) for epoch in range(8)] == [recipe.augmentation] * 8
    calm = recipe.augmentation_of(8)
    assert calm == recipe.augmentation_of(9)
    assert calm.rotate_deg == recipe.augmentation.rotate_deg / 2
    assert calm.erase == recipe.augmentation.erase / 2
    assert replace(recipe, calm=0.0).augmentation_of(9) == recipe.augmentation


def test_a_plain_recipe_augments_nothing() -> None:
    recipe = Recipe(name="mine", network="mlp", epochs=1, batch=1)
    assert recipe.augmentation_of(0) == Augmentation()
