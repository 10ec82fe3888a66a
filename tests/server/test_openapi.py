"""The description says what the service does: Schemathesis tries to prove the contrary."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from tests.server.services import Service

OPERATIONS = [
    ("GET", "/healthz"),
    ("GET", "/metrics"),
    ("GET", "/readyz"),
    ("GET", "/v1/model"),
    ("GET", "/v2"),
    ("GET", "/v2/health/live"),
    ("GET", "/v2/health/ready"),
    ("GET", "/v2/models/{name}"),
    ("GET", "/v2/models/{name}/ready"),
    ("POST", "/v1/classify"),
    ("POST", "/v1/read"),
    ("POST", "/v2/models/{name}/infer"),
]
CASES = settings(max_examples=12, suppress_health_check=list(HealthCheck))


@pytest.fixture(scope="module")
def description() -> Iterator[schemathesis.BaseSchema]:
    with Service({"workers": 1}) as service:
        yield schemathesis.openapi.from_url(f"http://127.0.0.1:{service.port}/openapi.json")


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_every_answer_is_as_described(
    description: schemathesis.BaseSchema, method: str, path: str
) -> None:
    check_answers(description[path][method], GenerationMode.POSITIVE)


@pytest.mark.parametrize("path", [path for method, path in OPERATIONS if method == "POST"])
def test_what_does_not_fit_the_description_is_refused(
    description: schemathesis.BaseSchema, path: str
) -> None:
    check_answers(description[path]["POST"], GenerationMode.NEGATIVE)


def check_answers(operation: Any, mode: GenerationMode) -> None:
    @CASES
    @given(operation.as_strategy(generation_mode=mode))
    def answers_as_described(case: Any) -> None:
        # Any bytes are described as an image, and are none: they are answered 4xx.
        case.call_and_validate(excluded_checks=[positive_data_acceptance])

    answers_as_described()


def test_all_that_is_described_is_tried(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    described = [(method.upper(), path) for path, methods in paths.items() for method in methods]
    assert sorted(described) == OPERATIONS


def test_the_examples_work(client: TestClient) -> None:
    tried = 0
    for path, operations in client.get("/openapi.json").json()["paths"].items():
        for method, operation in operations.items():
            content = operation.get("requestBody", {}).get("content", {})
            body = content.get("application/json", {})
            examples = [example["value"] for example in body.get("examples", {}).values()]
            for example in [*examples, *([body["example"]] if "example" in body else [])]:
                url = path.replace("{name}", "compact")
                assert client.request(method, url, json=example).status_code == 200
                tried += 1
    assert tried == 3


def test_readings_are_told_as_described(client: TestClient, samples: list[Path]) -> None:
    described = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    for path in samples:
        for query in ("", "?include=evidence"):
            response = client.post(f"/v1/read{query}", content=path.read_bytes())
            assert response.json()["results"][0]["numbers"]
            described["/v1/read"]["POST"].validate_response(response)
