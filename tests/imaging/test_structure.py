"""Walks over headers count what decoders would find."""

import io
from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import TypeAlias

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

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

Walk: TypeAlias = Callable[[bytes], Parts]

WALKS: list[Walk] = [walk_bmp, walk_gif, walk_jpeg, walk_png, walk_tiff, walk_webp]


def noise(seed: int) -> Image.Image:
    values = np.random.default_rng(seed).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    return Image.fromarray(values)


def saved(format_: str, frames: int = 1, **options: object) -> bytes:
    file = io.BytesIO()
    others = {"save_all": True, "append_images": [noise(n) for n in range(1, frames)]}
    noise(0).save(file, format_, **options, **(others if frames > 1 else {}))
    return file.getvalue()


def count(parts: Parts) -> Counter[Part]:
    found: Counter[Part] = Counter()
    for part, number in parts:
        found[part] += number
    return found


@pytest.mark.parametrize("frames", [2, 7])
@pytest.mark.parametrize(
    ("format_", "walk", "options"),
    [
        ("GIF", walk_gif, {}),
        ("PNG", walk_png, {}),
        ("WEBP", walk_webp, {}),
        ("TIFF", walk_tiff, {}),
        ("TIFF", walk_tiff, {"big_tiff": True}),
    ],
)
def test_frames_are_counted(
    format_: str, walk: Walk, options: dict[str, bool], frames: int
) -> None:
    assert count(walk(saved(format_, frames, **options)))[Part.FRAME] == frames


def test_a_tiff_chain_that_bites_its_tail_ends() -> None:
    data = bytearray(saved("TIFF", 2))
    first = int.from_bytes(data[4:8], "little")
    entries = int.from_bytes(data[first : first + 2], "little")
    link = first + 2 + 12 * entries
    data[link : link + 4] = data[4:8]
    assert count(islice(walk_tiff(bytes(data)), 100))[Part.FRAME] == 1


def test_strips_of_a_tiff_are_blocks() -> None:
    assert count(walk_tiff(saved("TIFF", tiffinfo={278: 4})))[Part.BLOCK] == 40 / 4


def test_scans_of_a_jpeg_are_those_of_its_main_picture() -> None:
    plain = saved("JPEG")
    thumbnail_and_comment = saved("JPEG", exif=b"Exif\0\0" + plain, comment=b"\xff\xda\xff\xd9")
    assert count(walk_jpeg(plain))[Part.SCAN] == 1
    assert count(walk_jpeg(thumbnail_and_comment + plain))[Part.SCAN] == 1
    assert count(walk_jpeg(saved("JPEG", progressive=True)))[Part.SCAN] == 10  # libjpeg's script


def test_an_end_marker_inside_a_comment_hides_no_scan() -> None:
    plain = saved("JPEG")
    scan = plain[plain.rindex(b"\xff\xda") : -2]
    hiding = plain[:-2] + (b"\xff\xfe\x00\x04\xff\xd9" + scan) * 5 + b"\xff\xd9"
    assert count(walk_jpeg(hiding))[Part.SCAN] == 6


def test_only_run_length_encoded_bmps_have_blocks() -> None:
    plain = saved("BMP")
    assert count(walk_bmp(plain)) == {}
    assert count(walk_bmp(plain[:30] + b"\1\0\0\0" + plain[34:]))[Part.BLOCK] == len(plain) // 2


@given(data=st.binary(max_size=200), walk=st.sampled_from(WALKS), magic=st.sampled_from(WALKS))
def test_walks_end_quietly_on_any_bytes(data: bytes, walk: Walk, magic: Walk) -> None:
    starts: dict[Walk, bytes] = {
        walk_gif: b"GIF89a",
        walk_tiff: b"II+\0\x08\0\0\0",
        walk_jpeg: b"\xff\xd8\xff",
    }
    for part, number in walk(starts.get(magic, b"") + data):
        assert part in Part
        assert number >= 0
