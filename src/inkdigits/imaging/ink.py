"""A page of pixels -> how much ink is where.

Light, polarity and contrast are measured, not asked for. The light on the paper is what is left
when everything narrower than a stroke can be is closed over (a grey-scale closing, Serra 1982);
ink is how much darker than that light a pixel is, so a shadow or a vignette cancels out. Light
writing on a dark ground is the same thing with the page inverted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.cells import Cells, find_cells
from inkdigits.imaging.light import FAINTEST, Grey, light_on, thumbnail
from inkdigits.imaging.rules import find_rules
from inkdigits.imaging.sheet import without_desk
from inkdigits.imaging.unruling import measure, measure_sides, without

MAX_SIDE = 2000
"""Long side of the map in pixels: larger pages are shrunk, by area, which also averages noise."""

_SAMPLED_SIDE = 1000
"""Long side of the sample of pixels on which the polarity is measured."""

_PLAINLY_LIGHTER = 3.0
"""What is lighter than the paper must outweigh what is darker so many times to be the ink: grain
and a shadow alone reach 2.4."""

_FINE_FROM = 200
"""From this side on, pixels are finer than pens, and averaging 3x3 of them tames grain."""

_MAJORITY = 0.501
"""More than half, whatever is rounded."""

_AT_EDGE = cv2.BORDER_REPLICATE
"""How `cv2.medianBlur` goes on beyond the edge of a picture."""

_ABOVE_NOISE = 4.5
"""Ink stands out of the grain of the paper by at least so many standard deviations."""

_DIM = 0.5
"""In less than this share of the usual light, noise grows, so contrast counts for less."""

_HALO = 0.3
"""Around strong ink, what is weaker than this share of it is blur, or the pattern of the paper."""

_HALO_FROM = 40
"""In pictures up to this side strokes may be one pixel wide, held together by weak pixels."""


@dataclass(frozen=True, slots=True)
class Ink:
    """Ink found on a page.

    `strength` is float32 `(h, w)`: 1 where a stroke is as dark as it gets, 0 on paper; each
    stroke is measured against its own darkness, so pencil and marker both reach 1. `contrast` is
    uint8 `(h, w)`: the share of the light, 0 to 255, that is taken away. `scale` is the number of
    page pixels in one pixel of the maps (1 or more), and `light_on_dark` the polarity measured.
    Printed rules are no ink: `ruled` says whether there were any, `cells` are the boxes that they
    made.
    """

    strength: NDArray[np.float32]
    contrast: Grey
    scale: float
    light_on_dark: bool
    cells: tuple[Cells, ...] = ()
    ruled: bool = False


def find_ink(pixels: NDArray[np.uint8], light_on_dark: bool | None = None) -> Ink:
    """Find the ink of a page: uint8 `(H, W, 3)` RGB, in any light.

    `light_on_dark` says which the writing is; None: it is measured.
    """
    height, width = pixels.shape[:2]
    scale = max(1.0, max(height, width) / MAX_SIDE)
    if scale > 1:
        size = (max(1, round(width / scale)), max(1, round(height / scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    grey = without_desk(np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8))
    if light_on_dark is None:
        light_on_dark = is_light_on_dark(grey)
    contrast = _contrast(255 - grey if light_on_dark else grey)
    contrast, cells, ruled = _without_rules(contrast)
    return Ink(_strength(contrast), contrast, scale, light_on_dark, cells, ruled)


def turned(ink: Ink, quarter_turns: int) -> Ink:
    """The ink of the page turned clockwise by so many quarter turns; its boxes are not kept."""
    return replace(
        ink,
        cells=(),
        strength=np.ascontiguousarray(np.rot90(ink.strength, -quarter_turns)),
        contrast=np.ascontiguousarray(np.rot90(ink.contrast, -quarter_turns)),
    )


def is_light_on_dark(grey: Grey) -> bool:
    """Whether the writing is lighter than its ground: on which side of the paper ink lies.

    Where there is little of either, as on blank paper, it is dark on light.
    """
    thumb = thumbnail(grey)
    short = min(thumb.shape)
    if short >= 64:
        paper = _median(thumb, min(2 * (short // 2) - 1, 255))
    else:
        # A digit that fills a tiny picture may be most of it, but not of its border.
        border = np.concatenate([thumb[0], thumb[-1], thumb[:, 0], thumb[:, -1]])
        paper = np.full_like(thumb, int(np.median(border)))
    # Sampling keeps the contrast of thin strokes, which averaging would weaken.
    step = max(1, max(grey.shape) // _SAMPLED_SIDE)
    sample = np.ascontiguousarray(grey[::step, ::step])
    there = cv2.resize(paper, sample.shape[::-1], interpolation=cv2.INTER_LINEAR)
    difference = sample.astype(np.int16) - there
    spread = 1.4826 * float(np.median(np.abs(difference[::4, ::4])))
    floor = max(8.0, 4 * spread)
    lighter = difference[difference > floor].sum(dtype=np.int64)
    darker = -difference[difference < -floor].sum(dtype=np.int64)
    return bool(lighter > _PLAINLY_LIGHTER * darker)


def _median(thumb: Grey, side: int) -> Grey:
    """The median around each pixel, in a square of so many pixels."""
    usual = int(np.median(thumb))
    share = cv2.blur((thumb == usual).astype(np.float32), (side, side), borderType=_AT_EDGE)
    if share.min() > _MAJORITY:  # of every square: so it is the median, and blurring takes longer
        return np.full_like(thumb, usual)
    return np.asarray(cv2.medianBlur(thumb, side), np.uint8)


def _contrast(grey: Grey) -> Grey:
    """How much of the light the ink takes away: 0 (paper) to 255 (black). `grey`: dark on light."""
    light = light_on(grey)
    contrast = np.asarray(255 - cv2.divide(grey, light, scale=255), np.uint8)
    dim = _DIM * max(1.0, float(np.median(light[::8, ::8])))
    if light[::8, ::8].min() >= dim:
        return contrast
    trust = cv2.convertScaleAbs(light, alpha=255 / dim)
    return np.asarray(cv2.multiply(contrast, trust, scale=1 / 255), np.uint8)


def _without_rules(contrast: Grey) -> tuple[Grey, tuple[Cells, ...], bool]:
    """The page without its printed lines, the boxes that they made, and whether there were any."""
    found = find_rules(contrast)
    if not found:
        return contrast, (), False
    lines = measure(contrast, found)
    cells, sides = find_cells(contrast, [line.rule for line in lines])
    return without(contrast, [*lines, *measure_sides(contrast, sides)]), cells, True


def _strength(contrast: Grey) -> NDArray[np.float32]:
    """Each stroke against its own darkness; what is not told from paper becomes 0."""
    fine = min(contrast.shape) > _FINE_FROM
    # Low percentiles, since ink may cover most of a picture; of a normal distribution, 1.12
    # standard deviations lie between these two, and half of one above the higher.
    fifth, thirtieth = np.percentile(contrast[::4, ::4] if fine else contrast, (5, 30))
    noise = max(float(thirtieth - fifth) / 1.12, 0.5 * _grain(contrast, fine))
    paper = float(thirtieth) + 0.5 * noise
    low = paper + max(255 * FAINTEST, _ABOVE_NOISE * noise)
    smooth = cv2.blur(contrast, (3, 3)) if fine else contrast
    mask = np.asarray(cv2.threshold(smooth, low, 1, cv2.THRESH_BINARY)[1], np.uint8)
    count, labels = cv2.connectedComponents(mask, ltype=cv2.CV_32S)
    inked = np.flatnonzero(mask)
    component = np.asarray(labels).ravel()[inked]
    values = contrast.ravel()[inked]
    darkest = _darkest(component, values, count)
    strength = np.zeros(contrast.size, np.float32)
    share = (values - np.float32(paper)) / np.maximum(1, darkest[component] - np.float32(paper))
    strength[inked] = np.where(
        share < (_HALO if min(contrast.shape) > _HALO_FROM else 0), 0, np.minimum(share, 1)
    )
    return strength.reshape(contrast.shape)


def _grain(contrast: Grey, fine: bool) -> float:
    """Standard deviation from pixel to pixel: percentiles miss it where noise is cut off at 0."""
    step = 4 if fine else 1
    blurred = cv2.blur(contrast, (3, 3))[::step, ::step]
    rough = np.abs(contrast[::step, ::step].astype(np.int16) - blurred)
    # In a small picture most pixels may lie at the edge of a stroke: a quartile still is paper.
    return 1.4826 * float(np.median(rough)) if fine else 3.14 * float(np.percentile(rough, 25))


def _darkest(
    component: NDArray[np.int32], values: NDArray[np.uint8], count: int
) -> NDArray[np.float32]:
    """The 90th percentile of the values in each component, `(count,)`."""
    ordered = np.sort(component.astype(np.int64) * 256 + values)
    size = np.bincount(component, minlength=count)
    end = np.cumsum(size)
    pick = np.minimum(end - size + (0.9 * size).astype(np.int64), np.maximum(end - 1, 0))
    return (ordered[pick] % 256).astype(np.float32) if len(ordered) else np.zeros(count, np.float32)
