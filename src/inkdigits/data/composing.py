"""Lines of handwriting, composed of single symbols, with what is written in them.

What a line model has to live with: digits that touch and overlap, dots, dashes and signs between
them, words beside them, rulings and boxes, patterned paper, neighbouring lines, shadow, blur.
Every line is a pure function of the generator it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkdigits.data import backgrounds
from inkdigits.data.amounts import draw_digits, in_chains
from inkdigits.data.backgrounds import Darkness, Papers
from inkdigits.data.hands import Hand, Hands, one_of
from inkdigits.data.line_canvas import Canvas, bent, dash, resized, scaled, separator
from inkdigits.data.line_hand import Evenness, Spacing
from inkdigits.imaging.normalize import normalize_strip

OTHER = 10
"""The label of a run of ink that is no digit."""

RealPaper = Callable[[np.random.Generator, tuple[int, int]], Darkness]
"""Cuts real paper of a size, (h, w): darkness float32."""

_IN_FIRST_SET, _IN_TURN, _DRAWN, _IN_OTHER_SET = range(4)
_STYLES = (0.42, 0.14, 0.28, 0.16)
"""How often a line is written in digits of the first real set (MNIST), those of one pen or of all
pens in turn, by one drawn hand, or in another real set."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A strip uint8 `(STRIP_HEIGHT, W)` and its labels: digits 0 to 9 and `OTHER`, in order."""

    strip: NDArray[np.uint8]
    labels: tuple[int, ...]


