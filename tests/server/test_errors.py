"""Every error has its status and its code, and each status a meaning."""

import pytest
from fastapi.testclient import TestClient

from inkdigits import errors
from inkdigits.server.errors import STATUS_OF, Problem, problem_of

IMAGE_ERRORS = errors.ImageError.__subclasses__()


@pytest.mark.parametrize("kind", IMAGE_ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_of_an_image_is_the_senders(kind: type[errors.ImageError]) -> None:
    problem = problem_of(kind("x.png: what is wrong"))
    assert 400 <= problem.status < 500
    assert problem.message == "x.png: what is wrong"


def test_any_other_error_is_ours_and_tells_no_more_than_that() -> None:
    problem = problem_of(errors.CorruptModel("/secret/path is broken"))
    assert problem.status == 500
    assert "secret" not in problem.message


def test_all_statuses_are_errors() -> None:
    assert set(STATUS_OF.values()) == {
        *(400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 500, 503, 504)
    }


@pytest.mark.parametrize(("seconds", "told"), [(0.01, "1"), (1, "1"), (1.2, "2"), (9.9, "10")])
def test_retry_after_is_in_whole_seconds(seconds: float, told: str) -> None:
    assert Problem("busy", "later", retry_after=seconds).headers == {"Retry-After": told}


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/v1", 404, "not_found"),
        ("GET", "/../settings.py", 404, "not_found"),
        ("GET", "/v1/read", 405, "method_not_allowed"),
        ("DELETE", "/v1/model", 405, "method_not_allowed"),
        ("POST", "/healthz", 405, "method_not_allowed"),
        ("GET", "/docs", 404, "not_found"),
        ("GET", "/v2/models/other", 404, "not_found"),
    ],
)
def test_what_is_not_there_is_said_so(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    response = client.request(method, path)
    error = response.json()["error"]
    assert (response.status_code, error["status"], error["code"]) == (status, status, code)
    assert ("allow" in response.headers) == (status == 405)
