"""What a result folder belongs to: one listing, one set of options, one model; and its lock.

`batch.json` says it, and is written once, after the manifest: with it a batch exists.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inkdigits.atomic import replacing
from inkdigits.errors import DataError
from inkdigits.locking import try_lock

VERSION = 2
"""The version of the layout of a result folder."""

_STATE = "batch.json"
MANIFEST = "manifest.parquet"

State = dict[str, Any]


def fingerprint(values: Mapping[str, Any]) -> str:
    """SHA-256 of values that JSON can hold."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def read_state(results: Path) -> State | None:
    """What the folder belongs to; None if no batch was begun there.

    Raises `DataError` for a folder of another version, or one whose `batch.json` is broken.
    """
    path = results / _STATE
    try:
        state = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except ValueError as error:
        raise DataError(f"{path}: is no JSON: restore it, or choose another folder") from error
    if not isinstance(state, dict) or state.get("version") != VERSION:
        raise DataError(
            f"{path}: another version of inkdigits wrote it: use that one, or another folder"
        )
    return state


def write_state(results: Path, state: State) -> None:
    """Begin the batch; raises `OSError`."""
    with replacing(results / _STATE) as file:
        file.write((json.dumps(state, indent=1) + "\n").encode())


def check_same(results: Path, begun: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Raise `DataError` that names the first value in which `asked` is not what was `begun`."""
    for name, value in asked.items():
        if begun.get(name) != value:
            raise DataError(
                f"{results}: was begun with {name} {_shown(begun.get(name))}, "
                f"not {_shown(value)}: go on with that, or choose another --out"
            )


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


@contextmanager
def locked(results: Path) -> Iterator[None]:
    """Keep other batches out of the folder while the block runs; a kill frees it too.

    On Windows there is no lock. Raises `DataError` if another batch holds it, `OSError` for a
    folder that cannot be locked.
    """
    with (results / ".lock").open("ab") as file:
        if not try_lock(file):
            raise DataError(f"{results}: another batch is writing there: let it end, or stop it")
        yield


def is_locked(results: Path) -> bool:
    """Whether a batch is at work in the folder."""
    try:
        with (results / ".lock").open("rb") as file:
            return not try_lock(file)
    except OSError:
        return False
