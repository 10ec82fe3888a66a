"""The committed shards: one file each, written whole or not at all. Nothing else counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from inkdigits.atomic import replacing
from inkdigits.batch.rows import decode
from inkdigits.errors import DataError

_NAME = re.compile(r"([0-9]{6,})\.(\w+)")


class Shards:
    """The files in the folder `rows` of a result: `000042.parquet` holds the rows of shard 42."""

    def __init__(self, results: Path, format_: str) -> None:
        self.folder = results / "rows"
        self.format = format_

    def path(self, shard: int) -> Path:
        """Where the shard is, or will be."""
        return self.folder / f"{shard:06d}.{self.format}"

    def committed(self) -> set[int]:
        """The shards that are there."""
        names = (_NAME.fullmatch(path.name) for path in self.folder.glob(f"*.{self.format}"))
        return {int(name[1]) for name in names if name}

    def commit(self, shard: int, content: bytes) -> None:
        """Write the shard: from here on it counts. Raises `OSError`, and then nothing changed."""
        with replacing(self.path(shard)) as file:
            file.write(content)

    def read(self, shard: int) -> pa.Table:
        """The rows of a committed shard; raises `DataError` if they cannot be read."""
        path = self.path(shard)
        try:
            return decode(path.read_bytes(), self.format)
        except (ValueError, KeyError, pa.ArrowException) as error:
            raise DataError(
                f"{path}: is not what was written there: delete it and give the command again"
            ) from error

    def read_all(self) -> Iterator[tuple[int, pa.Table]]:
        """Every committed shard with its rows, in order."""
        for shard in sorted(self.committed()):
            yield shard, self.read(shard)

    def clean(self) -> None:
        """Make the folder, and remove what a killed run had half written in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for path in self.folder.glob("*.partial"):
            path.unlink(missing_ok=True)
