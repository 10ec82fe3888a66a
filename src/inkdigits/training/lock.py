"""One training a folder: the kernel keeps a second one out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from inkdigits.errors import DataError
from inkdigits.locking import try_lock


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other trainings out of `folder`, which is made if need be, while the block runs.

    The lock is the process's: however that ends, a kill included, the folder is free again. On
    Windows there is none. Raises `DataError` if another training holds it, `OSError` for a folder
    that cannot be made or locked.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("ab") as file:
        if not try_lock(file):
            raise DataError(
                f"another training is writing to {folder}: let it end, or choose another --out"
            )
        yield
