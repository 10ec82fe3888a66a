"""One training a folder: the kernel keeps a second one out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from inkdigits.errors import DataError


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other trainings out of `folder`, which is made if need be, while the block runs.

    The lock is the process's: however that ends, a kill included, the folder is free again. On
    Windows there is none. Raises `DataError` if another training holds it, `OSError` for a folder
    that cannot be made or locked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("ab") as file:
        if not _lock(file):
            raise DataError(
                f"another training is writing to {folder}: let it end, or choose another --out"
            )
        yield


def _lock(file: BinaryIO) -> bool:
    if sys.platform != "win32":
        import fcntl

        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:  # a file system that has no locks
            raise OSError(error.errno, error.strerror, file.name) from error
    return True
