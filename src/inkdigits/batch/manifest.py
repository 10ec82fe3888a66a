"""All inputs of a batch, in a fixed order and cut into shards, as one Parquet file.

A row group is a shard, so any shard is read without the rest, and the memory that a batch needs
does not grow with its manifest.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from inkdigits.atomic import replacing
from inkdigits.batch.rows import printable
from inkdigits.batch.sources import File

# A path is bytes: what the system calls a file need not be text.
SCHEMA = pa.schema(
    [
        ("path", pa.binary()),
        ("size", pa.int64()),
        ("modified", pa.timestamp("ns", tz="UTC")),
        ("sha256", pa.string()),
    ]
)

MAX_FILES = 1_000
"""Files of a shard: a second's work for small images, so that its overhead does not count."""

MIN_FILES = 32

MAX_BYTES = 64_000_000
"""Bytes of a shard: some twenty photos, so that none takes minutes."""

_SHARES = 4
"""A shard is at most this part of a worker's share of what is left: see `cut`."""

_CHUNK = 10_000

Listing: TypeAlias = pa.Table
"""A table of `SCHEMA`: the files to read, in order."""


class Difference(NamedTuple):
    """How another listing differs from the manifest, and the first path of each kind."""

    gone: int
    changed: int
    new: int
    examples: tuple[str, ...]


def listing(files: Iterable[File], watch: Callable[[int], None] | None = None) -> Listing:
    """All `files` in the order given, each path once; `watch` is told how many there are so far."""
    chunks: list[pa.RecordBatch] = []
    for some in _chunked(files):
        chunks.append(_batch_of(some))
        if watch:
            watch(sum(map(len, chunks)))
    return _without_repeats(pa.Table.from_batches(chunks, SCHEMA))


def _batch_of(files: Sequence[File]) -> pa.RecordBatch:
    columns = [
        [os.fsencode(file.path) for file in files],
        [file.size for file in files],
        [file.modified_ns for file in files],
        [file.sha256 for file in files],
    ]
    arrays = [pa.array(values, of.type) for values, of in zip(columns, SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)


def _chunked(files: Iterable[File]) -> Iterator[tuple[File, ...]]:
    rest = iter(files)
    while some := tuple(islice(rest, _CHUNK)):
        yield some


def _without_repeats(table: Listing) -> Listing:
    """Each path where it comes first: what is named twice is still one input.

    Only paths whose hashes are equal are compared, as a million paths and a copy are much memory.
    """
    paths = table["path"]
    hashes = np.concatenate(
        [np.fromiter(map(hash, chunk.to_pylist()), np.int64) for chunk in paths.chunks]
        or [np.empty(0, np.int64)]
    )
    order = np.argsort(hashes, kind="stable")
    equal = np.flatnonzero(hashes[order[1:]] == hashes[order[:-1]])
    if not len(equal):
        return table
    keep = np.ones(len(table), bool)
    seen: set[bytes] = set()
    for place in np.unique(order[np.concatenate([equal, equal + 1])]):
        path = paths[int(place)].as_py()
        keep[place] = path not in seen
        seen.add(path)
    return table.filter(pa.array(keep))


def not_in(table: Listing, earlier: Listing) -> Listing:
    """The files of `table` that `earlier` lacks, or has with another size or time."""
    known = ["path", "size", "modified"]
    numbered = table.append_column("place", pa.array(np.arange(len(table))))
    rest = numbered.join(earlier.select(known), known, join_type="left anti")
    return rest.sort_by("place").select(SCHEMA.names)


def cut(sizes: NDArray[np.int64], workers: int, shard_size: int | None = None) -> list[int]:
    """How many files each shard takes, given their sizes in bytes (0 for one that is not known).

    All take `shard_size` if it is given. Otherwise the shards get smaller towards the end, as in
    guided self-scheduling (Polychronopoulos 1987), so that no worker is left with a long one while
    the others have nothing to do; and none is so large that a progress bar stands still.
    """
    if shard_size:
        full, rest = divmod(len(sizes), shard_size)
        return [shard_size] * full + [rest] * bool(rest)
    ends = np.cumsum(sizes, dtype=np.int64)
    counts, start = [], 0
    while start < len(sizes):
        left = len(sizes) - start
        count = min(max(left // (_SHARES * workers), MIN_FILES), MAX_FILES, left)
        before = int(ends[start - 1]) if start else 0
        within = int(np.searchsorted(ends, before + MAX_BYTES, side="right")) - start
        counts.append(max(1, min(count, within)))
        start += counts[-1]
    return counts


def sizes_of(table: Listing) -> NDArray[np.int64]:
    """The sizes of all files in bytes, 0 where it is not known."""
    return np.asarray(pc.fill_null(table["size"], 0).to_numpy(), np.int64)


def digest(table: Listing) -> str:
    """SHA-256 of the listing: of every path with its size and time, or the hash of its content."""
    total = hashlib.sha256()
    for batch in table.to_batches(_CHUNK):
        paths, sizes, times, hashes = (batch.column(name) for name in SCHEMA.names)
        values = zip(
            paths.to_pylist(),
            sizes.to_pylist(),
            times.cast(pa.int64()).to_pylist(),
            hashes.to_pylist(),
            strict=True,
        )
        for path, size, time, sha256 in values:
            total.update(b"%d:%s %a\n" % (len(path), path, (size, sha256 or time)))
    return total.hexdigest()


def write_manifest(path: Path, table: Listing, counts: Sequence[int]) -> None:
    """Write the listing, cut into shards of `counts` files."""
    with replacing(path) as file, pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
        start = 0
        for count in counts:
            writer.write_table(table.slice(start, count), row_group_size=count)
            start += count


class Manifest:
    """A manifest on disk; raises `OSError` or `pa.ArrowException` where it cannot be read."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetFile(path)
        self.files: int = self._file.metadata.num_rows
        self.shards: int = self._file.num_row_groups

    def count(self, shard: int) -> int:
        """How many files the shard has."""
        return int(self._file.metadata.row_group(shard).num_rows)

    def shard(self, shard: int) -> list[File]:
        """The files of a shard, in order."""
        table = self._file.read_row_group(shard)
        times = table["modified"].cast(pa.int64())
        columns = [table["path"], table["size"], times, table["sha256"]]
        values = zip(*(column.to_pylist() for column in columns), strict=True)
        return [File(os.fsdecode(path), size, time, sha) for path, size, time, sha in values]

    def table(self) -> Listing:
        """All of it."""
        return self._file.read()


def difference(before: Listing, now: Listing) -> Difference:
    """How the listing `now` differs from that of the manifest."""
    new_paths = now.join(before.select(["path"]), "path", join_type="left anti")
    gone = before.join(now.select(["path"]), "path", join_type="left anti")
    changed = not_in(now.join(before.select(["path"]), "path", join_type="left semi"), before)
    found = [gone, changed, new_paths]
    examples = tuple(
        printable(os.fsdecode(pc.min(part["path"]).as_py())) if len(part) else "" for part in found
    )
    return Difference(len(gone), len(changed), len(new_paths), examples)
