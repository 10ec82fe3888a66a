import os
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from inkdigits.batch.manifest import (
    MAX_BYTES,
    MAX_FILES,
    MIN_FILES,
    Manifest,
    cut,
    difference,
    digest,
    listing,
    not_in,
    write_manifest,
)
from inkdigits.batch.sources import File


def some(*names: str, size: int | None = 5, time: int | None = 7) -> list[File]:
    return [File(name, size, time) for name in names]


def paths(files: Sequence[File]) -> list[str]:
    return [file.path for file in files]


def test_shards_are_read_back_one_by_one(tmp_path: Path) -> None:
    files = [
        File("b.png", 1, 1_700_000_000_123_456_789),
        File("caf\udce9.png", None, None),
        File("a.png", 3, 0, "ab" * 32),
    ]
    write_manifest(tmp_path / "m.parquet", listing(files), [2, 1])
    manifest = Manifest(tmp_path / "m.parquet")
    assert (manifest.files, manifest.shards) == (3, 2)
    assert manifest.shard(0) == files[:2]
    assert manifest.shard(1) == files[2:]
    assert [manifest.count(i) for i in range(2)] == [2, 1]


def test_other_programs_see_paths_sizes_and_times(tmp_path: Path) -> None:
    write_manifest(tmp_path / "m.parquet", listing(some("a.png")), [1])
    table = pq.read_table(tmp_path / "m.parquet")
    assert table.column_names == ["path", "size", "modified", "sha256"]
    assert str(table["modified"][0].as_py()).startswith("1970-01-01")


def test_more_files_than_a_chunk_keep_their_order(tmp_path: Path) -> None:
    names = [f"{i}.png" for i in range(25_000)]
    write_manifest(tmp_path / "m.parquet", listing(some(*names)), [24_000, 1_000])
    assert paths(Manifest(tmp_path / "m.parquet").shard(1)) == names[24_000:]


def test_a_file_named_twice_is_one_input_where_it_came_first() -> None:
    table = listing(some("b", "a", "b", "c", "a"))
    assert table["path"].to_pylist() == [b"b", b"a", b"c"]


def test_who_watches_is_told_how_many_there_are() -> None:
    told: list[int] = []
    listing(some(*map(str, range(25_000))), told.append)
    assert told == [10_000, 20_000, 25_000]


def test_nothing_is_a_listing_too() -> None:
    assert len(listing([])) == 0


def test_the_digest_is_of_names_sizes_times_and_order() -> None:
    same = digest(listing(some("a", "b")))
    assert same == digest(listing(some("a", "b")))
    others = [some("a"), some("b", "a"), some("a", "b", size=6), some("a", "b", time=8)]
    others += [some("a", "b", size=None), some("ab"), some("a b")]
    assert len({same, *(digest(listing(files)) for files in others)}) == 1 + len(others)


def test_with_a_hash_the_time_does_not_count() -> None:
    early, late = ([File("a", 5, time, "ab")] for time in (1, 2))
    assert digest(listing(early)) == digest(listing(late))
    assert digest(listing(early)) != digest(listing([File("a", 5, 1, "cd")]))


def test_what_differs_is_counted_with_an_example() -> None:
    before = listing([*some("same", "gone", "gone2"), File("changed", 5, 7)])
    now = listing([*some("same", "new"), File("changed", 6, 7)])
    found = difference(before, now)
    assert found[:3] == (2, 1, 1)
    assert found.examples == ("gone", "changed", "new")


def test_only_what_is_new_or_changed_is_left_in_order() -> None:
    earlier = listing([File("b", 1, 1), File("c", 1, 1), File("d", 1, 1)])
    now = listing([File("z", 1, 1), File("c", 1, 2), File("b", 1, 1), File("a", 1, 1)])
    assert not_in(now, earlier)["path"].to_pylist() == [b"z", b"c", b"a"]


@pytest.mark.parametrize("count", [0, 1, 31, 32, 33, 5_000, 100_000])
@pytest.mark.parametrize("workers", [1, 2, 64])
def test_shards_hold_every_file_once_and_get_smaller(count: int, workers: int) -> None:
    counts = cut(np.full(count, 500), workers)
    assert sum(counts) == count
    assert all(1 <= each <= MAX_FILES for each in counts)
    assert all(before >= after for before, after in pairwise(counts))


def test_the_last_shards_are_small_so_that_no_worker_waits_for_another() -> None:
    counts = cut(np.full(100_000, 500), workers=2)
    assert counts[0] == MAX_FILES
    assert counts[-2] == MIN_FILES
    assert len(counts) < 160


def test_large_files_make_small_shards() -> None:
    counts = cut(np.full(200, 3_000_000), workers=2)
    assert max(counts) * 3_000_000 <= MAX_BYTES
    assert cut(np.array([10 * MAX_BYTES] * 3), workers=2) == [1, 1, 1]


def test_a_size_that_is_asked_for_is_kept() -> None:
    assert cut(np.full(25, 10 * MAX_BYTES), workers=2, shard_size=10) == [10, 10, 5]
    assert cut(np.full(20, 0), workers=2, shard_size=10) == [10, 10]


def test_paths_are_the_system_s_bytes() -> None:
    assert listing(some("caf\udce9"))["path"].to_pylist() == [os.fsencode("caf\udce9")]
