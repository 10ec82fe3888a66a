"""Documents, regions and fields: the service, the command, the batch and Python say the same."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from inkdigits import Reader, __version__
from inkdigits.batch.sources import File
from inkdigits.batch.work import Work, models_hash, read_shard
from inkdigits.cli.main import main
from inkdigits.imaging.decode import decode_pages
from inkdigits.recognition import request
from inkdigits.recognition.models import SHIPPED_MODELS
from inkdigits.recognition.request import RequestText
from tests.imaging.documents import barred_pdf, encrypted_pdf
from tests.recognition.drawing import draw_page

pytest.importorskip("pypdfium2")

Capture = pytest.CaptureFixture[str]

ASKED = [
    RequestText(),
    RequestText(pages="2-3"),
    RequestText(region="0,40%,100%,100%"),
    RequestText(layout="page", pages="1,3", region="40,30,900,500"),
    RequestText(length="3-5"),
    RequestText(pages="1", pattern="[1-9][0-9]*", check="luhn"),
    RequestText(region="0,0,100%,50%", choices="42,1986", layout="line"),
]


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory, reader: Reader) -> Path:
    """A PDF of three pages with two rows of digits each."""
    rows = (["42", "1986"], ["50 7", "31"], ["8", "20463"])
    pages = [Image.fromarray(draw_page(reader, row, seed)[0]) for seed, row in enumerate(rows)]
    path = tmp_path_factory.mktemp("scans") / "scan.pdf"
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=200)
    return path


def options_of(asked: RequestText) -> dict[str, str]:
    """The options that are not as usual, by their names."""
    usual = asdict(RequestText())
    return {name: value for name, value in asdict(asked).items() if value != usual[name]}


def asked_of_service(client: TestClient, path: Path, asked: RequestText) -> list[dict[str, Any]]:
    response = client.post(
        "/v1/read", params={"file": str(path), **options_of(asked)}, content=path.read_bytes()
    )
    assert response.status_code == 200, response.text
    results: list[dict[str, Any]] = response.json()["results"]
    return results


def asked_of_command(capsys: Capture, path: Path, asked: RequestText) -> list[dict[str, Any]]:
    options = [f"--{name}={value}" for name, value in options_of(asked).items()]
    assert main(["read", "--format", "json", *options, str(path)]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def asked_of_batch(path: Path, asked: RequestText, limits: Any) -> list[tuple[Any, ...]]:
    """Page, text, accepted and box of each number."""
    work = Work(
        base=str(path.parent), models=SHIPPED_MODELS, models_sha256=models_hash(SHIPPED_MODELS),
        inkdigits=__version__, request=asked, limits=limits, format="parquet", memory_bytes=10**9,
    )  # fmt: skip
    rows = read_shard(work, [File(path.name, None, None)]).to_pylist()
    assert [row["error"] for row in rows] == [""] * len(rows)
    wanted = ("page", "text", "accepted", "box")
    return [tuple(row[name] for name in wanted) for row in rows if row["number"] is not None]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: str(options_of(asked)))
def test_every_surface_says_the_same(
    asked: RequestText, scan: Path, client: TestClient, reader: Reader, capsys: Capture
) -> None:
    parsed = asked.parsed()
    pages = decode_pages(scan, reader.limits, parsed.pages)
    expected = [request.read(reader, page, parsed).to_dict() for page in pages]
    assert any(page["numbers"] for page in expected)
    assert asked_of_service(client, scan, asked) == expected
    assert asked_of_command(capsys, scan, asked) == expected
    assert asked_of_batch(scan, asked, reader.limits) == [
        (page["page"], number["text"], number["accepted"], number["box"])
        for page in expected
        for number in page["numbers"]
    ]
    public = reader.read_pages(
        scan, asked.layout, parsed.field, pages=asked.pages, region=asked.region
    )
    assert [reading.to_dict() for reading in public] == expected


def test_what_was_seen_comes_with_each_page(client: TestClient, scan: Path) -> None:
    response = client.post(
        "/v1/read?include=seen&pages=2-&region=0,0,100%25,60%25", content=scan.read_bytes()
    )
    results = response.json()["results"]
    assert [result["page"] for result in results] == [2, 3]
    for result in results:
        symbols = [len(number["digits"]) for number in result["numbers"]]
        assert [len(seen) for seen in result["seen"]] == symbols


@pytest.mark.parametrize(
    ("query", "code", "told"),
    [
        ("pages=0", "invalid_request", "'0' names no pages: write 3"),
        ("pages=", "invalid_request", "'' names no pages"),
        ("region=", "invalid_request", "'' is no region"),
        ("length=", "invalid_request", "length"),
        ("pages=9", "not_on_page", "has 3 pages, and no page 9"),
        ("region=1,2,3", "invalid_request", "write left,top,right,bottom"),
        ("region=9000,0,9999,9", "not_on_page", "is not on page 1"),
        ("length=x", "invalid_request", "'x'"),
        ("pattern=(", "invalid_request", "pattern"),
        ("choices=a", "invalid_request", "choices"),
        ("check=crc", "invalid_request", "luhn"),
        ("length=3&choices=12", "invalid_request", "no number can satisfy"),
        ("pages=" + "1," * 300, "invalid_request", "pages"),
    ],
)
def test_what_cannot_be_asked_is_told(
    client: TestClient, scan: Path, query: str, code: str, told: str
) -> None:
    response = client.post(f"/v1/read?{query}", content=scan.read_bytes())
    assert response.status_code == 422
    error = response.json()["error"]
    assert error["code"] == code
    assert told in error["message"]


def test_a_document_that_cannot_be_read_spoils_no_other(client: TestClient, scan: Path) -> None:
    documents = {
        "locked.pdf": encrypted_pdf(),
        "thousand.pdf": barred_pdf(1000),
        "empty.pdf": barred_pdf(0),
        "scan.pdf": scan.read_bytes(),
    }
    files = [("image", (name, data)) for name, data in documents.items()]
    results = client.post("/v1/read", files=files).json()["results"]
    found = [result["error"]["code"] if "error" in result else result["page"] for result in results]
    assert found == ["unreadable_image", "too_large", "unreadable_image", 1, 2, 3]


def test_a_drawing_is_held_to_a_field(client: TestClient) -> None:
    stroke = [[80, 70], [200, 70], [130, 220]]
    drawing = {"width": 280, "height": 280, "pen_width": 14, "strokes": [stroke]}
    for length, accepted in (("1", True), ("2", False)):
        response = client.post(f"/v1/classify?length={length}", json={"drawing": drawing})
        numbers = response.json()["results"][0]["numbers"]
        assert [number["accepted"] for number in numbers] == [accepted] * len(numbers)


def test_pdf_is_named_among_the_formats(client: TestClient) -> None:
    assert "PDF" in client.get("/v1/model").json()["formats"]
