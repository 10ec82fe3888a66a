"""A TIFF is read page by page."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from inkdigits.errors import ImageTooLarge, NotOnPage, UnreadableImage
from inkdigits.imaging.decode import Limits, decode, decode_first, decode_pages
from inkdigits.imaging.structure import tiff_directories

SUBFILE_TYPE, STRIP_OFFSETS, ORIENTATION = 254, 273, 274
THUMBNAIL, PAGE, MASK = 1, 2, 4


def grey(level: int, size: tuple[int, int] = (30, 20)) -> Image.Image:
    return Image.new("L", size, level)


def tiff_of(
    images: list[Image.Image], tags: list[dict[int, int]] | None = None, **options: Any
) -> bytes:
    """A TIFF of several frames, each with tags of its own."""
    for image, own in zip(images, tags or [{} for _ in images], strict=True):
        image.encoderinfo = {"tiffinfo": own, **options}
    file = io.BytesIO()
    images[0].save(
        file, "TIFF", save_all=True, append_images=images[1:],
        tiffinfo=(tags or [{}])[0], **options,
    )  # fmt: skip
    return file.getvalue()


def levels(data: bytes, pages: str | None = None) -> list[tuple[int, int]]:
    """The number and the grey of each page."""
    return [(page.number, int(page.pixels[0, 0, 0])) for page in decode(data, pages=pages)]


@pytest.mark.parametrize("options", [{}, {"compression": "tiff_lzw"}, {"big_tiff": True}])
def test_every_page_is_read_under_its_number(options: dict[str, Any]) -> None:
    data = tiff_of([grey(10), grey(20, (50, 40)), grey(30)], **options)
    assert levels(data) == [(1, 10), (2, 20), (3, 30)]
    assert levels(data, "3,1") == [(1, 10), (3, 30)]
    assert [page.pixels.shape for page in decode(data, pages="2")] == [(40, 50, 3)]


def test_the_first_alone_is_read_whatever_comes_after() -> None:
    data = tiff_of([grey(10), grey(20)])
    assert decode_first(data, Limits(max_frames=1)).pixels[0, 0, 0] == 10
    with pytest.raises(ImageTooLarge, match="over 1 pages to read"):
        decode(data, Limits(max_frames=1))


def test_pages_that_are_not_there_are_named() -> None:
    with pytest.raises(NotOnPage, match="image: has 2 pages, and no page 3"):
        decode(tiff_of([grey(1), grey(2)]), pages="3")


def test_thumbnails_and_masks_are_no_pages() -> None:
    tags = [{SUBFILE_TYPE: kind} for kind in (PAGE, THUMBNAIL, PAGE, MASK)]
    data = tiff_of([grey(10), grey(20), grey(30), grey(40)], tags)
    assert levels(data) == [(1, 10), (2, 30)]


def test_each_page_is_turned_upright_by_its_own_tag() -> None:
    data = tiff_of([grey(10), grey(20)], [{ORIENTATION: 1}, {ORIENTATION: 6}])
    assert [page.pixels.shape for page in decode(data)] == [(20, 30, 3), (30, 20, 3)]


def test_a_broken_page_is_named_and_those_before_it_are_given() -> None:
    noise = np.random.default_rng(0).integers(0, 255, (90, 90), np.uint8)
    data = bytearray(tiff_of([grey(10), Image.fromarray(noise)], compression="tiff_lzw"))
    strip = int.from_bytes(data[place_of(data, 1, STRIP_OFFSETS) + 8 :][:4], "little")
    data[strip : strip + 400] = b"\xff" * 400
    pages = decode_pages(bytes(data))
    assert next(pages).number == 1
    with pytest.raises(UnreadableImage, match="image: page 2: broken or truncated"):
        next(pages)


def test_a_page_in_too_many_strips_is_refused() -> None:
    data = bytearray(tiff_of([grey(10), grey(20)]))
    entry = place_of(data, 1, STRIP_OFFSETS)
    data[entry + 4 : entry + 8] = (400_000).to_bytes(4, "little")
    pages = decode_pages(bytes(data))
    assert next(pages).number == 1
    with pytest.raises(ImageTooLarge, match="over 300,000 blocks"):
        next(pages)


def place_of(data: bytearray, frame: int, tag: int) -> int:
    """Where the entry of a tag stands in a frame's directory."""
    directory = list(tiff_directories(bytes(data)))[frame]
    places = [directory.start + i * directory.entry.size for i in range(directory.entries)]
    return next(place for place in places if data[place : place + 2] == tag.to_bytes(2, "little"))
