import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from inkdigits import Reader
from inkdigits.batch.sources import File
from inkdigits.batch.work import Work, models_hash, read_shard
from inkdigits.errors import IncompatibleModel, ModelNotFound
from inkdigits.imaging.decode import Limits, decode_pages
from inkdigits.recognition.bundle import SHIPPED
from inkdigits.recognition.models import SHIPPED_MODELS, Models

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
        read_shard(replace(work, models_sha256="0" * 64), [])
    with pytest.raises(IncompatibleModel, match=r"read by inkdigits 0\.0\.1"):
        read_shard(replace(work, inkdigits="0.0.1"), [])
    with pytest.raises(ModelNotFound):
        read_shard(replace(work, models=Models("nowhere")), [])


def test_nothing_to_read_gives_no_row(work: Work) -> None:
    assert len(read_shard(work, [])) == 0


def test_the_hash_of_models_is_that_of_both_contracts(tmp_path: Path) -> None:
    line = tmp_path / "line"
    shutil.copytree(SHIPPED / "line", line)
    assert models_hash(Models(lines=str(line))) == models_hash(SHIPPED_MODELS)
    contract = line / "model.json"
    contract.write_text(contract.read_text() + "\n")
    known = {models_hash(models) for models in (SHIPPED_MODELS, Models(lines=str(line)))}
    assert len(known | {models_hash(Models(lines=None))}) == 3


def test_without_a_line_model_rows_name_the_other_alone(work: Work, scans: Scans) -> None:
    scans("a.png")
    alone = Models(lines=None)
    without = replace(work, models=alone, models_sha256=models_hash(alone))
    files = [File("scans/a.png", None, None)]
    named = [read_shard(one, files).to_pylist()[0]["model"] for one in (work, without)]
    assert named[0] == f"{named[1]} + line {named[0].rpartition(' ')[2]}"
    assert "line" not in named[1]


def test_another_line_model_is_refused(work: Work) -> None:
    with pytest.raises(IncompatibleModel, match="another here"):
        read_shard(replace(work, models=Models(lines=None)), [])
