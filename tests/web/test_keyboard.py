"""Every function by keyboard alone: the mouse is never touched here."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, FileChooser, Page, Playwright, expect

from tests.web.pages import (
    ALLOW_CAMERA,
    FAKE_CAMERA,
    SAMPLES,
    Service,
    open_page,
    results,
    wait_for_answer,
)


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=chromium, args=[FAKE_CAMERA, ALLOW_CAMERA])
    yield browser
    browser.close()


def reach(page: Page, selector: str, key: str = "Tab") -> None:
    """Press Tab until the focus is there."""
    for _ in range(80):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never reaches {selector}")


def pen(page: Page, *moves: tuple[str, int]) -> None:
    """Move the pen by so many presses of each arrow."""
    for arrow, presses in moves:
        for _ in range(presses):
            page.keyboard.press(f"Arrow{arrow}")


def draw_a_seven(page: Page) -> None:
    pen(page, ("Left", 6), ("Up", 12))
    page.keyboard.press("Space")
    pen(page, ("Right", 13))
    for _ in range(25):  # diagonally: two arrows at once
        page.keyboard.down("ArrowDown")
        page.keyboard.press("Shift+ArrowLeft")
        page.keyboard.up("ArrowDown")
    pen(page, ("Down", 14))
    page.keyboard.press("Space")


def test_draw_upload_webcam_correct_and_export(context: BrowserContext, service: Service) -> None:
    with open_page(context, service.origin) as page:
        page.on("filechooser", choose_the_photo)
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        draw(page)
        go_to(page, "upload")
        give_a_file(page)
        correct(page)
        go_to(page, "camera")
        use_the_camera(page)
        export(page)


def draw(page: Page) -> None:
    reach(page, "#pad")
    draw_a_seven(page)
    wait_for_answer(page)
    expect(page.locator("#answer-text")).to_have_text("7")
    expect(page.locator("#live")).to_contain_text("Reads 7")
    page.keyboard.press("Control+z")
    expect(page.locator("#answer")).to_have_attribute("data-state", "blank")
    page.keyboard.press("Control+Shift+Z")
    expect(page.locator("#answer-text")).to_have_text("7")
    page.keyboard.press("Delete")
    expect(page.locator("#answer")).to_have_attribute("data-state", "blank")
    page.keyboard.press("Control+z")
    before = page.locator("#pen").input_value()
    page.keyboard.press("]")
    assert int(page.locator("#pen").input_value()) > int(before)
    page.keyboard.press("[")
    wait_for_answer(page)
    page.keyboard.press("k")
    expect(page.locator(".result .name")).to_have_text("drawing 1")


def go_to(page: Page, view: str) -> None:
    reach(page, f'.tabs a[href="#{view}"]', key="Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator(f"#view-{view}")).to_be_visible()


def give_a_file(page: Page) -> None:
    reach(page, "#files")
    page.keyboard.press("Enter")
    expect(results(page)).to_have_count(2)


def choose_the_photo(chooser: FileChooser) -> None:
    """What the user does in the window that the system opens."""
    chooser.set_files(SAMPLES / "photo.jpg")


def correct(page: Page) -> None:
    reach(page, ".result:first-child .number input")
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    page.keyboard.type("1")
    expect(page.locator(".result").first.locator(".says").first).to_have_text("the model read 507")


def use_the_camera(page: Page) -> None:
    reach(page, "#camera-start")
    page.keyboard.press("Enter")
    expect(page.locator("#stage")).to_have_attribute("data-state", "live")
    reach(page, "#freeze")
    page.keyboard.press("Space")
    expect(page.locator("#stage")).to_have_attribute("data-state", "frozen")
    reach(page, "#camera-keep")
    page.keyboard.press("Space")
    expect(results(page)).to_have_count(3)
    reach(page, "#camera-stop")
    page.keyboard.press("Space")
    expect(page.locator("#stage")).to_have_attribute("data-state", "off")


def export(page: Page) -> None:
    reach(page, "#export-json")
    with page.expect_download() as download:
        page.keyboard.press("Enter")
    readings = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert [reading["file"] for reading in readings] == ["camera 1", "photo.jpg", "drawing 1"]
    assert readings[1]["corrected_text"].startswith("501 42")
    reach(page, "#copy-all", key="Shift+Tab")


def test_focus_is_always_seen(context: BrowserContext, service: Service) -> None:
    with open_page(context, service.origin) as page:
        reached = 0
        page.keyboard.press("Tab")
        while page.evaluate(SOMEWHERE):
            reached += 1
            shown = page.evaluate("""() => {
              const style = getComputedStyle(document.activeElement);
              return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
            }""")
            assert shown, page.evaluate("() => document.activeElement.outerHTML")
            page.keyboard.press("Tab")
        assert reached >= 8


SOMEWHERE = "() => document.activeElement !== document.body"


def test_the_page_says_which_keys_there_are(context: BrowserContext, service: Service) -> None:
    with open_page(context, service.origin) as page:
        reach(page, ".intro a")
        page.keyboard.press("Enter")
        expect(page.get_by_text("set the pen down, lift it")).to_be_visible()


def test_removing_a_result_keeps_the_focus_in_the_list(
    context: BrowserContext, service: Service
) -> None:
    with open_page(context, service.origin, "upload") as page:
        page.locator("#files").set_input_files([SAMPLES / "pencil.png", SAMPLES / "photo.jpg"])
        expect(results(page)).to_have_count(2)
        reach(page, ".remove")
        page.keyboard.press("Enter")
        expect(page.locator(".remove")).to_be_focused()
