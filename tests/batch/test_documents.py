"""Documents and forms in a batch: a row a number and page, a row a field."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.batch.rows import rows_of_form, table_of
from inkdigits.batch.sources import File
from inkdigits.batch.work import Work, read_shard
from inkdigits.cli.main import main
from inkdigits.errors import TemplateError
from inkdigits.reading import Box, Digit, Number
from inkdigits.recognition.doubts import BLANK, TOO_FAINT_TO_FIND
from inkdigits.recognition.form import MORE_THAN_ONE, FieldReading, FormReading
from inkdigits.recognition.request import RequestText
from inkdigits.recognition.template import load_template
from tests.batch.conftest import read_rows

Scans = Callable[..., Path]


@pytest.fixture
def film(tmp_path: Path, scans: Scans) -> File:
    """Three pages: a seven, blank paper that is smaller, and a seven."""
    seven = Image.open(scans("a.png") / "a.png").convert("L").resize((56, 56))
    pages = [seven, Image.new("L", (30, 30), 255), seven]
    pages[0].save(tmp_path / "film.tif", save_all=True, append_images=pages[1:])
    return File("film.tif", None, None)


def test_a_page_is_a_row_and_its_time_stands_in_it(work: Work, film: File) -> None:
    rows = read_shard(work, [film]).to_pylist()
    assert [(row["page"], row["text"]) for row in rows] == [(1, "7"), (2, ""), (3, "7")]
    assert all(0 < row["decoding_milliseconds"] <= row["milliseconds"] for row in rows)


def test_only_the_chosen_pages_have_rows(work: Work, film: File) -> None:
    chosen = replace(work, request=RequestText(pages="2-"))
    assert [row["page"] for row in read_shard(chosen, [film]).to_pylist()] == [2, 3]


def test_a_region_that_is_not_on_a_page_costs_that_page(work: Work, film: File) -> None:
    part = replace(work, request=RequestText(region="31,0,56,56"))
    rows = read_shard(part, [film]).to_pylist()
    assert [(row["page"], row["error"]) for row in rows] == [(1, ""), (2, "NotOnPage"), (3, "")]
    assert "is not on page 2, which is 30 x 30 pixels" in rows[1]["message"]


def test_pages_before_a_broken_one_keep_their_rows(work: Work, tmp_path: Path, film: File) -> None:
    pytest.importorskip("pypdfium2")
    few = replace(work, request=RequestText(pages="1,4"))
    (row,) = read_shard(few, [film]).to_pylist()
    assert (row["page"], row["error"]) == (None, "NotOnPage")
    noise = np.random.default_rng(0).integers(0, 255, (90, 90), np.uint8)
    pages = [Image.new("L", (30, 30), 255), Image.fromarray(noise)]
    pages[0].save(tmp_path / "film.tif", save_all=True, append_images=pages[1:])
    data = bytearray((tmp_path / "film.tif").read_bytes())
    (tmp_path / "cut.tif").write_bytes(cut_before_last_strip(data, noise))
    rows = read_shard(work, [File("cut.tif", None, None)]).to_pylist()
    assert [(row["page"], row["error"]) for row in rows] == [(1, ""), (None, "UnreadableImage")]


def cut_before_last_strip(data: bytearray, noise: np.ndarray) -> bytes:
    """A TIFF whose last page claims a strip that reaches past the end of the file."""
    claimed = (noise.size).to_bytes(4, "little")
    place = data.rindex((279).to_bytes(2, "little") + b"\x04\0\x01\0\0\0" + claimed)
    data[place + 8 : place + 12] = (10**8).to_bytes(4, "little")
    offset = data.rindex((273).to_bytes(2, "little") + b"\x04\0\x01\0\0\0")
    data[offset + 8 : offset + 12] = (len(data) - 4).to_bytes(4, "little")
    return bytes(data)


@pytest.fixture
def form(tmp_path: Path) -> Path:
    path = tmp_path / "form.json"
    fields = {
        "seven": {"region": "0,0,100%,100%", "layout": "digit"},
        "rest": {"region": "0,0,1,1"},
    }
    path.write_text(json.dumps({"page": [28, 28], "fields": fields}))
    return path


def test_every_field_of_a_form_is_a_row(work: Work, scans: Scans, form: Path) -> None:
    scans("a.png")
    read = replace(work, template=str(form), template_sha256=load_template(form).sha256)
    rows = read_shard(read, [File("scans/a.png", None, None)]).to_pylist()
    assert [(row["field"], row["text"], row["number"]) for row in rows] == [
        ("seven", "7", 0),
        ("rest", "", None),
    ]


def test_another_form_than_at_the_start_is_refused(work: Work, form: Path) -> None:
    changed = replace(work, template=str(form), template_sha256="0" * 64)
    with pytest.raises(TemplateError, match="is another form here than where the batch was"):
        read_shard(changed, [])


def test_two_numbers_in_a_field_are_both_in_doubt() -> None:
    def number(text: str) -> Number:
        digits = tuple(Digit(c, c, 0.9, "", Box(0, 0, 4, 9)) for c in text)
        return Number(text, 0, 0.9, True, "", Box(0, 0, 9, 9), digits)

    field = FieldReading("sum", Box(0, 0, 9, 9), (number("12"), number("7")))
    reading = FormReading("a.png", 1, 9, 9, "m", None, (field,))
    rows = table_of(rows_of_form("a.png", reading)).to_pylist()
    assert [(row["field"], row["text"], row["accepted"], row["reason"]) for row in rows] == [
        ("sum", "12", False, MORE_THAN_ONE),
        ("sum", "7", False, MORE_THAN_ONE),
    ]


def test_an_empty_field_says_so_and_a_faint_one_is_in_doubt() -> None:
    fields = tuple(
        FieldReading(reason, Box(0, 0, 9, 9), (), reason) for reason in (BLANK, TOO_FAINT_TO_FIND)
    )
    rows = table_of(rows_of_form("a.png", FormReading("a.png", 1, 9, 9, "m", None, fields)))
    told = [(row["text"], row["accepted"], row["reason"]) for row in rows.to_pylist()]
    assert told == [("", None, BLANK), ("", False, TOO_FAINT_TO_FIND)]


@pytest.mark.usefixtures("one_process")
def test_the_command_reads_forms_and_goes_on_with_the_same_one(
    scans: Scans, form: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    scans("a.png", "b.png")
    command = ["batch", "scans", "--out", "results", "--template", form.name]
    assert main(command) == 0
    rows = read_rows(tmp_path / "results").to_pylist()
    assert [row["field"] for row in rows] == ["seven", "rest"] * 2
    form.write_text(form.read_text().replace("seven", "eight"))
    capsys.readouterr()
    assert main(command) == 2
    assert "was begun with template_sha256" in capsys.readouterr().err
