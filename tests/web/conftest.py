"""A real service, and a real browser on its page. Debian's chromium will do."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Playwright,
    ViewportSize,
    sync_playwright,
)

from tests.web.pages import SAMPLES, Service, open_page, start_service


@pytest.fixture(scope="session")
def service() -> Iterator[Service]:
    """`inkdigits serve` on a free port."""
    with start_service() as service:
        yield service


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program; without one a test is skipped, and in CI it fails."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found:
        return found
    reason = "no chromium is on the PATH: install Debian's package of that name"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


# One for each module: while Playwright runs, no other test of the same process can run a loop.
@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium)
    yield browser
    browser.close()


@pytest.fixture
def context(browser: Browser, service: Service) -> Iterator[BrowserContext]:
    size: ViewportSize = {"width": 1280, "height": 860}
    context = browser.new_context(viewport=size, base_url=service.origin)
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, service: Service) -> Iterator[Page]:
    """The page, just opened. Whatever it writes to the console as an error fails the test."""
    with open_page(context, service.origin) as page:
        yield page


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a fake camera shows: a page that the project drew, over and over."""
    page = cv2.imread(str(SAMPLES / "photo.jpg"))
    assert page is not None
    path = tmp_path_factory.mktemp("camera") / "page.mjpeg"
    _, picture = cv2.imencode(".jpg", cv2.resize(page, (1280, 960)))
    path.write_bytes(3 * picture.tobytes())
    return path
