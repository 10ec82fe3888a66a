"""The optimizer of a training: its learning rate, and the average of the weights that it keeps."""

from __future__ import annotations

import math
from typing import Any

import keras

from inkdigits.training.recipe import Recipe, Schedule

MOMENTUM = 0.9
"""Nesterov's, for SGD."""


@keras.saving.register_keras_serializable("inkdigits")
class WarmUpThenFall(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """A linear rise to `peak` over the first `warm_up` share of `steps`, then as `fall` says.

    `fall` is `"constant"`, `"cosine"` or `"linear"`; the last two reach zero at `steps`.
    """

    def __init__(self, peak: float, steps: int, warm_up: float, fall: Schedule) -> None:
        self.peak, self.steps, self.warm_up, self.fall = peak, steps, warm_up, fall

    def __call__(self, step: Any) -> Any:
        done = keras.ops.cast(step, "float32") / self.steps
        fallen = keras.ops.clip((done - self.warm_up) / (1 - self.warm_up), 0, 1)
        match self.fall:
            case "cosine":
                share = 0.5 * (1 + keras.ops.cos(math.pi * fallen))
            case "linear":
                share = 1 - fallen
            case _:
                share = keras.ops.ones_like(fallen)
        if self.warm_up:
            share = keras.ops.minimum(done / self.warm_up, share)
        return self.peak * share

    def get_config(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("peak", "steps", "warm_up", "fall")}


class _Averaging:
    """Keeps a moving average of the weights aside until `adopt_average` is called.

    Keras adopts it at the end of every call of `model.fit`, which here is every epoch.
    """

    def finalize_variable_values(self, var_list: Any) -> None:
        """Leave the weights as they are."""

    def adopt_average(self, variables: Any) -> None:
        """Replace the weights by their moving average, if one is kept."""
        super().finalize_variable_values(variables)  # type: ignore[misc]


class AveragingAdam(_Averaging, keras.optimizers.Adam):  # type: ignore[misc]
    """Adam; with a decay of the weights apart from the gradient it is AdamW."""


class AveragingSGD(_Averaging, keras.optimizers.SGD):  # type: ignore[misc]
    """Stochastic gradient descent."""


def make_optimizer(recipe: Recipe, steps: int) -> AveragingAdam | AveragingSGD:
    """The optimizer that a recipe asks for, for a training of so many steps."""
    rate: Any = recipe.learning_rate
    if recipe.schedule != "constant" or recipe.warm_up:
        rate = WarmUpThenFall(recipe.learning_rate, steps, recipe.warm_up, recipe.schedule)
    decay = None if recipe.optimizer == "adam" else recipe.weight_decay
    averaging = {"use_ema": bool(recipe.average), "ema_momentum": recipe.average or 0.99}
    if recipe.optimizer == "sgd":
        return AveragingSGD(rate, MOMENTUM, nesterov=True, weight_decay=decay, **averaging)
    return AveragingAdam(rate, recipe.beta_1, recipe.beta_2, weight_decay=decay, **averaging)
