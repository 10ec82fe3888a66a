"""Pages drawn for tests: pen strokes of the project on paper of any light and colour."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.data.digit_glyphs import DIGITS
from inkdigits.data.strokes import Hand, Pen, draw, write
from inkdigits.imaging.ink import Ink
from inkdigits.imaging.pieces import Piece
from inkdigits.imaging.writing import find_pieces, writing_among

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

BLUE = (35, 40, 110)


def draw_plain_digit(
    value: int, height_px: int = 64, pen: float = 0.07, style: int = 0, seed: int = 0
) -> Floats:
    """One digit in one style, with a given pen (its width as a share of the height)."""
    rng = np.random.default_rng((seed, value))
    glyph = DIGITS[value][style]
    path = write(rng, glyph.strokes, glyph.aspect, Hand())
    return draw(rng, path, Pen(pen), float(height_px))


def cropped(ink: Floats) -> Floats:
    """The ink without any margin: it touches all four sides."""
    solid = ink > 0.3
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def place(symbols: Sequence[tuple[Floats, int, int]], shape: tuple[int, int]) -> Floats:
    """Ink of symbols at their (left, top) on a page of (height, width); overhang is cut off."""
    page = np.zeros(shape, np.float32)
    for ink, left, top in symbols:
        skip_y, skip_x = max(0, -top), max(0, -left)
        target = page[max(0, top) : top + ink.shape[0], max(0, left) : left + ink.shape[1]]
        part = ink[skip_y:, skip_x:][: target.shape[0], : target.shape[1]]
        np.maximum(target, part, out=target)
    return page


def rows_of_digits(
    rows: Sequence[str], height_px: int = 60, pen: float = 0.07, margin_px: int = 40
) -> Floats:
    """Rows of digits, one a cell of 1.3 by 1.7 heights; a space leaves a cell empty."""
    wide, high = round(1.3 * height_px), round(1.7 * height_px)
    symbols = [
        (
            draw_plain_digit(int(char), height_px, pen, seed=row),
            margin_px + column * wide,
            margin_px + row * high,
        )
        for row, text in enumerate(rows)
        for column, char in enumerate(text)
        if char != " "
    ]
    shape = (
        2 * margin_px + len(rows) * high,
        2 * margin_px + max(len(text) for text in rows) * wide,
    )
    return place(symbols, shape)


def on_paper(
    ink: Floats,
    paper: Floats | float = 230.0,
    colour: tuple[int, int, int] = BLUE,
    noise: float = 0.0,
    seed: int = 0,
) -> Pixels:
    """The page as uint8 RGB: ink of a colour on paper of this brightness, with sensor noise."""
    light = np.broadcast_to(np.asarray(paper, np.float32), ink.shape)[..., None]
    page = light * (1 - ink[..., None]) + np.asarray(colour, np.float32) * ink[..., None]
    grain = np.random.default_rng(seed).standard_normal(page.shape, np.float32)
    return np.asarray((page + noise * grain).clip(0, 255).astype(np.uint8))


def lit(pixels: Pixels, light: Floats) -> Pixels:
    """The page under this light, float32 `(h, w)`, 1 where it stays as bright as it is."""
    return np.asarray((pixels * light[..., None]).clip(0, 255).astype(np.uint8))


def vignette(shape: tuple[int, int], depth: float) -> Floats:
    """Light that falls off by `depth` from the middle to the corners."""
    y, x = (np.linspace(-1, 1, side, dtype=np.float32) for side in shape)
    return np.asarray(1 - depth * (y[:, None] ** 2 + x[None] ** 2) / 2, np.float32)


def shadow_edge(shape: tuple[int, int], depth: float) -> Floats:
    """A hard shadow over the right of the page, its edge slanting through the middle."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    inside = x + 0.3 * y > 0.6 * shape[1]
    return np.where(inside, np.float32(1 - depth), np.float32(1)).astype(np.float32)


def gradient(shape: tuple[int, int], dark: float) -> Floats:
    """Light that falls off evenly from 1 at the left to `dark` at the right."""
    return np.broadcast_to(np.linspace(1, dark, shape[1], dtype=np.float32), shape)


def on_desk(ink: Floats, turn_deg: float, desk: float, sheet: float = 230.0) -> Pixels:
    """The page, turned and smaller, on a desk of another brightness."""
    height, width = ink.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), turn_deg, 0.8)
    on_sheet = cv2.warpAffine(np.ones_like(ink), matrix, (width, height))
    written = np.asarray(cv2.warpAffine(ink, matrix, (width, height)), np.float32)
    return on_paper(written, np.asarray(desk + (sheet - desk) * on_sheet, np.float32), noise=2)


def ink_of(strength: Floats) -> Ink:
    """Ink as it would be found on an even page, without finding it."""
    strength = np.where(strength > 0.3, strength, 0).astype(np.float32)
    return Ink(strength, (strength * 200).astype(np.uint8), 1.0, False)


def pieces_of(ink: Ink) -> list[Piece]:
    """All pieces of a page, heaviest first."""
    mask = (ink.strength > 0).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, ltype=cv2.CV_32S)
    return find_pieces(np.asarray(labels), np.asarray(stats), ink.contrast)


def writing_on(strength: Floats) -> list[Piece]:
    """The pieces of writing, from left to right."""
    writing = writing_among(pieces_of(ink_of(strength)))
    return sorted(writing, key=lambda piece: piece.box.left)
