"""A hand and a pen: from stroke templates to ink."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.data.glyphs import Stroke

Ink = NDArray[np.float32]
Path = NDArray[np.float64]
"""Points float64 (n, 2) as x, y in units of the symbol's height, y downwards."""

_OVERSAMPLING = 2
_SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class Pen:
    """What the line looks like. Widths are fractions of the symbol's height.

    `pressure` is how much the width swells and shrinks along a stroke (0 to 1), `taper` how thin it
    is at the very ends (1: as wide as elsewhere), `nib` the length of a flat nib's edge and
    `nib_angle` its direction in radians (0 for a round tip), `grain` how much paper shows through.
    """

    width: float
    pressure: float = 0.0
    taper: float = 1.0
    nib: float = 0.0
    nib_angle: float = 0.0
    grain: float = 0.0


@dataclass(frozen=True)
class Hand:
    """How a writer bends a template. Lengths are fractions of the symbol's height.

    `slant` and `turn` are radians (positive leans right, turns clockwise), `stretch` multiplies the
    width, `jitter` moves control points, `warp` bends the whole symbol, `wobble` shakes the line,
    `slip` moves strokes apart or lets them run past or stop short of their ends.
    """

    slant: float = 0.0
    turn: float = 0.0
    stretch: float = 1.0
    jitter: float = 0.0
    warp: float = 0.0
    wobble: float = 0.0
    slip: float = 0.0


def random_pen(rng: np.random.Generator, widest: float = 0.18) -> Pen:
    """A pen from hair-thin to marker: 2 % of the symbol's height up to `widest`."""
    width = float(np.exp(rng.uniform(np.log(0.02), np.log(widest))))
    flat = rng.random() < 0.2
    return Pen(
        width=width * (0.6 if flat else 1.0),
        pressure=float(rng.uniform(0, 0.45)) if rng.random() < 0.5 else 0.0,
        taper=float(rng.uniform(0.3, 1.0)) if rng.random() < 0.3 else 1.0,
        nib=width * float(rng.uniform(0.4, 1.0)) if flat else 0.0,
        nib_angle=float(rng.uniform(-1.2, 0.2)),
        grain=float(rng.uniform(0.1, 0.6)) if rng.random() < 0.12 else 0.0,
    )


def random_hand(rng: np.random.Generator) -> Hand:
    """A writer: slants from about -20 to 35 degrees; `haste` runs from neat (0) to hasty (1)."""
    haste = float(rng.beta(1.6, 3.0))
    lean = rng.normal(0.14, 0.2)
    return Hand(
        # Few lean backwards, and a 1 that does so far becomes a caret.
        slant=float(np.clip(lean if lean > 0 else 0.7 * lean, -0.43, 0.6)),
        turn=float(np.clip(rng.normal(0, 0.06), -0.12, 0.12)),
        stretch=float(np.exp(np.clip(rng.normal(0, 0.17), -0.3, 0.4))),
        jitter=0.008 + 0.03 * haste,
        warp=0.004 + 0.035 * haste,
        wobble=0.007 * float(rng.random()) ** 2,
        slip=0.006 + 0.035 * haste,
    )


def write(
    rng: np.random.Generator, strokes: Sequence[Stroke], aspect: float, hand: Hand
) -> list[Path]:
    """The paths of `strokes` as that hand writes them, in a box 1 high and about `aspect` wide."""
    scale = np.array([aspect * hand.stretch, 1.0])
    paths = []
    for stroke in strokes:
        # Points that stand close together may move less, or the line between them buckles.
        jitter = hand.jitter * min(1.0, 6 / len(stroke.points))
        points = stroke.points * scale + rng.normal(0, jitter, stroke.points.shape)
        path = stroke.curve(points) + rng.normal(0, 0.4 * hand.slip, 2)
        paths.append(_shake(rng, _shift_ends(rng, path, hand.slip), hand.wobble))
    bend = _random_bend(rng, hand.warp)
    return [bend(path) @ _lean(hand).T for path in paths]


