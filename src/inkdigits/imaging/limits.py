"""What a source may ask for before it is refused."""

from __future__ import annotations

import math
from dataclasses import dataclass

from inkdigits.errors import ImageTooLarge


@dataclass(frozen=True, slots=True)
class Limits:
    """What a source may ask for before it is refused with `ImageTooLarge`.

    `max_bytes` is the size of the file, `max_pixels` width times height of a page, `max_frames`
    the frames of an animation, or the pages that are read of a document. With the defaults a
    picture of 50 megapixels is read, in less than 1 GB. Past `PIL.Image.MAX_IMAGE_PIXELS * 2`
    (179 million) Pillow refuses GIF, WebP and TIFF whatever `max_pixels` says. A page of a PDF has
    the pixels that it is rendered with, never more than `max_pixels`.
    """

    max_bytes: int = 64 * 2**20
    max_pixels: int = 52_000_000
    max_frames: int = 100


DEFAULT_LIMITS = Limits()


def check_pixels(*size: int, label: str, limits: Limits) -> None:
    """Raise `ImageTooLarge` if a picture of that size is past `limits`."""
    if math.prod(size) > limits.max_pixels:
        raise ImageTooLarge(
            f"{label}: {' x '.join(map(str, size))} is {math.prod(size):,} pixels, over the limit"
            f" of {limits.max_pixels:,}; shrink it, or raise Limits.max_pixels"
        )
