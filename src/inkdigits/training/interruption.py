"""Ctrl-C, held back where it would do harm."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Interruption:
    """Raises `KeyboardInterrupt` at Ctrl-C, but inside `held` only when that ends.

    Raised while a database is written, it could leave locks behind that nobody opens again. Outside
    the main thread, where Python hands out no signals, nothing changes.
    """

    def __init__(self) -> None:
        self._holding = False
        self._asked = False

    @contextmanager
    def handled(self) -> Iterator[None]:
        """Take Ctrl-C in this block."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    @contextmanager
    def held(self, holding: bool = True) -> Iterator[None]:
        """Hold it back in this block, or with `holding=False` let it through again."""
        before, self._holding = self._holding, holding
        self._raise_if_asked()
        try:
            yield
        finally:
            self._holding = before
        self._raise_if_asked()

    def _note(self, *_: object) -> None:
        self._asked = True
        self._raise_if_asked()

    def _raise_if_asked(self) -> None:
        if self._asked and not self._holding:
            self._asked = False
            raise KeyboardInterrupt
