"""Pictures side by side, each with a line of text and bars of what was thought of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Colour = tuple[int, int, int]

INK: Colour = (28, 33, 39)
MUTED: Colour = (91, 102, 114)
GROUND: Colour = (255, 255, 255)
TRACK: Colour = (236, 239, 242)
BLUE: Colour = (0, 114, 178)
GREEN: Colour = (0, 140, 105)
RED: Colour = (200, 56, 31)
GREY: Colour = (150, 160, 170)

PICTURE_PX = 168
MOST_BARS = 4
_WIDTH, _HEIGHT, _PAD = 520, 200, 16
_TITLE_PX, _NOTE_PX, _LABEL_PX, _BAR_PX, _ROW_PX, _PERCENT_PX = 26, 17, 18, 16, 27, 52


@dataclass(frozen=True, slots=True)
class Bar:
    """A label, its share, 0 to 1, and the colour of its bar."""

    label: str
    share: float
    colour: Colour = GREY


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """A picture, uint8 `(H, W)` or `(H, W, 3)`, with title, note and at most `MOST_BARS` bars."""

    picture: NDArray[np.uint8]
    title: str
    note: str
    bars: tuple[Bar, ...]


def draw_cards(cards: Sequence[Card], columns: int = 3) -> NDArray[np.uint8]:
    """The cards in rows of `columns`: uint8 `(H, W, 3)` RGB. There is at least one card."""
    columns = min(columns, len(cards))
    rows = -(-len(cards) // columns)
    sheet = Image.new("RGB", (columns * _WIDTH + _PAD, rows * _HEIGHT + _PAD), GROUND)
    for number, card in enumerate(cards):
        row, column = divmod(number, columns)
        _draw_card(sheet, card, column * _WIDTH + _PAD, row * _HEIGHT + _PAD)
    return np.asarray(sheet)


def enlarged(picture: NDArray[np.uint8], side: int = PICTURE_PX) -> NDArray[np.uint8]:
    """The picture within `side` x `side` pixels: small ones in sharp squares, large averaged."""
    scale = side / max(picture.shape[:2])
    if scale >= 2:
        scale = int(scale)  # squares of one size
    height, width = (max(1, round(length * scale)) for length in picture.shape[:2])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(picture, (width, height), interpolation=how), np.uint8)


def _draw_card(sheet: Image.Image, card: Card, left: int, top: int) -> None:
    draw = ImageDraw.Draw(sheet)
    picture = Image.fromarray(enlarged(card.picture)).convert("RGB")
    # A white picture on white paper needs an edge.
    frame = (left, top, left + PICTURE_PX + 1, top + PICTURE_PX + 1)
    draw.rectangle(frame, fill=TRACK, outline=TRACK)
    across, down = (PICTURE_PX - side for side in picture.size)
    sheet.paste(picture, (left + 1 + across // 2, top + 1 + down // 2))
    left, width = left + PICTURE_PX + _PAD, _WIDTH - PICTURE_PX - 3 * _PAD
    _write(draw, (left, top - 2), card.title, _TITLE_PX, INK, width)
    _write(draw, (left, top + 31), card.note, _NOTE_PX, MUTED, width)
    bars = card.bars[:MOST_BARS]
    names = min(max((_width(bar.label, _LABEL_PX) for bar in bars), default=0), width // 2)
    for number, bar in enumerate(bars):
        place = (left, top + 60 + number * _ROW_PX)
        _write(draw, (place[0], place[1] - 2), bar.label, _LABEL_PX, INK, names)
        _draw_bar(draw, bar, (left + names + 10, place[1]), width - names - 10)


def _draw_bar(draw: ImageDraw.ImageDraw, bar: Bar, place: tuple[int, int], width: int) -> None:
    start, top = place
    end = start + width - _PERCENT_PX
    draw.rectangle((start, top, end, top + _BAR_PX), fill=TRACK)
    length = round((end - start) * min(max(bar.share, 0.0), 1.0))
    if length:
        draw.rectangle((start, top, start + length, top + _BAR_PX), fill=bar.colour)
    _write(draw, (end + 8, top - 2), percent(bar.share), _LABEL_PX, MUTED, _PERCENT_PX)


def percent(share: float) -> str:
    """A share in whole percent: nothing that is less than certain is shown as 100 %."""
    return f"{int(share * 100)} %" if share >= 0.01 or share == 0 else "< 1 %"


def _write(
    draw: ImageDraw.ImageDraw, place: tuple[int, int], text: str, size_px: int, colour: Colour,
    width: int,
) -> None:  # fmt: skip
    font = ImageFont.load_default(size_px)
    text = _printable(text)
    if draw.textlength(text, font) > width:
        while text and draw.textlength(f"{text}…", font) > width:
            text = text[:-1]
        text += "…"
    draw.text(place, text, colour, font)


def _width(text: str, size_px: int) -> int:
    return math.ceil(ImageFont.load_default(size_px).getlength(_printable(text)))


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
