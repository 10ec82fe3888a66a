"""Which way up a page lies: one that reads badly may lie on its side, or upside down."""

from __future__ import annotations

import numpy as np

from inkdigits.imaging.decode import Page
from inkdigits.imaging.ink import Ink, find_ink, turned
from inkdigits.recognition.attempts import Attempt, attempt
from inkdigits.recognition.bundle import Bundle
from inkdigits.recognition.polarity import READS_WELL, SURE
from inkdigits.recognition.together import is_noise

_ENOUGH_TO_TURN = 3
"""Fewer symbols than this do not tell which way up a page is."""


def turned_or_one(bundle: Bundle, page: Page, upright: Attempt) -> Attempt:
    """A page that reads badly: turned sideways or over, or one digit, if that reads well."""
    if upright.certainty >= READS_WELL or is_noise(upright):
        return upright
    if _may_be_turned(upright) or (upright.rows and upright.ink.ruled):
        others = [
            attempt(bundle, _turned(page, upright.ink, turns), "page", turns) for turns in (1, 2, 3)
        ]
        best = max(others, key=lambda made: made.certainty)
        if best.certainty > SURE and _may_be_turned(best):
            return best
        if _may_be_turned(upright):
            return upright
    whole = attempt(bundle, upright.ink, "digit")
    return whole if whole.certainty > SURE else upright


def _may_be_turned(made: Attempt) -> bool:
    """Whether there are symbols enough to tell by them which way up a page is."""
    return sum(len(row.symbols) for row in made.rows) >= _ENOUGH_TO_TURN


def _turned(page: Page, ink: Ink, quarter_turns: int) -> Ink:
    """The ink of the page turned clockwise; boxes stand side by side only now, and are found."""
    if not ink.ruled:
        return turned(ink, quarter_turns)
    pixels = np.ascontiguousarray(np.rot90(page.pixels, -quarter_turns))
    return find_ink(pixels, ink.light_on_dark)
