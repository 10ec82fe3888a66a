"""Ink without a template: scribbles, invented signs, filled silhouettes and noise.

Each drawer returns float32 (h, w) in 0..1 that is about `height_px` high.
"""

from collections.abc import Mapping
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.data.glyphs import Glyph, Stroke
from inkdigits.data.strokes import Hand, Ink, draw, random_hand, random_pen, write

SILHOUETTES: Final[Mapping[str, Glyph]] = {
    name: Glyph(outline, 1.0)
    for name, outline in {
        "shirt": "30,0! 42,8 58,8 70,0! 100,22! 88,42! 76,34! 78,100! 22,100! 24,34! 12,42! 0,22! "
        "30,0!",
        "pullover": "32,0! 50,6 68,0! 84,10! 100,90! 84,94! 74,40! 76,100! 24,100! 26,40! 16,94! "
        "0,90! 16,10! 32,0!",
        "trousers": "28,0! 72,0! 80,100! 58,100! 50,26! 42,100! 20,100! 28,0!",
        "dress": "38,0! 44,10! 56,10! 62,0! 60,36! 76,100! 24,100! 40,36! 38,0!",
        "coat": "34,0! 66,0! 86,12! 96,80! 82,82! 76,36! 80,100! 20,100! 24,36! 18,82! 4,80! "
        "14,12! 34,0!",
        "shoe": "0,34! 26,30! 48,52 78,60 100,74! 100,88! 0,88! 0,34!",
        "boot": "26,0! 64,0! 62,56! 92,72 98,96! 54,96! 46,84! 40,98! 22,98! 30,50! 26,0!",
        "sandal": "0,60! 30,56! 60,80! 100,78! 100,90! 58,92! 26,70! 12,72! 10,92! 2,92! 0,60!",
        "bag": "4,40! 30,38! 30,14 50,4 70,14 70,38! 96,40! 100,96! 0,96! 4,40!",
        "cap": "0,70! 14,66! 18,30 50,14 82,30 86,66! 100,74! 50,84 0,70!",
        "bottle": "42,0! 58,0! 58,26! 74,44 76,100! 24,100! 26,44 42,26! 42,0!",
        "fish": "0,50! 26,24 60,26 78,46! 100,22! 100,78! 78,54! 60,74 26,76 0,50!",
        "leaf": "50,0! 84,30 88,64 54,88! 56,100! 46,100! 46,88! 12,64 16,30 50,0!",
        "blob": "50,0 84,10 100,46 80,90 40,100 6,76 0,34 50,0",
    }.items()
}
"""Outlines of things, many of them worn; they are filled, never drawn as a line."""


def scribble(rng: np.random.Generator, height_px: int) -> Ink:
    """A knot of line, a patch hatched over, or a crossing-out in coils."""
    scribblers = (_knot, _hatching, _coil)
    points = scribblers[rng.choice(3, p=[0.45, 0.3, 0.25])](rng)
    points = (points - points.min(axis=0)) / np.ptp(points, axis=0)
    strokes = [Stroke(points, (False,) * len(points))]
    paths = write(rng, strokes, float(rng.uniform(0.7, 1.8)), Hand())
    return draw(rng, paths, random_pen(rng, 0.09), 0.9 * height_px)


def invented_sign(rng: np.random.Generator, height_px: int) -> Ink:
    """Four to six strokes of an alphabet that does not exist."""
    strokes = []
    for _ in range(int(rng.integers(4, 7))):
        steps = rng.normal(0, 0.42, (int(rng.integers(1, 4)), 2)).cumsum(axis=0)
        start = rng.random(2)
        points = np.clip(np.vstack([start, start + steps]), 0, 1)
        strokes.append(Stroke(points, (False,) * len(points)))
    paths = write(rng, strokes, float(rng.uniform(0.7, 1.2)), random_hand(rng))
    return draw(rng, paths, random_pen(rng, 0.08), 0.9 * height_px)


def silhouette(rng: np.random.Generator, height_px: int) -> Ink:
    """A filled outline, such as a garment, in shades of grey."""
    names = sorted(SILHOUETTES)
    outline = SILHOUETTES[names[rng.integers(len(names))]]
    turn, stretch = rng.normal(0, 0.06), np.exp(rng.normal(0, 0.2))
    hand = Hand(turn=float(turn), stretch=float(stretch), jitter=0.02, warp=0.02)
    path = write(rng, outline.strokes, outline.aspect, hand)[0]
    points = (path - path.min(axis=0)) * 0.9 * height_px + 2
    width, height = np.ceil(points.max(axis=0) + 2).astype(int)
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.rint(points * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return np.asarray(mask.astype(np.float32) / 255 * _cloth(rng, height, width), np.float32)


def noise(rng: np.random.Generator, height_px: int) -> Ink:
    """A patch of specks or clouds, without an outline."""
    coarse = int(rng.integers(3, 16))
    clouds = rng.random((coarse, coarse), dtype=np.float32)
    patch = cv2.resize(clouds, (height_px, height_px), interpolation=cv2.INTER_CUBIC).clip(0, 1)
    if rng.random() < 0.6:
        patch = patch * (patch > np.quantile(patch, rng.uniform(0.2, 0.8)))
    if rng.random() < 0.3:
        patch = patch * (rng.random(patch.shape) < rng.uniform(0.2, 0.8))
    ink: Ink = (patch / patch.max()).astype(np.float32)
    return ink


def _knot(rng: np.random.Generator) -> NDArray[np.float64]:
    count = int(rng.integers(14, 28))
    knot: NDArray[np.float64] = 0.25 * rng.normal(0, 1, (count, 2)).cumsum(axis=0)
    return knot + rng.random((count, 2))


def _hatching(rng: np.random.Generator) -> NDArray[np.float64]:
    count = int(rng.integers(10, 24))
    points = np.column_stack([np.linspace(0, 1, count), np.arange(count) % 2.0])
    points += rng.normal(0, 0.09, points.shape)
    return points if rng.random() < 0.5 else points[:, ::-1]


def _coil(rng: np.random.Generator) -> NDArray[np.float64]:
    """Loops that drift sideways: loops on one spot would make a 0."""
    count = int(rng.integers(24, 48))
    angle = np.arange(count) * rng.uniform(1.0, 1.5)
    radius = rng.uniform(0.3, 0.6) + rng.normal(0, 0.15, count)
    points = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
    points[:, 0] += np.linspace(0, rng.uniform(1.2, 2.4), count)
    return points


def _cloth(rng: np.random.Generator, height: int, width: int) -> Ink:
    """Shades in 0.15..1: a fold of light, and sometimes stripes or grain."""
    coarse = rng.random((int(rng.integers(2, 6)), int(rng.integers(2, 6))), dtype=np.float32)
    folds = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
    shade = rng.uniform(0.45, 1.0) - rng.uniform(0, 0.5) * folds
    if rng.random() < 0.35:
        ys, xs = np.mgrid[0:height, 0:width] / max(height, width)
        stripes = np.sin((ys if rng.random() < 0.6 else xs) * rng.uniform(15, 60))
        shade -= rng.uniform(0.1, 0.5) * (stripes > rng.uniform(-0.5, 0.8))
    if rng.random() < 0.4:
        shade += rng.normal(0, rng.uniform(0.03, 0.15), shade.shape)
    cloth: Ink = shade.clip(0.15, 1).astype(np.float32)
    return cloth