class Composer:
    """Makes lines out of hands and papers; it holds pools only, and a call never changes it."""

    def __init__(self, hands: Hands, papers: Papers, real_paper: RealPaper | None = None) -> None:
        self._hands, self._papers, self._real_paper = hands, papers, real_paper

    def compose(self, rng: np.random.Generator, width: int, most: int) -> Line:
        """A strip `width` pixels wide with up to `most` digits, as many as find room.

        Before them and after them stands at most one word: there are `most` + 2 labels at most.
        """
        height = float(rng.triangular(20, 33, 47))
        zoom = float(np.clip(1.5 * 33 / height, 1.0, 2.0))  # room for what is drawn finely
        canvas = self._written(rng, round(width * zoom), height * zoom, most)
        ink = bent(rng, canvas, zoom, width)
        if rng.random() < 0.2:
            self._neighbours(rng, ink, height)
        return Line(normalize_strip(self._on_paper(rng, ink)), tuple(canvas.labels))

    def _written(self, rng: np.random.Generator, width: int, height: float, most: int) -> Canvas:
        canvas = Canvas.blank(width, height)
        hand = self._hand(rng)
        count = int(rng.integers(1, most + 1)) if rng.random() < 0.97 else 0
        spacing = Spacing.drawn(rng, height)
        canvas.advance(round(min(0.35 * width, rng.random() ** 3 * 2.5 * height)))
        self._before(rng, canvas)
        evenness = Evenness.drawn(rng, height)
        digits = draw_digits(rng, count)
        chained = evenness.chained and self._hands.chains
        for index, values in enumerate(in_chains(digits) if chained else [[d] for d in digits]):
            size = evenness.next_height(rng, canvas, small=values[0] == 0 and index > 0)
            if len(values) > 1:
                chain = one_of(rng, self._hands.chains[len(values)])
                ink = resized(chain, size / len(chain), spacing.stretch)
            else:
                ink = scaled(hand.write(rng, values[0]), size, spacing.stretch)
            ink = evenness.written(ink)
            top = canvas.top_of(ink, evenness.next_foot(rng, canvas, index))
            if not canvas.place(ink, top, spacing.next_gap(rng, height), spacing.follow_outline):
                break
            canvas.labels.extend(values)
            if evenness.dotted and rng.random() < 0.4:
                separator(rng, canvas)
        self._after(rng, canvas)
        return canvas

    def _hand(self, rng: np.random.Generator) -> Hand:
        style = rng.choice(len(_STYLES), p=_STYLES)
        if style == _DRAWN:
            return one_of(rng, self._hands.drawn)
        if style == _IN_TURN:
            return self._hands.in_turn(0)
        first = style == _IN_FIRST_SET
        return self._hands.hand(rng, 0 if first else int(rng.integers(1, len(self._hands.real))))

    def _before(self, rng: np.random.Generator, canvas: Canvas) -> None:
        """A sign or a word before the digits, now and then."""
        chance = rng.random()
        if chance < 0.07:
            self._sign(rng, canvas)
        elif chance < 0.13:
            self._word(rng, canvas)

    def _after(self, rng: np.random.Generator, canvas: Canvas) -> None:
        """What closes an amount, or a word, now and then."""
        chance = rng.random()
        if chance < 0.15:
            separator(rng, canvas)
        if chance < 0.08:
            dash(rng, canvas)
        elif chance < 0.2:
            dash(rng, canvas)
            if rng.random() < 0.3:
                dash(rng, canvas)
        elif chance < 0.24:
            self._sign(rng, canvas)
        elif chance < 0.32:
            self._word(rng, canvas)

    def _sign(self, rng: np.random.Generator, canvas: Canvas) -> None:
        """A sign that belongs to a number but is no digit; it has no label."""
        sign = one_of(rng, self._hands.signs)
        ink = scaled(sign, canvas.height * rng.uniform(0.4, 1.1))
        gap = round(rng.uniform(0.1, 0.7) * canvas.height)
        canvas.place(ink, canvas.top_of(ink, canvas.base), gap)

    def _word(self, rng: np.random.Generator, canvas: Canvas) -> None:
        """Letters, apart from the digits: one label for the run of them."""
        gap = round(rng.uniform(0.25, 1.2) * canvas.height)
        size = canvas.height * rng.uniform(0.5, 1.1)
        written = False
        for _ in range(int(rng.integers(1, 6))):
            letter = one_of(rng, self._hands.letters)
            ink = scaled(letter, size * rng.uniform(0.7, 1.15))
            if not canvas.place(ink, canvas.top_of(ink, canvas.base), gap):
                break
            written, gap = True, round(rng.uniform(-0.05, 0.2) * canvas.height)
        if written:
            canvas.labels.append(OTHER)
            canvas.advance(canvas.x + round(rng.uniform(0.2, 0.8) * canvas.height))

    def _neighbours(self, rng: np.random.Generator, ink: NDArray[np.uint8], height: float) -> None:
        """The feet of the line above, or the heads of the line below."""
        hand = self._hand(rng)
        above = rng.random() < 0.5
        depth = max(2, round(rng.uniform(0.05, 0.22) * height))
        x = int(rng.integers(0, max(1, ink.shape[1] // 2)))
        edge = ink[:depth] if above else ink[-depth:]
        for _ in range(int(rng.integers(1, 5))):
            symbol = scaled(hand.write(rng, int(rng.integers(10))), height)
            piece = symbol[-depth:] if above else symbol[:depth]
            width = min(piece.shape[1], ink.shape[1] - x)
            if width < 2:
                break
            view = edge[:, x : x + width]
            np.maximum(view, piece[:, :width], out=view)
            x += round(width * rng.uniform(1.0, 2.5))

    def _on_paper(self, rng: np.random.Generator, ink: NDArray[np.uint8]) -> Darkness:
        """Darkness of the line as somebody has photographed, scanned or drawn it."""
        cover: Darkness = ink.astype(np.float32) / np.float32(255)
        if rng.random() < 0.3:
            cover = np.power(cover, np.float32(np.exp(rng.normal(0, 0.4))))
        size = ink.shape
        chance = rng.random()
        if chance < 0.22:  # a drawing, or ink cut out already
            return cover if chance < 0.15 else backgrounds.seen(rng, cover)
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
