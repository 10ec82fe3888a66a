"""What `train` shows: a line for every epoch, and on a terminal a live one for that under way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TextIO

from inkdigits.cli.data_options import StepDisplay
from inkdigits.cli.progress import ERASE_LINE, REDRAW_AFTER_S
from inkdigits.training.watching import EpochReport, StepReport, Unmoved

if TYPE_CHECKING:
    from inkdigits.data.progress import Step


class Display(Unmoved):
    """Prints lines to `lines`; the live one to `live`, if that is a terminal."""

    def __init__(self, lines: TextIO, live: TextIO | None) -> None:
        self._lines = lines
        self._live = live if live is not None and live.isatty() else None
        self._steps = StepDisplay(live)
        self._timed_from = (0, 0)
        self._began = self._drawn = 0.0

    def data(self, step: Step) -> None:
        """Show how far data is fetched or read."""
        self._steps(step)

    def step(self, report: StepReport) -> None:
        """Show how far the epoch is, at most ten times a second."""
        now = time.monotonic()
        if self._live is None or now - self._drawn < REDRAW_AFTER_S:
            return
        if self._timed_from[0] != report.epoch:
            # Timed from the first step that is seen: the one before it compiles the network.
            self._timed_from, self._began = (report.epoch, report.done), now
        self._live.write(
            ERASE_LINE + describe(report, report.done - self._timed_from[1], now - self._began)
        )
        self._live.flush()
        self._drawn = now

    def epoch(self, report: EpochReport) -> None:
        """Print what the epoch reached, in place of the live line."""
        left_s = report.seconds * (report.epochs - report.epoch)
        self.note(
            f"epoch {report.epoch}/{report.epochs}  loss {report.loss:.4f}  "
            f"accuracy {report.accuracy:.4f}  validation {report.validation_loss:.4f}  "
            f"{report.validation_accuracy:.4f}  {report.seconds:.1f} s, {duration(left_s)} left"
        )

    def note(self, message: str) -> None:
        """Print a line, in place of the live one."""
        self.hide()
        print(message, file=self._lines, flush=True)

    def hide(self) -> None:
        """Clear the live line."""
        self._steps.hide()
        if self._live:
            self._live.write(ERASE_LINE)
            self._live.flush()


def describe(report: StepReport, timed: int, elapsed_s: float) -> str:
    """The live line; `timed` images were learnt in `elapsed_s`."""
    line = f"epoch {report.epoch}/{report.epochs}  {100 * report.done // report.images}%"
    if timed and elapsed_s > 0:
        rate = timed / elapsed_s
        epochs_left = report.epochs - report.epoch
        left = report.images - report.done + epochs_left * report.images
        line += f"  {rate:.0f} images/s  {duration(left / rate)} left"
    return f"{line}  loss {report.loss:.4f}  accuracy {report.accuracy:.4f}"


def duration(seconds: float) -> str:
    """`0:05`, `12:30` or `1:02:03`."""
    minutes, s = divmod(round(seconds), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02d}:{s:02d}" if hours else f"{m}:{s:02d}"
