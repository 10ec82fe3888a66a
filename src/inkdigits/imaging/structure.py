"""What a file claims to hold, read from its bytes without decoding a pixel.

A small file can ask for minutes of work: a GIF of a thousand frames, a JPEG of a million scans, a
PNG of a million comments. Walking over the headers finds out first. The walks are lazy, so whoever
counts can stop early, and they end quietly where a file breaks off: the decoder will say so.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias


class Part(Enum):
    """What a file is made of, as far as it costs time to decode."""

    FRAME = "frames"
    SCAN = "scans"
    BLOCK = "blocks"


Parts: TypeAlias = Iterator[tuple[Part, int]]
"""Parts as they come in the file, each with how many of it."""

# Within the entropy-coded data of a JPEG, a 0xFF is followed by a stuffed zero or a restart
# marker; anything else is the next segment.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
_JPEG_START_OF_SCAN, _JPEG_END, _JPEG_WITHOUT_LENGTH = 0xDA, 0xD9, {0x01, 0xD8}
_BMP_RUN_LENGTH_ENCODED = (b"\1\0\0\0", b"\2\0\0\0")
_GIF_IMAGE, _GIF_EXTENSION = 0x2C, 0x21
_TIFF_OFFSETS = (273, 324)  # of strips and of tiles
_TIFF_SUBFILE_TYPE, _TIFF_SHORT, _TIFF_LONG = 254, 3, 4
_TIFF_MOST_ENTRIES = 0xFFFF  # a BigTIFF could claim any number, and each costs its turn
_TIFF_NO_PAGE = 0b101  # a smaller copy, or a mask, of another frame


def walk_jpeg(data: bytes) -> Parts:
    """Segments and scans of the first image in a JPEG file (ITU-T T.81, annex B)."""
    position = 0
    while marker := _JPEG_MARKER.search(data, position):
        kind, position = data[marker.start() + 1], marker.end()
        if kind == _JPEG_END:
            return
        yield (Part.SCAN if kind == _JPEG_START_OF_SCAN else Part.BLOCK), 1
        if kind not in _JPEG_WITHOUT_LENGTH:
            position += int.from_bytes(data[position : position + 2])


def walk_png(data: bytes) -> Parts:
    """Chunks and frames of a PNG or APNG file (PNG, third edition, sections 5 and 11)."""
    position = 8
    while position + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, position)
        yield (Part.FRAME if kind == b"fcTL" else Part.BLOCK), 1
        position += 12 + length


def walk_webp(data: bytes) -> Parts:
    """Chunks and frames of a WebP file (RFC 9649, section 2)."""
    position = 12
    while position + 8 <= len(data):
        kind, length = struct.unpack_from("<4sI", data, position)
        yield (Part.FRAME if kind == b"ANMF" else Part.BLOCK), 1
        position += 8 + length + length % 2


def walk_bmp(data: bytes) -> Parts:
    """Runs of a run-length encoded BMP file, at most: each takes two bytes, and Pillow's loop."""
    if data[30:34] in _BMP_RUN_LENGTH_ENCODED:
        yield Part.BLOCK, len(data) // 2


def walk_gif(data: bytes) -> Parts:
    """Frames of a GIF file and the blocks of their data (GIF89a, sections 15 to 27)."""
    try:
        position = 13 + _gif_colour_table_bytes(data[10])
        while data[position] in (_GIF_IMAGE, _GIF_EXTENSION):
            if data[position] == _GIF_IMAGE:
                yield Part.FRAME, 1
                position += 11 + _gif_colour_table_bytes(data[position + 9])
            else:
                position += 2
            while data[position]:
                yield Part.BLOCK, 1
                position += data[position] + 1
            position += 1
    except IndexError:
        return


def _gif_colour_table_bytes(flags: int) -> int:
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def walk_tiff(data: bytes) -> Parts:
    """Frames of a TIFF or BigTIFF file, and what the first is made of (TIFF 6.0, section 2)."""
    for index, directory in enumerate(tiff_directories(data)):
        yield Part.FRAME, 1
        if index == 0:
            yield from directory.parts()


@dataclass(frozen=True, slots=True)
class Directory:
    """The directory at `offset` of a TIFF file, which describes one frame.

    It has so many `entries`, laid out as `entry` says, from `start` on.
    """

    data: bytes
    offset: int
    entry: struct.Struct
    start: int
    entries: int

    @property
    def header(self) -> bytes:
        """The header that the file would have, were this its first directory."""
        offset = struct.pack(
            ("<" if self._order == "little" else ">") + "IQ"[self._big], self.offset
        )
        return self.data[: len(offset)] + offset

    @property
    def _big(self) -> bool:
        return self.entry.size == 20

    @property
    def _order(self) -> Literal["little", "big"]:
        return "little" if self.data[:2] == b"II" else "big"

    @property
    def is_page(self) -> bool:
        """Whether it is neither a thumbnail nor a mask of another frame."""
        try:
            # In ascending order of the tags, this one comes first.
            tag, kind, _ = self.entry.unpack_from(self.data, self.start)
        except struct.error:
            return True
        if tag != _TIFF_SUBFILE_TYPE or kind not in (_TIFF_SHORT, _TIFF_LONG):
            return True
        size = 2 if kind == _TIFF_SHORT else 4
        value = self.start + (12 if self._big else 8)
        return not int.from_bytes(self.data[value : value + size], self._order) & _TIFF_NO_PAGE

    def parts(self) -> Parts:
        """The strips or tiles of the frame; ends where the file breaks off."""
        if self.entries > _TIFF_MOST_ENTRIES:
            yield Part.BLOCK, self.entries
        with suppress(struct.error, OverflowError):
            for index in range(self.entries):
                tag, _, values = self.entry.unpack_from(
                    self.data, self.start + index * self.entry.size
                )
                if tag in _TIFF_OFFSETS:
                    yield Part.BLOCK, values


def tiff_directories(data: bytes) -> Iterator[Directory]:
    """The directories of a TIFF or BigTIFF file, each once; ends where the file breaks off."""
    order = "<" if data[:2] == b"II" else ">"
    big = data[2:4] in (b"+\0", b"\0+")
    link, entry = struct.Struct(order + "IQ"[big]), struct.Struct(order + ("HHI4x", "HHQ8x")[big])
    count = struct.Struct(order + "HQ"[big])
    seen: set[int] = set()
    with suppress(struct.error, OverflowError):
        (offset,) = link.unpack_from(data, 8 if big else 4)
        while offset and offset not in seen:
            (entries,) = count.unpack_from(data, offset)
            start = offset + count.size
            yield Directory(data, offset, entry, start, entries)
            seen.add(offset)
            (offset,) = link.unpack_from(data, start + entries * entry.size)
