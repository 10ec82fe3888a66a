"""Digits that people wrote on a tablet, written again on the page."""

from pathlib import Path

from playwright.sync_api import Page

from tests.web.pages import wait_for_answer
from tests.web.writing import placed, recordings, replay

COUNT = 20
MOST_WRONG = 1


def test_recorded_strokes_are_read(page: Page, data_dir: Path) -> None:
    wrong = []
    for strokes, label in recordings(data_dir, COUNT):
        replay(page, placed(page, strokes))
        wait_for_answer(page)
        read = page.locator("#answer-text").inner_text()
        if read != label:
            wrong.append((label, read))
        page.locator("#clear").click()
    assert len(wrong) <= MOST_WRONG, wrong
