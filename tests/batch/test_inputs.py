import os
from collections.abc import Callable
from pathlib import Path

import pytest

from inkdigits.batch.inputs import Inputs, list_inputs
from inkdigits.batch.run import Options, begin_or_go_on
from inkdigits.errors import DataError
from inkdigits.recognition.models import SHIPPED_MODELS

Scans = Callable[..., Path]
PNG = frozenset({".png"})


def listed(inputs: Inputs) -> list[str]:
    paths = list_inputs(inputs, PNG)["path"].to_pylist()
    return [Path(os.fsdecode(path)).name for path in paths]


def test_arguments_are_read_in_their_order_each_file_once(scans: Scans) -> None:
    folder = scans("a.png", "b.png")
    sources = (str(folder / "b.png"), str(folder))
    assert listed(Inputs(sources)) == ["b.png", "a.png"]
    assert listed(Inputs(sources, limit=1)) == ["b.png"]


def test_the_limit_counts_files_not_names(scans: Scans) -> None:
    folder = scans("a.png", "b.png")
    same = str(folder / "a.png")
    assert listed(Inputs((same, same, str(folder)), limit=2)) == ["a.png", "b.png"]


def test_only_what_is_newer_than_a_date_is_read(scans: Scans) -> None:
    folder = scans("new.png", "old.png")
    os.utime(folder / "old.png", (0, 0))
    assert listed(Inputs((str(folder),), since="2001-01-01")) == ["new.png"]
    assert listed(Inputs((str(folder),), since="1970-01-01T00:00:00+00:00")) == [
        "new.png",
        "old.png",
    ]
    assert listed(Inputs((str(folder),), since="2999-01-01")) == []


def test_only_what_an_earlier_batch_lacks_is_read(scans: Scans, tmp_path: Path) -> None:
    folder = scans("a.png", "b.png")
    inputs, earlier = Inputs((str(folder),)), tmp_path / "earlier"
    earlier.mkdir()
    begin_or_go_on(earlier, inputs, list_inputs(inputs, PNG), Options(), SHIPPED_MODELS, 2)
    (folder / "b.png").write_bytes(b"another size")
    scans("c.png")
    assert listed(Inputs((str(folder),), since=str(earlier))) == ["b.png", "c.png"]


@pytest.mark.parametrize("since", ["yesterday", "."])
def test_since_is_a_date_or_a_result(since: str, scans: Scans) -> None:
    with pytest.raises(DataError, match="neither a date"):
        list_inputs(Inputs((str(scans("a.png")),), since=since), PNG)


def test_the_hash_of_the_content_is_recorded_on_demand(scans: Scans) -> None:
    folder = str(scans("a.png"))
    assert list_inputs(Inputs((folder,)), PNG)["sha256"].to_pylist() == [None]
    (found,) = list_inputs(Inputs((folder,), hashed=True), PNG)["sha256"].to_pylist()
    assert len(found) == 64
