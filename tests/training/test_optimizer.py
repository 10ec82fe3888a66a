"""The learning rate rises and falls as it says."""

import math

import pytest

from inkdigits.training.optimizer import WarmUpThenCosine


@pytest.mark.parametrize(
    ("step", "rate"),
    [
        (0, 0),
        (5, 0.1),
        (10, 0.2),
        (55, 0.1),
        (77.5, 0.1 * (1 - math.sqrt(0.5))),
        (100, 0),
        (9e9, 0),
    ],
)
def test_the_rate_rises_and_falls(step: float, rate: float) -> None:
    schedule = WarmUpThenCosine(peak=0.2, steps=100, warm_up=0.1)
    assert float(schedule(step)) == pytest.approx(rate, abs=1e-6)


def test_the_rate_can_be_described() -> None:
    schedule = WarmUpThenCosine(peak=0.2, steps=100, warm_up=0.1)
    again = WarmUpThenCosine.from_config(schedule.get_config())
    assert float(again(30)) == float(schedule(30))
