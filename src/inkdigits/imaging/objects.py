"""A picture of one object on plain ground -> the image that Fashion-MNIST would have made of it.

Fashion-MNIST (Xiao, Rasul, Vollgraf 2017, arXiv:1708.07747, section 2) cut each object out of its
plain background, scaled its longer side to 28 pixels, centred it on black and made it bright on
dark. Fed as it is, a photo with a margin around the object is misread nearly always.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.fit import border_of, fit

_MIDDLE_GREY = 127.5

_FAINTEST = 16.0
"""What differs from the ground by less than this many levels of 255 is grain, not an object."""

_EDGE = 0.1
"""What differs by less than this share of the object's peak is shadow, not part of its extent."""

_FINE_FROM_PX = 60
"""In pictures of this side and more, specks narrower than 3 pixels are no part of the object."""


_FILLED = 0.9
"""What reaches over this share of a side goes from edge to edge."""


def has_light_border(pixels: NDArray[np.uint8]) -> bool:
    """Whether an image, `(H, W)` or `(H, W, 3)`, stands on a light ground."""
    return float(np.median(border_of(pixels))) > _MIDDLE_GREY


def fills(image: NDArray[np.uint8]) -> bool:
    """Whether what stands out of the ground of a grey image `(H, W)` reaches from edge to edge."""
    box = _extent(_standing_out(image))
    if box is None:
        return False
    shares = ((side.stop - side.start) / of for side, of in zip(box, image.shape, strict=True))
    return bool(max(shares) >= _FILLED)


def cut_out(pixels: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The object bright on black, filling the image: uint8 `shape`, `(height, width)`, grey.

    `pixels` are uint8 `(H, W, 3)` RGB or `(H, W)` grey, on light or dark ground. A picture that has
    that size already is only turned to its negative if its ground is light. All zeros if nothing
    stands out of the ground.
    """
    grey = fit(pixels, pixels.shape[:2])
    if grey.shape == shape:
        return np.bitwise_not(grey) if has_light_border(grey) else grey
    standing_out = _standing_out(grey)
    box = _extent(standing_out)
    field = np.zeros(shape, np.uint8)
    if box is None:
        return field
    object_ = standing_out[box]
    scale = min(shape[0] / object_.shape[0], shape[1] / object_.shape[1])
    height, width = (max(1, round(side * scale)) for side in object_.shape)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(object_, (width, height), interpolation=how)
    top, left = (shape[0] - height) // 2, (shape[1] - width) // 2
    field[top : top + height, left : left + width] = np.rint(small * 255)
    return field


def _standing_out(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    """How far each pixel is from the ground, 1 at the object's peak; zeros if there is none."""
    ground = float(np.median(border_of(grey)))
    away = grey.astype(np.float32) - np.float32(ground)
    away = np.maximum(-away if ground > _MIDDLE_GREY else away, 0)
    # Not the greatest: a glint or a speck is no measure of the object.
    peak = float(np.quantile(away, 0.999)) if away.size > 4_000 else float(away.max())
    if peak < _FAINTEST:
        return np.zeros_like(away)
    return np.asarray(np.minimum(away / np.float32(peak), 1), np.float32)


def _extent(standing_out: NDArray[np.float32]) -> tuple[slice, slice] | None:
    solid = (standing_out > _EDGE).astype(np.uint8)
    if min(solid.shape) >= _FINE_FROM_PX:
        solid = np.asarray(
            cv2.morphologyEx(solid, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.uint8
        )
    if not solid.any():
        return None
    rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
