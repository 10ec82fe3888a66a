"""Checkpoints that survive a kill at any moment: written beside, flushed, renamed."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inkdigits.atomic import replacing
from inkdigits.errors import DataError

KEEP = 2
"""So many of the latest checkpoints stay: the last one, and the one before in case it is bad."""

State = Mapping[str, NDArray[np.generic]]

_DAMAGE = (OSError, ValueError, EOFError, KeyError, RuntimeError, zipfile.BadZipFile, zlib.error)
"""What NumPy and zipfile raise on an archive with wrong bytes in it."""


def save_checkpoint(folder: Path, epoch: int, state: State) -> None:
    """Write the state after `epoch` epochs, and delete all but the last two.

    What killed trainings left half written is deleted too: one training writes here at a time.
    Raises `OSError`, and leaves the earlier ones as they are, if it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with replacing(folder / f"epoch-{epoch:04d}.npz") as file:
        # Not every NumPy that is supported can be told here to refuse pickles; loading does.
        np.savez(file, **state)  # type: ignore[arg-type]
    for old in (*checkpoints(folder)[:-KEEP], *folder.glob("epoch-*.partial")):
        old.unlink()


def checkpoints(folder: Path) -> list[Path]:
    """The complete checkpoints in a folder, oldest first."""
    return sorted(folder.glob("epoch-[0-9][0-9][0-9][0-9].npz"))


def epoch_of(checkpoint: Path) -> int:
    """The number of epochs that are done in a checkpoint."""
    return int(checkpoint.stem.removeprefix("epoch-"))


def load_latest(folder: Path) -> tuple[int, dict[str, NDArray[np.generic]]] | None:
    """The number of epochs done and the state after them; None if there is no checkpoint.

    A damaged one is passed over for the one before it; `DataError` if all are damaged.
    """
    found = checkpoints(folder)
    for path in reversed(found):
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                state = {name: arrays[name] for name in arrays.files}
        except _DAMAGE:
            continue
        return epoch_of(path), state
    if found:
        raise DataError(f"{folder}: every checkpoint is damaged: delete it and train anew")
    return None
