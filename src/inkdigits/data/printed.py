"""Letters from fonts, bent a little: print stands beside handwriting on every form."""

from functools import lru_cache
from pathlib import Path
from string import ascii_letters, ascii_lowercase
from typing import Final

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from inkdigits.data.letter_glyphs import EXCLUDED_LETTERS
from inkdigits.data.strokes import Ink

PRINTED_LETTERS: Final = "".join(c for c in ascii_letters if c not in EXCLUDED_LETTERS)

FONTS: Final = (
    "DejaVuSans",
    "DejaVuSans-Bold",
    "DejaVuSans-Oblique",
    "DejaVuSansMono",
    "DejaVuSerif",
    "DejaVuSerif-Italic",
    "STIXGeneral",
    "STIXGeneralBol",
    "STIXGeneralItalic",
    "cmr10",
    "cmss10",
    "cmtt10",
    "cmmi10",
)
"""Fonts that come with Matplotlib (DejaVu, STIX and Computer Modern; all free)."""

_TYPE_SIZE_PX: Final = 96


def printed_letter(rng: np.random.Generator, height_px: int) -> Ink:
    """A letter from a font, slanted, stretched and bent: float32 (`height_px`, w) in 0..1."""
    ink = _print(
        FONTS[rng.integers(len(FONTS))], PRINTED_LETTERS[rng.integers(len(PRINTED_LETTERS))]
    )
    scale = 0.85 * height_px / ink.shape[0]
    stretch = float(np.exp(rng.normal(0, 0.15)))
    slant, turn = rng.normal([0.05, 0.0], [0.15, 0.06])
    width = 4 + round(ink.shape[1] * scale * stretch + (abs(slant) + 0.1) * height_px)
    forward = scale * np.array([[stretch, -slant], [turn, 1.0]])
    middle = np.array([[width / 2, height_px / 2], [ink.shape[1] / 2, ink.shape[0] / 2]])
    pixels = np.stack(np.meshgrid(np.arange(width), np.arange(height_px)), axis=-1)
    waves = pixels[..., ::-1] * rng.uniform(2, 6, 2) / height_px + rng.uniform(0, 2 * np.pi, 2)
    bent = pixels + rng.uniform(0, 0.02) * height_px * np.sin(waves)
    source = (bent - middle[0]) @ np.linalg.inv(forward).T + middle[1]
    printed: Ink = cv2.remap(ink, source.astype(np.float32), None, cv2.INTER_LINEAR)
    return printed


def printed_word(rng: np.random.Generator, height_px: int) -> Ink:
    """Two to nine letters of one font as a word, the first one often a capital, not bent.

    Returns float32 (h, w) in 0..1, cropped to its ink; type of `height_px` from its line to the top
    of a capital.
    """
    letters = rng.choice(list(ascii_lowercase), int(rng.integers(2, 10)))
    word = "".join(letters)
    if rng.random() < 0.3:
        word = word.capitalize()
    ink = _print(FONTS[rng.integers(len(FONTS))], word)
    scale = height_px / _print("DejaVuSans", "H").shape[0]
    size = (max(1, round(ink.shape[1] * scale)), max(1, round(ink.shape[0] * scale)))
    return np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.float32)


@lru_cache(maxsize=1024)
def _print(font: str, text: str) -> Ink:
    """Letters in large type, cropped to its ink and softened for the reduction to come."""
    typeface = _load_font(font)
    left, top, right, bottom = (round(edge) for edge in typeface.getbbox(text))
    image = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(image).text((-left, -top), text, font=typeface, fill=255)
    ink: Ink = cv2.blur(np.asarray(image, np.float32) / 255, (2, 2))
    return ink


@lru_cache(maxsize=32)
def _load_font(font: str) -> ImageFont.FreeTypeFont:
    import matplotlib  # only its font files are wanted, and only here

    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{font}.ttf"
    return ImageFont.truetype(str(path), _TYPE_SIZE_PX)
