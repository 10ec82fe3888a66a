"""Lines of handwriting, composed of single symbols, with what is written in them.

What a line model has to live with: digits that touch and overlap, dots, dashes and signs between
them, words beside them, rulings and boxes, patterned paper, neighbouring lines, shadow, blur.
Every line is a pure function of the generator it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.data import backgrounds
from inkdigits.data.backgrounds import Darkness, Papers
from inkdigits.data.hands import Hand, Hands, Ink
from inkdigits.imaging.normalize import STRIP_HEIGHT, normalize_strip

OTHER = 10
"""The label of a run of ink that is no digit."""

RealPaper = Callable[[np.random.Generator, tuple[int, int]], Darkness]

_STYLES = (0.42, 0.36, 0.22)
"""How often a line is written in MNIST's digits, by one drawn hand, or in another real set."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A strip uint8 `(STRIP_HEIGHT, W)` and its labels: digits 0 to 9 and `OTHER`, in order."""

    strip: NDArray[np.uint8]
    labels: tuple[int, ...]


@dataclass(slots=True)
class _Canvas:
    """Ink as it is written, left to right: `x` is where it ends, `right` by row of the canvas."""

    ink: NDArray[np.uint8]
    right: NDArray[np.int64]
    x: int
    labels: list[int]

    def place(self, ink: Ink, top: int, gap: int, follow_outline: bool) -> bool:
        """Write a symbol `gap` pixels after what stands there; False if there is no room."""
        height, width = ink.shape
        rows = slice(top, top + height)
        left = self.x + gap
        if follow_outline:
            first = (ink > 80).argmax(1)
            first = np.where((ink > 80).any(1), first, width)
            left = int((self.right[rows] - first).max()) + gap
            left = max(left, self.x - int(0.45 * width))
        left = max(left, 0)
        if left + width > self.ink.shape[1]:
            return False
        view = self.ink[rows, left : left + width]
        np.maximum(view, ink, out=view)
        last = left + width - (ink[:, ::-1] > 80).argmax(1)
        written = (ink > 80).any(1)
        self.right[rows] = np.where(written, np.maximum(self.right[rows], last), self.right[rows])
        self.x = max(self.x, left + width)
        return True


