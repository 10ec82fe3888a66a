"""Files that are written whole or not at all, whatever happens meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of `path` when the block ends well.

    Until then, and for ever if the process is killed or the disk is full, `path` is as it was. Only
    a kill leaves the part that was written: beside `path`, with a name that ends in `.partial`.
    Raises `OSError` that names `path`, which that of a failed write does not.
    """
    # Of this process, so that two never write into one file; cut, as names have 255 bytes at most.
    partial = path.with_name(f"{path.name[:40]}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
