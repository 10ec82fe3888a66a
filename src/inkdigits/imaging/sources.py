"""Where the bytes of an image come from: files, streams, standard input, memory."""

from __future__ import annotations

import os
import sys
from typing import Any, BinaryIO, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigits.errors import ImageTooLarge, UnreadableImage, UnsupportedFormat

Source: TypeAlias = (
    str
    | os.PathLike[str]
    | bytes
    | bytearray
    | memoryview
    | BinaryIO
    | Image.Image
    | NDArray[np.generic]
)
"""What an image can be read from."""


def name_of(source: Source) -> str:
    """The path of a source, `"-"` for standard input, `""` where it has no name."""
    if isinstance(source, str | os.PathLike):
        return os.fsdecode(source)
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else ""


def label_of(name: str) -> str:
    """A name for the one line of an error message."""
    return (name if name.isprintable() else ascii(name)) or "image"


def read_bytes(source: Source, label: str, max_bytes: int) -> bytes:
    """All bytes of a file, stream or buffer.

    Raises `ImageTooLarge` past `max_bytes`, before or while reading, `UnreadableImage` where
    nothing can be read, `UnsupportedFormat` for sources that give no bytes.
    """
    if isinstance(source, bytes | bytearray | memoryview):
        if memoryview(source).nbytes > max_bytes:
            raise _too_many_bytes(label, max_bytes)
        data = bytes(source)
    elif isinstance(source, str) and source == "-":
        data = _read_stream(_standard_input(label), label, max_bytes)
    elif isinstance(source, str | os.PathLike):
        data = _read_path(source, label, max_bytes)
    else:
        data = _read_stream(source, label, max_bytes)
    if not data:
        raise UnreadableImage(f"{label}: there is nothing in it, not one byte")
    return data


def _read_path(path: str | os.PathLike[str], label: str, max_bytes: int) -> bytes:
    try:
        with open(path, "rb") as file:
            if os.fstat(file.fileno()).st_size > max_bytes:
                raise _too_many_bytes(label, max_bytes)
            return _read_stream(file, label, max_bytes)
    except (OSError, ValueError) as exc:  # ValueError: a null character in the path
        raise UnreadableImage(f"{label}: {cause_of(exc)}") from exc


def _standard_input(label: str) -> BinaryIO:
    stream: BinaryIO | None = getattr(sys.stdin, "buffer", None)
    if stream is None:  # as in a program without a console
        raise UnreadableImage(f"{label}: there is no standard input; pass a path")
    return stream


def _read_stream(stream: Any, label: str, max_bytes: int) -> bytes:
    if not callable(getattr(stream, "read", None)):
        raise UnsupportedFormat(
            f"{label}: no image can be read from {type(stream).__name__}; pass a path, bytes,"
            " a binary file object, a PIL image or an array"
        )
    parts: list[bytes] = []
    wanted = max_bytes + 1
    try:
        while wanted > 0 and (part := stream.read(wanted)):
            parts.append(memoryview(part).tobytes())
            wanted -= len(parts[-1])
    except TypeError as exc:  # memoryview takes no str
        raise UnsupportedFormat(f"{label}: gives text; open the file in binary mode") from exc
    except (OSError, ValueError) as exc:  # ValueError: a closed file
        raise UnreadableImage(f"{label}: {cause_of(exc)}") from exc
    if wanted <= 0:
        raise _too_many_bytes(label, max_bytes)
    return b"".join(parts)


def _too_many_bytes(label: str, max_bytes: int) -> ImageTooLarge:
    return ImageTooLarge(
        f"{label}: over the limit of {max_bytes:,} bytes; shrink it, or raise Limits.max_bytes"
    )


def cause_of(exc: BaseException) -> str:
    """What an exception says, on one line."""
    said = (exc.strerror if isinstance(exc, OSError) else None) or str(exc)
    return " ".join(said.split())[:120] or type(exc).__name__
