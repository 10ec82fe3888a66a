"""Taking the form's own print out of what was written on it."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Mask = NDArray[np.bool_]

_LIGHT_SHARE = 0.5
"""Light is evened over so much of the shorter side: strokes and print are finer."""

_SEEN, _PRINTED = 0.12, 0.06
"""From how much darker than its paper a pixel counts as ink: less where print is known to be."""

_STRAY_SHARE = 0.03
"""So far, as a share of the shorter side, print may lie from where the alignment puts it."""

_ALL = 0.97
"""The share of a patch of ink that lies on print where the patch is nothing but print."""


def without_print(seen: Pixels, form: Pixels) -> Pixels:
    """A field as it was filled in, without the patches of ink that are nothing but print.

    `seen` is the field on the page and `form` the same on the empty form, both uint8 `(H, W, 3)`.
    What touches writing stays: half a digit would be worse than a line through it.
    """
    reach = max(3, round(_STRAY_SHARE * min(seen.shape[:2])))
    printed = _spread(_ink(form, _PRINTED), reach)
    if not printed.any():
        return seen
    ink = _ink(seen, _SEEN)
    count, labels = cv2.connectedComponents(ink.astype(np.uint8))
    sizes = np.bincount(labels.ravel(), minlength=count)
    on_print = np.bincount(labels.ravel(), weights=printed.ravel(), minlength=count)
    written = on_print < _ALL * sizes
    written[0] = False  # the paper
    # With the soft edges of the print, which are no ink by themselves, but not those of writing.
    gone = printed & ~_spread(written[labels], 2)
    cleaned = seen.copy()
    cleaned[gone] = _paper(seen, ink | gone)[gone]
    return cleaned


def _ink(pixels: Pixels, least: float) -> Mask:
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    side = max(3, round(_LIGHT_SHARE * min(grey.shape)))
    # The lightest around, and not the mean: a field may be full of ink.
    paper = cv2.blur(cv2.dilate(grey, np.ones((9, 9), np.uint8)), (side, side))
    ink: Mask = grey < (1 - least) * paper
    return ink


def _spread(mask: Mask, reach: int) -> Mask:
    kernel = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel), np.bool_)


def _paper(pixels: Pixels, ink: Mask) -> NDArray[np.float32]:
    """The colour of the paper at each pixel: that of what is near and no ink."""
    side = max(3, round(_LIGHT_SHARE * min(ink.shape)))
    bare = (~ink).astype(np.float32)
    weight = cv2.blur(bare, (side, side))
    colours = cv2.blur(pixels.astype(np.float32) * bare[..., np.newaxis], (side, side))
    whole = pixels[~ink].mean(0) if bare.any() else np.full(3, 255.0)
    near = weight[..., np.newaxis]
    return np.where(near > 1e-3, colours / np.maximum(near, 1e-3), whole).astype(np.float32)
