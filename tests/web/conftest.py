"""A real service, and a real browser on its page. Debian's chromium will do."""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.web.pages import Service, open_page, start_service

FAKE_CAMERA = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")


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
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(15_000)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext, service: Service) -> Iterator[Page]:
    """The page, just opened. Whatever it writes to the console as an error fails the test."""
    with open_page(context, service.origin) as page:
        yield page
