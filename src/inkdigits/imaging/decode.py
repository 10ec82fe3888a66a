"""From an untrusted file, stream, array or image to upright RGB pages.

Formats are told by content, never by name, and only those of `FORMATS` reach a decoder. Limits are
checked as early as the facts are known: bytes before reading, frames before opening, pixels
before decoding. Whatever Pillow raises becomes an `ImageError`, and its warnings, which
speak of metadata that is not used here, stay unheard. Only libtiff, inside Pillow, may write a
complaint of a broken TIFF to the process's standard error: Pillow has no switch for that, and
turning the stream away would take it from every other thread too.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TILELENGTH, TILEWIDTH, TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from inkdigits.errors import ImageError, ImageTooLarge, UnreadableImage, UnsupportedFormat
from inkdigits.imaging.limits import DEFAULT_LIMITS, Limits, check_pixels
from inkdigits.imaging.pages import ALL_PAGES, FIRST_PAGE, PageChoice, parse_pages
from inkdigits.imaging.pdf import pdf_pages
from inkdigits.imaging.pixels import array_to_rgb, image_to_rgb, read_orientation, turn_upright
from inkdigits.imaging.sources import Source, cause_of, label_of, name_of, read_bytes
from inkdigits.imaging.structure import (
    Part,
    Parts,
    tiff_directories,
    walk_bmp,
    walk_gif,
    walk_jpeg,
    walk_png,
    walk_tiff,
    walk_webp,
)

__all__ = [
    "DEFAULT_LIMITS",
    "FORMATS",
    "Limits",
    "Page",
    "Source",
    "decode",
    "decode_first",
    "decode_pages",
]

# Each scan costs a pass over the whole picture; an ordinary progressive JPEG has about ten.
_MAX_SCANS = 32
# Each block costs its turn in a loop; a GIF of 64 MiB in full blocks of 255 bytes has 263,000.
_MAX_BLOCKS = 300_000


class _Format(NamedTuple):
    name: str
    signature: re.Pattern[bytes]
    open: Callable[[BinaryIO], ImageFile]
    walk: Callable[[bytes], Parts]


# The classes are called directly: Image.open would apply the process-wide Image.MAX_IMAGE_PIXELS
# in place of our limits, and import every decoder that Pillow has.
_FORMATS = (
    _Format("JPEG", re.compile(rb"\xff\xd8\xff"), JpegImageFile, walk_jpeg),
    _Format("PNG", re.compile(rb"\x89PNG\r\n\x1a\n"), PngImageFile, walk_png),
    _Format("WebP", re.compile(rb"RIFF....WEBP", re.DOTALL), WebPImageFile, walk_webp),
    _Format("BMP", re.compile(rb"BM"), BmpImageFile, walk_bmp),
    _Format("GIF", re.compile(rb"GIF8[79]a"), GifImageFile, walk_gif),
    _Format("TIFF", re.compile(rb"II[*+]\0|MM\0[*+]"), TiffImageFile, walk_tiff),
)
# Its header may stand anywhere in the first kilobyte (ISO 32000-1, annex H, note 13).
_PDF_SIGNATURE = re.compile(rb".{0,1019}%PDF-", re.DOTALL)

FORMATS = (*(format_.name for format_ in _FORMATS), "PDF")
"""The names of the file formats that are read."""

Numbered = Iterator[tuple[int, NDArray[np.uint8]]]
"""The pages of a file as they are decoded, each with its number, from 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One upright page.

    `source` is the path it came from, `"-"` for standard input or `""` for data in memory;
    `number` counts from 1. `pixels` are `uint8 (H, W, 3)` RGB, rows from the top, read-only; they
    share memory with the source where that is such an array already.
    """

    source: str
    number: int
    pixels: NDArray[np.uint8]


def decode_pages(
    source: Source, limits: Limits = DEFAULT_LIMITS, pages: str | PageChoice | None = None
) -> Iterator[Page]:
    """The upright pages of an image or a document, each decoded when it is asked for.

    `source` is a path, `"-"` for standard input, the bytes of a file, a file object opened in
    binary mode (read from where it stands), a PIL image or an array (see `array_to_rgb`). The file
    formats are those of `FORMATS`. A PDF and a TIFF may have many pages, and `pages` chooses among
    them (see `parse_pages`); of other formats the first frame is the one page. EXIF orientation is
    undone, transparency shows white paper.

    Raises `UnreadableImage` for what is broken, truncated, empty, encrypted or not there,
    `ImageTooLarge` for what is past `limits`, `UnsupportedFormat` for other formats, shapes and
    types, `NotOnPage` for pages that it lacks, `MissingExtra` for a PDF without pypdfium2 and
    `ValueError` for `pages` that name none. Pages before a broken one are given all the same.
    """
    choice = parse_pages(pages) if isinstance(pages, str) else pages or ALL_PAGES
    name = name_of(source)
    label = label_of(name)
    if isinstance(source, np.ndarray | Image.Image):
        found = _decode_held(source, label, limits, choice)
    else:
        found = _decode_file(read_bytes(source, label, limits.max_bytes), label, limits, choice)
    for number, pixels in found:
        pixels.flags.writeable = False
        yield Page(name, number, pixels)


def decode(
    source: Source, limits: Limits = DEFAULT_LIMITS, pages: str | PageChoice | None = None
) -> list[Page]:
    """All pages at once: as `decode_pages`, which holds only one of them in memory."""
    return list(decode_pages(source, limits, pages))


def decode_first(source: Source, limits: Limits = DEFAULT_LIMITS) -> Page:
    """The first page alone, however many there are: as `decode_pages`."""
    return next(decode_pages(source, limits, FIRST_PAGE))


def _decode_held(
    source: NDArray[np.generic] | Image.Image, label: str, limits: Limits, choice: PageChoice
) -> Numbered:
    choice.of(1, label, limits)
    if isinstance(source, np.ndarray):
        yield 1, _decode_array(source, label, limits)
    else:
        with _pillow_errors_named(label):
            pixels = _render(source, label, limits)
        yield 1, pixels


def _decode_file(data: bytes, label: str, limits: Limits, choice: PageChoice) -> Numbered:
    format_ = next((known for known in _FORMATS if known.signature.match(data)), None)
    if format_ is None:
        if not _PDF_SIGNATURE.match(data):
            raise UnsupportedFormat(f"{label}: not a format that is read; use {', '.join(FORMATS)}")
        yield from pdf_pages(data, label, limits, choice)
    elif format_.open is TiffImageFile:
        yield from _decode_tiff(data, label, limits, choice)
    else:
        _check_parts(format_.walk(data), label, limits)
        choice.of(1, label, limits)
        with _pillow_errors_named(label), format_.open(io.BytesIO(data)) as image:
            pixels = _render(image, label, limits)
        yield 1, pixels


def _decode_tiff(data: bytes, label: str, limits: Limits, choice: PageChoice) -> Numbered:
    directories = list(islice(tiff_directories(data), _MAX_BLOCKS + 1))
    if len(directories) > _MAX_BLOCKS:
        raise ImageTooLarge(f"{label}: over {_MAX_BLOCKS:,} frames in it; save it anew")
    pages = [frame for i, frame in enumerate(directories) if i == 0 or frame.is_page]
    # Without any it is broken, as the decoder says when the first is asked for.
    chosen = choice.of(max(1, len(pages)), label, limits)
    file = io.BytesIO(data)
    for number in chosen:
        if pages:
            _check_parts(pages[number - 1].parts(), label, limits)
            # Opened as if it were the first, a page costs the same however many there are.
            file.seek(0)
            file.write(pages[number - 1].header)
        file.seek(0)
        place = f"{label}: page {number}" if len(pages) > 1 else label
        with _pillow_errors_named(place), TiffImageFile(file) as image:
            # A tile is decoded whole, however small the page.
            tile = (image.tag_v2.get(tag, 1) for tag in (TILEWIDTH, TILELENGTH))
            check_pixels(*tile, label=place, limits=limits)
            pixels = _render(image, place, limits)
        yield number, pixels


def _decode_array(array: NDArray[np.generic], label: str, limits: Limits) -> NDArray[np.uint8]:
    check_pixels(*array.shape[1::-1], label=label, limits=limits)
    try:
        return array_to_rgb(array)
    except ValueError as exc:
        raise UnsupportedFormat(f"{label}: {exc}") from exc


def _render(image: Image.Image, label: str, limits: Limits) -> NDArray[np.uint8]:
    """Decode an opened image whose header is within the limits."""
    check_pixels(*image.size, label=label, limits=limits)
    if 0 in image.size:
        raise UnsupportedFormat(f"{label}: the image is empty, {image.width} x {image.height}")
    image.load()
    return turn_upright(image_to_rgb(image), read_orientation(image))


def _check_parts(parts: Parts, label: str, limits: Limits) -> None:
    allowed = {Part.FRAME: limits.max_frames, Part.SCAN: _MAX_SCANS, Part.BLOCK: _MAX_BLOCKS}
    found = dict.fromkeys(Part, 0)
    for part, count in parts:
        found[part] += count
        if found[part] > allowed[part]:
            remedy = (
                "split it, or raise Limits.max_frames" if part is Part.FRAME else "save it anew"
            )
            raise ImageTooLarge(f"{label}: over {allowed[part]:,} {part.value} in it; {remedy}")


@contextmanager
def _pillow_errors_named(label: str) -> Iterator[None]:
    """Everything that Pillow raises in the block, as one of our errors; its warnings unheard.

    On hostile files its decoders raise nearly every exception there is, so none is singled out.
    """
    try:
        with _pillow_warnings_ignored():
            yield
    except ImageError:
        raise
    except (Image.DecompressionBombError, MemoryError) as exc:
        raise ImageTooLarge(f"{label}: takes too much memory to decode ({cause_of(exc)})") from exc
    except Exception as exc:
        raise UnreadableImage(f"{label}: broken or truncated ({cause_of(exc)})") from exc


@contextmanager
def _pillow_warnings_ignored() -> Iterator[None]:
    """Ignore what the modules of Pillow warn of, in the block.

    `warnings.catch_warnings` would save and restore the list of filters as a whole, so calls that
    overlap in two threads could leave each other's filters behind. One filter, put in front and
    taken out again of the same list, cannot.
    """
    filters = cast("list[Any]", warnings.filters)
    filters.insert(0, _IGNORE_PILLOW)
    try:
        yield
    finally:
        with suppress(ValueError):  # someone emptied the list meanwhile
            filters.remove(_IGNORE_PILLOW)


# As warnings.filterwarnings lists it: action, message, category, module, line.
_IGNORE_PILLOW = ("ignore", None, Warning, re.compile(r"PIL\."), 0)
