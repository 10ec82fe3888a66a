"""Health, figures, the log, and the description of the model."""

import json
import logging

import pytest
from fastapi.testclient import TestClient

from inkdigits import Reader, __version__
from inkdigits.server import logs
from inkdigits.server.app import build_app
from inkdigits.server.settings import Settings


def test_a_service_that_runs_is_alive_and_ready(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}


def test_a_service_without_processes_is_alive_but_not_ready() -> None:
    client = TestClient(build_app(Settings()), base_url="http://127.0.0.1:8000")
    assert client.get("/healthz").status_code == 200
    assert client.get("/v2/health/live").status_code == 200
    for path in ("/readyz", "/v2/health/ready"):
        response = client.get(path)
        assert response.status_code == 503
        assert response.headers["Retry-After"] == "1"


def test_the_model_is_described(client: TestClient, reader: Reader) -> None:
    described = client.get("/v1/model").json()
    contract = reader.bundle.contract
    assert described["inkdigits"] == __version__
    assert described["title"] == reader.title
    assert reader.lines is not None
    line = reader.lines.contract
    assert described["line_model"] == {
        "name": line.name, "version": line.version, "measured": line.measured,
    }  # fmt: skip
    assert described["labels"] == [*contract.labels]
    assert described["thresholds"] == contract.thresholds
    assert "PNG" in described["formats"]
    assert described["limits"]["max_images"] == 32


def figures(client: TestClient) -> dict[str, float]:
    lines = client.get("/metrics").text.splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_figures_count_requests_images_and_batches(client: TestClient) -> None:
    before = figures(client)
    client.post("/v1/read", content=b"hello")
    client.post("/v1/classify", json={"images": [[[0] * 28] * 28] * 3})
    client.get("/made-up-by-the-caller")
    after = figures(client)

    def grown(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert grown('inkdigits_requests_total{route="/v1/read",status="415"}') == 1
    assert grown('inkdigits_images_total{outcome="unsupported_format"}') == 1
    assert grown('inkdigits_request_seconds_count{route="/v1/read"}') == 1
    assert grown("inkdigits_batch_images_sum") == 3
    assert grown('inkdigits_requests_total{route="other",status="404"}') == 1
    assert not any("made-up" in name for name in after)
    assert after["inkdigits_workers"] == 2
    assert after["inkdigits_held_bytes"] == 0


def test_each_request_is_one_line_of_json_without_its_content(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger=logs.NAME):
        client.post(
            "/v1/read?file=my-secret.png",
            content=b"secret content",
            headers={"X-Request-ID": "mine-1"},
        )
    (record,) = [record for record in caplog.records if record.name == logs.NAME]
    text = logs.JsonLines().format(record)
    line = json.loads(text)
    assert "\n" not in text
    assert "secret" not in text
    assert (line["event"], line["id"], line["level"]) == ("request", "mine-1", "info")
    assert (line["method"], line["path"], line["status"]) == ("POST", "/v1/read", 415)
    assert line["ms"] > 0


@pytest.mark.parametrize("given", ["", "a b", "x" * 65, "a\tb", "é"])
def test_an_id_that_could_harm_the_log_is_replaced(client: TestClient, given: str) -> None:
    response = client.get("/healthz", headers={b"X-Request-ID": given.encode()})
    assert response.headers["X-Request-ID"] != given
    assert len(response.headers["X-Request-ID"]) == 32


def test_a_fault_of_ours_is_500_and_in_the_log(
    client: TestClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("inkdigits.server.routes.model.parts_of", fail)
    with caplog.at_level(logging.INFO, logger=logs.NAME):
        response = client.get("/v1/model")
    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (500, "internal_error")
    assert "secret" not in response.text
    lines = [json.loads(logs.JsonLines().format(record)) for record in caplog.records]
    (fault,) = [line for line in lines if line["event"] == "fault"]
    assert fault["id"] == error["request_id"]
    assert "ZeroDivisionError" in fault["exception"]
