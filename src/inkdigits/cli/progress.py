"""A progress bar on one line of the terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

BAR_WIDTH = 24
REDRAW_AFTER_S = 0.1
ERASE_LINE = "\r\x1b[K"


class Progress:
    """Shows how many of `total` steps are done, how fast they go and how long the rest will take.

    It stays silent for no more than `quiet_up_to` steps and where `stream` is no terminal. Use it
    as a context; call `hide` before anything else is written to that terminal.
    """

    def __init__(
        self,
        total: int,
        stream: TextIO | None,
        *,
        quiet_up_to: int = 10,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        shown = stream is not None and total > quiet_up_to and stream.isatty()
        self._stream = stream if shown else None
        self._total = total
        self._clock = clock
        self._done = 0
        self._visible = False
        self._started = clock()
        self._drawn = self._started

    def __enter__(self) -> Progress:
        self._draw()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.hide()

    def advance(self) -> None:
        """One more step is done."""
        self._done += 1
        self._draw()

    def hide(self) -> None:
        """Clear the line; the next `advance` shows the bar again."""
        if self._stream and self._visible:
            self._stream.write(ERASE_LINE)
            self._stream.flush()
            self._visible = False

    def _draw(self) -> None:
        now = self._clock()
        if self._stream is None or (self._visible and now - self._drawn < REDRAW_AFTER_S):
            return
        self._stream.write(ERASE_LINE + describe(self._done, self._total, now - self._started))
        self._stream.flush()
        self._drawn = now
        self._visible = True


def describe(done: int, total: int, elapsed_s: float) -> str:
    """The bar as text: `[######------] 12/24  3.1/s  0:04 left`."""
    filled = BAR_WIDTH * done // total
    line = f"[{'#' * filled}{'-' * (BAR_WIDTH - filled)}] {done}/{total}"
    if not done or elapsed_s <= 0:
        return line
    rate = done / elapsed_s
    minutes, seconds = divmod(round((total - done) / rate), 60)
    pace = f"{rate:.1f}/s" if rate >= 1 else f"{rate * 60:.1f}/min"
    return f"{line}  {pace}  {minutes}:{seconds:02d} left"
