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
import math
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
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
from inkdigits.imaging.pixels import array_to_rgb, image_to_rgb, read_orientation, turn_upright
from inkdigits.imaging.sources import Source, cause_of, label_of, name_of, read_bytes
from inkdigits.imaging.structure import (
    Part,
    Parts,
    walk_bmp,
    walk_gif,
    walk_jpeg,
    walk_png,
    walk_tiff,
    walk_webp,
)

__all__ = ["DEFAULT_LIMITS", "FORMATS", "Limits", "Page", "Source", "decode"]

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
FORMATS = tuple(format_.name for format_ in _FORMATS)
"""The names of the file formats that are read."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a source may ask for before it is refused with `ImageTooLarge`.

    `max_bytes` is the size of the file, `max_pixels` width times height of the page, `max_frames`
    the frames of an animation or the pages of a document that one file may hold. With the defaults
    a picture of 50 megapixels is read, in less than 1 GB. Past `PIL.Image.MAX_IMAGE_PIXELS * 2`
    (179 million) Pillow refuses GIF, WebP and TIFF whatever `max_pixels` says.
    """

    max_bytes: int = 64 * 2**20
    max_pixels: int = 52_000_000
    max_frames: int = 100


DEFAULT_LIMITS = Limits()


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


def decode(source: Source, limits: Limits = DEFAULT_LIMITS) -> list[Page]:
    """The upright pages of an image; today the first frame of each file, so one page.

    `source` is a path, `"-"` for standard input, the bytes of a file, a file object opened in
    binary mode (read from where it stands), a PIL image or an array (see `array_to_rgb`). The file
    formats are those of `FORMATS`. EXIF orientation is undone, transparency shows white paper.

    Raises `UnreadableImage` for what is broken, truncated, empty or not there, `ImageTooLarge` for
    what is past `limits`, `UnsupportedFormat` for other formats, shapes and types.
    """
    name = name_of(source)
    label = label_of(name)
    if isinstance(source, np.ndarray):
        pixels = _decode_array(source, label, limits)
    elif isinstance(source, Image.Image):
        with _pillow_errors_named(label):
            pixels = _render(source, label, limits)
    else:
        pixels = _decode_file(read_bytes(source, label, limits.max_bytes), label, limits)
    pixels.flags.writeable = False
    return [Page(name, 1, pixels)]


def _decode_file(data: bytes, label: str, limits: Limits) -> NDArray[np.uint8]:
    format_ = next((known for known in _FORMATS if known.signature.match(data)), None)
    if format_ is None:
        raise UnsupportedFormat(f"{label}: not a format that is read; use {', '.join(FORMATS)}")
    _check_parts(format_.walk(data), label, limits)
    with _pillow_errors_named(label), format_.open(io.BytesIO(data)) as image:
        if isinstance(image, TiffImageFile):  # A tile is decoded whole, however small the page.
            tile = (image.tag_v2.get(tag, 1) for tag in (TILEWIDTH, TILELENGTH))
            _check_pixels(*tile, label=label, limits=limits)
        return _render(image, label, limits)


def _decode_array(array: NDArray[np.generic], label: str, limits: Limits) -> NDArray[np.uint8]:
    _check_pixels(*array.shape[1::-1], label=label, limits=limits)
    try:
        return array_to_rgb(array)
    except ValueError as exc:
        raise UnsupportedFormat(f"{label}: {exc}") from exc


def _render(image: Image.Image, label: str, limits: Limits) -> NDArray[np.uint8]:
    """Decode an opened image whose header is within the limits."""
    _check_pixels(*image.size, label=label, limits=limits)
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


def _check_pixels(*size: int, label: str, limits: Limits) -> None:
    if math.prod(size) > limits.max_pixels:
        raise ImageTooLarge(
            f"{label}: {' x '.join(map(str, size))} is {math.prod(size):,} pixels, over the limit"
            f" of {limits.max_pixels:,}; shrink it, or raise Limits.max_pixels"
        )


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
