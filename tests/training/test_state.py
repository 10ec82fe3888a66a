import keras
import numpy as np
import pytest

from inkdigits.errors import DataError
from inkdigits.training.state import (
    Best,
    bytes_of_checkpoints,
    capture,
    pack,
    restore,
    unpack,
)
from tests.training import tiny


@pytest.fixture
def model() -> keras.Model:
    model = tiny.build(3)
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def test_a_state_comes_back(model: keras.Model) -> None:
    before = {name: value.copy() for name, value in capture(model).items()}
    for variable in [*model.variables, *model.optimizer.variables]:
        if variable.path.partition("/")[2] != "learning_rate":
            variable.assign(keras.ops.ones_like(variable))
    changed = capture(model)
    assert any(not np.array_equal(changed[name], before[name]) for name in before)
    restore(model, before)
    for name, value in capture(model).items():
        np.testing.assert_array_equal(value, before[name], strict=True)


def test_the_seeds_of_dropout_and_the_memory_of_the_optimizer_are_in_it(
    model: keras.Model,
) -> None:
    held = list(capture(model).values())
    assert [value.shape for value in held].count((2,)) == 1  # the state of one seed generator
    # Weights, their two moments, the statistics; iterations and learning rate beside them.
    assert len(held) > 3 * len(model.trainable_variables)


def test_another_network_is_refused(model: keras.Model) -> None:
    state = dict(capture(model))
    state.popitem()
    with pytest.raises(DataError, match="another network: train into a new folder"):
        restore(model, state)


def test_the_best_travels_beside_the_state(model: keras.Model) -> None:
    state = capture(model)
    best = Best(7, 0.25, {name: value + 1 for name, value in state.items()})
    again, found = unpack(pack(state, best))
    assert found is not None
    assert (found.epoch, found.loss) == (7, 0.25)
    for name, value in state.items():
        np.testing.assert_array_equal(again[name], value)
        np.testing.assert_array_equal(found.state[name], value + 1)
    assert unpack(pack(state, None)) == (state, None)


def test_half_a_best_is_refused(model: keras.Model) -> None:
    with pytest.raises(DataError, match="another training"):
        unpack({**capture(model), "best_v0000": np.zeros(3)})


def test_the_space_is_that_of_one_checkpoint_more_than_is_kept(model: keras.Model) -> None:
    one = sum(value.nbytes for value in capture(model).values())
    assert bytes_of_checkpoints(model, with_best=False) == 3 * one
    assert bytes_of_checkpoints(model, with_best=True) == 6 * one
