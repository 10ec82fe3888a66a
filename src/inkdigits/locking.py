"""A file that one process at a time may hold: the kernel keeps the others out."""

from __future__ import annotations

import sys
from typing import BinaryIO


def try_lock(file: BinaryIO) -> bool:
    """Hold `file` until it is closed; False if somebody else does.

    The lock is the open file's: however its process ends, a kill included, the file is free again.
    On Windows there is none, and everybody holds it. Raises `OSError`, which names the file, on a
    file system that has no locks.
    """
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise OSError(error.errno, error.strerror, file.name) from error
    return True
