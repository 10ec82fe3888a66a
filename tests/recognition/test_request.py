"""What is asked for reaches the reader, and comes back in the frame of the page."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.errors import FieldError, NotOnPage
from inkdigits.imaging.decode import Page, decode
from inkdigits.imaging.region import cut, moved_back, parse_region
from inkdigits.reading import Box
from inkdigits.recognition import request
from inkdigits.recognition.field import Field
from inkdigits.recognition.reader import Reader
from inkdigits.recognition.request import WHOLE, RequestText
from tests.recognition.drawing import draw_page

LOWER_HALF = "0,50%,100%,100%"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=1)


@pytest.fixture(scope="module")
def drawn(reader: Reader) -> Page:
    return decode(draw_page(reader, ["37", "4105"], seed=3)[0])[0]


@pytest.fixture(scope="module")
def document(reader: Reader, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A TIFF of three pages, a number each."""
    path = tmp_path_factory.mktemp("scans") / "scan.tif"
    pages = [Image.fromarray(draw_page(reader, [text], seed=5)[0]) for text in ("12", "345", "6")]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    return path


def test_only_the_region_is_read_and_boxes_are_of_the_page(reader: Reader) -> None:
    pixels, boxes = draw_page(reader, ["37", "4105"], seed=3)
    (page,) = decode(pixels)
    part = request.read(reader, page, RequestText(region=LOWER_HALF).parsed())
    assert (part.width, part.height) == (pixels.shape[1], pixels.shape[0])
    (number,) = part.numbers
    np.testing.assert_allclose(number.box, Box.around(boxes[1]), atol=4)


def test_what_was_seen_goes_with_the_numbers_of_the_region(reader: Reader, drawn: Page) -> None:
    asked = RequestText(region=LOWER_HALF).parsed()
    examined = request.examine(reader, drawn, asked)
    assert examined.reading == request.read(reader, drawn, asked)
    assert [len(symbols) for symbols in examined.symbols] == [4]


def test_a_field_makes_a_line_one_number(reader: Reader) -> None:
    page = decode(draw_page(reader, ["37 41"], seed=2)[0])[0]
    assert len(reader.read_page(page).numbers) == 2
    asked = RequestText(length="4").parsed()
    assert len(request.read(reader, page, asked).numbers) == 1


def test_the_reader_takes_the_same_options(reader: Reader, drawn: Page, document: Path) -> None:
    part, box = cut(drawn, parse_region(LOWER_HALF))
    expected = moved_back(reader.read_page(part), drawn, box)
    assert reader.read(drawn.pixels, region=LOWER_HALF) == expected
    whole = [reader.read_page(page) for page in decode(document)]
    assert [(reading.page, len(reading.numbers)) for reading in whole] == [(1, 1), (2, 1), (3, 1)]
    assert reader.read_pages(document) == whole
    assert reader.read(document) == whole[0]
    field = Field(length=(1, 3))
    chosen = reader.read_pages(document, "line", field, pages="2-")
    assert chosen == [
        reader.read_page(page, "line", field) for page in decode(document, pages="2-")
    ]
    with pytest.raises(NotOnPage, match="has 3 pages, and no page 4"):
        reader.read_pages(document, pages="4")
    with pytest.raises(ValueError, match="write left,top,right,bottom"):
        reader.read(document, region="all")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (RequestText(pages="x"), ValueError),
        (RequestText(region="x"), ValueError),
        (RequestText(length="x"), FieldError),
        (RequestText(pattern="("), FieldError),
        (RequestText(choices="12,x"), FieldError),
        (RequestText(check="x"), FieldError),
        (RequestText(length="3", choices="12"), FieldError),
    ],
)
def test_what_is_asked_wrongly_is_told_before_anything_is_read(
    text: RequestText, error: type[Exception]
) -> None:
    with pytest.raises(error) as raised:
        text.parsed()
    assert "\n" not in str(raised.value)


def test_the_options_of_numbers_make_a_field() -> None:
    text = RequestText(length="3-5", pattern=r"1\d+", choices="123, 14567", check=None)
    assert text.parsed().field == Field((3, 5), r"1\d+", ("123", "14567"))
    assert WHOLE.parsed().field is None
    assert replace(WHOLE, check="luhn").parsed().field == Field(check="luhn")


def test_pages_of_one_image_are_one(reader: Reader, digits_png: Callable[[], Path]) -> None:
    path = digits_png()
    assert reader.read_pages(path, pages="1") == [reader.read(path)]
    with pytest.raises(NotOnPage):
        reader.read_pages(path, pages="2")


@pytest.fixture
def digits_png(drawn: Page, tmp_path: Path) -> Callable[[], Path]:
    def write() -> Path:
        path = tmp_path / "page.png"
        Image.fromarray(drawn.pixels).save(path)
        return path

    return write
