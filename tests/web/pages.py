"""The service and the page, as the tests of the page use them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, expect

ROOT = Path(__file__).parents[2]
SAMPLES = ROOT / "samples"
VIEWS = ("draw", "upload", "camera")

FAKE_CAMERA = "--use-fake-device-for-media-stream"
ALLOW_CAMERA = "--use-fake-ui-for-media-stream"
"""Options of Chromium: a camera that is none, and permission to use it without asking."""


@dataclass
class Service:
    """A running `inkdigits serve`; `stop` and `start` act as a user on the command line."""

    port: int = 0
    options: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "inkdigits", "serve", "--port", str(self.port)]
        command += self.options
        self.process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, **self.environment},
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert "http://127.0.0.1:" in line, line
        self.port = int(line.strip().rstrip("/").rpartition(":")[2])

    def stop(self) -> None:
        if self.process is None:
            return
        self.process.terminate()
        self.process.communicate(timeout=20)
        self.process = None


@contextmanager
def start_service(*options: str, environment: Mapping[str, str] | None = None) -> Iterator[Service]:
    """`inkdigits serve` with these options, on a free port, until the block ends."""
    service = Service(options=options, environment=environment or {})
    service.start()
    try:
        yield service
    finally:
        service.stop()


@contextmanager
def open_page(context: BrowserContext, origin: str, view: str = "draw") -> Iterator[Page]:
    """A page on one view, which must neither raise nor be refused anything by its own policy."""
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: _note(message, problems))
    page.goto(f"{origin}/#{view}")
    expect(page.locator(f"#view-{view if view in VIEWS else VIEWS[0]}")).to_be_visible()
    yield page
    page.close()
    assert not problems


def _note(message: ConsoleMessage, problems: list[str]) -> None:
    # That a request failed is shown to the user, and the browser says so here too.
    if message.type == "error" and not message.text.startswith("Failed to load resource"):
        problems.append(message.text)


def wait_for_answer(page: Page) -> None:
    """Until what is on the sheet has been read."""
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false")


def results(page: Page) -> Locator:
    """The results that are read, or could not be."""
    return page.locator(".result[data-state=done], .result[data-state=failed]")


def upload(page: Page, *paths: Path | str) -> None:
    """Give files to the picker, and wait for all of them."""
    before = results(page).count()
    page.locator("#files").set_input_files([str(path) for path in paths])
    expect(results(page)).to_have_count(before + len(paths))


class Place(NamedTuple):
    """Where something is in the window, in CSS pixels."""

    x: float
    y: float
    width: float
    height: float


def place_of(page: Page, selector: str) -> Place:
    """Where the first such element is: asked in one go, since boxes are drawn anew all the time."""
    script = """selector => {
      const { x, y, width, height } = document.querySelector(selector).getBoundingClientRect();
      return [x, y, width, height];
    }"""
    return Place(*page.evaluate(script, selector))
