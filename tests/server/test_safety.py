"""Who may call the service, and what browsers are told."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from inkdigits.server import safety
from inkdigits.server.app import build_app
from inkdigits.server.errors import Problem
from inkdigits.server.settings import Settings

LOCAL = Settings()
NETWORK = Settings(host="0.0.0.0", hosts=("digits.example",))


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1:8000",
        "127.8.9.1",
        "localhost",
        "LOCALHOST:80",
        "[::1]:8000",
        "[::1]",
    ],
)
def test_a_local_service_is_called_by_its_own_names(host: str) -> None:
    safety.check_host(host, LOCAL)


@pytest.mark.parametrize(
    "host",
    [
        *("", "evil.example", "evil.example:8000", "127.0.0.1.evil.example", "192.168.1.5"),
        *("localhost.evil.example", "evil@localhost", "localhost/", "localhost#", "local host"),
        *(
            "[::1",
            "[::1]evil",
            "localhost:port",
            "localhost:",
            "[localhost]",
            "digits.example",
            "\u0142ocalhost",
        ),
    ],
)
def test_a_local_service_is_not_called_by_another_name(host: str) -> None:
    with pytest.raises(Problem) as caught:
        safety.check_host(host, LOCAL)
    assert caught.value.code == "foreign_host"


@pytest.mark.parametrize("host", ["192.168.1.5:8000", "digits.example", "localhost", "[fe80::1]"])
def test_a_service_on_the_network_is_called_by_addresses_and_its_names(host: str) -> None:
    safety.check_host(host, NETWORK)


def test_a_name_that_was_rebound_to_the_network_is_refused() -> None:
    with pytest.raises(Problem):
        safety.check_host("evil.example:8000", NETWORK)


HOST = {"host": "127.0.0.1:8000"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://127.0.0.1:8000"},
        {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none", "sec-fetch-mode": "navigate"},
        {"origin": "https://127.0.0.1:8000"},  # a proxy in front adds TLS
    ],
)
def test_the_own_page_and_programs_may_call(headers: dict[str, str]) -> None:
    safety.check_origin(HOST | headers, "POST", "/v1/read")


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:8001"},
        {"origin": "http://127.0.0.1"},
        {"origin": "null"},
        {"origin": ""},
        {"origin": "file://127.0.0.1:8000"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        {"origin": "http://127.0.0.1:8000", "sec-fetch-site": "cross-site"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_foreign_page_may_call(headers: dict[str, str], method: str) -> None:
    with pytest.raises(Problem) as caught:
        safety.check_origin(HOST | headers, method, "/v1/read")
    assert caught.value.code == "foreign_origin"


def test_a_link_to_the_page_may_be_followed_from_anywhere_but_not_framed() -> None:
    headers = HOST | {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
    safety.check_origin(headers, "GET", "/")
    with pytest.raises(Problem):
        safety.check_origin(headers, "POST", "/")
    assert "frame-ancestors 'none'" in safety.HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/model", {"Host": "evil.example"}),
        ("/", {"Host": "evil.example"}),
        ("/v1/model", {"Origin": "http://evil.example"}),
        ("/healthz", {"Sec-Fetch-Site": "cross-site"}),
    ],
)
def test_the_service_refuses_who_may_not_call(
    client: TestClient, path: str, headers: dict[str, str]
) -> None:
    response = client.get(path, headers=headers)
    assert response.status_code == 403
    assert response.json()["error"]["code"] in ("foreign_host", "foreign_origin")


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/healthz"), ("GET", "/nothing"), ("POST", "/v1/read"), ("GET", "/v1/model")],
)
def test_every_answer_tells_the_browser_what_to_keep_from(
    client: TestClient, method: str, path: str
) -> None:
    response = client.request(method, path)
    for name, value in safety.HEADERS.items():
        assert response.headers[name] == value
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-store"
    assert "access-control-allow-origin" not in response.headers


def test_a_preflight_of_another_origin_is_refused(client: TestClient) -> None:
    headers = {"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}
    response = client.options("/v1/read", headers=headers)
    assert response.status_code == 403


@pytest.mark.parametrize(
    "authorization",
    [None, "", "Bearer", "Bearer wrong", "Basic s3cret", "s3cret", "Bearer s3cret"],
)
@pytest.mark.parametrize("path", ["/v1/model", "/v2/models/compact", "/v2", "/metrics"])
def test_without_the_key_nothing_is_read(authorization: str | None, path: str) -> None:
    settings = Settings(api_key="s3cret-key")
    headers = {} if authorization is None else {"authorization": authorization}
    assert path.startswith(safety.PROTECTED)
    with pytest.raises(Problem) as caught:
        safety.check_key(headers, settings)
    assert caught.value.status == 401
    assert caught.value.headers == {"WWW-Authenticate": "Bearer"}


def test_the_key_lets_in_and_the_page_needs_none() -> None:
    client = TestClient(build_app(Settings(api_key="s3cret")), base_url="http://127.0.0.1:8000")
    assert client.get("/v1/model").status_code == 401
    assert client.get("/v1/model", headers={"Authorization": "Bearer s3cret"}).status_code == 200
    assert client.get("/metrics").status_code == 401
    assert client.get("/healthz").status_code == 200
    assert client.get("/").status_code == 200


def test_the_key_is_not_shown_with_the_settings() -> None:
    assert "s3cret" not in repr(Settings(api_key="s3cret"))


def test_a_client_is_held_to_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("inkdigits.server.safety.time.monotonic", lambda: now)
    limit = safety.RateLimit(5)
    for _ in range(10):
        limit.check("10.0.0.1")
    with pytest.raises(Problem) as caught:
        limit.check("10.0.0.1")
    assert caught.value.status == 429
    assert caught.value.headers == {"Retry-After": "1"}
    limit.check("10.0.0.2")  # another is not affected
    now += 0.2
    limit.check("10.0.0.1")
    with pytest.raises(Problem):
        limit.check("10.0.0.1")


def test_an_ipv6_network_is_one_client() -> None:
    limit = safety.RateLimit(0.5)
    limit.check("2001:db8::1")
    with pytest.raises(Problem):
        limit.check("2001:db8::ffff:2")
    limit.check("2001:db8:0:1::1")


def test_no_more_clients_are_remembered_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(safety, "_MOST_CLIENTS", 3)
    limit = safety.RateLimit(0.001)
    for last in range(1, 6):
        limit.check(f"10.0.0.{last}")
    limit.check("10.0.0.1")  # forgotten
    with pytest.raises(Problem):
        limit.check("10.0.0.5")


def test_the_rate_is_kept_by_the_service() -> None:
    settings = Settings(rate=2)
    client = TestClient(build_app(settings), base_url="http://127.0.0.1:8000")
    statuses = [client.get("/v1/model").status_code for _ in range(12)]
    assert statuses[:4] == [200] * 4
    assert 429 in statuses
    assert client.get("/healthz").status_code == 200


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, []),
        ({"host": "localhost"}, []),
        ({"host": "::1"}, []),
        ({"host": "0.0.0.0"}, ["INKDIGITS_API_KEY", "--rate"]),
        ({"host": "192.168.1.5", "api_key": "x"}, ["--rate"]),
        ({"host": "example", "api_key": "x", "rate": 5}, []),
    ],
)
def test_an_open_service_is_warned_of(changes: dict[str, Any], words: list[str]) -> None:
    warnings = safety.warnings_for(Settings(**changes))
    assert len(warnings) == len(words)
    assert all(word in warning for word, warning in zip(words, warnings, strict=True))
