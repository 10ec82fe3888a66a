from pathlib import Path

import pyarrow as pa
import pytest

from inkdigits.batch.manifest import Manifest, listing, write_manifest
from inkdigits.batch.report import merge, summarize
from inkdigits.batch.rows import FORMATS, decode, encode, error_row, rows_of, table_of, with_times
from inkdigits.batch.shards import Shards
from inkdigits.batch.sources import File
from inkdigits.errors import DataError
from inkdigits.reading import Box, Number, Reading


def page(source: str, *reasons: str, page: int = 1) -> list[dict[str, object]]:
    """The rows of a page of numbers, each refused for its reason; 10 ms, 4 of them decoding."""
    numbers = tuple(
        Number("7", 0, 0.9, not reason, reason, Box(0, 0, 1, 1), ()) for reason in reasons
    )
    reading = Reading(source, page, 9, 9, 0, numbers, "m")
    return with_times(rows_of(source, reading), 10.0, 4.0 if page == 1 else 0.0)


FILES = {
    "a.png": page("a.png", "", "too small", "too small; not a digit"),
    "b.tif": [*page("b.tif", ""), *page("b.tif", "", page=2)],
    "c.png": page("c.png"),
    "d.png": [error_row("d.png", "m", "UnreadableImage", "d.png: no", 2.0)],
}


@pytest.fixture(params=FORMATS)
def result(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Manifest, Shards]:
    """Two shards of two files each."""
    shards = Shards(tmp_path, request.param)
    shards.clean()
    write_manifest(tmp_path / "m.parquet", listing(File(n, 1, 1) for n in FILES), [2, 2])
    for i, names in enumerate((("a.png", "b.tif"), ("c.png", "d.png"))):
        table = table_of([row for name in names for row in FILES[name]])
        shards.commit(i, encode(table, request.param))
    return Manifest(tmp_path / "m.parquet"), shards


def test_all_that_is_committed_is_counted(result: tuple[Manifest, Shards]) -> None:
    report = summarize(*result).to_dict()
    assert report == {
        "listed": 4,
        "files": 4,
        "pages": 4,
        "numbers": 5,
        "accepted": 3,
        "refused": {"too small": 2, "not a digit": 1},
        "errors": {"UnreadableImage": 1},
        "core_seconds": 0.042,
        "decoding_seconds": 0.012,
        "files_per_core_second": 95.24,
        "decoding_share": 0.2857,
    }


def test_of_half_a_batch_half_is_counted(result: tuple[Manifest, Shards]) -> None:
    manifest, shards = result
    shards.path(1).unlink()
    report = summarize(manifest, shards)
    assert (report.listed, report.files, report.failed) == (4, 2, 0)


def test_a_shard_of_other_files_is_found_out(result: tuple[Manifest, Shards]) -> None:
    manifest, shards = result
    shards.commit(1, shards.path(0).read_bytes())
    with pytest.raises(DataError, match=f"{shards.path(1)}: holds other files"):
        summarize(manifest, shards)


@pytest.mark.parametrize("form", FORMATS)
def test_all_rows_are_merged_into_one_file(
    form: str, result: tuple[Manifest, Shards], tmp_path: Path
) -> None:
    out = tmp_path / f"all.{form}"
    assert merge(*result, out) == 7
    merged = decode(out.read_bytes(), form)
    expected = pa.concat_tables(rows for _, rows in result[1].read_all())
    assert merged.combine_chunks().equals(expected.combine_chunks())


def test_half_a_batch_is_not_merged(result: tuple[Manifest, Shards], tmp_path: Path) -> None:
    result[1].path(0).unlink()
    with pytest.raises(DataError, match="1 of 2 shards are not read yet"):
        merge(*result, tmp_path / "all.parquet")
    assert not (tmp_path / "all.parquet").exists()


def test_what_is_merged_ends_in_a_known_suffix(
    result: tuple[Manifest, Shards], tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=r"end the name in \.parquet, \.csv, \.jsonl"):
        merge(*result, tmp_path / "all.xlsx")