class Composer:
    """Makes lines out of hands and papers; it holds pools only, and a call never changes it.

    `real_paper` cuts real paper of a size, (h, w), darkness float32, where there is some.
    """

    def __init__(
        self,
        hands: Hands,
        paper: Papers,
        real_paper: RealPaper | None = None,
    ) -> None:
        self._hands, self._papers, self._real_paper = hands, paper, real_paper

    def compose(self, rng: np.random.Generator, width: int, most: int) -> Line:
        """A strip `width` pixels wide with up to `most` digits, as many as find room."""
        height = float(rng.triangular(20, 33, 47))
        zoom = float(np.clip(1.5 * 33 / height, 1.0, 2.0))  # room for what is drawn finely
        canvas = self._written(rng, round(width * zoom), height * zoom, most)
        ink, labels = canvas.ink, canvas.labels
        ink = _bent(rng, ink, zoom, width, canvas.x)
        if rng.random() < 0.2:
            self._neighbours(rng, ink, height)
        return Line(normalize_strip(self._on_paper(rng, ink)), tuple(labels))

    def _written(self, rng: np.random.Generator, width: int, height: float, most: int) -> _Canvas:
        tall = round(1.5 * height) + 8
        canvas = _Canvas(np.zeros((tall, width), np.uint8), np.zeros(tall, np.int64), 0, [])
        hand = self._hand(rng)
        count = int(rng.integers(1, most + 1)) if rng.random() < 0.97 else 0
        base = 4 + round(1.25 * height)
        stretch = float(np.exp(rng.normal(0, 0.12)))
        usual_gap = rng.normal(0.1, 0.13) * height
        outline = rng.random() < 0.55
        self._margin(rng, canvas, height)
        self._beside(rng, canvas, base, height)
        size_jitter = abs(rng.normal(0, 0.07))
        dotted = rng.random() < 0.3
        drift = rng.normal(0, 0.012) * height
        thin = rng.random() < 0.15
        for index in range(count):
            value = int(rng.integers(10))
            tall_px = min(height * np.exp(rng.normal(0, size_jitter)), tall - 4)
            if rng.random() < 0.06:
                tall_px *= rng.uniform(0.65, 0.9)
            ink = _scaled(hand.write(rng, value), tall_px, stretch)
            if thin:
                ink = cv2.erode(ink, np.ones((2, 2), np.uint8)) if min(ink.shape) > 8 else ink
            foot = base + drift * index + rng.normal(0, 0.045) * height
            top = int(np.clip(round(foot - ink.shape[0]), 0, tall - ink.shape[0]))
            gap = round(usual_gap + rng.normal(0, 0.07) * height)
            if rng.random() < 0.04:
                gap += round(rng.uniform(0.3, 2.0) * height)
            if not canvas.place(ink, top, gap, outline):
                break
            canvas.labels.append(value)
            if dotted and rng.random() < 0.4:
                self._separator(rng, canvas, base, height)
        self._after(rng, canvas, base, height)
        return canvas

    def _hand(self, rng: np.random.Generator) -> Hand:
        style = rng.choice(3, p=_STYLES)
        if style == 1:
            return self._hands.drawn[int(rng.integers(len(self._hands.drawn)))]
        return self._hands.hand(
            rng, 0 if style == 0 else int(rng.integers(1, len(self._hands.real)))
        )

    def _margin(self, rng: np.random.Generator, canvas: _Canvas, height: float) -> None:
        room = canvas.ink.shape[1]
        share = rng.random() ** 3
        canvas.x = round(min(0.35 * room, share * 2.5 * height))
        canvas.right[:] = canvas.x

    def _beside(self, rng: np.random.Generator, canvas: _Canvas, base: int, height: float) -> None:
        """Signs and words before the digits, now and then."""
        chance = rng.random()
        if chance < 0.07:
            self._signs(rng, canvas, base, height)
        elif chance < 0.13:
            self._word(rng, canvas, base, height)

    def _after(self, rng: np.random.Generator, canvas: _Canvas, base: int, height: float) -> None:
        chance = rng.random()
        if chance < 0.15:
            self._separator(rng, canvas, base, height)
        if chance < 0.08:
            _dash(rng, canvas, base, height)
        elif chance < 0.2:
            _dash(rng, canvas, base, height)
            if rng.random() < 0.3:
                _dash(rng, canvas, base, height)
        elif chance < 0.24:
            self._signs(rng, canvas, base, height)
        elif chance < 0.32:
            self._word(rng, canvas, base, height)

    def _signs(self, rng: np.random.Generator, canvas: _Canvas, base: int, height: float) -> None:
        """A sign that belongs to a number but is no digit; it has no label."""
        sign = self._hands.signs[int(rng.integers(len(self._hands.signs)))]
        ink = _scaled(sign, height * rng.uniform(0.4, 1.1), 1.0)
        top = int(np.clip(base - ink.shape[0], 0, canvas.ink.shape[0] - ink.shape[0]))
        canvas.place(ink, top, round(rng.uniform(0.1, 0.7) * height), False)

    def _word(self, rng: np.random.Generator, canvas: _Canvas, base: int, height: float) -> None:
        """Letters, apart from the digits: one label for the run of them."""
        gap = round(rng.uniform(0.25, 1.2) * height)
        size = height * rng.uniform(0.5, 1.1)
        written = False
        for _ in range(int(rng.integers(1, 6))):
            letter = self._hands.letters[int(rng.integers(len(self._hands.letters)))]
            ink = _scaled(letter, size * rng.uniform(0.7, 1.15), 1.0)
            top = int(np.clip(base - ink.shape[0], 0, canvas.ink.shape[0] - ink.shape[0]))
            if not canvas.place(ink, top, gap, False):
                break
            written, gap = True, round(rng.uniform(-0.05, 0.2) * height)
        if written:
            canvas.labels.append(OTHER)
            canvas.x += round(rng.uniform(0.2, 0.8) * height)
            canvas.right[:] = canvas.x

    def _separator(
        self, rng: np.random.Generator, canvas: _Canvas, base: int, height: float
    ) -> None:
        """A dot, a comma or a short dash at the foot of the line; it has no label."""
        x = canvas.x + round(rng.uniform(-0.05, 0.25) * height)
        y = base + round(rng.normal(0.0, 0.06) * height)
        radius = max(1, round(rng.uniform(0.025, 0.07) * height))
        tail = rng.random()
        end = (x, y)
        if tail < 0.4:
            end = (
                x - round(rng.uniform(0, 0.12) * height),
                y + round(rng.uniform(0.05, 0.22) * height),
            )
        elif tail < 0.5:
            end = (x + round(rng.uniform(0.05, 0.2) * height), y)
        cv2.line(canvas.ink, (x, y), end, int(rng.integers(150, 256)), 2 * radius, cv2.LINE_AA)
        canvas.x = max(canvas.x, x + radius - round(rng.uniform(0, 0.1) * height))

    def _neighbours(self, rng: np.random.Generator, ink: NDArray[np.uint8], height: float) -> None:
        """The feet of the line above, or the heads of the line below."""
        hand = self._hand(rng)
        above = rng.random() < 0.5
        depth = max(2, round(rng.uniform(0.05, 0.22) * height))
        x = int(rng.integers(0, max(1, ink.shape[1] // 2)))
        for _ in range(int(rng.integers(1, 5))):
            symbol = _scaled(hand.write(rng, int(rng.integers(10))), height, 1.0)
            piece = symbol[-depth:] if above else symbol[:depth]
            width = min(piece.shape[1], ink.shape[1] - x)
            if width < 2:
                break
            part = ink[:depth] if above else ink[-depth:]
            np.maximum(part[:, x : x + width], piece[:, :width], out=part[:, x : x + width])
            x += round(width * rng.uniform(1.0, 2.5))

    def _on_paper(self, rng: np.random.Generator, ink: NDArray[np.uint8]) -> Darkness:
        """Darkness of the line as somebody has photographed, scanned or drawn it."""
        cover: Darkness = ink.astype(np.float32) / np.float32(255)
        if rng.random() < 0.3:
            cover = np.power(cover, np.float32(np.exp(rng.normal(0, 0.4))))
        size = ink.shape
        chance = rng.random()
        if chance < 0.18:  # a drawing, or ink cut out already
            return cover if chance < 0.12 else backgrounds.seen(rng, cover)
        dark = float(rng.uniform(0.25, 0.75))  # how much darker than the paper the pen is
        page = np.zeros(size, np.float32) + np.float32(rng.uniform(0.05, 0.3))
        if self._real_paper is not None and rng.random() < 0.5:
            page = self._real_paper(rng, size)
        elif chance < 0.68:
            print_dark = dark * min(0.75, abs(rng.normal(0.25, 0.2)))
            page = page + np.float32(print_dark) * self._papers.cut(rng, size)
        if rng.random() < 0.3:
            page = page + np.float32(dark * rng.uniform(0.3, 1.1)) * backgrounds.rulings(rng, size)
        ink_level = np.float32(page.mean() + dark)
        page = page + backgrounds.light(rng, size)
        page = page * (1 - cover) + np.maximum(page, ink_level) * cover
        return backgrounds.seen(rng, page)


def _scaled(ink: Ink, height: float, stretch: float) -> Ink:
    """Ink of about that height; a flat symbol is not blown up to it."""
    scale = height / max(ink.shape[0], 0.6 * ink.shape[1])
    size = (max(2, round(ink.shape[1] * scale * stretch)), max(2, round(ink.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(ink, size, interpolation=how), np.uint8)


def _dash(rng: np.random.Generator, canvas: _Canvas, base: int, height: float) -> None:
    """A dash or two, one above the other, or a wave: it closes an amount and is no digit."""
    thick = max(1, round(rng.uniform(0.03, 0.1) * height))
    left = canvas.x + round(rng.uniform(0.05, 0.4) * height)
    right = left + round(rng.uniform(0.25, 1.4) * height)
    if left >= canvas.ink.shape[1]:
        return
    y = base - round(rng.uniform(0.15, 0.75) * height)
    drop = round(rng.normal(0, 0.1) * height)
    for offset in (0, round(0.22 * height)) if rng.random() < 0.35 else (0,):
        ends = (left, y + offset), (right, y + offset + drop)
        cv2.line(canvas.ink, *ends, int(rng.integers(150, 256)), thick, cv2.LINE_AA)
    canvas.x = min(right, canvas.ink.shape[1])
    canvas.right[:] = np.maximum(canvas.right, canvas.x)


def _bent(
    rng: np.random.Generator, ink: NDArray[np.uint8], zoom: float, width: int, written: int
) -> NDArray[np.uint8]:
    """The canvas slanted, turned and shrunk onto a strip; what is written stays on it."""
    tall = ink.shape[0]
    slant = rng.normal(0, 0.12) if rng.random() < 0.7 else 0.0
    turn = np.deg2rad(rng.normal(0, 1.5))
    rows = np.flatnonzero(ink.any(1))
    top, bottom = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (0, tall)
    # Room above and below, or, seldom, a little less than none.
    free = STRIP_HEIGHT - (bottom - top) / zoom
    scale = 1 / zoom if free > -2 else STRIP_HEIGHT / (bottom - top)
    free = max(free, STRIP_HEIGHT - (bottom - top) * scale)
    shift = rng.uniform(-0.03 * STRIP_HEIGHT, max(0.0, free) + 0.03 * STRIP_HEIGHT)
    middle = 0.5 * (top + bottom)
    # Slanted around the middle of the line, so that it neither leaves the strip nor shifts.
    matrix = np.array(
        [
            [scale, -slant * scale, slant * scale * middle],
            [np.sin(turn) * scale, scale, shift - top * scale - np.sin(turn) * scale * written / 2],
        ]
    )
    size = (width, STRIP_HEIGHT)
    if scale < 0.7:  # average, where shrinking would skip pixels
        ink = cv2.blur(ink, (2, 2))
    return np.asarray(cv2.warpAffine(ink, matrix, size, flags=cv2.INTER_LINEAR), np.uint8)
