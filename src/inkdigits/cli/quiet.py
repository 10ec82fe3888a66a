"""Keeps libraries written in C from writing to standard error, where only our own lines belong."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_STANDARD_ERROR = 2


@contextmanager
def c_stderr_silenced() -> Iterator[None]:
    """Send what is written to file descriptor 2 in the block nowhere; put it back in any case.

    libtiff, inside Pillow, prints a complaint of each broken TIFF there and offers no switch, and
    TensorFlow logs there while it is loaded. The descriptor is the whole process's, so this is for
    programs of one thread, like the command. If it is closed or cannot be redirected, the block
    runs all the same.
    """
    saved = nowhere = None
    try:
        with suppress(OSError):
            saved = os.dup(_STANDARD_ERROR)  # fails if it is closed: then nothing can be heard
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, _STANDARD_ERROR)
        yield
    finally:
        if saved is not None:
            os.dup2(saved, _STANDARD_ERROR)
            os.close(saved)
        if nowhere is not None:
            os.close(nowhere)
