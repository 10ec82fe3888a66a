"""A reader whose answers are known, for tests of everything around it."""

from inkdigits.imaging.decode import Page
from inkdigits.reading import Box, Digit, Number, Reading
from inkdigits.recognition.field import Field

BLANK = 255


class GreyReader:
    """Reads the grey level of a page as its number, a white page as empty paper."""

    def read_page(self, page: Page, layout: str = "auto", _field: Field | None = None) -> Reading:
        height, width = page.pixels.shape[:2]
        level = int(page.pixels[0, 0, 0])
        numbers = () if level == BLANK else (number_of(str(level)),)
        return Reading(page.source, page.number, width, height, 0, numbers, f"grey {layout}")


def number_of(text: str, line: int = 0, reason: str = "") -> Number:
    """A number as the reader gives it; `?` in `text` is a refused symbol."""
    digits = tuple(
        Digit(
            None if c == "?" else c,
            c.replace("?", "8"),
            0.9,
            reason * (c == "?"),
            Box(i, 1, i + 1, 5),
        )
        for i, c in enumerate(text)
    )
    box = Box(0, 1, len(text), 5)
    return Number(text.replace("?", ""), line, 0.87654, not reason, reason, box, digits)
