from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from inkdigits import Reader
from inkdigits.batch.sources import File
from inkdigits.batch.work import Work, model_hash, read_shard
from inkdigits.errors import IncompatibleModel, ModelNotFound
from inkdigits.imaging.decode import Limits, decode_pages

Scans = Callable[..., Path]


def files(*names: str) -> list[File]:
    return [File(name, None, None) for name in names]


def test_a_shard_says_what_the_reader_says(work: Work, scans: Scans) -> None:
    path = scans("a.png") / "a.png"
    (row,) = read_shard(work, files("scans/a.png")).to_pylist()
    reading = Reader(threads=1).read(path)
    (number,) = reading.numbers
    assert (row["source"], row["text"], row["model"]) == ("scans/a.png", "7", reading.model)
    assert row["confidence"] == pytest.approx(number.confidence, abs=1e-3)
    assert row["box"] == list(number.box)


def test_what_cannot_be_read_is_a_row_in_its_place(work: Work, scans: Scans) -> None:
    folder = scans("a.png", "d.png")
    (folder / "b.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    names = ["scans/a.png", "scans/b.png", "scans/c.png", "scans/d.png"]
    read = read_shard(work, files(*names)).to_pylist()
    assert [row["source"] for row in read] == names
    assert [row["error"] for row in read] == ["", "UnreadableImage", "UnreadableImage", ""]
    assert [row["text"] for row in read] == ["7", "", "", "7"]
    assert "No such file" in read[2]["message"]


def test_the_layout_and_the_limits_are_those_of_the_batch(work: Work, tmp_path: Path) -> None:
    Image.new("L", (40, 30), 255).save(tmp_path / "a.png")
    small = replace(work, limits=Limits(max_pixels=1_000))
    (row,) = read_shard(small, files("a.png")).to_pylist()
    assert row["error"] == "ImageTooLarge"
    (row,) = read_shard(work, files("a.png")).to_pylist()
    assert (row["error"], row["text"], row["number"]) == ("", "", None)


@pytest.mark.parametrize(
    ("error", "name"),
    [(MemoryError(), "ImageTooLarge"), (ZeroDivisionError(), "ZeroDivisionError")],
)
def test_a_fault_of_ours_costs_one_file(
    error: Exception, name: str, work: Work, scans: Scans, monkeypatch: pytest.MonkeyPatch
) -> None:
    scans("a.png", "b.png")

    def failing(source: str, limits: Limits, _pages: object) -> object:
        if source.endswith("a.png"):
            raise error
        return decode_pages(source, limits)

    monkeypatch.setattr("inkdigits.batch.work.decode_pages", failing)
    read = read_shard(work, files("scans/a.png", "scans/b.png")).to_pylist()
    assert [row["error"] for row in read] == [name, ""]


def test_another_model_or_version_is_refused(work: Work) -> None:
    with pytest.raises(IncompatibleModel, match="another model"):
        read_shard(replace(work, model_sha256="0" * 64), [])
    with pytest.raises(IncompatibleModel, match=r"read by inkdigits 0\.0\.1"):
        read_shard(replace(work, inkdigits="0.0.1"), [])
    with pytest.raises(ModelNotFound):
        read_shard(replace(work, model="nowhere"), [])


def test_nothing_to_read_gives_no_row(work: Work) -> None:
    assert len(read_shard(work, [])) == 0


def test_the_hash_of_a_model_is_that_of_its_contract() -> None:
    assert len(model_hash("compact")) == 64
