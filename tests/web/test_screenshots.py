"""The pictures of the page in the docs: made anew with INKDIGITS_SCREENSHOTS=1, then looked at."""

import os
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ViewportSize, expect

from inkdigits.data.digit_glyphs import DIGITS
from inkdigits.data.strokes import Hand
from inkdigits.data.strokes import write as write_glyph
from tests.web.pages import (
    ALLOW_CAMERA,
    FAKE_CAMERA,
    ROOT,
    SAMPLES,
    Service,
    open_page,
    upload,
    wait_for_answer,
)
from tests.web.writing import placed, replay

Theme = Literal["light", "dark"]

IMAGES = ROOT / "docs" / "images"
DESKTOP: ViewportSize = {"width": 1180, "height": 880}
PHONE: ViewportSize = {"width": 320, "height": 700}

pytestmark = pytest.mark.skipif(
    os.environ.get("INKDIGITS_SCREENSHOTS") != "1",
    reason="writes docs/images only where INKDIGITS_SCREENSHOTS=1 asks for it",
)


def context_of(browser: Browser, theme: Theme, size: ViewportSize) -> BrowserContext:
    return browser.new_context(color_scheme=theme, viewport=size, device_scale_factor=1.5)


def write_number(page: Page, text: str, seed: int = 4) -> None:
    """Write a number with the project's own pen."""
    rng = np.random.default_rng(seed)
    hand = Hand(slant=0.16, jitter=0.012, warp=0.012)
    for i, digit in enumerate(text):
        glyph = DIGITS[int(digit)][0]
        strokes = write_glyph(rng, glyph.strokes, glyph.aspect, hand)
        at = ((i + 0.75) / (len(text) + 0.5), 0.5)
        replay(page, placed(page, strokes, at, height=0.42), pressure=(0.35, 0.6))
    wait_for_answer(page)
    expect(page.locator("#evidence")).not_to_have_attribute("aria-label", "Nothing yet")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_drawing(browser: Browser, service: Service, theme: Theme) -> None:
    with open_page(context_of(browser, theme, DESKTOP), service.origin) as page:
        write_number(page, "1986")
        page.screenshot(path=IMAGES / f"page-draw-{theme}.png")


def test_drawing_on_a_phone(browser: Browser, service: Service) -> None:
    with open_page(context_of(browser, "light", PHONE), service.origin) as page:
        write_number(page, "42")
        page.screenshot(path=IMAGES / "page-phone.png")


def test_results(browser: Browser, service: Service) -> None:
    with open_page(context_of(browser, "light", DESKTOP), service.origin, "upload") as page:
        upload(page, SAMPLES / "photo.jpg", SAMPLES / "letters.jpg")
        page.locator(".number input").nth(1).fill("49")
        page.get_by_role("button", name="What the model saw").nth(0).click()
        page.evaluate("() => document.activeElement.blur()")
        page.screenshot(path=IMAGES / "page-results.png", full_page=True)


def test_camera(playwright: Playwright, chromium: str, film: Path, service: Service) -> None:
    arguments = [FAKE_CAMERA, ALLOW_CAMERA, f"--use-file-for-fake-video-capture={film}"]
    browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
    with open_page(context_of(browser, "dark", DESKTOP), service.origin, "camera") as page:
        page.get_by_role("button", name="Start the camera").click()
        expect(page.locator("#camera-text")).to_have_text("507 42\n1986 3\n70215")
        page.screenshot(path=IMAGES / "page-camera.jpg", quality=85)
    browser.close()
