"""Pages to read, drawn by the project's own pen, so that no data set is needed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.data.synthesis import draw_digit

PHOTO_SHAPE = (3000, 4000, 3)
PHOTO_LINES = ("123456", "789012", "345678", "901234")


def draw_page(
    lines: tuple[str, ...], shape: tuple[int, int, int], seed: int = 0
) -> NDArray[np.uint8]:
    """Write lines of digits with a dark pen on unevenly lit, grainy paper: `uint8 (H, W, 3)`."""
    random = np.random.default_rng(seed)
    height, width, _ = shape
    light = np.linspace(235, 175, width, dtype=np.float32)
    page = light[:, None] + random.normal(0, 3, size=(height, width, 1)).astype(np.float32)
    pitch = min(height // len(lines), width // max(map(len, lines)))
    for row, line in enumerate(lines):
        for column, digit in enumerate(line):
            ink = draw_digit(random, int(digit), height_px=pitch // 2)[:pitch, :pitch]
            top, left = (
                place * pitch + (pitch - side) // 2
                for place, side in zip((row, column), ink.shape, strict=True)
            )
            page[top : top + ink.shape[0], left : left + ink.shape[1]] *= 1 - 0.8 * ink[..., None]
    return np.broadcast_to(page.clip(0, 255), shape).astype(np.uint8)


def save_page(path: Path, lines: tuple[str, ...], shape: tuple[int, int, int]) -> Path:
    """Draw a page into an image file of the kind that the path's ending names."""
    _, encoded = cv2.imencode(path.suffix, draw_page(lines, shape))
    path.write_bytes(encoded.tobytes())
    return path
