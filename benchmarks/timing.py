"""Timing by medians, and the figures that come of it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure of ours, and its peer's where it could be measured in the same run.

    `note` says what the peer is, or why there is none.
    """

    name: str
    ours: float
    unit: str
    peer: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours divided by the peer's."""
        return self.ours / self.peer if self.peer else None


def seconds(action: Callable[[], object]) -> float:
    """How long one call takes, in seconds."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def median_s(action: Callable[[], object], repeats: int, warm_up: int = 1) -> float:
    """The median time of `repeats` calls after `warm_up` that do not count, in seconds."""
    for _ in range(warm_up):
        action()
    return median(seconds(action) for _ in range(repeats))


def alternating_medians_s(
    one: Callable[[], object], other: Callable[[], object], repeats: int
) -> tuple[float, float]:
    """The medians of two actions run in turn, so that both meet the same moods of the machine."""
    one()
    other()
    times = [(seconds(one), seconds(other)) for _ in range(repeats)]
    return median(first for first, _ in times), median(second for _, second in times)
