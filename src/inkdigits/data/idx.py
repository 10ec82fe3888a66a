"""IDX files, the format that MNIST came in: plain or gzipped, read within bounded memory."""

from __future__ import annotations

import gzip
import hashlib
import math
import re
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.catalogue import Part
from inkdigits.errors import DataError

MAX_BYTES: Final = 4 * 2**30
"""The largest content that is read: past it a set does not fit into memory beside a network."""

_STEMS: Final[Mapping[Part, tuple[str, ...]]] = {"train": ("train",), "test": ("t10k", "test")}
_UNSIGNED_BYTE: Final = 0x08
_GZIP_SIGNATURE: Final = b"\x1f\x8b"
_CHUNK_BYTES: Final = 2**20


class Content(Protocol):
    """Anything that bytes can be read from."""

    def read(self, size: int, /) -> bytes: ...


def read_idx(path: Path, md5: str | None = None) -> NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, gzipped or plain, of any number of dimensions.

    `md5` is that of the decompressed content and is checked if given. No more is decompressed than
    the header announces, and at most `MAX_BYTES`. `DataError` says what is wrong with the file.
    Format: http://yann.lecun.com/exdb/mnist/ (end of the page).
    """
    try:
        with path.open("rb") as file:
            return parse_idx(decompressed(file), str(path), md5)
    except FileNotFoundError:
        raise DataError(f"{path}: not there; put the file there, or name another place") from None
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: not a whole gzip file ({error}): fetch it again") from error


def find_pair(folder: Path, part: Part) -> tuple[Path, Path] | None:
    """The images and labels of a part in `folder`, by names like MNIST's; `None` without both.

    The images are called like `train-images-idx3-ubyte`, with `t10k` or `test` for the test part,
    perhaps with more before it or `.gz` behind; the labels alike.
    """
    for stem in _STEMS[part]:
        for images in sorted(folder.glob(f"*{stem}*images*idx*")):
            name = re.sub(r"idx\d", "idx1", images.name.replace("images", "labels"))
            if (labels := images.with_name(name)).is_file():
                return images, labels
    return None


def decompressed(file: IO[bytes]) -> Content:
    """The content of `file`, which stands at its beginning, gzipped or not."""
    signature = file.read(len(_GZIP_SIGNATURE))
    file.seek(0)
    if signature == _GZIP_SIGNATURE:
        return gzip.GzipFile(fileobj=file, mode="rb")
    return file


def parse_idx(file: Content, name: str, md5: str | None = None) -> NDArray[np.uint8]:
    """Parse the content of an IDX file from its beginning; `name` is for the message of errors."""
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] != _UNSIGNED_BYTE:
        raise DataError(f"{name}: not an IDX file of unsigned bytes: fetch it again")
    sides = file.read(4 * magic[3])
    if len(sides) < 4 * magic[3]:
        raise DataError(f"{name}: not an IDX file of unsigned bytes: fetch it again")
    # Python integers: a forged header cannot make the product overflow.
    shape = tuple(int(side) for side in np.frombuffer(sides, dtype=">u4"))
    size = math.prod(shape)
    if size > MAX_BYTES:
        raise DataError(f"{name}: its header says {shape}, over the limit of {MAX_BYTES:,} bytes")
    values = _read(file, size + 1)
    if len(values) != size:
        found = "more" if len(values) > size else f"{len(values):,} bytes"
        raise DataError(f"{name}: holds {found}, its header says {shape}: fetch it again")
    if md5 and hashlib.md5(magic + sides + values, usedforsecurity=False).hexdigest() != md5:
        raise DataError(f"{name}: its content is not the published one (MD5): fetch it again")
    return np.frombuffer(values, dtype=np.uint8).reshape(shape)


def _read(file: Content, most: int) -> bytes:
    """Up to `most` bytes, in pieces: one read of a forged size would ask for all its memory."""
    content = bytearray()
    while len(content) < most and (piece := file.read(min(_CHUNK_BYTES, most - len(content)))):
        content += piece
    return bytes(content)
