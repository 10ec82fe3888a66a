"""Files of the program compress are read as it wrote them, and broken ones are refused."""

import base64
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkdigits.data.lzw import decompress

# Written by ncompress 4.2.4.6: 40 lines, whose codes grow from 9 bits to 10.
WRITTEN = base64.b64decode(
    "H52QVJ4IKfJEipMnVAIOLKiQoEGEChoWPJhQoEOJD6lEtDgRIUaMFDcuzPiRY0aRDimWHBkSpEeTLjXGXJkS4kyYJlvmfDky"
    "JsqOFXvulDmUJtCfJHGytFlUaU2iS4NeHIpUpdOjN4VGrcpz6tasXp9ylcqQKtiyX5tqFXtWis+2b9WGxSoXLdu6bs3ijRvV"
    "6Em4evte/bs38FO/OgWvpat4LuHGdhkfHpx48uLHlh1XBoqYKeS8WwE="
)
SAID = b"TOBEORNOTTOBEORTOBEORNOT\n" * 40


def compress(data: bytes, widest: int, clear_every: int) -> bytes:
    """As the program does it, but that it clears its table after so many codes."""
    stream = 0
    position = group = 0
    bits = 9

    def put(code: int) -> None:
        nonlocal stream, position
        stream |= code << position
        position += bits

    def end_group() -> None:
        nonlocal position, group
        position = group = group + -(-(position - group) // (8 * bits)) * 8 * bits

    table = {bytes([value]): value for value in range(256)}
    free, codes, piece = 257, 0, b""
    for byte in data:
        if piece + bytes([byte]) in table:
            piece += bytes([byte])
            continue
        put(table[piece])
        codes += 1
        if codes % clear_every == 0:
            put(256)
            end_group()
            table = {bytes([value]): value for value in range(256)}
            free, bits = 257, 9
        else:
            if free < 1 << widest:
                table[piece + bytes([byte])] = free
                free += 1
            # Who reads it knows an entry one code later, so the width grows one code later.
            if free > 1 << bits and bits < widest:
                end_group()
                bits += 1
        piece = bytes([byte])
    if piece:
        put(table[piece])
    return b"\x1f\x9d" + bytes([0x80 | widest]) + stream.to_bytes(-(-position // 8), "little")


def test_a_file_of_the_program_is_read() -> None:
    assert decompress(WRITTEN, len(SAID)) == SAID


@settings(max_examples=50)
@given(st.integers(0, 2**32), st.integers(1, 256), st.integers(10, 16), st.integers(20, 3000))
def test_what_was_compressed_comes_back(
    seed: int, letters: int, widest: int, clear_every: int
) -> None:
    data = bytes(random.Random(seed).choices(range(letters), k=2000))
    assert decompress(compress(data, widest, clear_every), len(data)) == data


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a file of"),
        (b"\x1f\x8b\x90", "not a file of"),
        (b"\x1f\x9d\x88", "not a file of"),
        (b"\x1f\x9d\x91", "not a file of"),
        (b"\x1f\x9d\x90\x01\x03", "stands for nothing"),
        (b"\x1f\x9d\x90\xff\xff", "stands for nothing"),
    ],
)
def test_what_was_not_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        decompress(data, 100)


def test_no_more_is_decompressed_than_allowed() -> None:
    with pytest.raises(ValueError, match="more than 999 bytes"):
        decompress(WRITTEN, 999)
