"""The second look: a page on which the ink may have been taken for the paper."""

from __future__ import annotations

import numpy as np

from inkdigits.imaging.decode import Page
from inkdigits.imaging.ink import Ink, find_ink

READS_WELL = 0.8
"""What reads this well on average needs no other way to be looked at."""

SURE = 0.9
"""Another way to look at a page must read this well on average to be taken instead."""

_MOSTLY_INK = 0.2
"""Only where ink covers this share of a picture can it have been taken for the paper."""


def exchanged(page: Page, ink: Ink) -> Ink | None:
    """The page's ink with ink and paper exchanged; `None` where they were plainly told apart.

    Where a thick pen fills the picture, its ink may have been taken for the paper.
    """
    other = find_ink(page.pixels, light_on_dark=not ink.light_on_dark)
    doubtful = np.count_nonzero(other.strength) > _MOSTLY_INK * other.strength.size
    return other if doubtful else None
