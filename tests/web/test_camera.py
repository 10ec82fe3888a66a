"""The camera: read while it runs, kept on request, and off as soon as nobody looks."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect

from tests.web.pages import ALLOW_CAMERA, FAKE_CAMERA, Service, open_page, place_of

TEXT = "507 42\n1986 3\n70215"


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str, film: Path) -> Iterator[Browser]:
    """A browser whose camera shows that film."""
    arguments = [FAKE_CAMERA, ALLOW_CAMERA, f"--use-file-for-fake-video-capture={film}"]
    browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
    yield browser
    browser.close()


@pytest.fixture
def page(context: BrowserContext, service: Service) -> Iterator[Page]:
    with open_page(context, service.origin, "camera") as page:
        yield page


def start(page: Page) -> None:
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator("#stage")).to_have_attribute("data-state", "live")


def camera_runs(page: Page) -> bool:
    """Whether the page holds a camera: its light would be on."""
    return bool(
        page.evaluate("""() => {
          const stream = document.getElementById("video").srcObject;
          return stream !== null && stream.getTracks().some((track) => track.readyState === "live");
        }""")
    )


def test_the_camera_is_off_until_it_is_asked_for(page: Page) -> None:
    assert not camera_runs(page)
    expect(page.locator("#camera-words")).to_have_text("The camera is off.")
    for name in ("freeze", "camera-keep", "camera-stop"):
        expect(page.locator(f"#{name}")).to_be_disabled()


def test_the_video_is_read_live_with_boxes_over_it(page: Page) -> None:
    start(page)
    expect(page.locator("#camera-text")).to_have_text(TEXT)
    expect(page.locator("#video-boxes .frame")).to_have_count(15)
    expect(page.locator("#video-boxes text")).to_have_text(TEXT.split())
    screen, frame = place_of(page, "#video"), place_of(page, "#video-boxes .frame")
    assert screen.x < frame.x < screen.x + 0.5 * screen.width
    assert screen.y < frame.y < screen.y + 0.5 * screen.height


def test_freeze_holds_the_picture_and_going_on_lets_it_go(page: Page) -> None:
    start(page)
    page.locator("#freeze").click()
    expect(page.locator("#stage")).to_have_attribute("data-state", "frozen")
    expect(page.locator("#still")).to_be_visible()
    expect(page.locator("#camera-text")).to_have_text(TEXT)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(700)
    assert not asked
    page.locator("#freeze").click()
    expect(page.locator("#stage")).to_have_attribute("data-state", "live")


@pytest.mark.parametrize("frozen", [False, True])
def test_what_is_kept_goes_to_the_results(page: Page, frozen: bool) -> None:
    start(page)
    if frozen:
        page.locator("#freeze").click()
        expect(page.locator("#still")).to_be_visible()
    page.locator("#camera-keep").click()
    expect(page.locator(".result .name")).to_have_text("camera 1")
    expect(page.locator(".number input")).to_have_count(5)


def test_stop_switches_it_off(page: Page) -> None:
    start(page)
    page.locator("#camera-stop").click()
    assert not camera_runs(page)
    expect(page.locator("#camera-words")).to_have_text("The camera is off.")


def test_leaving_the_view_switches_it_off(page: Page) -> None:
    start(page)
    page.locator(".tabs a", has_text="Draw").click()
    assert not camera_runs(page)


def test_a_hidden_tab_switches_it_off(page: Page) -> None:
    start(page)
    page.evaluate("""() => {
      Object.defineProperty(document, "hidden", { value: true, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }""")
    assert not camera_runs(page)
    expect(page.locator("#camera-words")).to_contain_text("stopped because this page was out of")
    page.evaluate("() => { delete document.hidden; }")
    start(page)


def test_an_unplugged_camera_is_explained(page: Page) -> None:
    start(page)
    page.evaluate("""() => {
      const [track] = document.getElementById("video").srcObject.getVideoTracks();
      track.stop();
      track.dispatchEvent(new Event("ended"));
    }""")
    expect(page.locator("#camera-words")).to_contain_text("unplugged")
    expect(page.locator("#stage")).to_have_attribute("data-state", "trouble")
    start(page)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        ("NotReadableError", "in use by another program"),
        ("OverconstrainedError", "is not there any more"),
        ("NotAllowedError", "is not allowed for this page"),
        ("SomethingElse", "cannot be used: what the browser said"),
    ],
)
def test_what_the_browser_refuses_is_explained(page: Page, error: str, words: str) -> None:
    page.evaluate(
        """name => {
          navigator.mediaDevices.getUserMedia = async () => {
            throw new DOMException("what the browser said", name);
          };
        }""",
        error,
    )
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator("#camera-words")).to_contain_text(words)
    expect(page.locator("#live")).to_contain_text(words)
    assert not camera_runs(page)


def test_a_browser_that_gives_no_camera_here_is_explained(page: Page) -> None:
    page.evaluate("() => Object.defineProperty(navigator, 'mediaDevices', { value: undefined })")
    page.get_by_role("button", name="Start the camera").click()
    expect(page.locator("#camera-words")).to_contain_text("only to pages from this machine")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [([], "There is no camera."), ([FAKE_CAMERA], "is not allowed for this page")],
    ids=["missing", "denied"],
)
def test_browsers_without_a_camera(
    playwright: Playwright, chromium: str, service: Service, arguments: list[str], words: str
) -> None:
    browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
    with open_page(browser.new_context(), service.origin, "camera") as page:
        page.get_by_role("button", name="Start the camera").click()
        expect(page.locator("#camera-words")).to_contain_text(words)
    browser.close()
