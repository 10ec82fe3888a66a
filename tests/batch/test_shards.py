import errno
import os
from pathlib import Path

import pytest

from inkdigits.batch.rows import encode, error_row, table_of
from inkdigits.batch.shards import Shards
from inkdigits.errors import DataError

CONTENT = encode(table_of([error_row("a.png", "m", "E", "a.png: no", None)]), "parquet")


@pytest.fixture
def shards(tmp_path: Path) -> Shards:
    made = Shards(tmp_path, "parquet")
    made.clean()
    return made


def test_what_is_committed_counts_and_is_read_in_order(shards: Shards) -> None:
    for number in (10, 2, 1_234_567):
        shards.commit(number, CONTENT)
    assert shards.committed() == {2, 10, 1_234_567}
    assert [number for number, _ in shards.read_all()] == [2, 10, 1_234_567]
    assert shards.path(2).name == "000002.parquet"


def test_nothing_else_in_the_folder_counts(shards: Shards) -> None:
    for name in ("000001.parquet.99.partial", "notes.parquet", "000002.csv", "1.parquet"):
        (shards.folder / name).write_bytes(b"")
    assert shards.committed() == set()


def test_what_a_killed_run_left_is_removed(shards: Shards) -> None:
    shards.commit(1, CONTENT)
    (shards.folder / "000002.parquet.99.partial").write_bytes(b"half")
    shards.clean()
    assert [path.name for path in shards.folder.iterdir()] == ["000001.parquet"]


def test_a_full_disk_leaves_the_shards_that_are_there(
    shards: Shards, monkeypatch: pytest.MonkeyPatch
) -> None:
    shards.commit(1, CONTENT)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left") as raised:
        shards.commit(2, CONTENT)
    assert raised.value.filename == str(shards.path(2))
    assert [path.name for path in shards.folder.iterdir()] == ["000001.parquet"]
    assert len(shards.read(1)) == 1


def test_a_shard_that_is_broken_is_named(shards: Shards) -> None:
    shards.commit(3, CONTENT[:-9])
    with pytest.raises(DataError, match=r"000003\.parquet: is not what was written there"):
        shards.read(3)
