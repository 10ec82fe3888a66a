"""A picture of any size -> the small one that a network takes, nothing cut off or stretched."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray


def fit(pixels: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Scale `pixels`, uint8 `(H, W, 3)` RGB or `(H, W)` grey, into `shape`, anti-aliased.

    `shape` is `(height, width)` for grey or `(height, width, 3)` for RGB. What the picture lacks to
    the proportions of `shape` is added on both sides, in the colour of its border. A picture that
    has that size already keeps its pixels.
    """
    coloured = _in_colours(pixels, len(shape))
    if coloured.shape == shape:
        return coloured
    field = np.empty(shape, np.uint8)
    field[:] = np.median(border_of(coloured), axis=0).astype(np.uint8)
    # Scaled before it is padded: a line of a million pixels must not become a square of them.
    scale = min(shape[0] / coloured.shape[0], shape[1] / coloured.shape[1])
    height, width = (max(1, round(side * scale)) for side in coloured.shape[:2])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    top, left = (shape[0] - height) // 2, (shape[1] - width) // 2
    window = np.s_[top : top + height, left : left + width]
    field[window] = cv2.resize(coloured, (width, height), interpolation=how)
    return field


def border_of(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The pixels of the outermost rows and columns, corners twice: `(n,)` grey or `(n, 3)` RGB."""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def _in_colours(pixels: NDArray[np.uint8], dimensions: int) -> NDArray[np.uint8]:
    if pixels.ndim == dimensions:
        return pixels
    code = cv2.COLOR_RGB2GRAY if dimensions == 2 else cv2.COLOR_GRAY2RGB
    return np.asarray(cv2.cvtColor(pixels, code), np.uint8)
