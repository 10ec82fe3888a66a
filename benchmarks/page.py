"""The page in a real browser: how soon an answer follows the pen, and how often it is right.

The pen strokes are those of `digilets` (see `INKDIGITS_DATA`): 59 people wrote them on a tablet.
"""

from __future__ import annotations

import shutil
from statistics import median, quantiles

from playwright.sync_api import Page, sync_playwright

from benchmarks.timing import Figure
from inkdigits.data.sets import data_folder
from tests.web.pages import open_page, start_service, wait_for_answer
from tests.web.writing import Recording, draw_with_mouse, placed, recordings, replay

READ = 300
TIMED = 30

# From the moment that the browser got a point of the pen until the first picture on the screen with
# an answer that knows this point. The page counts the points on both sides.
WATCH = """() => {
  const pad = document.getElementById("pad");
  const answer = document.getElementById("answer");
  const open = [];
  window.latencies = [];
  for (const name of ["pointerdown", "pointerrawupdate"]) {
    pad.addEventListener(name, ({ timeStamp }) => {
      const given = Number(answer.dataset.given);
      if (given > (open.at(-1)?.given ?? 0)) open.push({ given, timeStamp });
    });
  }
  new MutationObserver(() => {
    const answered = Number(answer.dataset.answered);
    const known = open.filter(({ given }) => given <= answered);
    open.splice(0, known.length);
    requestAnimationFrame(() => setTimeout(() => {
      const now = performance.now();
      latencies.push(...known.map(({ timeStamp }) => now - timeStamp));
    }));
  }).observe(answer, { attributeFilter: ["data-answered"] });
}"""


def measure(bundle: str) -> list[Figure]:
    """Milliseconds from a point to its answer, and the share of recorded digits that are right."""
    digits = recordings(data_folder(), READ)
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with start_service("--model", bundle) as service, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium)
        with open_page(browser.new_context(), service.origin) as page:
            times_ms = _latencies_ms(page, digits[:TIMED])
            wrong = _misread(page, digits)
        browser.close()
    p95_ms = quantiles(times_ms, n=20)[-1]
    points = f"{len(times_ms)} points of a mouse in {TIMED} digits, in Chromium, painted"
    misread = ", ".join(f"{label} as {read}" for label, read in wrong)
    return [
        Figure("drawing: from a point to its answer, median", median(times_ms), "ms", note=points),
        Figure("drawing: from a point to its answer, 95th percentile", p95_ms, "ms", note=points),
        Figure(
            f"drawing: digits right of {READ}",
            100 * (1 - len(wrong) / len(digits)),
            "%",
            note=f"misread: {misread}" if misread else "strokes of digilets on the canvas",
        ),
    ]


def _latencies_ms(page: Page, digits: list[Recording]) -> list[float]:
    page.evaluate(WATCH)
    for strokes, _ in digits:
        draw_with_mouse(page, placed(page, strokes), steps=1)
        wait_for_answer(page)
        page.locator("#clear").click()
    return [float(latency) for latency in page.evaluate("() => latencies")]


def _misread(page: Page, digits: list[Recording]) -> list[tuple[str, str]]:
    wrong = []
    for strokes, label in digits:
        replay(page, placed(page, strokes))
        wait_for_answer(page)
        read = page.locator("#answer-text").inner_text()
        if read != label:
            wrong.append((label, read))
        page.locator("#clear").click()
    return wrong
