"""What TensorBoard shows: the history of a training as event files, written while it goes on."""

from __future__ import annotations

from pathlib import Path

from inkdigits.errors import MissingExtra
from inkdigits.training.watching import EpochReport, Unmoved

FOLDER = "tensorboard"
"""In the folder of a run: `tensorboard --logdir runs` shows all runs in it."""

_CURVES = ("loss", "accuracy", "validation_loss", "validation_accuracy", "seconds")


class EventWriter(Unmoved):
    """Writes one point a curve and epoch. Raises `MissingExtra` without TensorBoard."""

    def __init__(self, run: Path) -> None:
        try:
            from tensorboard.summary import Writer
        except ModuleNotFoundError as error:
            raise MissingExtra("train", "--tensorboard") from error
        self._writer = Writer(str(run / FOLDER))

    def epoch(self, report: EpochReport) -> None:
        """One point a curve."""
        for name in _CURVES:
            self._writer.add_scalar(name, getattr(report, name), report.epoch)
        self._writer.flush()
