"""`POST /v1/classify`: arrays like the reader's, drawings like images."""

from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from inkdigits import Reader
from inkdigits.imaging.strokes import Drawing, Stroke, render

SEVEN = [[60, 60], [130, 62], [128, 70], [90, 180]]
ONE = [[200, 60], [200, 180]]


def drawing(*strokes: Any, **changes: Any) -> dict[str, Any]:
    fields = {"width": 300, "height": 240, "pen_width": 12, "strokes": strokes}
    return {"drawing": {**fields, **changes}}


def page(*strokes: list[list[int]]) -> Any:
    lines = [
        Stroke(np.array([[x, y, 0.5] for x, y in stroke], np.float32), 12) for stroke in strokes
    ]
    return render(Drawing(300, 240, lines))


def test_arrays_are_classified_as_the_reader_does(client: TestClient, reader: Reader) -> None:
    rng = np.random.default_rng(3)
    images = rng.integers(0, 256, (40, 28, 28), dtype=np.uint8)
    images[:20] = np.where(rng.random((20, 28, 28)) < 0.8, 0, images[:20])
    answer = client.post("/v1/classify", json={"images": images.tolist()}).json()
    assert answer["model"] == reader.bundle.contract.title
    expected = reader.classify(images)
    for result, row in zip(answer["results"], expected, strict=True):
        assert result["probabilities"] == pytest.approx(row.tolist(), abs=1e-6)
        assert result["not_a_digit"] == pytest.approx(1 - row.sum(), abs=2e-6)
        assert int(result["guess"]) == row.argmax()
        assert result["value"] in (None, result["guess"])
        assert (result["value"] is None) == bool(result["reason"])


def test_a_drawing_is_read_as_the_image_it_makes(client: TestClient, reader: Reader) -> None:
    answer = client.post("/v1/classify?include=seen", json=drawing(SEVEN, ONE)).json()
    (result,) = answer["results"]
    assert len(result.pop("seen")[0]) == 2
    assert result == reader.read(page(SEVEN, ONE)).to_dict()
    assert result["text"] == "71"


def test_a_drawing_may_be_written_in_several_ways(client: TestClient) -> None:
    points = [{"x": x, "y": y, "t": 5.5} for x, y in SEVEN]
    with_pressure = [[x, y, 0.5] for x, y in SEVEN]
    ways = [
        drawing(SEVEN),
        drawing(points),
        drawing(with_pressure),
        drawing({"points": SEVEN}),
        drawing({"points": points, "pen_width": 12}, pen_width=3),
    ]
    answers = [client.post("/v1/classify", json=way).json() for way in ways]
    assert answers[0]["results"][0]["text"] == "7"
    assert all(answer == answers[0] for answer in answers)


def test_an_empty_canvas_has_no_number(client: TestClient) -> None:
    (result,) = client.post("/v1/classify", json=drawing()).json()["results"]
    assert (result["text"], result["numbers"]) == ("", [])


def test_a_scribble_is_not_a_digit(client: TestClient) -> None:
    angle = np.linspace(0, 60, 300)
    scribble = np.stack([150 + 90 * np.cos(1.3 * angle), 120 + 80 * np.sin(1.7 * angle)], 1)
    (result,) = client.post("/v1/classify", json=drawing(scribble.tolist())).json()["results"]
    assert result["text"] == ""
    assert result["numbers"][0]["reason"]


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "images"),
        ({"images": []}, "images"),
        ({"images": [[[0] * 28] * 27]}, "images.0"),
        ({"images": [[[0] * 27] * 28]}, "images.0.0"),
        ({"images": [[[256] * 28] * 28]}, "images.0.0.0"),
        ({"images": [[[True] * 28] * 28]}, "images.0.0.0"),
        ({"images": [[["0"] * 28] * 28]}, "images.0.0.0"),
        ({"images": [[[0] * 28] * 28], "more": 1}, "more"),
        ([1], "the request"),
        (drawing(width=0), "drawing.width"),
        (drawing(width=5000), "drawing.width"),
        (drawing(width=4096, height=4096), "drawing"),
        (drawing(pen_width=0), "drawing.pen_width"),
        (drawing([]), "drawing.strokes.0"),
        (drawing([[1]]), "drawing.strokes.0"),
        (drawing([[1e9, 0]]), "drawing.strokes.0"),
        (drawing(*[[[0, 0]] * 5000] * 5), "drawing"),
    ],
)
def test_what_is_wrong_is_said_and_where(client: TestClient, body: Any, where: str) -> None:
    response = client.post("/v1/classify", json=body)
    assert response.status_code == 422
    assert response.json()["error"]["message"].startswith(where), response.text


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"{", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"drawing": NaN}', "application/json", 422),
        (b"\xff\xfe", "application/json", 400),
        (b"{}", "text/plain", 415),
        (b" " * (2 * 2**20 + 1), "application/json", 413),
    ],
    ids=["half", "deep", "nan", "binary", "text", "large"],
)
def test_what_is_not_json_is_refused(
    client: TestClient, content: bytes, kind: str, status: int
) -> None:
    response = client.post("/v1/classify", content=content, headers={"Content-Type": kind})
    assert response.status_code == status
    assert response.json()["error"]["status"] == status
