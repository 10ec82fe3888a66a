"""`POST /v1/read` says what the command and the reader say."""

import json
from base64 import b64decode
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from inkdigits import Reader
from inkdigits.cli.main import main
from inkdigits.imaging.decode import decode

Capture = pytest.CaptureFixture[str]


def results_of(
    client: TestClient, paths: Sequence[Path], query: str = ""
) -> list[dict[str, object]]:
    """The results for files, all in one form, each under the name of its path."""
    files = [("image", (str(path), path.read_bytes())) for path in paths]
    response = client.post(f"/v1/read{query}", files=files)
    assert response.status_code == 200, response.text
    results: list[dict[str, object]] = response.json()["results"]
    return results


def test_service_command_and_reader_say_the_same(
    client: TestClient, samples: list[Path], reader: Reader, capsys: Capture
) -> None:
    assert main(["read", "--format", "json", *map(str, samples)]) == 0
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert results_of(client, samples) == printed
    assert [reader.read(path).to_dict() for path in samples] == printed


def test_the_body_as_an_image_gives_the_same(client: TestClient, samples: list[Path]) -> None:
    for path in samples:
        response = client.post("/v1/read", params={"file": str(path)}, content=path.read_bytes())
        assert response.json()["results"] == results_of(client, [path])


def test_wild_digits_are_read_the_same(client: TestClient, data_dir: Path, reader: Reader) -> None:
    paths = sorted((data_dir / "wild-digits" / "images").iterdir())
    assert len(paths) == 98
    for start in range(0, len(paths), 32):
        some = paths[start : start + 32]
        assert results_of(client, some) == [reader.read(path).to_dict() for path in some]


@pytest.mark.parametrize("layout", ["digit", "line", "page"])
def test_the_layout_reaches_the_reader(
    client: TestClient, samples: list[Path], reader: Reader, layout: str
) -> None:
    expected = [reader.read(path, layout).to_dict() for path in samples]  # type: ignore[arg-type]
    assert results_of(client, samples, f"?layout={layout}") == expected


def test_what_the_model_saw_is_told_on_request(
    client: TestClient, samples: list[Path], reader: Reader
) -> None:
    for path, result in zip(samples, results_of(client, samples, "?include=seen"), strict=True):
        symbols = reader.examine_page(decode(path)[0]).symbols
        seen = result.pop("seen")
        assert isinstance(seen, list)
        assert result == reader.read(path).to_dict()
        assert [len(row) for row in seen] == [len(row) for row in symbols]
        for shown, symbol in zip(chain(*seen), chain(*symbols), strict=True):
            assert set(shown) == {"pixels", "probabilities", "not_a_digit"}
            assert b64decode(shown["pixels"]) == symbol.image.tobytes()
            assert [*shown["probabilities"], shown["not_a_digit"]] == pytest.approx(
                symbol.row.tolist(), abs=2e-6
            )


def test_the_ink_that_decided_is_told_on_request(client: TestClient, samples: list[Path]) -> None:
    path = next(path for path in samples if path.name == "pencil.png")
    (result,) = results_of(client, [path], "?include=evidence")
    seen = result["seen"]
    assert isinstance(seen, list)
    shown = seen[0][0]
    pixels, evidence = (
        np.frombuffer(b64decode(shown[name]), np.uint8) for name in ("pixels", "evidence")
    )
    assert evidence.max() == 255
    assert not evidence[pixels == 0].any()


def test_of_several_images_those_that_fail_say_why(client: TestClient, samples: list[Path]) -> None:
    good = samples[0].read_bytes()
    files = [("a", ("good.jpg", good)), ("b", ("text.txt", b"hello")), ("c", ("half", good[:2000]))]
    response = client.post("/v1/read", files=files)
    assert response.status_code == 200
    first, second, third = response.json()["results"]
    assert first["file"] == "good.jpg"
    assert first["numbers"]
    assert second["file"] == "text.txt"
    assert second["error"]["code"] == "unsupported_format"
    assert second["error"]["status"] == 415
    assert third["error"]["code"] == "unreadable_image"


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "unreadable_image"),
        (b"hello", 415, "unsupported_format"),
        (b"\x89PNG\r\n\x1a\n broken", 422, "unreadable_image"),
        (b"\x00" * (32 * 2**20 + 1), 413, "too_large"),
    ],
    ids=["empty", "text", "broken", "large"],
)
def test_one_image_that_fails_fails_the_request(
    client: TestClient, content: bytes, status: int, code: str
) -> None:
    for response in (
        client.post("/v1/read", content=content),
        client.post("/v1/read", files={"image": ("x.png", content)}),
    ):
        assert response.status_code == status
        error = response.json()["error"]
        assert (error["status"], error["code"]) == (status, code)
        assert error["request_id"] == response.headers["x-request-id"]


def test_too_many_pixels_are_refused_before_they_are_decoded(client: TestClient) -> None:
    # A PNG whose head promises 100,000 x 100,000 pixels.
    head = (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x01\x86\xa0\x00\x01\x86\xa0\x08\x00\x00\x00\x00"
    )
    response = client.post("/v1/read", content=head + b"\x00" * 64)
    assert response.json()["error"]["code"] in ("too_large", "unreadable_image")
    assert response.status_code in (413, 422)


def test_more_images_than_allowed_are_refused(client: TestClient) -> None:
    files = [("image", (f"{i}.png", b"x")) for i in range(33)]
    response = client.post("/v1/read", files=files)
    assert (response.status_code, response.json()["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"no form", "multipart/form-data", 400),
        (b"no form", "multipart/form-data; boundary=x", 400),
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\ntext\r\n--x--\r\n',
         "multipart/form-data; boundary=x", 422),
    ],
    ids=["no boundary", "broken", "no file"],
)  # fmt: skip
def test_a_form_without_images_is_refused(
    client: TestClient, body: bytes, kind: str, status: int
) -> None:
    response = client.post("/v1/read", content=body, headers={"Content-Type": kind})
    assert response.status_code == status
    assert response.json()["error"]["message"]


@pytest.mark.parametrize("query", ["layout=circle", "include=all", "include=seen&include=x"])
def test_an_unknown_option_is_refused(client: TestClient, query: str) -> None:
    response = client.post(f"/v1/read?{query}", content=b"x")
    assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid_request")


def test_a_long_name_is_cut_to_its_end(client: TestClient, samples: list[Path]) -> None:
    content = samples[0].read_bytes()
    response = client.post("/v1/read", params={"file": "x" * 300 + ".jpg"}, content=content)
    name = response.json()["results"][0]["file"]
    assert len(name) == 255
    assert name.endswith("x.jpg")
