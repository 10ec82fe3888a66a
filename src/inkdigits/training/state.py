"""Everything that the next step of a training depends on, as arrays for a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np

from inkdigits.errors import DataError
from inkdigits.training.checkpoint import KEEP, State

_BEST = "best_"


@dataclass(frozen=True, slots=True)
class Best:
    """The epoch with the least validation loss so far, and the state after it."""

    epoch: int
    loss: float
    state: State


def capture(model: keras.Model) -> State:
    """Weights, statistics, the seeds of dropout and the optimizer's memory, by position."""
    return {
        f"v{index:04d}": np.asarray(variable.numpy())
        for index, variable in enumerate(_variables(model))
    }


def restore(model: keras.Model, state: State) -> None:
    """Put a captured state back; `DataError` if it is another network's."""
    variables = _variables(model)
    if [value.shape for value in state.values()] != [tuple(v.shape) for v in variables]:
        raise DataError("the checkpoint is of another network: train into a new folder")
    for variable, value in zip(variables, state.values(), strict=True):
        variable.assign(value)


def pack(state: State, best: Best | None) -> State:
    """A state, and the best one beside it where one is kept, as one checkpoint."""
    if best is None:
        return state
    kept = {f"{_BEST}{name}": value for name, value in best.state.items()}
    return {
        **state,
        **kept,
        f"{_BEST}epoch": np.array(best.epoch),
        f"{_BEST}loss": np.array(best.loss),
    }


def unpack(checkpoint: State) -> tuple[State, Best | None]:
    """The state and the best one of a checkpoint that `pack` made."""
    state = {name: value for name, value in checkpoint.items() if not name.startswith(_BEST)}
    kept = {
        name.removeprefix(_BEST): value
        for name, value in checkpoint.items()
        if name.startswith(_BEST)
    }
    if not kept:
        return state, None
    try:
        epoch, loss = int(kept.pop("epoch")), float(kept.pop("loss"))
    except KeyError:
        raise DataError("the checkpoint is of another training: use a new folder") from None
    return state, Best(epoch, loss, kept)


def bytes_of_checkpoints(model: keras.Model, with_best: bool) -> int:
    """The space that checkpoints take while one more is written beside those that are kept."""
    size = sum(value.nbytes for value in capture(model).values())
    return (KEEP + 1) * (2 if with_best else 1) * size


def _variables(model: keras.Model) -> list[keras.Variable]:
    return [*model.variables, *model.optimizer.variables]
