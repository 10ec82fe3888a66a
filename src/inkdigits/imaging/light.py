"""A page of grey -> the light that falls on its paper.

What varies slowly over the whole page (lamp, vignette) is a smooth surface, fitted so that ink does
not bend it. What varies faster (shadows) is left when everything as narrow as a stroke is closed
over (a grey-scale closing, Serra 1982). Pages here are dark on light.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]

_THUMB_SIDE = 320
"""Long side of the picture on which light is estimated: light varies slowly."""

_WIDEST_STROKE = 0.3
"""A stroke is never wider than this share of the page's sides (of their geometric mean)."""

_CLOSE_OVER = 3.0
"""The light is measured across so many stroke widths: a crossing is wider than a stroke."""

FAINTEST = 0.055
"""Ink that takes away less light than this share is not told from paper."""

_SURFACE_FROM = 64
"""From this short side on, in pixels of the thumbnail, a surface is fitted: in a tinier picture it
would follow the digit."""

_SURFACE_STEP = 4
"""One pixel in so many of the thumbnail takes part in the fit, each way."""

_SURFACE_DEGREE = 4
"""Degree of the polynomial surface: a vignette falls off with the fourth power (cos^4 law)."""

_FIT_ROUNDS = 8

_ON_SURFACE = 0.08
_MOSTLY_PAPER = 0.7
"""The fit stands if this share of the pixels lies within 8 % of the surface. Otherwise the page is
mostly ink, or its light has edges, which a polynomial cannot follow."""

_EVENLY_LIT = 0.8
"""Paper of one grey, give or take one level, on this share of the page needs no surface: a drawing
on a screen, a clean scan."""

_FLAT = 200
"""The grey of paper on which the surface has been evened out: leaves room for what is lighter."""


def light_on(grey: Grey) -> Grey:
    """The light on the paper of a page `(h, w)`: the grey of the paper, under ink too; at least 1.

    In two passes: what the widest possible stroke leaves of the light shows how wide the strokes
    are; then only so much is closed over, which follows shadows far closer.
    """
    thumb = np.asarray(cv2.medianBlur(thumbnail(grey), 3), np.uint8)
    surface = _surface(thumb)
    flat = cv2.divide(thumb.astype(np.float32), surface, scale=_FLAT)
    flat = np.minimum(flat, 255).astype(np.uint8)
    widest = _WIDEST_STROKE * float(np.sqrt(thumb.size))
    rough = 255 - cv2.divide(flat, _closed(flat, widest), scale=255)
    closed = _closed(flat, min(widest, _CLOSE_OVER * _stroke_width(rough)))
    light = cv2.multiply(closed.astype(np.float32), surface, scale=1 / _FLAT)
    light = np.clip(light, 1, 255).astype(np.uint8)
    return np.asarray(cv2.resize(light, grey.shape[::-1], interpolation=cv2.INTER_LINEAR), np.uint8)


def thumbnail(grey: Grey) -> Grey:
    """The picture, shrunk by area where it is larger than light needs."""
    shrink = _THUMB_SIDE / max(grey.shape)
    if shrink >= 1:
        return grey
    height, width = (max(1, round(side * shrink)) for side in grey.shape)
    return np.asarray(cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _surface(thumb: Grey) -> NDArray[np.float32]:
    """The smooth surface of the light, at least 1: least squares with Cauchy weights."""
    if min(thumb.shape) < _SURFACE_FROM:
        return np.full(thumb.shape, float(np.percentile(thumb, 90)) + 1, np.float32)
    sample = thumb[::_SURFACE_STEP, ::_SURFACE_STEP]
    paper = float(np.median(sample))
    if np.mean(np.abs(sample - paper) <= 1) >= _EVENLY_LIT:
        return np.full(thumb.shape, max(1.0, paper), np.float32)
    terms = _polynomial(*sample.shape)
    grey = sample.ravel().astype(np.float64)
    weights = np.ones_like(grey)
    for _ in range(_FIT_ROUNDS):
        weighted = terms * weights[:, None]
        ridge = 1e-6 * np.eye(terms.shape[1])
        solution = np.linalg.solve(weighted.T @ terms + ridge, weighted.T @ grey)
        residual = grey - terms @ solution
        spread = max(1.0, 1.4826 * float(np.median(np.abs(residual))))
        weights = 1 / (1 + (residual / (1.5 * spread)) ** 2)
    if np.mean(np.abs(residual) < _ON_SURFACE * np.abs(grey - residual)) < _MOSTLY_PAPER:
        return np.full(thumb.shape, float(np.percentile(thumb, 90)) + 1, np.float32)
    fitted = (terms @ solution).reshape(sample.shape).astype(np.float32)
    smooth = cv2.resize(fitted, thumb.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.maximum(smooth, max(1.0, 0.1 * float(np.median(fitted)))), np.float32)


def _polynomial(height: int, width: int) -> NDArray[np.float64]:
    """The terms x^i y^j with i + j up to the degree, over -1..1: `(height * width, terms)`."""
    # Powers of a row and a column are few; powers of every pixel would cost as much as the fit.
    powers = np.arange(_SURFACE_DEGREE + 1)
    x = np.linspace(-1, 1, width) ** powers[:, None]
    y = np.linspace(-1, 1, height) ** powers[:, None]
    terms = [
        np.outer(y[j], x[i]).ravel() for i in powers for j in powers if i + j <= _SURFACE_DEGREE
    ]
    return np.stack(terms, 1)


def _closed(grey: Grey, stroke_px: float) -> Grey:
    """The picture, at least 1, with everything up to `stroke_px` wide closed over."""
    side = max(5, round(stroke_px)) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_RECT, (side, side))
    light = cv2.morphologyEx(grey, cv2.MORPH_CLOSE, kernel)
    if light.min() != light.max():  # nothing else can be smoothed
        light = cv2.GaussianBlur(light, (0, 0), max(0.6, side / 16))
    return np.asarray(np.maximum(light, 1), np.uint8)


def _stroke_width(contrast: Grey) -> float:
    """The width of the strokes in pixels: the median along them, without what only light does.

    Shadows and vignettes reach the edge of the page; they count only if everything else does too.
    """
    level, mask = cv2.threshold(contrast, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    mask = (contrast > max(255 * FAINTEST, 0.5 * level)).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask)
    height, width = mask.shape
    left, top, wide, high, area = stats.T
    inner = (left > 0) & (top > 0) & (left + wide < width) & (top + high < height)
    inner &= np.maximum(wide, high) > 0.02 * max(height, width)
    inner[0] = False
    if not inner.any():
        inner = np.arange(len(stats)) > 0
    # Where no paper is left, the distance to it would be the largest float.
    radius = np.minimum(cv2.distanceTransform(mask, cv2.DIST_L2, 3), max(mask.shape))
    widths = np.zeros(len(stats), np.float32)
    ink = mask > 0
    np.maximum.at(widths, labels[ink], 2 * radius[ink])
    chosen = np.flatnonzero(inner)
    if not len(chosen):
        return float(min(mask.shape))
    chosen = chosen[np.argsort(widths[chosen])]
    length = area[chosen] / widths[chosen]  # the edge of a shadow is wide, and covers much
    reached = np.searchsorted(np.cumsum(length), 0.5 * length.sum())
    return float(widths[chosen[reached]])
