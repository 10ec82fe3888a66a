"""Contact sheets of a data set: what its classes look like, and what augmentation makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from inkdigits.atomic import replacing
from inkdigits.data.augmentation import Augmentation, augment
from inkdigits.data.sets import LabelledArrays

MAX_CLASSES: Final = 100
"""More classes than this do not fit on a sheet that anybody looks at."""

_TILE_PX: Final = 56
_GAP_PX: Final = 4
_MARGIN_PX: Final = 12
_FONT_PX: Final = 14
_LONGEST_NAME: Final = 44
PAPER: Final = (255, 255, 255)
INK: Final = (28, 33, 39)
MUTED: Final = (91, 102, 114)


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """A row of a sheet: its name, and images `(h, w)` or `(h, w, 3)`, the first perhaps set off."""

    name: str
    images: Sequence[NDArray[np.uint8]]
    first_apart: bool = False


def class_rows(arrays: LabelledArrays, count: int, seed: int) -> list[Row]:
    """Up to `count` images of each class, drawn at random, with how many there are in all."""
    rng = np.random.default_rng(seed)
    rows = []
    for label, name in list(enumerate(arrays.classes))[:MAX_CLASSES]:
        members = np.flatnonzero(arrays.labels == label)
        chosen = np.sort(rng.permutation(members)[:count])
        rows.append(Row(f"{name}  ({len(members):,})", list(arrays.images[chosen])))
    return rows


def augmentation_rows(
    arrays: LabelledArrays, how: Augmentation, count: int, seed: int
) -> list[Row]:
    """One row for each change, alone, and one for all together: an image, then `count` of them.

    Each row shows another class. The same arrays, `how` and seed give the same sheet.
    """
    rng = np.random.default_rng(seed)
    changes = {**how.each(), "all together": how}
    rows = []
    for number, (name, change) in enumerate(changes.items()):
        members = np.flatnonzero(arrays.labels == number % len(arrays.classes))
        original = arrays.images[rng.choice(members if len(members) else len(arrays))]
        changed = augment(np.repeat(original[None], count, axis=0), change, rng)
        rows.append(Row(name, [original, *changed], first_apart=True))
    return rows


def draw_sheet(title: str, rows: Sequence[Row]) -> NDArray[np.uint8]:
    """Lay rows out below a title, names on the left: `uint8 (H, W, 3)`, RGB."""
    font = ImageFont.load_default(_FONT_PX)
    names = [row.name if len(row.name) <= _LONGEST_NAME else f"{row.name[:43]}…" for row in rows]
    left = _MARGIN_PX + round(max((font.getlength(name) for name in names), default=0)) + _MARGIN_PX
    most = max((len(row.images) for row in rows), default=0)
    step = _TILE_PX + _GAP_PX
    apart = _MARGIN_PX * any(row.first_apart for row in rows)
    width = max(left + most * step + apart, 2 * _MARGIN_PX + round(font.getlength(title)))
    top = 2 * _MARGIN_PX + _FONT_PX
    sheet = Image.new("RGB", (width + _MARGIN_PX, top + len(rows) * step + _MARGIN_PX), PAPER)
    drawing = ImageDraw.Draw(sheet)
    drawing.text((_MARGIN_PX, _MARGIN_PX), title, MUTED, font)
    for number, (row, name) in enumerate(zip(rows, names, strict=True)):
        y = top + number * step
        drawing.text((left - _MARGIN_PX, y + _TILE_PX / 2), name, INK, font, anchor="rm")
        for column, image in enumerate(row.images):
            x = left + column * step + (apart if column and row.first_apart else 0)
            sheet.paste(_tile(image), (x, y))
    return np.asarray(sheet)


def save_sheet(path: Path, title: str, rows: Sequence[Row]) -> None:
    """Write the sheet as PNG; `OSError` if that fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        Image.fromarray(draw_sheet(title, rows)).save(file, format="PNG", optimize=True)


def _tile(image: NDArray[np.uint8]) -> Image.Image:
    """The image in a square, its pixels kept apart where it is enlarged."""
    scale = _TILE_PX / max(image.shape[:2])
    size = [max(1, round(side * scale)) for side in (image.shape[1], image.shape[0])]
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    small = Image.fromarray(np.asarray(cv2.resize(image, size, interpolation=how))).convert("RGB")
    tile = Image.new("RGB", (_TILE_PX, _TILE_PX), PAPER)
    tile.paste(small, ((_TILE_PX - small.width) // 2, (_TILE_PX - small.height) // 2))
    return tile
