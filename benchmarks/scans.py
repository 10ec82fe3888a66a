"""Folders of scans to read in batches: small digits, strips and photos, drawn by our own pen."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.drawing import PHOTO_LINES, PHOTO_SHAPE, draw_page
from inkdigits.data.synthesis import draw_digit

FULL = {"digits": 100_000, "strips": 2_000, "photos": 200}
"""How many files of each kind the benchmark of a batch reads in full."""

_A_FOLDER = 10_000

# What is drawn anew so often, and copied for the rest: drawing is not what is measured.
_DRAWN = {"digits": 5_000, "strips": 100, "photos": 4}


def make_scans(folder: Path, kind: str, count: int) -> Path:
    """Fill `folder / kind` with `count` files of a kind of `FULL`; returns it."""
    draw, suffix = _KINDS[kind]
    drawn = [draw(seed, suffix) for seed in range(min(count, _DRAWN[kind]))]
    for i in range(count):
        place = folder / kind / f"{i // _A_FOLDER:02d}"
        if not i % _A_FOLDER:
            place.mkdir(parents=True)
        path = place / f"{i:06d}{suffix}"
        if i >= len(drawn) and kind == "photos":  # 200 of them would be a gigabyte
            os.link(folder / kind / "00" / f"{i % len(drawn):06d}{suffix}", path)
        else:
            path.write_bytes(drawn[i % len(drawn)])
    return folder / kind


def _digit(seed: int, suffix: str) -> bytes:
    """28x28, bright on dark, as those of MNIST."""
    random = np.random.default_rng(seed)
    ink = draw_digit(random, int(random.integers(10)), height_px=20)[:28, :28]
    pixels = np.zeros((28, 28), np.float32)
    pixels[: ink.shape[0], : ink.shape[1]] = 255 * ink
    return _encode(pixels.astype(np.uint8), suffix)


def _strip(seed: int, suffix: str) -> bytes:
    """A line of seven digits, 420x60."""
    number = f"{seed * 7919 % 10_000_000:07d}"
    return _encode(draw_page((number,), (60, 420, 3), seed), suffix)


def _photo(seed: int, suffix: str) -> bytes:
    """24 digits on 12 megapixels."""
    return _encode(draw_page(PHOTO_LINES, PHOTO_SHAPE, seed), suffix)


def _encode(pixels: NDArray[np.uint8], suffix: str) -> bytes:
    return cv2.imencode(suffix, pixels)[1].tobytes()


_KINDS: dict[str, tuple[Callable[[int, str], bytes], str]] = {
    "digits": (_digit, ".png"),
    "strips": (_strip, ".png"),
    "photos": (_photo, ".jpg"),
}
