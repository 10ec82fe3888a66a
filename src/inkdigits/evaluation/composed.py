"""How well numbers are found and read on composed pages, for each kind of paper.

The pages are those of `data.pages`, from seeds that nothing was developed on. A number counts as
exact if one of the accepted numbers of the page is the same, wherever it stands: so a number that
was cut in two, or glued to its neighbour, is wrong.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from inkdigits.data.pages import Page, compose_page
from inkdigits.data.papers import KINDS
from inkdigits.evaluation import metrics
from inkdigits.evaluation.measuring import DigitReader, Result
from inkdigits.reading import Reading

PAGES = 12
"""Pages of each kind; one in four lies on a desk."""

_HELD_OUT = 20_251
"""First number of the seeds. Those that start with another were there to develop on."""


def composed_pages(reader: DigitReader) -> Result:
    """Numbers on plain, lined and squared paper, in tables and boxes, on lines, and text alone.

    "numbers found" is the share of accepted numbers that stand on the page so. Of text, which has
    no digits, the accepted digits a page are told.
    """
    others: dict[str, float] = {}
    truths: list[str] = []
    texts: list[str] = []
    for place, kind in enumerate(KINDS):
        pages = [
            compose_page(np.random.default_rng((_HELD_OUT, place, n)), kind, desk=n % 4 == 3)
            for n in range(PAGES)
        ]
        readings = [reader.read(page.pixels) for page in pages]
        answers = [reading.text for reading in readings]
        if any(page.lines for page in pages):
            expected = [page.text for page in pages]
            exact, found = numbers_exact(pages, readings)
            others[f"{kind}: numbers exact"] = exact
            others[f"{kind}: numbers found that are there"] = found
            others[f"{kind}: digit error rate"] = metrics.digit_error_rate(expected, answers)
            truths += expected
            texts += answers
        else:
            accepted = sum(len(metrics.digits_of(answer)) for answer in answers)
            others[f"{kind}: digits a page"] = accepted / len(pages)
    return Result(
        suite="composed-pages",
        images=PAGES * len(KINDS),
        exact=metrics.exact_share(truths, texts),
        digit_error_rate=metrics.digit_error_rate(truths, texts),
        others=others,
    )


def numbers_exact(pages: Sequence[Page], readings: Sequence[Reading]) -> tuple[float, float]:
    """The share of numbers on the pages that were read so, and of accepted numbers that are there.

    Raises ValueError where there is no number on any page.
    """
    hits = written = read = 0
    for page, reading in zip(pages, readings, strict=True):
        expected = Counter(number.text for line in page.lines for number in line)
        answered = Counter(number.text for number in reading.numbers if number.accepted)
        hits += (expected & answered).total()
        written += expected.total()
        read += answered.total()
    if not written:
        raise ValueError("no number on any page: a share has no value")
    return hits / written, hits / max(1, read)
