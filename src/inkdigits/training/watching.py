"""What a training tells while it goes on, and who listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from inkdigits.data.progress import Step


@dataclass(frozen=True, slots=True)
class EpochReport:
    """One row of a training's history; `seconds` is the time that the epoch took.

    `loss` is what the optimizer lowered, with all that makes training harder; `validation_loss` is
    the mean negative log likelihood in nats, of other images.
    """

    epoch: int
    epochs: int
    loss: float
    accuracy: float
    validation_loss: float
    validation_accuracy: float
    seconds: float


@dataclass(frozen=True, slots=True)
class StepReport:
    """How far an epoch is; `loss` and `accuracy` are means over its `done` of `images` so far."""

    epoch: int
    epochs: int
    done: int
    images: int
    loss: float
    accuracy: float


class Watcher(Protocol):
    """Is told how far a training is, and must not keep it waiting."""

    def data(self, step: Step) -> None:
        """Data is being downloaded or decoded."""

    def step(self, report: StepReport) -> None:
        """Some steps of the optimizer are done."""

    def epoch(self, report: EpochReport) -> None:
        """One epoch is done, and a training that is resumed goes on after it."""

    def note(self, message: str) -> None:
        """Something that the user should know, in one line."""


class Unmoved:
    """A watcher that ignores everything; others inherit from it what they do not care for."""

    def data(self, step: Step) -> None: ...

    def step(self, report: StepReport) -> None: ...

    def epoch(self, report: EpochReport) -> None: ...

    def note(self, message: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Watchers:
    """Several watchers as one."""

    all: tuple[Watcher, ...]

    def data(self, step: Step) -> None:
        for watcher in self.all:
            watcher.data(step)

    def step(self, report: StepReport) -> None:
        for watcher in self.all:
            watcher.step(report)

    def epoch(self, report: EpochReport) -> None:
        for watcher in self.all:
            watcher.epoch(report)

    def note(self, message: str) -> None:
        for watcher in self.all:
            watcher.note(message)
