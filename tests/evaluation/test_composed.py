"""Composed pages are read one by one, and numbers count by kind of paper."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.data.pages import Page, Written, compose_page
from inkdigits.data.papers import KINDS
from inkdigits.evaluation import composed
from inkdigits.evaluation.composed import composed_pages, numbers_exact
from inkdigits.reading import Box, Digit, Number, Reading
from inkdigits.recognition.bundle import Bundle

WHERE = Box(0, 0, 9, 9)


def page_of(*lines: Sequence[str]) -> Page:
    pixels = np.zeros((9, 9, 3), np.uint8)
    return Page("plain", pixels, tuple(tuple(Written(t, WHERE) for t in line) for line in lines))


def reading_of(*lines: Sequence[str], refused: Sequence[str] = ()) -> Reading:
    numbers = tuple(
        Number(
            text, line, 0.9, text not in refused, "", WHERE,
            tuple(Digit(value, value, 0.9, "", WHERE) for value in text),
        )
        for line, texts in enumerate(lines)
        for text in texts
    )  # fmt: skip
    return Reading("", 1, 9, 9, 0, numbers, "fake 1")


@pytest.mark.parametrize(
    ("read", "refused", "exact", "there"),
    [
        ([["12", "345"], ["12"]], [], 1.0, 1.0),
        ([["12345"], ["12"]], [], 1 / 3, 1 / 2),
        ([["12"], ["345", "12", "7"]], [], 1.0, 3 / 4),
        ([["12", "345"], ["13"]], [], 2 / 3, 2 / 3),
        ([["12", "345"], ["12"]], ["345"], 2 / 3, 1.0),
        ([], [], 0.0, 0.0),
    ],
)
def test_numbers_count_as_often_as_they_are_written(
    read: list[list[str]], refused: list[str], exact: float, there: float
) -> None:
    page = page_of(["12", "345"], ["12"])
    found = numbers_exact([page], [reading_of(*read, refused=refused)])
    assert found == pytest.approx((exact, there))


def test_pages_without_numbers_have_no_share() -> None:
    with pytest.raises(ValueError, match="no number"):
        numbers_exact([page_of()], [reading_of()])


@dataclass
class Knowing:
    """Reads every page it is shown rightly but the first, which it says holds a 7."""

    truths: list[str]
    shown: list[NDArray[np.uint8]] = field(default_factory=list)

    @property
    def bundle(self) -> Bundle:
        raise NotImplementedError

    def read(self, source: Any, layout: Any = "auto") -> Reading:
        assert layout == "auto"
        self.shown.append(source)
        text = self.truths[len(self.shown) - 1]
        if len(self.shown) == 1:
            return reading_of(["7"])
        return reading_of(*(line.split() for line in text.split("\n") if line))

    def classify(self, images: NDArray[np.uint8]) -> NDArray[np.float32]:
        raise NotImplementedError


def test_every_kind_of_paper_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(composed, "PAGES", 2)
    made: list[Page] = []

    def compose(rng: np.random.Generator, kind: str, desk: bool = False) -> Page:
        made.append(compose_page(rng, kind, desk))
        return made[-1]

    monkeypatch.setattr(composed, "compose_page", compose)
    composed_pages(Knowing([""] * 2 * len(KINDS)))
    reader = Knowing([page.text for page in made])
    result = composed_pages(reader)
    assert len(reader.shown) == result.images == 2 * len(KINDS)
    assert result.others["plain: numbers exact"] < 1
    assert result.others["lined: numbers exact"] == 1.0
    assert result.others["boxes: digit error rate"] == 0.0
    assert result.others["text: digits a page"] == 0.0
    assert result.exact is not None
    assert result.exact.count == result.exact.total - 1 == 2 * (len(KINDS) - 1) - 1
