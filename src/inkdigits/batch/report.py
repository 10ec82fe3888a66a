"""What the committed shards hold: the figures at the end, and all rows as one file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from inkdigits.atomic import replacing
from inkdigits.batch.manifest import Manifest
from inkdigits.batch.rows import FORMATS, SCHEMA, encode, printable
from inkdigits.batch.shards import Shards
from inkdigits.errors import DataError


@dataclass(slots=True)
class Report:
    """Counts over committed shards.

    `refused` counts numbers by each reason that was given, `errors` files by the name of their
    error. `core_seconds` is what reading took on all cores together, `decoding_seconds` the part of
    it that decoding took.
    """

    listed: int
    files: int = 0
    pages: int = 0
    numbers: int = 0
    accepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    core_seconds: float = 0.0
    decoding_seconds: float = 0.0

    @property
    def failed(self) -> int:
        """Files that could not be read."""
        return self.errors.total()

    @property
    def files_per_core_second(self) -> float:
        return self.files / self.core_seconds if self.core_seconds else 0.0

    @property
    def decoding_share(self) -> float:
        """The part of the time that decoding took, 0 to 1."""
        return self.decoding_seconds / self.core_seconds if self.core_seconds else 0.0

    def to_dict(self) -> dict[str, Any]:
        """The report as plain JSON types."""
        return asdict(self) | {
            "refused": dict(self.refused.most_common()),
            "errors": dict(self.errors.most_common()),
            "core_seconds": round(self.core_seconds, 3),
            "decoding_seconds": round(self.decoding_seconds, 3),
            "files_per_core_second": round(self.files_per_core_second, 2),
            "decoding_share": round(self.decoding_share, 4),
        }

    def add(self, files: int, rows: pa.Table) -> None:
        """Count the rows of a shard of so many files."""
        self.files += files
        numbers = rows.filter(pc.is_valid(rows["number"]))
        self.numbers += len(numbers)
        self.accepted += pc.sum(numbers["accepted"]).as_py() or 0
        self.pages += len(
            rows.select(["source", "page"]).group_by(["source", "page"]).aggregate([])
        )
        for reasons in numbers["reason"].to_pylist():
            self.refused.update(filter(None, reasons.split("; ")))
        failed = rows.filter(pc.not_equal(rows["error"], ""))
        self.errors.update(failed["error"].to_pylist())
        self.pages -= pc.sum(pc.is_null(failed["page"])).as_py() or 0
        self.core_seconds += (pc.sum(rows["milliseconds"]).as_py() or 0) / 1000
        self.decoding_seconds += (pc.sum(rows["decoding_milliseconds"]).as_py() or 0) / 1000


def summarize(manifest: Manifest, shards: Shards) -> Report:
    """Count what is committed; raises `DataError` for a shard that is not of its listed files."""
    report = Report(listed=manifest.files)
    for shard, rows in shards.read_all():
        check_files(shards.path(shard), [file.path for file in manifest.shard(shard)], rows)
        report.add(manifest.count(shard), rows)
    return report


def check_files(path: Path, listed: Iterable[str], rows: pa.Table) -> None:
    """Raise `DataError` unless `rows` are of exactly the files `listed`, in order, each once."""
    found = pc.run_end_encode(rows["source"].combine_chunks()).values
    if found.to_pylist() != [printable(name) for name in listed]:
        raise DataError(
            f"{path}: holds other files than the manifest says: delete it and give the command "
            "again"
        )


def merge(manifest: Manifest, shards: Shards, out: Path) -> int:
    """Write the rows of all shards, in order, as one file of the format that its suffix names.

    Returns how many rows there are. Raises `DataError` for a batch that is not read to its end, or
    another suffix, and `OSError` that names `out` if it cannot be written.
    """
    format_ = out.suffix.removeprefix(".")
    if format_ not in FORMATS:
        raise DataError(f"{out}: end the name in {', '.join(f'.{name}' for name in FORMATS)}")
    if missing := manifest.shards - len(shards.committed()):
        raise DataError(
            f"{shards.folder}: {missing:,} of {manifest.shards:,} shards are not read yet: "
            "let the batch end first"
        )
    tables = (rows for _, rows in shards.read_all())
    with replacing(out) as file:
        return (
            _merge_parquet(tables, file) if format_ == "parquet" else _join(tables, file, format_)
        )


def _merge_parquet(tables: Iterator[pa.Table], file: BinaryIO) -> int:
    count = 0
    with pq.ParquetWriter(file, SCHEMA, compression="zstd") as writer:
        for rows in tables:
            writer.write_table(rows)
            count += len(rows)
    return count


def _join(tables: Iterator[pa.Table], file: BinaryIO, format_: str) -> int:
    count = 0
    for i, rows in enumerate(tables):
        content = encode(rows, format_)
        if i and format_ == "csv":
            content = content.partition(b"\n")[2]  # the header; no name in it holds a newline
        file.write(content)
        count += len(rows)
    return count
