"""How the service and its reading processes talk: a head in JSON, and bytes.

A message is the lengths of both (unsigned, 4 bytes each, big-endian), the head, and the bytes.
"""

from __future__ import annotations

import asyncio
import json
import struct
from typing import Any, BinaryIO

_LENGTHS = struct.Struct(">II")
_MOST_BYTES = 64 * 2**20
_SMALL_BYTES = 2**16

Message = tuple[dict[str, Any], bytes]


def pack(head: dict[str, Any], body: bytes = b"") -> tuple[bytes, ...]:
    """A message in the parts in which it is best written, one after the other.

    A small one is one part: with the first, the other side already wakes, only to wait for more. A
    large body is not copied.
    """
    text = json.dumps(head).encode()
    start = _LENGTHS.pack(len(text), len(body)) + text
    return (start + body,) if len(body) <= _SMALL_BYTES else (start, body)


async def receive(stream: asyncio.StreamReader) -> Message:
    """The next message; raises `EOFError` where the other side is gone, or talks nonsense."""
    head, body = _LENGTHS.unpack(await stream.readexactly(_LENGTHS.size))
    if head + body > _MOST_BYTES:
        raise EOFError(f"a message of {head + body} bytes")
    return json.loads(await stream.readexactly(head)), await stream.readexactly(body)


def receive_blocking(stream: BinaryIO) -> Message | None:
    """The next message, or `None` where the other side is gone."""
    lengths = stream.read(_LENGTHS.size)
    if len(lengths) < _LENGTHS.size:
        return None
    head, body = _LENGTHS.unpack(lengths)
    return json.loads(stream.read(head)), stream.read(body)
