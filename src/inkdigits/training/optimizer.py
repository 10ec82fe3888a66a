"""The optimizer of a training: its learning rate, and the average of the weights that it keeps."""

from __future__ import annotations

import math
from typing import Any

import keras


@keras.saving.register_keras_serializable("inkdigits")
class WarmUpThenCosine(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """A linear rise to `peak` over the first `warm_up` share of `steps`, then a cosine to zero."""

    def __init__(self, peak: float, steps: int, warm_up: float) -> None:
        self.peak, self.steps, self.warm_up = peak, steps, warm_up

    def __call__(self, step: Any) -> Any:
        done = keras.ops.cast(step, "float32") / self.steps
        rising = done / self.warm_up
        fallen = (done - self.warm_up) / (1 - self.warm_up)
        falling = 0.5 * (1 + keras.ops.cos(math.pi * keras.ops.clip(fallen, 0, 1)))
        return self.peak * keras.ops.minimum(rising, falling)

    def get_config(self) -> dict[str, Any]:
        return {"peak": self.peak, "steps": self.steps, "warm_up": self.warm_up}


class AveragingAdamW(keras.optimizers.AdamW):  # type: ignore[misc]
    """AdamW that keeps a moving average of the weights aside until `adopt_average` is called.

    Keras adopts it at the end of every call of `model.fit`, which here is every epoch.
    """

    def finalize_variable_values(self, var_list: Any) -> None:
        """Leave the weights as they are."""

    def adopt_average(self, variables: Any) -> None:
        """Replace the weights by their moving average."""
        super().finalize_variable_values(variables)
