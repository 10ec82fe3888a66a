"""Documents, regions and forms on the command line: what is asked for, and what is printed."""

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.cli.main import main
from inkdigits.imaging import pdf
from inkdigits.imaging.alignment import Reference
from inkdigits.reading import Box
from inkdigits.recognition.form import FieldReading, FormReading
from inkdigits.recognition.template import parse_template
from tests.cli.fakes import number_of

DOCS = Path(__file__).parents[2] / "docs"

Capture = pytest.CaptureFixture[str]
Write = Callable[..., str]


@pytest.fixture
def film(tmp_path: Path) -> Write:
    """Write a document whose pages have the grey levels given: what the fake reader reads off."""

    def write(name: str, *levels: int) -> str:
        pages = [Image.new("L", (40, 30), level) for level in levels]
        pages[0].save(tmp_path / name, save_all=True, append_images=pages[1:])
        return str(tmp_path / name)

    return write


def printed(capsys: Capture) -> list[tuple[int, str]]:
    """Page and text of each line of JSON."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [(line["page"], line["text"]) for line in lines]


@pytest.mark.usefixtures("grey_reader")
@pytest.mark.parametrize("name", ["film.tif", "film.pdf"])
def test_every_page_is_a_reading(name: str, film: Write, capsys: Capture) -> None:
    if name.endswith("pdf"):
        pytest.importorskip("pypdfium2")
    path = film(name, 0, 255, 0)
    assert main(["read", "--format", "json", path]) == 0
    assert printed(capsys) == [(1, "0"), (2, ""), (3, "0")]
    assert main(["read", "--format", "json", "--pages", "2-", path]) == 0
    assert printed(capsys) == [(2, ""), (3, "0")]


@pytest.mark.usefixtures("grey_reader")
def test_a_folder_of_documents_is_read(film: Write, tmp_path: Path, capsys: Capture) -> None:
    pytest.importorskip("pypdfium2")
    film("b.PDF".lower(), 0)
    film("a.tif", 7, 9)
    assert main(["read", "--format", "json", str(tmp_path)]) == 0
    assert printed(capsys) == [(1, "7"), (2, "9"), (1, "0")]


@pytest.mark.usefixtures("grey_reader")
def test_each_page_is_annotated_in_a_file_of_its_own(film: Write, tmp_path: Path) -> None:
    path = film("film.tif", 7, 9)
    assert main(["read", "--annotate", str(tmp_path / "seen.png"), path]) == 0
    assert sorted(found.name for found in tmp_path.glob("*.png")) == ["seen-page2.png", "seen.png"]


@pytest.mark.usefixtures("grey_reader")
def test_a_page_that_is_not_there_costs_that_file_alone(film: Write, capsys: Capture) -> None:
    short, long = film("a.tif", 7), film("b.tif", 7, 8)
    assert main(["read", "--pages", "2", short, long]) == 1
    out, said = capsys.readouterr()
    assert out == f"{long}: 8\n"
    assert said == f"inkdigits: {short}: has 1 page, and no page 2; choose others\n"


@pytest.mark.usefixtures("grey_reader")
def test_without_pdfium_other_files_are_read(
    film: Write, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda _: None)
    document, image = film("a.pdf", 7), film("b.tif", 8)
    assert main(["read", document, image]) == 1
    out, said = capsys.readouterr()
    assert out == f"{image}: 8\n"
    assert said.startswith(f"inkdigits: {document}: a PDF needs the extra [pdf]: run  pip install")
    assert said.count("\n") == 1


@pytest.mark.usefixtures("grey_reader")
def test_a_region_off_one_page_costs_that_page_alone(tmp_path: Path, capsys: Capture) -> None:
    path = str(tmp_path / "a.tif")
    pages = [Image.new("L", size, 7) for size in ((40, 30), (90, 80), (90, 80))]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    assert main(["read", "--format", "json", "--region", "50,0,60,9", path]) == 1
    out, said = capsys.readouterr()
    assert [json.loads(line)["page"] for line in out.splitlines()] == [2, 3]
    assert said == (
        f"inkdigits: {path}: the region 50,0,60,9 is not on page 1, which is 40 x 30 pixels\n"
    )


@pytest.mark.usefixtures("grey_reader")
@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--pages", "0"], "'0' names no pages: write 3"),
        (["--region", "1,2,3"], "'1,2,3' is no region: write left"),
        (["--length", "many"], "'many'"),
        (["--pattern", "("], "pattern"),
        (["--choices", "a"], "'a'"),
        (["--check", "crc"], "luhn"),
        (["--min-accuracy", "1"], "between 0 and 1"),
        (["--template", "nowhere.json"], "nowhere.json: No such file"),
        (["--template", "f.json", "--region", "0,0,9,9"], "--region is said for each field"),
        (["--template", "f.json", "--layout", "line"], "--layout is said for each field"),
    ],
)
@pytest.mark.parametrize("command", [["read"], ["batch", "--out", "RESULTS"]])
def test_wrong_options_are_wrong_usage_and_nothing_is_read(
    command: list[str], options: list[str], told: str, film: Write, capsys: Capture
) -> None:
    image = film("a.tif", 7)
    results = Path(image).parent / "results"
    named = [str(results) if part == "RESULTS" else part for part in command]
    assert main([*named, *options, image]) == 2
    out, said = capsys.readouterr()
    assert out == ""
    assert told in said
    assert said.count("\n") == 1
    assert not results.exists()


@pytest.fixture
def forms(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Every page is a form of three fields: one read, one empty, one in doubt."""
    numbers = {
        "zip": (number_of("00712"),),
        "date": (),
        "sum, net": (number_of("4?", 0, "smudged"),),
    }

    def read(_reader: object, page: object, _template: object) -> FormReading:
        source, number = page.source, page.number  # type: ignore[attr-defined]
        fields = (FieldReading(name, Box(0, 0, 9, 9), found) for name, found in numbers.items())
        return FormReading(source, number, 40, 30, "grey", None, tuple(fields))

    monkeypatch.setattr("inkdigits.recognition.form.read_form", read)
    template = {"page": [40, 30], "fields": {name: {"region": [0, 0, 9, 9]} for name in numbers}}
    path = tmp_path / "form.json"
    path.write_text(json.dumps(template))
    return str(path)


