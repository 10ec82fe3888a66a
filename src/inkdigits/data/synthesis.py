"""Symbols drawn by a simulated pen: digits in the world's styles, and ink that is no digit.

Every function is pure but for the generator it is given: the same state of `rng` draws the same
ink. Ink is float32 (h, w) in 0..1, 1 where the pen has been, on 0; h and w vary.
"""

from collections.abc import Callable, Mapping
from typing import Final

import cv2
import numpy as np

from inkdigits.data import doodles, printed
from inkdigits.data.digit_glyphs import DIGITS
from inkdigits.data.glyphs import Glyph, choose
from inkdigits.data.letter_glyphs import ASCENDERS, DESCENDERS, LETTERS
from inkdigits.data.mark_glyphs import MARKS, SHAPES
from inkdigits.data.strokes import Ink, Path, draw, random_hand, random_pen, write

KINDS: Final[Mapping[str, float]] = {
    "letter": 0.40,
    "printed letter": 0.12,
    "mark": 0.13,
    "shape": 0.06,
    "scribble": 0.06,
    "invented": 0.05,
    "word": 0.06,
    "silhouette": 0.10,
    "noise": 0.02,
}
"""How often `draw_non_digit` draws each kind. Letters lead: they are what stands beside digits."""

FRAGMENTS: Final[Mapping[int, tuple[str, ...]]] = {
    0: ("top", "bottom"),
    2: ("bottom", "left"),
    3: ("left",),
    4: ("left",),
    5: ("left",),
    8: ("left",),
}
"""The sides of a digit whose piece is no digit. Any other piece may be one: the lower half of a 1,
7, 4 or 9 is a 1, the lower half of a 6 or 8 and the upper of a 9 is a 0, the right of an 8 a 3."""

_BLANK: Final = 0.1
_MARGIN_PX: Final = 2
_WORD_LETTERS: Final = "".join(sorted(letter for letter in LETTERS if letter.islower()))


def draw_digit(rng: np.random.Generator, value: int, height_px: int = 64) -> Ink:
    """A handwritten digit `value` (0 to 9), about `height_px` high within a small margin.

    Style, slant, proportions, the shake of the hand and the pen (2 % to 18 % of the height) are
    drawn at random. Raises ValueError for other values.
    """
    if not 0 <= value <= 9:
        raise ValueError(f"a digit is 0 to 9, not {value}")
    return _draw_glyph(rng, choose(rng, DIGITS[value]), height_px)


def draw_non_digit(rng: np.random.Generator, height_px: int = 64) -> Ink:
    """Ink that a reader must refuse, of a kind drawn by `KINDS`; at most about `height_px` high."""
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    return draw_kind(rng, kind, height_px)


def draw_kind(rng: np.random.Generator, kind: str, height_px: int = 64) -> Ink:
    """Ink of one of `KINDS`. Raises KeyError for another name."""
    return _DRAWERS[kind](rng, height_px)


def two_symbols(rng: np.random.Generator, left: Ink, right: Ink) -> Ink:
    """Two symbols side by side as one: near, touching or slightly overlapping; no more one digit.

    Their own margins are cut off; the right one is brought to about the height of the left.
    Raises ValueError if one of them is blank.
    """
    left, right = crop(left), crop(right)
    scale = left.shape[0] / right.shape[0] * rng.uniform(0.8, 1.2)
    size = (max(2, round(right.shape[1] * scale)), max(2, round(right.shape[0] * scale)))
    right = cv2.resize(right, size, interpolation=cv2.INTER_AREA).clip(0, 1)
    narrower = min(left.shape[1], right.shape[1])
    gap = round(rng.uniform(-0.15 * narrower, 0.12 * left.shape[0]))
    (high, wide), (right_high, right_wide) = left.shape, right.shape
    height = max(high, right_high)
    ink = np.zeros((height, wide + gap + right_wide), np.float32)
    ink[(height - high) // 2 :][:high, :wide] = left
    top = int(rng.integers(0, height - right_high + 1))
    corner = ink[top : top + right_high, wide + gap :]
    np.maximum(corner, right, out=corner)
    return np.pad(ink, _MARGIN_PX)


def fragment(rng: np.random.Generator, ink: Ink, value: int) -> Ink:
    """A piece of the digit `value`, about 30 % to 40 % of it, that nobody would read as a digit.

    `FRAGMENTS` says which sides can be cut off so. Raises ValueError for a digit that has none,
    and for blank ink.
    """
    if value not in FRAGMENTS:
        raise ValueError(f"any piece of a {value} may be read as a digit; see FRAGMENTS")
    ink = crop(ink)
    side = str(rng.choice(FRAGMENTS[value]))
    share = rng.uniform(0.3, 0.4)
    rows, columns = (max(2, round(length * share)) for length in ink.shape)
    pieces = {"top": ink[:rows], "bottom": ink[-rows:], "left": ink[:, :columns]}
    return np.pad(crop(pieces[side]), _MARGIN_PX)


def crop(ink: Ink) -> Ink:
    """The part of `ink` within its bounding box. Raises ValueError if it is blank."""
    ys, xs = np.nonzero(ink > _BLANK)
    if not ys.size:
        raise ValueError("blank ink has no symbol in it")
    return ink[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1]


def _draw_glyph(rng: np.random.Generator, glyph: Glyph, height_px: int) -> Ink:
    hand = random_hand(rng)
    # A thick pen fills up what is narrow, so a squeezed symbol gets a thinner one.
    widest = max(0.03, glyph.widest_pen * min(1.0, hand.stretch))
    return draw(
        rng, write(rng, glyph.strokes, glyph.aspect, hand), random_pen(rng, widest), 0.9 * height_px
    )


def _draw_from(table: Mapping[str, tuple[Glyph, ...]]) -> Callable[[np.random.Generator, int], Ink]:
    names = sorted(table)

    def drawer(rng: np.random.Generator, height_px: int) -> Ink:
        name = names[int(rng.integers(len(names)))]
        return _draw_glyph(rng, choose(rng, table[name]), height_px)

    return drawer


def _draw_word(rng: np.random.Generator, height_px: int) -> Ink:
    """Two to four letters in one hand, close enough to touch."""
    hand = random_hand(rng)
    paths: list[Path] = []
    x = 0.0
    for letter in rng.choice(list(_WORD_LETTERS), int(rng.integers(2, 5))):
        glyph = choose(rng, LETTERS[str(letter)])
        written = write(rng, glyph.strokes, glyph.aspect, hand)
        top, size = _line_position(str(letter))
        placed = [path * size + np.array([0.0, top]) for path in written]
        left = min(float(path[:, 0].min()) for path in placed)
        placed = [path + np.array([x - left, 0.0]) for path in placed]
        x = max(float(path[:, 0].max()) for path in placed) + rng.uniform(-0.06, 0.08)
        paths += placed
    return draw(rng, paths, random_pen(rng, 0.06), 0.9 * height_px)


def _line_position(letter: str) -> tuple[float, float]:
    """Where a small letter starts below the top of the line, and how high it is."""
    if letter in ASCENDERS:
        return 0.0, 0.7
    return 0.3, 0.65 if letter in DESCENDERS else 0.4


_DRAWERS: Final[Mapping[str, Callable[[np.random.Generator, int], Ink]]] = {
    "letter": _draw_from(LETTERS),
    "printed letter": printed.printed_letter,
    "mark": _draw_from(MARKS),
    "shape": _draw_from(SHAPES),
    "scribble": doodles.scribble,
    "invented": doodles.invented_sign,
    "word": _draw_word,
    "silhouette": doodles.silhouette,
    "noise": doodles.noise,
}
