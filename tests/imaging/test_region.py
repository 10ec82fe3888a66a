"""A region is cut out of a page, and boxes find their way back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigits.errors import NotOnPage
from inkdigits.imaging.decode import Page
from inkdigits.imaging.region import cut, moved_back, parse_region
from inkdigits.reading import Box, BoxRow, Digit, Number, Reading


def page(width: int = 40, height: int = 30) -> Page:
    """A page whose pixel at (x, y) is (x, y, 0)."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0], pixels[..., 1] = np.arange(width), np.arange(height)[:, None]
    return Page("a.png", 3, pixels)


@pytest.mark.parametrize(
    ("text", "box"),
    [
        ("10,5,30,20", Box(10, 5, 30, 20)),
        ("0,50%,100%,100%", Box(0, 15, 40, 30)),
        (" 25% , 0 , 35 , 10.5% ", Box(10, 0, 35, 4)),
        ("10.2,5.9,29.1,20", Box(10, 5, 30, 20)),
        ("30,20,4000,3000", Box(30, 20, 40, 30)),
        ("0,0,100%,100%", Box(0, 0, 40, 30)),
    ],
)
def test_a_region_is_in_pixels_or_percent(text: str, box: Box) -> None:
    part, found = cut(page(), parse_region(text))
    assert found == box
    assert part.pixels.shape == (box.height, box.width, 3)
    assert part.pixels[0, 0].tolist() == [box.left, box.top, 0]
    assert part.pixels.flags.c_contiguous
    assert not part.pixels.flags.writeable
    assert (part.source, part.number) == ("a.png", 3)


@pytest.mark.parametrize(
    "text",
    ["", "1,2,3", "1,2,3,4,5", "a,2,3,4", "-1,0,3,4", "5,0,5,9", "9,0,5,9", "0,0,101%,9",
     "0,0,9 %,9", "60%,0,50%,9", "1e3,0,2e3,9", "nan,0,1,1", "0,0,9%%,1", ",".join(["1"] * 500)],
)  # fmt: skip
def test_what_is_no_region_is_refused_with_advice(text: str) -> None:
    with pytest.raises(ValueError, match="write left,top,right,bottom") as raised:
        parse_region(text)
    assert len(str(raised.value)) < 250


@pytest.mark.parametrize("text", ["40,0,50,9", "0,30,9,40", "90%,0,30,9"])
def test_a_region_off_the_page_is_named(text: str) -> None:
    with pytest.raises(
        NotOnPage, match=r"a.png: the region .* is not on page 3, .* 40 x 30 pixels"
    ):
        cut(page(), parse_region(text))


def test_boxes_come_back_to_the_frame_of_the_page() -> None:
    digit = Digit("7", "7", 0.9, "", Box(1, 2, 5, 8))
    number = Number("7", 0, 0.9, True, "", Box(1, 2, 5, 8), (digit,))
    row = BoxRow("digit", (Box(0, 1, 6, 9),), ("7",), (0,))
    reading = Reading("a.png", 3, 20, 15, 90, (number,), "m", box_rows=(row,))
    back = moved_back(reading, page(), Box(10, 5, 30, 20))
    assert (back.width, back.height, back.rotation) == (40, 30, 90)
    assert back.numbers[0].box == Box(11, 7, 15, 13)
    assert back.numbers[0].digits[0].box == Box(11, 7, 15, 13)
    assert back.box_rows[0].boxes == (Box(10, 6, 16, 14),)
    assert (back.text, back.model) == (reading.text, reading.model)


@given(text=st.text("012,,,.%- a", max_size=12))
def test_any_text_is_a_region_or_refused(text: str) -> None:
    try:
        region = parse_region(text)
    except ValueError:
        return
    assert parse_region(str(region)) == region
