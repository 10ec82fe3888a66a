"""What is wrong with a picture, in words that a person can act on.

These explain a refusal; they refuse nothing. All are measured on the ink map, so they mean the same
on a photo of twelve megapixels and on a cut-out of 28x28.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.ink import Ink
from inkdigits.reading import Box

CUT_OFF = "cut off: runs out of the picture"
TOO_FAINT = "too faint: press harder, or photograph it in better light"
BLURRED = "blurred: photograph it again, held still and in focus"

BLANK = "blank: no ink, or no more than specks"
ONLY_CLUTTER = "no writing: the only ink is lines, edges or shadows"
TOO_FAINT_TO_FIND = "too faint: what may be ink is hardly told from the paper"

_SOLID = 0.5
"""Ink of at least this strength at the edge of the map is a stroke that goes on."""

_FAINT = 0.12
"""Ink that takes away less than this share of the light is faint: twice what is told from paper at
all (`light.FAINTEST`). The palest of 266 digits on photos, scans and screens took 0.27."""

_SOFT = 0.085
_SOFT_PX = 5.5
"""An edge is soft if it takes more than this share of the symbol's height, and so many pixels: with
fewer the picture is coarse, not blurred. Of the same 266 those less than 30 pixels high took 4.7
pixels at most, all others 0.07 of their height."""

_SHARPEST = 50
"""The percentile of the steepness along the outline that counts: what is shaken stays sharp along
the way it was moved."""

_LARGER_THAN_GRAIN = 0.04
_LARGER_THAN_GRAIN_PX = 6
"""Ink of at least this share of the page's short side, and so many pixels, is no speck of noise."""

_TRACE = 0.012
_ABOVE_GRAIN = 8.0
"""What may be ink takes away this share of the light, and so many standard deviations of the grain
that averaging leaves."""


def fault_of(ink: Ink, box: Box) -> str:
    """What is wrong with the picture of a symbol whose `box` is in pixels of the ink map, or `""`.

    The gravest comes first: what is cut off cannot be read however sharp it is, and blur makes
    faint.
    """
    window = np.s_[box.top : box.bottom, box.left : box.right]
    strength = ink.strength[window]
    if _runs_out(ink.strength, box):
        return CUT_OFF
    solid = strength >= _SOLID
    if not solid.any():
        return ""
    if _edge_px(ink.contrast, box, solid) > max(_SOFT_PX, _SOFT * box.height):
        return BLURRED
    return TOO_FAINT if np.median(ink.contrast[window][solid]) < 255 * _FAINT else ""


def why_nothing(ink: Ink) -> str:
    """Why no symbol was found on a page: there is no ink, it is too faint, or it is no writing."""
    least = max(_LARGER_THAN_GRAIN_PX, _LARGER_THAN_GRAIN * min(ink.strength.shape))
    if _has_parts(ink.strength > 0, least):
        return ONLY_CLUTTER
    if _has_traces(ink.contrast):
        return TOO_FAINT_TO_FIND
    return ONLY_CLUTTER if ink.ruled else BLANK


def _runs_out(strength: NDArray[np.float32], box: Box) -> bool:
    """Whether solid ink of the box lies on the outermost pixels of the map."""
    height, width = strength.shape
    rows, columns = slice(box.top, box.bottom), slice(box.left, box.right)
    edges = (
        (box.top <= 0, strength[0, columns]),
        (box.bottom >= height, strength[-1, columns]),
        (box.left <= 0, strength[rows, 0]),
        (box.right >= width, strength[rows, -1]),
    )
    return any(at_edge and bool((pixels >= _SOLID).any()) for at_edge, pixels in edges)


def _edge_px(contrast: NDArray[np.uint8], box: Box, solid: NDArray[np.bool_]) -> float:
    """How many pixels the edge of a stroke takes: its contrast over its steepest slope."""
    top, left = max(box.top - 2, 0), max(box.left - 2, 0)
    around = contrast[top : box.bottom + 2, left : box.right + 2].astype(np.float32)
    across = cv2.Sobel(around, cv2.CV_32F, 1, 0, scale=1 / 8)
    down = cv2.Sobel(around, cv2.CV_32F, 0, 1, scale=1 / 8)
    slope = np.hypot(across, down)[box.top - top :, box.left - left :]
    slope = slope[: solid.shape[0], : solid.shape[1]]
    inside = solid.astype(np.uint8)
    outline = solid & (cv2.erode(inside, np.ones((3, 3), np.uint8)) == 0)
    if not outline.any():
        return 0.0
    own = contrast[box.top : box.bottom, box.left : box.right]
    height = float(np.percentile(own[solid], 90))
    return height / max(float(np.percentile(slope[outline], _SHARPEST)), 1e-3)


def _has_traces(contrast: NDArray[np.uint8]) -> bool:
    """Whether something stands out of the paper once its grain is averaged away."""
    smooth = cv2.GaussianBlur(contrast.astype(np.float32), (0, 0), 2.0)
    paper = float(np.median(smooth))
    grain = 1.4826 * float(np.median(np.abs(smooth - paper)))
    traces = smooth > paper + max(255 * _TRACE, _ABOVE_GRAIN * grain)
    return _has_parts(traces, _LARGER_THAN_GRAIN * min(contrast.shape))


def _has_parts(mask: NDArray[np.bool_], least_px: float) -> bool:
    """Whether something connected is at least so long or high."""
    stats = cv2.connectedComponentsWithStats(mask.astype(np.uint8))[2]
    return bool((stats[1:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]] >= least_px).any())
