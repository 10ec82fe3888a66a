"""A form's template beside its images: the service answers what the command prints."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from inkdigits import Reader
from inkdigits.cli.main import main
from tests.recognition.forms import FIELDS, SIZE, empty_form, filled_form, photographed
from tests.server.services import SAMPLE

Capture = pytest.CaptureFixture[str]
Files = list[tuple[str, tuple[str, bytes]]]

REGIONS = {name: {"region": list(box)} for name, box in FIELDS.items()}
BY_SIZE = {"page": list(SIZE), "fields": {**REGIONS, "year": {**REGIONS["year"], "length": 6}}}
BY_PICTURE = {"reference": "empty.png", "fields": REGIONS}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, reader: Reader) -> Path:
    """Two templates, the picture of the empty form, a scan of two pages and a photo."""
    folder = tmp_path_factory.mktemp("forms")
    (folder / "by-size.json").write_text(json.dumps(BY_SIZE))
    (folder / "by-picture.json").write_text(json.dumps(BY_PICTURE))
    Image.fromarray(empty_form()).save(folder / "empty.png")
    filled = filled_form(reader, {"account": "40712933", "year": "1984", "amount": "250"})
    pages = [Image.fromarray(page) for page in (filled, empty_form())]
    pages[0].save(folder / "scan.tif", save_all=True, append_images=pages[1:])
    Image.fromarray(photographed(filled, 3)).save(folder / "photo.png")
    return folder


def parts(folder: Path, *names: str, template: str = "", reference: str = "") -> Files:
    own = [("template", template), ("reference", reference)]
    named = [*((part, name) for part, name in own if name), *(("image", name) for name in names)]
    return [(part, (str(folder / name), (folder / name).read_bytes())) for part, name in named]


def refused(response: Any) -> str:
    assert response.status_code == 422, response.text
    error = response.json()["error"]
    assert error["code"] == "invalid_request"
    return str(error["message"])


@pytest.mark.parametrize(
    ("own", "image", "pages"),
    [
        ({"template": "by-size.json"}, "scan.tif", None),
        ({"template": "by-size.json"}, "scan.tif", "2"),
        ({"template": "by-picture.json", "reference": "empty.png"}, "photo.png", None),
    ],
)
def test_the_service_answers_what_the_command_prints(
    own: dict[str, str],
    image: str,
    pages: str | None,
    folder: Path,
    client: TestClient,
    capsys: Capture,
) -> None:
    files = parts(folder, image, **own)
    response = client.post("/v1/read", params={"pages": pages} if pages else {}, files=files)
    assert response.status_code == 200, response.text
    results = response.json()["results"]
    chosen = [f"--pages={pages}"] if pages else []
    asked = ["--format", "json", "--template", str(folder / own["template"]), *chosen]
    assert main(["read", *asked, str(folder / image)]) == 0
    assert results == [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [list(form["values"]) for form in results] == [list(FIELDS)] * len(results)


def test_a_template_may_be_a_text_of_the_form(folder: Path, client: TestClient) -> None:
    files = parts(folder, "scan.tif")
    response = client.post("/v1/read", files=files, data={"template": json.dumps(BY_SIZE)})
    first, second = (form["values"] for form in response.json()["results"])
    assert first == {"account": "40712933", "year": None, "amount": "250", "remark": ""}
    assert second == dict.fromkeys(FIELDS, "")


def test_an_image_without_the_form_spoils_no_other(folder: Path, client: TestClient) -> None:
    files = parts(folder, "photo.png", "scan.tif", template="by-size.json")
    photo, first, _ = client.post("/v1/read", files=files).json()["results"]
    assert photo["error"]["code"] == "not_on_page"
    assert "is not the shape of the form" in photo["error"]["message"]
    assert first["values"]["account"] == "40712933"


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("{", "form.json: is no JSON"),
        ('{"page": [9, 9]}', 'form.json: give "fields"'),
        (
            '{"page": [9, 9], "fields": {"a": {"region": "0,0,9"}}}',
            "field 'a': '0,0,9' is no region",
        ),
        (json.dumps(BY_PICTURE), "send the picture that it names as the part 'reference'"),
    ],
)
def test_what_is_no_template_is_told_once(
    template: str, told: str, folder: Path, client: TestClient
) -> None:
    files = [
        ("template", ("form.json", template.encode())),
        *parts(folder, "scan.tif", "photo.png"),
    ]
    assert told in refused(client.post("/v1/read", files=files))


def test_a_reference_that_is_no_image_is_told(folder: Path, client: TestClient) -> None:
    files = parts(folder, "photo.png", template="by-picture.json", reference="by-size.json")
    assert "by-picture.json: reference: image: not a format" in refused(
        client.post("/v1/read", files=files)
    )


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"template": "by-size.json", "reference": "empty.png"}, "names no"),
        ({"reference": "empty.png"}, "goes with a 'template'"),
    ],
)
def test_a_reference_goes_with_a_template_that_names_one(
    own: dict[str, str], told: str, folder: Path, client: TestClient
) -> None:
    assert told in refused(client.post("/v1/read", files=parts(folder, "scan.tif", **own)))


def test_a_template_is_sent_once_and_with_an_image(folder: Path, client: TestClient) -> None:
    once = parts(folder, template="by-size.json")
    assert "no image in the form" in refused(client.post("/v1/read", files=once))
    twice = [*once, *once, *parts(folder, "scan.tif")]
    assert "two parts 'template'" in refused(client.post("/v1/read", files=twice))


@pytest.mark.parametrize("query", ["region=0,0,50,50", "layout=page", "length=5", "include=seen"])
def test_what_a_template_says_is_not_said_twice(
    query: str, folder: Path, client: TestClient
) -> None:
    files = parts(folder, "scan.tif", template="by-size.json")
    message = refused(client.post(f"/v1/read?{query}", files=files))
    assert message.startswith(f"{query.partition('=')[0]} goes with no template")


def test_template_and_reference_are_no_images(folder: Path, client: TestClient) -> None:
    """A request may have as many images with a template as without."""
    limit: Any = client.get("/v1/model").json()["limits"]["max_images"]
    image = ("image", ("a.png", SAMPLE.read_bytes()))
    own = parts(folder, template="by-picture.json", reference="empty.png")
    response = client.post("/v1/read", files=[*own, *[image] * (limit + 1)])
    assert (response.status_code, response.json()["error"]["code"]) == (413, "too_large")
    assert f"more than {limit} images" in response.json()["error"]["message"]
    response = client.post("/v1/read", files=[*own, *[image] * 2])
    codes = [result["error"]["code"] for result in response.json()["results"]]
    assert codes == ["not_on_page"] * 2
