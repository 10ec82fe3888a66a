"""Draws the sample images of this folder, with the pen strokes that the project trains on.

Run `python samples/draw.py`: it writes the same images each time, and their true digits to
`answers.tsv`. Nobody's handwriting or photo is in them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigits.data.digit_glyphs import DIGITS
from inkdigits.data.glyphs import Glyph, choose
from inkdigits.data.strokes import Hand, Pen, draw, write
from inkdigits.imaging.normalize import normalize

HERE = Path(__file__).parent

Floats = NDArray[np.float32]
Pixels = NDArray[np.uint8]

LETTERS = (
    Glyph("6,0! 0,100! / 92,2! 4,54! 100,100!", 0.7),  # K
    Glyph("0,0! 18,100! 46,30! 72,100! 100,0!", 1.0),  # W
    Glyph("8,4! 0,100! / 4,6! 60,0 92,14 84,42 6,54! 50,70 100,100!", 0.7),  # R
    Glyph("0,100! 8,0! 50,62! 92,2! 100,100!", 0.9),  # M
)
SCRIBBLE = Glyph("0,60 14,8 20,94 34,6 40,98 54,4 60,92 76,10 78,96 96,12 100,88 10,40 92,62", 1.6)


@dataclass(frozen=True)
class Writer:
    """Somebody with a pen: all symbols of a sample come from one of them."""

    rng: np.random.Generator
    hand: Hand
    pen: Pen

    def write_row(self, glyphs: list[Glyph | None], height_px: int) -> Floats:
        """A row of symbols on one line, float32 (h, w), ink 1; `None` leaves a wide gap."""
        symbols = [
            draw(
                self.rng,
                write(self.rng, glyph.strokes, glyph.aspect, self.hand),
                self.pen,
                height_px,
            )
            if glyph
            else np.zeros((1, round(0.9 * height_px)), np.float32)
            for glyph in glyphs
        ]
        gap = round(0.14 * height_px)
        drift = round(0.08 * height_px)
        tallest = max(symbol.shape[0] for symbol in symbols) + drift
        row = np.zeros((tallest, sum(symbol.shape[1] + gap for symbol in symbols)), np.float32)
        x = 0
        for symbol in symbols:
            h, w = symbol.shape
            y = min(int(self.rng.integers(drift + 1)), tallest - h)
            row[y : y + h, x : x + w] = symbol
            x += w + gap
        return row

    def write_digits(self, text: str, height_px: int) -> Floats:
        """`text`, digits and spaces, as a row."""
        glyphs = [None if c == " " else choose(self.rng, DIGITS[int(c)]) for c in text]
        return self.write_row(glyphs, height_px)


def place(rows: list[tuple[Floats, int, int]], size: tuple[int, int], slope: float = 0) -> Floats:
    """Rows at their (left, top) on a sheet of (width, height), turned by `slope` degrees."""
    width, height = size
    sheet = np.zeros((height, width), np.float32)
    for row, left, top in rows:
        part = sheet[top : top + row.shape[0], left : left + row.shape[1]]
        np.maximum(part, row[: part.shape[0], : part.shape[1]], out=part)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), slope, 1)
    return np.asarray(cv2.warpAffine(sheet, turn, size), np.float32)


def cloud(rng: np.random.Generator, shape: tuple[int, int], coarseness_px: float) -> Floats:
    """Smooth noise with mean 0 and deviation 1; float32 (h, w)."""
    h, w = (max(2, round(side / coarseness_px)) for side in shape)
    noise = rng.normal(0, 1, (h, w)).astype(np.float32)
    grown = cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray((grown - grown.mean()) / grown.std(), np.float32)


def surface(
    rng: np.random.Generator, shape: tuple[int, int], colour: tuple[int, int, int], grain: float
) -> Floats:
    """Paper or board of one colour with stains and grain; float32 (h, w, 3) in 0..255."""
    relief = 0.5 * cloud(rng, shape, 160) + 0.3 * cloud(rng, shape, 12) + 0.5 * cloud(rng, shape, 2)
    return np.asarray(np.array(colour) + grain * relief[..., None], np.float32)


def ink_on(ground: Floats, ink: Floats, colour: tuple[int, int, int], cover: float) -> Floats:
    """The ground where there is no ink, `colour` where there is, mixed in between."""
    opacity = cover * ink[..., None]
    return np.asarray(ground * (1 - opacity) + np.array(colour, np.float32) * opacity, np.float32)


def lamp(shape: tuple[int, int], at: tuple[float, float], falloff: float) -> Floats:
    """Light that is 1 at `at` (shares of width and height) and falls off from there."""
    y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
    distance = np.hypot(x / shape[1] - at[0], y / shape[0] - at[1])
    return np.asarray(1 - falloff * distance**1.5, np.float32)


def shadow(shape: tuple[int, int], outline: list[tuple[float, float]], depth: float) -> Floats:
    """The soft shadow of a hand or a phone: 1 in the light, `1 - depth` in the dark."""
    mask = np.zeros(shape, np.float32)
    corners = np.array([(x * shape[1], y * shape[0]) for x, y in outline], np.int32)
    cv2.fillPoly(mask, [corners], 1.0)
    soft = cv2.GaussianBlur(mask, (0, 0), sigmaX=0.018 * shape[1])
    return np.asarray(1 - depth * soft, np.float32)


def exposed(rng: np.random.Generator, scene: Floats, noise: float) -> Pixels:
    """What a camera makes of it: a little blur, a little noise, 8 bits."""
    seen = cv2.GaussianBlur(scene, (0, 0), sigmaX=0.6) + rng.normal(0, noise, scene.shape)
    return np.asarray(np.clip(seen, 0, 255).round(), np.uint8)


def draw_pencil_digit() -> Pixels:
    """One digit, dark on light."""
    rng = np.random.default_rng(11)
    writer = Writer(rng, Hand(slant=0.15, jitter=0.01, warp=0.01), Pen(0.07, pressure=0.3))
    ink = place([(writer.write_digits("5", 130), 92, 84)], (260, 300))
    paper = surface(rng, ink.shape, (244, 243, 239), 0.6)
    return exposed(rng, ink_on(paper, ink, (58, 58, 64), 0.9), 0.5)


def draw_mnist_digit() -> Pixels:
    """One digit as MNIST has them: 28x28, white on black."""
    rng = np.random.default_rng(12)
    writer = Writer(rng, Hand(slant=0.1, jitter=0.012, warp=0.01), Pen(0.12))
    return normalize(writer.write_digits("3", 90))


def draw_photographed_page() -> Pixels:
    """Three sloping rows under a lamp, with the shadow of the hand that holds the phone."""
    rng = np.random.default_rng(13)
    writer = Writer(rng, Hand(slant=0.18, jitter=0.01, warp=0.012), Pen(0.075, pressure=0.25))
    rows = [
        (writer.write_digits(text, 92), left, top)
        for text, left, top in (("507 42", 190, 110), ("1986 3", 230, 310), ("70215", 210, 510))
    ]
    ink = place(rows, (960, 720), slope=2.2)
    scene = ink_on(surface(rng, ink.shape, (236, 233, 226), 2.0), ink, (38, 40, 58), 0.88)
    light = lamp(ink.shape, (0.25, 0.1), 0.36)
    hand = [(0.42, 1.1), (0.47, 0.66), (0.62, 0.46), (0.8, 0.4), (1.1, 0.62), (1.1, 1.1)]
    light *= shadow(ink.shape, hand, 0.38)
    return exposed(rng, scene * light[..., None], 2.0)


def draw_ballpoint_row() -> Pixels:
    """Thin blue ballpoint on cream paper."""
    rng = np.random.default_rng(14)
    pen = Pen(0.045, pressure=0.35, taper=0.6)
    writer = Writer(rng, Hand(slant=0.24, jitter=0.012, warp=0.012), pen)
    ink = place([(writer.write_digits("408 1597", 88), 60, 76)], (860, 250), slope=-0.6)
    cream = surface(rng, ink.shape, (247, 238, 214), 2.0)
    scene = ink_on(cream, ink, (28, 52, 158), 0.85)
    return exposed(rng, scene * lamp(ink.shape, (0.7, 0.3), 0.15)[..., None], 1.2)


def draw_chalkboard_row() -> Pixels:
    """Chalk on a board that was wiped before."""
    rng = np.random.default_rng(15)
    writer = Writer(rng, Hand(slant=0.06, jitter=0.012, warp=0.012), Pen(0.1, grain=0.45))
    ink = place([(writer.write_digits("27 6093", 120), 70, 90)], (960, 330), slope=1.0)
    board = surface(rng, ink.shape, (44, 72, 60), 2.5) + 5 * cloud(rng, ink.shape, 60)[..., None]
    scene = ink_on(board, ink, (232, 232, 222), 0.88)
    return exposed(rng, scene * lamp(ink.shape, (0.35, 0.2), 0.35)[..., None], 2.5)


def draw_letters() -> Pixels:
    """Letters and a scribble: nothing that is a digit."""
    rng = np.random.default_rng(16)
    writer = Writer(rng, Hand(slant=0.1, jitter=0.01, warp=0.01), Pen(0.07, pressure=0.2))
    rows = [
        (writer.write_row([LETTERS[0], None, LETTERS[1], None, LETTERS[2]], 96), 70, 60),
        (writer.write_row([LETTERS[3], None, SCRIBBLE], 96), 80, 240),
    ]
    ink = place(rows, (640, 420))
    return exposed(
        rng, ink_on(surface(rng, ink.shape, (246, 245, 241), 1.0), ink, (40, 40, 44), 0.92), 1
    )


SAMPLES = {
    "pencil.png": (draw_pencil_digit, "5"),
    "mnist-size.png": (draw_mnist_digit, "3"),
    "photo.jpg": (draw_photographed_page, "507 42|1986 3|70215"),
    "ballpoint.jpg": (draw_ballpoint_row, "408 1597"),
    "chalkboard.jpg": (draw_chalkboard_row, "27 6093"),
    "letters.jpg": (draw_letters, ""),
}
"""File name to its painter and its digits: a space between numbers, `|` between lines."""


def main() -> None:
    """Write all samples and their answers."""
    lines = ["file\tdigits"]
    for name, (paint, digits) in SAMPLES.items():
        image = Image.fromarray(paint())
        if name.endswith(".png"):
            image.save(HERE / name, optimize=True)
        else:
            image.save(HERE / name, quality=72)
        lines.append(f"{name}\t{digits}")
    (HERE / "answers.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
