"""The `.Z` files of the Unix program compress, which Python's standard library does not read."""

from __future__ import annotations

from typing import Final

_SIGNATURE: Final = b"\x1f\x9d"
_MAX_BITS: Final = 0x1F
_BLOCK_MODE: Final = 0x80
_CLEAR: Final = 256
_FIRST_BITS: Final = 9
_MOST_BITS: Final = 16


def decompress(data: bytes, max_bytes: int) -> bytes:
    """The content of a `.Z` file, at most `max_bytes`; `ValueError` says what is wrong with it.

    The code is Lempel-Ziv-Welch (Welch 1984) with codes of 9 bits and more, lowest bit first. They
    come in groups of eight, and what is left of a group is skipped when the width changes.
    """
    if len(data) < 3 or data[:2] != _SIGNATURE or not 10 <= data[2] & _MAX_BITS <= _MOST_BITS:
        raise ValueError("not a file of the program compress")
    widest, may_clear = data[2] & _MAX_BITS, bool(data[2] & _BLOCK_MODE)
    table = [bytes([value]) for value in range(256)] + [b""] * may_clear
    first_free = len(table)
    content = bytearray()
    previous = b""
    bits, position, group = _FIRST_BITS, 24, 24
    while position + bits <= 8 * len(data):
        word = int.from_bytes(data[position // 8 : position // 8 + 3], "little")
        code = word >> position % 8 & (1 << bits) - 1
        position += bits
        if may_clear and code == _CLEAR:
            del table[first_free:]
            previous = b""
            position = group = _end_of_group(position, group, bits)
            bits = _FIRST_BITS
            continue
        if code > len(table) or (code == len(table) and not previous):
            raise ValueError("a code that stands for nothing yet")
        # The one code that may be used before it is known: the last piece and its own first byte.
        piece = table[code] if code < len(table) else previous + previous[:1]
        content += piece
        if len(content) > max_bytes:
            raise ValueError(f"more than {max_bytes:,} bytes in it")
        if previous and len(table) < 1 << widest:
            table.append(previous + piece[:1])
        previous = piece
        if len(table) == 1 << bits and bits < widest:
            position = group = _end_of_group(position, group, bits)
            bits += 1
    return bytes(content)


def _end_of_group(position: int, group: int, bits: int) -> int:
    """Where the group of eight codes ends that `position` is in; the first begins at `group`."""
    return group + -(-(position - group) // (8 * bits)) * 8 * bits
