"""The page as a whole: light, closed to the outside, fit for every screen, theme and reader."""

from collections.abc import Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Route, ViewportSize, expect

import inkdigits
from tests.web.pages import (
    ROOT,
    SAMPLES,
    VIEWS,
    Service,
    open_page,
    start_service,
    upload,
    wait_for_answer,
)
from tests.web.writing import SCRIBBLE, SEVEN, placed, replay

WEB = Path(inkdigits.__file__).parent / "web"
MAX_PAGE_BYTES = 150_000
DESKTOP: ViewportSize = {"width": 1280, "height": 860}
PHONE: ViewportSize = {"width": 320, "height": 640}


def fill(page: Page, view: str) -> None:
    """Something on each view: an answer, results with doubts and errors."""
    if view == "draw":
        replay(page, placed(page, SEVEN, (0.3, 0.5)))
        replay(page, placed(page, SCRIBBLE, (0.7, 0.5)))
        wait_for_answer(page)
        page.locator("#keys summary").click()
    elif view == "upload":
        upload(page, SAMPLES / "photo.jpg", SAMPLES / "letters.jpg", ROOT / "README.md")
        page.locator(".number input").nth(1).fill("49")
        page.get_by_role("button", name="Add a number").nth(0).click()
        page.get_by_role("button", name="What the model saw").nth(0).click()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
def test_no_barrier_is_found(
    browser: Browser, service: Service, view: str, theme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(color_scheme=theme, viewport=DESKTOP, reduced_motion="reduce")
    with open_page(context, service.origin, view) as page:
        fill(page, view)
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
    context.close()


@pytest.mark.parametrize("view", VIEWS)
def test_a_narrow_screen_never_scrolls_sideways(
    browser: Browser, service: Service, view: str
) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True)
    with open_page(context, service.origin, view) as page:
        fill(page, view)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]
    context.close()


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_touched_is_large_enough(browser: Browser, service: Service, view: str) -> None:
    context = browser.new_context(viewport=PHONE, has_touch=True)
    with open_page(context, service.origin, view) as page:
        fill(page, view)
        small = page.evaluate("""() => [...document.querySelectorAll(
            "button, input:not(.visually-hidden), select, summary, .tabs a, .button")]
          .map((element) => [element.outerHTML, element.getBoundingClientRect()])
          .filter(([, { width, height }]) => width > 0 && (width < 43.5 || height < 43.5))
          .map(([html]) => html)""")
        assert not small
    context.close()


def test_dark_and_light_follow_the_system(page: Page) -> None:
    def lightness() -> list[int]:
        shown = "element => getComputedStyle(element).backgroundColor.match(/\\d+/)[0]"
        grounds = ("body", "#answer", "#sheet")
        return [int(page.locator(ground).evaluate(shown)) for ground in grounds]

    page.emulate_media(color_scheme="light")
    assert min(lightness()) > 230
    page.emulate_media(color_scheme="dark")
    assert max(lightness()) < 50


def test_ink_is_seen_in_both_themes(page: Page) -> None:
    replay(page, placed(page, SEVEN))
    # The browser tells of a change of theme with its next frame, some time after it was asked to.
    painted = """([least, most]) => {
      const pad = document.querySelector("#pad");
      const { data } = pad.getContext("2d").getImageData(0, 0, pad.width, pad.height);
      const solid = data.findIndex((value, at) => at % 4 === 3 && value === 255);
      return least <= data[solid - 3] && data[solid - 3] <= most;
    }"""
    page.emulate_media(color_scheme="light")
    page.wait_for_function(painted, arg=[0, 60])
    page.emulate_media(color_scheme="dark")
    page.wait_for_function(painted, arg=[200, 255])


def test_every_request_stays_on_this_machine(context: BrowserContext, service: Service) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    with open_page(context, service.origin) as page:
        for view in VIEWS:
            page.locator(f'.tabs a[href="#{view}"]').click()
            fill(page, view)
    hosts = {urlsplit(url).netloc for url in asked if not url.startswith("blob:")}
    assert hosts == {f"127.0.0.1:{service.port}"}


def test_the_page_is_light() -> None:
    sizes = {path.name: path.stat().st_size for path in WEB.iterdir()}
    assert sum(sizes.values()) <= MAX_PAGE_BYTES, sizes


def test_each_file_of_the_page_is_used(context: BrowserContext, service: Service) -> None:
    asked: set[str] = set()
    context.on("request", lambda request: asked.add(urlsplit(request.url).path.lstrip("/")))
    with open_page(context, service.origin):
        pass
    files = {path.name for path in WEB.iterdir()}
    assert files - {"index.html"} <= asked


def test_views_have_addresses(page: Page, service: Service) -> None:
    page.locator(".tabs a", has_text="Upload").click()
    assert page.url.endswith("#upload")
    assert page.title() == "Upload · inkdigits"
    page.go_back()
    expect(page.locator("#view-draw")).to_be_visible()
    expect(page.locator(".tabs a[aria-current=page]")).to_have_text("Draw")


@pytest.fixture
def own_service() -> Iterator[Service]:
    """A service that a test may stop."""
    service = Service()
    service.start()
    yield service
    service.stop()


def test_a_stopped_service_is_said_and_waited_for(
    context: BrowserContext, own_service: Service
) -> None:
    with open_page(context, own_service.origin) as page:
        own_service.stop()
        replay(page, placed(page, SEVEN))
        expect(page.locator("#away")).to_be_visible()
        page.locator(".tabs a", has_text="Upload").click()
        page.locator("#files").set_input_files(SAMPLES / "pencil.png")
        expect(page.locator(".result .meta")).to_have_text("is being read …")
        own_service.start()
        expect(page.locator("#away")).to_be_hidden(timeout=15_000)
        expect(page.locator(".number input")).to_have_value("5")
        page.locator(".tabs a", has_text="Draw").click()
        expect(page.locator("#answer-text")).to_have_text("7")


def test_a_service_with_a_key_asks_for_it_once(context: BrowserContext) -> None:
    with start_service(environment={"INKDIGITS_API_KEY": "open sesame"}) as service:
        with open_page(context, service.origin) as page:
            page.get_by_label("API key").fill("open sesame")
            page.keyboard.press("Enter")
            expect(page.locator("#about")).to_contain_text("model")
            replay(page, placed(page, SEVEN))
            expect(page.locator("#answer-text")).to_have_text("7")
            page.reload()
            expect(page.locator("#about")).to_contain_text("model")
        with open_page(context, service.origin, "key=open%20sesame") as page:
            expect(page.locator("#about")).to_contain_text("model")
            assert "sesame" not in page.url


def test_a_service_that_asks_for_a_rest_gets_it(page: Page) -> None:
    asked: list[Route] = []

    def refuse_once(route: Route) -> None:
        asked.append(route)
        if len(asked) > 1:
            route.continue_()
            return
        error = {"status": 429, "code": "too_many_requests", "message": "Slower."}
        route.fulfill(status=429, headers={"Retry-After": "1"}, json={"error": error})

    page.route("**/v1/classify*", refuse_once)
    replay(page, placed(page, SEVEN))
    expect(page.locator("#answer-text")).to_have_text("7")
    assert len(asked) >= 2