@pytest.mark.usefixtures("grey_reader")
def test_a_form_in_text_is_a_line_a_field(forms: str, film: Write, capsys: Capture) -> None:
    path = film("a.tif", 7)
    assert main(["read", "--template", forms, path]) == 0
    assert capsys.readouterr().out == "zip: 00712\ndate:\nsum, net: ? (smudged)\n"
    assert main(["read", "--template", forms, path, path]) == 0
    assert capsys.readouterr().out.startswith(f"{path}: zip: 00712\n{path}: date:\n")


@pytest.mark.usefixtures("grey_reader")
def test_a_form_in_csv_is_a_row_a_page_and_a_column_a_field(
    forms: str, film: Write, capsys: Capture
) -> None:
    path = film("a.tif", 7, 7)
    assert main(["read", "--format", "csv", "--template", forms, path]) == 0
    header, *rows = csv.reader(io.StringIO(capsys.readouterr().out))
    assert header == ["file", "page", "zip", "date", "sum, net", "doubtful"]
    assert rows == [[path, str(page), "00712", "", "", "sum, net"] for page in (1, 2)]


@pytest.mark.usefixtures("grey_reader")
def test_a_form_in_json_has_values_and_what_is_behind_them(
    forms: str, film: Write, capsys: Capture
) -> None:
    assert main(["read", "--format", "json", "--template", forms, film("a.tif", 7)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    form = json.loads(line)
    assert form["values"] == {"zip": "00712", "date": "", "sum, net": None}
    assert form["fields"]["sum, net"]["text"] == "4"
    assert form["fields"]["sum, net"]["reason"] == "smudged"


@pytest.mark.usefixtures("grey_reader")
def test_a_form_is_annotated(forms: str, film: Write, tmp_path: Path) -> None:
    out = tmp_path / "seen.png"
    assert main(["read", "--template", forms, "--annotate", str(out), film("a.tif", 7)]) == 0
    with Image.open(out) as image:
        assert len(image.getcolors(image.width * image.height) or ()) > 1


def test_the_template_in_the_documentation_is_one() -> None:
    page = (DOCS / "documents.md").read_text(encoding="utf-8")
    template, answer = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    empty = Reference(np.full((1400, 1000, 3), 255, np.uint8))
    fields = parse_template(template, lambda _: empty).fields
    shown = json.loads(answer)
    assert [field.name for field in fields] == list(shown["values"])
    for field in fields:
        value = shown["values"][field.name]
        assert not value or field.field.allows(value)
    for program in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
        compile(program, "documents.md", "exec")


@pytest.mark.parametrize(("command", "page"), [("read", "read.md"), ("serve", "serve.md")])
def test_every_option_is_on_its_page(command: str, page: str, capsys: Capture) -> None:
    assert main([command, "--help"]) == 0
    options = set(re.findall(r"--[a-z][a-z-]+", capsys.readouterr().out)) - {"--help"}
    told = set(re.findall(r"--[a-z][a-z-]+", (DOCS / page).read_text(encoding="utf-8")))
    assert options <= told
