"""All misread images of a suite on one sheet, to look at errors side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.atomic import replacing
from inkdigits.evaluation.measuring import Misreading
from inkdigits.imaging.decode import decode_first

TILE = 144
CAPTION = 34
COLUMNS = 10
MAX_TILES = 400
_PAPER = 255
_RED = (200, 0, 0)


def draw_sheet(misread: Sequence[Misreading]) -> NDArray[np.uint8]:
    """Lay out at most 400 misread images, the surest errors first: `uint8 (H, W, 3)`, RGB.

    Below each stands `truth > answer (guess) confidence`, cut to fit, and then the sample's name.
    `misread` must not be empty. Raises `ImageError` for a file that cannot be read any more.
    """
    if not misread:
        raise ValueError("a sheet needs at least one misread image")
    surest = sorted(misread, key=lambda misreading: -misreading.confidence)[:MAX_TILES]
    tiles = [_tile(misreading) for misreading in surest]
    columns = min(COLUMNS, len(tiles))
    tiles += [np.full_like(tiles[0], _PAPER)] * (-len(tiles) % columns)
    grid = (np.hstack(tiles[n : n + columns]) for n in range(0, len(tiles), columns))
    return np.vstack(list(grid))


def save_sheet(misread: Sequence[Misreading], path: Path) -> None:
    """Write the sheet as PNG; `OSError` if that fails."""
    _, encoded = cv2.imencode(".png", draw_sheet(misread)[:, :, ::-1])
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        file.write(encoded.tobytes())


def _tile(misreading: Misreading) -> NDArray[np.uint8]:
    image = misreading.sample.image
    pixels = decode_first(image).pixels
    scale = (TILE - 4) / max(pixels.shape[:2])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    size = [max(1, round(side * scale)) for side in reversed(pixels.shape[:2])]
    small = cv2.resize(pixels, size, interpolation=how)
    tile = np.full((TILE + CAPTION, TILE, 3), _PAPER, dtype=np.uint8)
    tile[2 : 2 + small.shape[0], 2 : 2 + small.shape[1]] = small
    said = f"{misreading.sample.truth} > {misreading.answer or '-'} ({misreading.guess or '-'})"
    _write(tile, f"{said} {misreading.confidence:.2f}", TILE + 13, _RED)
    _write(tile, misreading.sample.name, TILE + 28, (0, 0, 0))
    return tile


def _write(tile: NDArray[np.uint8], text: str, baseline: int, colour: tuple[int, int, int]) -> None:
    plain = text.encode("ascii", "replace").decode()[:24]
    place, font = (2, baseline), cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(tile, plain, place, font, 0.36, colour, 1, cv2.LINE_AA)
