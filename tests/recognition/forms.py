"""Forms drawn for tests, empty and filled in, and photographs of them."""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from inkdigits.reading import Box
from inkdigits.recognition.reader import Reader
from tests.recognition.drawing import clean_digit

Pixels = NDArray[np.uint8]
Matrix = NDArray[np.float64]

SIZE = (1000, 1400)
FIELDS = {
    "account": Box(340, 260, 900, 350),
    "year": Box(340, 480, 620, 570),
    "amount": Box(340, 700, 780, 790),
    "remark": Box(340, 1100, 900, 1190),
}
"""Inside of their printed frames."""

_FRAME_PX = 8


def empty_form(title: str = "Request for a card") -> Pixels:
    """A form with a heading, small print, and a labelled frame around each field."""
    page = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(page)
    pen.text((90, 70), title, fill=(30, 30, 30), font_size=54)
    pen.line((90, 150, 910, 150), fill=(30, 30, 30), width=4)
    for name, (left, top, right, bottom) in FIELDS.items():
        frame = (left - _FRAME_PX, top - _FRAME_PX, right + _FRAME_PX, bottom + _FRAME_PX)
        pen.rectangle(frame, outline=(60, 60, 60), width=3)
        pen.text((90, top + 20), name.capitalize(), fill=(30, 30, 30), font_size=40)
        note = f"Please fill in the {name} in the frame above, {title.lower()}"
        pen.text((340, bottom + 22), note, fill=(80, 80, 80), font_size=20)
    pen.text((90, 1290), "Send it to the office. Keep a copy.", fill=(50, 50, 50), font_size=30)
    return np.array(page)


def filled_form(
    reader: Reader, values: Mapping[str, str], title: str = "Request for a card"
) -> Pixels:
    """The form with digits in its fields, written in blue; a space leaves a gap."""
    page = empty_form(title).astype(np.float32)
    for number, (name, text) in enumerate(values.items()):
        left, top = FIELDS[name].left + 24, FIELDS[name].top + 14
        for place, character in enumerate(text):
            if character == " ":
                left += 90
                continue
            ink = clean_digit(reader, int(character), 1000 * number + place, 60)[..., None]
            height, width = ink.shape[:2]
            part = page[top : top + height, left : left + width]
            part += ink * (np.array((30, 40, 120), np.float32) - part)
            left += width + 12
    return page.clip(0, 255).astype(np.uint8)


def seen_from(page: Pixels, seed: int) -> tuple[Matrix, tuple[int, int]]:
    """From where a camera looks: the homography to its picture, and the size of that."""
    height, width = page.shape[:2]
    size = (round(width * 1.35), round(height * 1.25))
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    away = np.random.default_rng(seed).uniform(-0.05, 0.05, (4, 2)) * width
    shift = ((size[0] - width) / 2, (size[1] - height) / 2)
    seen = (corners + away + shift).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(corners, seen), np.float64), size


def photographed(page: Pixels, seed: int = 0, turns: int = 0) -> Pixels:
    """The page on a desk, seen from the side, in uneven light, by a noisy camera."""
    rng = np.random.default_rng(seed + 100)
    matrix, size = seen_from(page, seed)
    photo = cv2.warpPerspective(page, matrix, size, borderValue=(96, 84, 70)).astype(np.float32)
    light = np.linspace(1.0, 0.62, size[0], dtype=np.float32)[None, :, None]
    grain = rng.normal(0, 4, photo.shape).astype(np.float32)
    photo = cv2.GaussianBlur(photo * light, (0, 0), 0.8) + grain
    return np.ascontiguousarray(np.rot90(photo.clip(0, 255).astype(np.uint8), turns))
