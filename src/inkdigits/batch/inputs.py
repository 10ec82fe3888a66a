"""What a batch is to read: from the user's words to the listing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from inkdigits.batch.manifest import Listing, Manifest, listing, not_in
from inkdigits.batch.sources import File, find_files, listed_files, with_sha256
from inkdigits.batch.state import MANIFEST, read_state
from inkdigits.errors import DataError


@dataclass(frozen=True, slots=True)
class Inputs:
    """What to read.

    `sources` are as for `find_files`, `from_list` as for `listed_files`. Of those, only the files
    that are new or changed `since` a date or an earlier result folder, and of these the first
    `limit`. With `hashed` a file is known by the hash of its content instead of its time.
    """

    sources: tuple[str, ...] = ()
    from_list: str | None = None
    since: str | None = None
    limit: int | None = None
    hashed: bool = False


def list_inputs(
    inputs: Inputs, suffixes: frozenset[str], watch: Callable[[int], None] | None = None
) -> Listing:
    """All files to read, as a table of `manifest.SCHEMA`, which may be empty.

    `suffixes` are those of the images of a folder; `watch` is told now and then how many files are
    listed. Raises as `find_files` does, and `DataError` if `since` is neither a date nor a result
    folder. A file whose time is not known is always read.
    """
    files: Iterator[File]
    if inputs.from_list is not None:
        files = listed_files(inputs.from_list)
    else:
        files = find_files(inputs.sources, suffixes)
    earlier = None if inputs.since is None else _earlier(inputs.since)
    if isinstance(earlier, int):
        files = (f for f in files if f.modified_ns is None or f.modified_ns >= earlier)
    if inputs.hashed:
        files = map(with_sha256, files)
    table = listing(files, watch)
    if earlier is not None and not isinstance(earlier, int):
        table = not_in(table, earlier)
    return table if inputs.limit is None else table.slice(0, inputs.limit)


def _earlier(since: str) -> Listing | int:
    """The listing of an earlier batch, or a time in ns since 1970."""
    folder = Path(since)
    if folder.is_dir() and read_state(folder) is not None:
        return Manifest(folder / MANIFEST).table()
    try:
        return round(datetime.fromisoformat(since).timestamp() * 1e9)
    except ValueError as error:
        raise DataError(
            f"--since {since}: is neither a date, as 2026-11-20 or 2026-11-20T18:30, "
            "nor the folder of an earlier result"
        ) from error
