"""A flat sheet -> a photo of it: seen at an angle, bent, on a desk, in uneven light, compressed."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.data.papers import Sheet

Points = NDArray[np.float64]
"""Points float64 `(n, 2)`, as x, y."""

_TILT = 0.035
_BEND = 0.012
_STEEPEST_TURN = 0.06


def photograph(
    rng: np.random.Generator, sheet: Sheet, desk: bool
) -> tuple[NDArray[np.uint8], Callable[[Points], Points]]:
    """A photo of a sheet, uint8 RGB `(h, w, 3)`, and where on it a point of the sheet comes to lie.

    With `desk` the whole sheet lies on a darker ground; without, the photo shows nothing else.
    """
    height, width = sheet.shape[:2]
    homography = _view(rng, (height, width), desk)
    bend, phase = rng.uniform(-_BEND, _BEND) * height, rng.uniform(0, 2 * np.pi)

    def raised(x: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(bend * np.sin(2.5 * x / width + phase), np.float64)

    def place(points: Points) -> Points:
        bent = np.column_stack([points[:, 0], points[:, 1] + raised(points[:, 0])])
        return np.asarray(cv2.perspectiveTransform(bent[None], homography)[0], np.float64)

    grid = np.stack(np.meshgrid(np.arange(width), np.arange(height)), -1).astype(np.float64)
    flat = cv2.perspectiveTransform(grid.reshape(1, -1, 2), np.linalg.inv(homography))[0]
    flat[:, 1] -= raised(flat[:, 0])
    source = flat.reshape(height, width, 2).astype(np.float32)
    ground = rng.uniform(40, 130, 3).astype(np.float32)
    if desk:
        grain = cv2.resize(rng.normal(0, 12, (40, 12)).astype(np.float32), (width, height))
        outside = ground + grain[..., None]
        inside = (source >= 0).all(-1) & (source < (width, height)).all(-1)
        photo = cv2.remap(sheet, source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        photo = np.where(inside[..., None], photo, outside)
    else:
        photo = cv2.remap(sheet, source, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return _exposed(rng, photo * _light(rng, (height, width))[..., None]), place


def _view(rng: np.random.Generator, shape: tuple[int, int], desk: bool) -> NDArray[np.float64]:
    """From the sheet to the photo: the sheet fills it, or leaves a desk to be seen around it."""
    height, width = shape
    corners = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float64)
    seen = corners + rng.uniform(-_TILT, _TILT, (4, 2)) * (width, height)
    angle = float(np.clip(rng.normal(0, 0.03), -_STEEPEST_TURN, _STEEPEST_TURN))
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = corners.mean(0)
    scale = rng.uniform(0.72, 0.85) if desk else 1.0
    seen = (seen - middle) @ turn.T * scale + middle
    return np.asarray(
        cv2.getPerspectiveTransform(corners.astype(np.float32), seen.astype(np.float32)), np.float64
    )


def _light(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Light that falls off to one side and to the corners, and often a shadow with an edge."""
    y, x = (np.linspace(-1, 1, side, dtype=np.float32) for side in shape)
    angle, slope = rng.uniform(0, 2 * np.pi), rng.uniform(0, 0.2)
    light = 1 - slope * (np.sin(angle) * y[:, None] + np.cos(angle) * x[None])
    light -= rng.uniform(0, 0.25) * (y[:, None] ** 2 + x[None] ** 2) / 2
    if rng.random() < 0.4:
        angle = rng.uniform(0, 2 * np.pi)
        across = np.sin(angle) * y[:, None] + np.cos(angle) * x[None] - rng.uniform(0.1, 0.7)
        soft = rng.uniform(0.005, 0.15)
        light *= 1 - rng.uniform(0.15, 0.5) / (1 + np.exp(-across / soft))
    return np.asarray(light.clip(0.2, 1.1), np.float32)


def _exposed(rng: np.random.Generator, photo: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Blur, grain and compression."""
    blurred = cv2.GaussianBlur(photo, (0, 0), rng.uniform(0.3, 1.2))
    noisy = blurred + rng.normal(0, rng.uniform(0.5, 4), photo.shape).astype(np.float32)
    pixels = noisy.clip(0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 96))]
    stored = cv2.imencode(".jpg", pixels, quality)[1]
    return np.asarray(cv2.imdecode(stored, cv2.IMREAD_COLOR), np.uint8)
