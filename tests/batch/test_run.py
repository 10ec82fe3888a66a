import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import inkdigits
from inkdigits.batch import engine, run
from inkdigits.batch.inputs import Inputs, list_inputs
from inkdigits.batch.run import Batch, Options, Workers, begin_or_go_on, go_on
from inkdigits.errors import DataError, ModelNotFound
from inkdigits.imaging.decode import Limits
from inkdigits.recognition.bundle import SHIPPED
from inkdigits.recognition.models import SHIPPED_MODELS, Models
from inkdigits.recognition.request import RequestText
from tests.batch.conftest import read_rows

Scans = Callable[..., Path]
Begin = Callable[..., Batch]
SHARDS_OF_TWO = Options(shard_size=2)
WORKERS = Workers(count=2, memory_bytes=2_000_000_000)


@pytest.fixture
def begin(scans: Scans, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Begin or go on with a batch of four scans, in a folder `results` beside them."""
    monkeypatch.chdir(tmp_path)
    scans("a.png", "b.png", "c.png", "d.png")
    results = tmp_path / "results"
    results.mkdir()

    def make(
        options: Options = SHARDS_OF_TWO, models: Models = SHIPPED_MODELS, **inputs: int
    ) -> Batch:
        asked = Inputs(("scans",), **inputs)  # type: ignore[arg-type]
        table = list_inputs(asked, frozenset({".png"}))
        return begin_or_go_on(results, asked, table, options, models, expected=2)

    return make


def read(batch: Batch) -> list[int]:
    """Read the rest; gives what progress was told."""
    told: list[int] = []
    batch.read(WORKERS, told.append, lambda _: None)
    return told


@pytest.mark.usefixtures("one_process")
def test_a_batch_is_read_once(begin: Begin) -> None:
    assert read(begin()) == [2, 2]
    assert read(begin()) == []
    rows = read_rows(begin().results)
    assert rows["source"].to_pylist() == [f"scans/{c}.png" for c in "abcd"]
    assert rows["text"].to_pylist() == ["7"] * 4


@pytest.mark.usefixtures("one_process")
def test_only_committed_files_count(begin: Begin) -> None:
    batch = begin()
    read(batch)
    batch.shards.path(0).unlink()
    assert batch.files_read() == 2
    assert read(begin()) == [2]
    assert batch.files_read() == 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            Options(request=RequestText(layout="line"), shard_size=2),
            "begun with layout auto, not line",
        ),
        (Options(format="csv", shard_size=2), "begun with format parquet, not csv"),
        (Options(limits=Limits(max_frames=3), shard_size=2), "begun with max_frames 100, not 3"),
        (Options(shard_size=3), "begun with shard_size 2, not 3"),
    ],
)
def test_other_options_are_refused(options: Options, said: str, begin: Begin) -> None:
    results = begin().results
    with pytest.raises(DataError, match=said):
        begin(options)
    with pytest.raises(DataError, match=said):
        go_on(results, options, SHIPPED_MODELS)


def test_other_inputs_are_refused(
    begin: Begin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin()
    with pytest.raises(DataError, match="begun with limit not set, not 2"):
        begin(limit=2)
    shutil.copytree(tmp_path / "scans", tmp_path / "elsewhere" / "scans")
    monkeypatch.chdir(tmp_path / "elsewhere")
    with pytest.raises(DataError, match="begun with started_in"):
        begin()


def test_a_folder_that_changed_is_refused_and_what_to_do_is_said(
    begin: Begin, scans: Scans, tmp_path: Path
) -> None:
    results = begin().results
    (tmp_path / "scans" / "a.png").unlink()
    (tmp_path / "scans" / "b.png").write_bytes(b"longer" * 999)
    scans("e.png")
    with pytest.raises(DataError) as raised:
        begin()
    said = str(raised.value)
    assert "1 gone (scans/a.png), 1 changed (scans/b.png), 1 new (scans/e.png)" in said
    assert f"inkdigits batch --out {results}  goes on" in said
    assert f"--since {results} --out OTHER" in said


@pytest.mark.usefixtures("one_process")
def test_what_was_listed_can_be_read_all_the_same(begin: Begin, tmp_path: Path) -> None:
    results = begin().results
    (tmp_path / "scans" / "a.png").unlink()
    os.utime(tmp_path / "scans" / "b.png", (0, 0))
    read(go_on(results, Options(), SHIPPED_MODELS))
    rows = read_rows(results).to_pylist()
    assert [row["error"] for row in rows] == ["UnreadableImage", "UnreadableImage", "", ""]
    assert "is no more as it was listed" in rows[1]["message"]


def test_a_hash_lets_a_copy_with_other_times_be_the_same(begin: Begin, tmp_path: Path) -> None:
    begin(hashed=True)
    os.utime(tmp_path / "scans" / "b.png", (0, 0))
    begin(hashed=True)


def test_another_model_is_refused(begin: Begin, tmp_path: Path) -> None:
    results = begin().results
    other = tmp_path / "other"
    shutil.copytree(SHIPPED / "compact", other)
    begin(models=Models(str(other)))  # the same, elsewhere
    contract = other / "model.json"
    contract.write_text(contract.read_text() + "\n")
    for models in (Models(str(other)), Models(lines=None)):
        with pytest.raises(DataError, match="begun with other models"):
            begin(models=models)
        with pytest.raises(DataError, match="begun with other models"):
            go_on(results, Options(), models)
    with pytest.raises(ModelNotFound):
        begin(models=Models("nowhere"))


def test_another_version_is_refused(begin: Begin, monkeypatch: pytest.MonkeyPatch) -> None:
    begin()
    monkeypatch.setattr(run, "__version__", "9.9.9")
    with pytest.raises(DataError, match=f"begun with inkdigits {inkdigits.__version__}, not 9.9.9"):
        begin()


def test_a_folder_with_rows_of_no_batch_is_left_alone(begin: Begin, tmp_path: Path) -> None:
    rows = tmp_path / "results" / "rows"
    rows.mkdir()
    (rows / "000000.parquet").write_bytes(b"somebody's")
    with pytest.raises(DataError, match="holds the rows of no batch"):
        begin()


def test_where_no_batch_was_begun_none_goes_on(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no batch was begun there"):
        go_on(tmp_path, Options(), SHIPPED_MODELS)


def test_a_small_batch_starts_no_more_workers_than_it_has_shards(
    begin: Begin, one_process: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[int] = []
    here = engine.local_cluster

    def note(workers: int, memory_bytes: int) -> object:
        started.append(workers)
        return here(workers, memory_bytes)

    monkeypatch.setattr(engine, "local_cluster", note)
    begin().read(Workers(64, 2_000_000_000), lambda _: None, lambda _: None)
    assert started == [2]
