"""Paper to write on, and what happens to it until a camera or a scanner has seen it.

Everything is darkness, float32 `(h, w)`: 0 white, 1 black.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Darkness = NDArray[np.float32]

_SHEET = (144, 1152)
"""Height and width of each sheet of a pool, in pixels."""


class Papers:
    """A pool of patterned papers, drawn once by `seed`, from which pieces are cut."""

    def __init__(self, seed: int, sheets: int = 240) -> None:
        rng = np.random.default_rng((seed, 1))
        self._patterns = [security_pattern(rng, _SHEET) for _ in range(sheets)]

    def cut(self, rng: np.random.Generator, size: tuple[int, int]) -> Darkness:
        """A piece of patterned paper `size`, (h, w), darkness 0 to 1 where the print is."""
        pattern = self._patterns[int(rng.integers(len(self._patterns)))]
        zoom = float(rng.uniform(0.75, 1.6))
        height, width = (min(round(s / zoom), p) for s, p in zip(size, pattern.shape, strict=True))
        top = int(rng.integers(pattern.shape[0] - height + 1))
        left = int(rng.integers(pattern.shape[1] - width + 1))
        piece = pattern[top : top + height, left : left + width]
        return np.asarray(cv2.resize(piece, size[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def security_pattern(rng: np.random.Generator, size: tuple[int, int]) -> Darkness:
    """The print of cheques and forms: families of fine, waving, parallel lines, or a weave."""
    y, x = np.mgrid[: size[0], : size[1]].astype(np.float32)
    if rng.random() < 0.2:
        return _weave(rng, size)
    pattern = np.zeros(size, np.float32)
    for _ in range(int(rng.integers(1, 4))):
        angle = rng.normal(0, 0.5) if rng.random() < 0.7 else rng.uniform(0, np.pi)
        along = np.cos(angle) * x + np.sin(angle) * y
        across = -np.sin(angle) * x + np.cos(angle) * y
        spacing = rng.uniform(2.5, 9)
        swing = rng.uniform(0, 9) * np.sin(
            2 * np.pi * along / rng.uniform(25, 160) + rng.uniform(0, 6)
        )
        if rng.random() < 0.3:  # rings, as from a drop
            middle = rng.uniform((0, 0), size)
            across = np.hypot(y - middle[0], x - middle[1])
        phase = ((across + swing) / spacing) % 1
        half = rng.uniform(0.5, 1.0) / spacing
        line = np.clip(1 - np.abs(phase - 0.5) / half, 0, 1)
        pattern = np.maximum(pattern, line * rng.uniform(0.4, 1.0))
    return np.asarray(pattern, np.float32)


def _weave(rng: np.random.Generator, size: tuple[int, int]) -> Darkness:
    """Blurred noise, stretched along one direction: the tint behind the figures."""
    noise = rng.standard_normal(size).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), rng.uniform(0.6, 1.6), sigmaY=rng.uniform(0.6, 1.2))
    return np.asarray(np.clip(0.5 + 0.5 * soft / soft.std(), 0, 1), np.float32)


def rulings(rng: np.random.Generator, size: tuple[int, int]) -> Darkness:
    """Printed lines of a notebook or a form: a line to write on, two, or squares."""
    height, width = size
    lines = np.zeros(size, np.float32)
    thick = int(rng.integers(1, 3))
    kind = rng.random()
    if kind < 0.6:
        for at in rng.choice([0.03, 0.08, 0.85, 0.9, 0.95], int(rng.integers(1, 3))):
            y = round(height * (at + rng.uniform(-0.03, 0.03)))
            drop = round(rng.normal(0, 1.5))
            cv2.line(lines, (0, y), (width, y + drop), 1.0, thick, cv2.LINE_AA)
    else:
        step = rng.uniform(0.2, 0.9) * height
        both = rng.random() < 0.6
        for y in np.arange(rng.uniform(0, step), height, step):
            cv2.line(lines, (0, round(y)), (width, round(y)), 1.0, thick)
        if both:
            for x in np.arange(rng.uniform(0, step), width, step):
                cv2.line(lines, (round(x), 0), (round(x), height), 1.0, thick)
    return lines * np.float32(rng.uniform(0.25, 0.9))


def light(rng: np.random.Generator, size: tuple[int, int]) -> Darkness:
    """Uneven light: a gradient, and now and then the edge of a shadow. Darkness to be added."""
    height, width = size
    x = np.linspace(-1, 1, width, dtype=np.float32)
    shade = rng.normal(0, 0.05) * x + rng.normal(0, 0.03) * x**2
    if rng.random() < 0.25:
        edge = rng.uniform(-1, 1)
        shade = shade + rng.uniform(0.05, 0.25) * (
            0.5 - 0.5 * np.tanh((x - edge) * rng.uniform(2, 30))
        )
    return np.asarray(np.broadcast_to(shade, (height, width)), np.float32)


def seen(rng: np.random.Generator, page: Darkness) -> Darkness:
    """What a camera makes of a page: out of focus, grain, few levels, compression."""
    if rng.random() < 0.5:
        page = np.asarray(cv2.GaussianBlur(page, (0, 0), rng.uniform(0.3, 1.1)), np.float32)
    if rng.random() < 0.5:
        sigma = np.float32(abs(rng.normal(0, 0.03)))
        page = page + sigma * rng.standard_normal(page.shape, np.float32)
    if rng.random() < 0.25:
        page = _compressed(page, int(rng.integers(25, 90)))
    return np.asarray(page, np.float32)


def _compressed(page: Darkness, quality: int) -> Darkness:
    levels = np.rint(255 * (1 - page).clip(0, 1)).astype(np.uint8)
    coded = cv2.imencode(".jpg", levels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    decoded = np.asarray(cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE), np.float32)
    return np.asarray(1 - decoded / np.float32(255), np.float32)
