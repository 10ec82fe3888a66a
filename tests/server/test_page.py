"""The page is served from memory: its files, and nothing else."""

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from inkdigits.server.page import page_router


@pytest.fixture
def page(tmp_path: Path) -> TestClient:
    web = tmp_path / "web"
    (web / "icons").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html>", encoding="utf-8")
    (web / "main.js").write_text("1", encoding="utf-8")
    (web / "icons" / "icon.svg").write_text("<svg/>", encoding="utf-8")
    (web / "notes.md").write_text("not for the web", encoding="utf-8")
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    app = FastAPI(openapi_url=None)
    app.include_router(page_router(web))
    return TestClient(app)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/main.js", "text/javascript; charset=utf-8"),
        ("/icons/icon.svg", "image/svg+xml"),
    ],
)
def test_files_come_with_their_type(page: TestClient, path: str, kind: str) -> None:
    response = page.get(path)
    assert response.status_code == 200
    assert response.headers["content-type"] == kind
    assert page.head(path).headers["etag"] == response.headers["etag"]


@pytest.mark.parametrize(
    "path",
    ["/notes.md", "/index.html", "/../secret.txt", "/%2e%2e/secret.txt", "/icons", "/icons/"],
)
def test_nothing_else_is_there(page: TestClient, path: str) -> None:
    assert page.get(path).status_code == 404


def test_what_has_not_changed_is_not_sent_again(page: TestClient) -> None:
    first = page.get("/main.js")
    assert first.headers["cache-control"] == "no-cache"
    again = page.get("/main.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
