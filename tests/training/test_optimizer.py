"""The learning rate rises and falls as it says, and every optimizer is what its name says."""

import math
from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest

from inkdigits.training.optimizer import (
    AveragingAdam,
    AveragingSGD,
    WarmUpThenFall,
    make_optimizer,
)
from inkdigits.training.recipe import Recipe, Schedule

RECIPE = Recipe(name="any", network="any", epochs=1, batch=1, learning_rate=0.1)


@pytest.mark.parametrize(
    ("fall", "step", "rate"),
    [
        ("cosine", 0, 0),
        ("cosine", 5, 0.1),
        ("cosine", 10, 0.2),
        ("cosine", 55, 0.1),
        ("cosine", 77.5, 0.1 * (1 - math.sqrt(0.5))),
        ("cosine", 100, 0),
        ("cosine", 9e9, 0),
        ("linear", 5, 0.1),
        ("linear", 55, 0.1),
        ("linear", 82, 0.04),
        ("linear", 100, 0),
        ("constant", 5, 0.1),
        ("constant", 55, 0.2),
        ("constant", 100, 0.2),
    ],
)
def test_the_rate_rises_and_falls(fall: Schedule, step: float, rate: float) -> None:
    schedule = WarmUpThenFall(peak=0.2, steps=100, warm_up=0.1, fall=fall)
    assert float(schedule(step)) == pytest.approx(rate, abs=1e-6)


def test_without_a_warm_up_it_begins_at_its_highest() -> None:
    schedule = WarmUpThenFall(peak=0.2, steps=100, warm_up=0.0, fall="cosine")
    assert float(schedule(0)) == pytest.approx(0.2)


def test_the_rate_can_be_described() -> None:
    schedule = WarmUpThenFall(peak=0.2, steps=100, warm_up=0.1, fall="linear")
    again = WarmUpThenFall.from_config(schedule.get_config())
    assert float(again(30)) == float(schedule(30))


def test_a_constant_rate_is_a_number() -> None:
    assert float(make_optimizer(RECIPE, 100).learning_rate) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("change", "kind", "decay"),
    [
        ({}, AveragingAdam, None),
        ({"optimizer": "adamw", "weight_decay": 0.3}, AveragingAdam, 0.3),
        ({"optimizer": "sgd", "weight_decay": 0.2}, AveragingSGD, 0.2),
    ],
)
def test_a_recipe_gets_what_it_asks_for(
    change: dict[str, Any], kind: type[keras.optimizers.Optimizer], decay: float | None
) -> None:
    optimizer = make_optimizer(replace(RECIPE, **change), 100)
    assert type(optimizer) is kind
    assert optimizer.weight_decay == decay
    assert not optimizer.use_ema


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_an_average_is_kept_aside_until_it_is_adopted(optimizer: Any) -> None:
    averaging = make_optimizer(replace(RECIPE, optimizer=optimizer, average=0.5), 100)
    variable = keras.Variable(np.ones(3, np.float32))
    averaging.build([variable])
    seen = []
    for _ in range(3):
        averaging.apply([keras.ops.ones(3)])
        seen.append(variable.numpy().copy())
    averaging.finalize_variable_values([variable])
    np.testing.assert_array_equal(variable.numpy(), seen[-1])
    averaging.adopt_average([variable])
    np.testing.assert_allclose(variable.numpy(), (seen[0] + seen[1] + 2 * seen[2]) / 4, rtol=1e-5)
