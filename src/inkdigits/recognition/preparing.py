"""From a page to the input of a model, as its contract says what the pixels of an input show."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.fit import fit
from inkdigits.imaging.ink import Ink
from inkdigits.imaging.layout import find_layout
from inkdigits.imaging.normalize import SIDE, normalize
from inkdigits.imaging.objects import cut_out, fills, has_light_border
from inkdigits.recognition.contract import BRIGHT_ON_DARK, OBJECT, PICTURE, SYMBOL, Contract

Pixels = NDArray[np.uint8]


def takes_symbols(contract: Contract) -> bool:
    """Whether inputs are single symbols of handwriting, found by their ink and normalised."""
    means_symbol = contract.meaning == SYMBOL and contract.shape == (SIDE, SIDE)
    return contract.reads_digits or means_symbol


def symbol_of(ink: Ink) -> Pixels:
    """The writing on a page as one symbol, uint8 `(28, 28)`; all zeros where there is none."""
    layout = find_layout(ink, "digit")
    if not layout.rows:
        return np.zeros((SIDE, SIDE), np.uint8)
    return normalize(layout.cut(layout.rows[0]))


def picture_of(pixels: Pixels, shape: tuple[int, ...], meaning: str) -> Pixels:
    """A picture, uint8 `(H, W, 3)`, as an input of `shape` that shows what `meaning` says.

    An `OBJECT` is cut out of its ground; where inputs are bright on dark, a picture with a light
    border is turned to its negative; any other picture is only scaled.
    """
    if meaning == OBJECT and len(shape) == 2:
        return cut_out(pixels, shape)
    fitted = fit(pixels, shape)
    if meaning in (OBJECT, BRIGHT_ON_DARK) and has_light_border(fitted):
        return np.bitwise_not(fitted)
    return fitted


def meaning_of(images: Pixels) -> str:
    """What training images `(N, H, W)` or `(N, H, W, 3)` show, as far as their pixels say.

    Grey images nearly all of which have a dark border are `BRIGHT_ON_DARK`, and `OBJECT` if most
    reach from edge to edge besides; all others are a `PICTURE`. That they are symbols of
    handwriting (`SYMBOL`) is nothing that pixels say.
    """
    sample = images[:1000]
    if images.ndim == 4 or np.mean([has_light_border(image) for image in sample]) >= 0.05:
        return PICTURE
    return OBJECT if np.mean([fills(image) for image in sample]) > 0.5 else BRIGHT_ON_DARK