def draw(rng: np.random.Generator, paths: list[Path], pen: Pen, height_px: float) -> Ink:
    """The ink of `paths` (units of `height_px` pixels), with a margin of about a pen's width.

    Returns float32 (h, w) in 0..1; h and w follow from the paths and the pen.
    """
    scale = height_px * _OVERSAMPLING
    margin = 2 * _OVERSAMPLING + scale * (0.7 * pen.width * (1 + pen.pressure) + 0.5 * pen.nib)
    everything = np.concatenate(paths)
    origin = everything.min(axis=0)
    width, height = np.ceil((everything.max(axis=0) - origin) * scale + 2 * margin)
    # Even sides, so that the reduction averages whole blocks.
    canvas = np.zeros((int(height) + int(height) % 2, int(width) + int(width) % 2), np.uint8)
    for path in paths:
        _draw_stroke(rng, canvas, (path - origin) * scale + margin, pen, scale)
    size = (canvas.shape[1] // _OVERSAMPLING, canvas.shape[0] // _OVERSAMPLING)
    ink: Ink = cv2.resize(canvas, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return ink * _grain(rng, ink.shape, pen.grain) if pen.grain else ink


def _draw_stroke(
    rng: np.random.Generator, canvas: NDArray[np.uint8], path: Path, pen: Pen, scale: float
) -> None:
    """Draws one stroke, in pixels of the canvas, as runs of one thickness each."""
    widths = np.rint(_widths(rng, len(path), pen) * scale).clip(1).astype(int)
    fixed = np.rint(path * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    breaks = [0, *(np.flatnonzero(np.diff(widths)) + 1).tolist(), len(path) - 1]
    for offset in _nib_offsets(pen, scale):
        moved = fixed + offset
        for first, last in pairwise(breaks):
            run = moved[first : last + 1]
            cv2.polylines(
                canvas, [run], False, 255, int(widths[first]), cv2.LINE_AA, _SUBPIXEL_BITS
            )


def _widths(rng: np.random.Generator, count: int, pen: Pen) -> NDArray[np.float64]:
    along = np.linspace(0, 1, count)
    swing = np.sin(2 * np.pi * (rng.uniform(0.4, 1.6) * along + rng.random()))
    ends = np.minimum(1, pen.taper + (1 - pen.taper) * np.minimum(along, 1 - along) / 0.18)
    widths: NDArray[np.float64] = pen.width * (1 + pen.pressure * swing) * ends
    return widths


def _nib_offsets(pen: Pen, scale: float) -> NDArray[np.int32]:
    """Where along the edge of a flat nib to repeat the line: close enough to leave no gap."""
    steps = 1 + int(np.ceil(2 * pen.nib / pen.width))
    along = np.linspace(-0.5, 0.5, steps) if pen.nib else np.zeros(1)
    edge = np.array([np.cos(pen.nib_angle), np.sin(pen.nib_angle)]) * pen.nib * scale
    return np.rint(along[:, None] * edge * (1 << _SUBPIXEL_BITS)).astype(np.int32)


def _shift_ends(rng: np.random.Generator, path: Path, slip: float) -> Path:
    """Lets a stroke begin and end early or late, so that loops stay open or cross themselves."""
    early, late = np.clip(rng.normal(0, slip, 2), -1.5 * slip, 1.5 * slip)
    steps = np.hypot(*np.diff(path, axis=0).T)
    length = float(steps.sum())
    if length < 0.3:
        return path
    if early < 0 or late < 0:
        at = np.concatenate([[0.0], np.cumsum(steps)])
        keep = (at >= -early) & (at <= length + late)
        path = path[keep] if keep.sum() > 2 else path
    head = _beyond(path[:3], early) if early > 0 else path[:0]
    tail = _beyond(path[:-4:-1], late) if late > 0 else path[:0]
    return np.concatenate([head, path, tail])


def _beyond(end: Path, distance: float) -> Path:
    direction = end[0] - end[-1]
    norm = float(np.hypot(*direction))
    return (end[:1] + direction / norm * distance) if norm > 1e-6 else end[:0]


def _shake(rng: np.random.Generator, path: Path, wobble: float) -> Path:
    if wobble < 0.001:
        return path
    knots = max(3, len(path) // 6)
    noise = rng.normal(0, wobble, (knots, 2))
    at = np.linspace(0, knots - 1, len(path))
    shaken = [np.interp(at, np.arange(knots), column) for column in noise.T]
    return np.asarray(path + np.column_stack(shaken), np.float64)


def _random_bend(rng: np.random.Generator, warp: float) -> Callable[[Path], Path]:
    frequency = rng.uniform(1.5, 5.0, (2, 2))
    phase = rng.uniform(0, 2 * np.pi, 2)

    def bend(path: Path) -> Path:
        bent: Path = path + warp * np.sin(path @ frequency + phase)
        return bent

    return bend


def _lean(hand: Hand) -> NDArray[np.float64]:
    cos, sin = np.cos(hand.turn), np.sin(hand.turn)
    shear = np.array([[1.0, -np.tan(hand.slant)], [0.0, 1.0]])
    matrix: NDArray[np.float64] = np.array([[cos, -sin], [sin, cos]]) @ shear
    return matrix


def _grain(rng: np.random.Generator, shape: tuple[int, ...], amount: float) -> Ink:
    noise = rng.random(shape, dtype=np.float32)
    return np.asarray(1 - amount * cv2.GaussianBlur(noise, (3, 3), 0), np.float32)
