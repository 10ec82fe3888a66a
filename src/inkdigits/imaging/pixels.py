"""From what a decoder gives, in any mode, to upright 8-bit RGB on white paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

# Conversions need temporary copies; done in bands of rows, these stay at a few megabytes.
_BAND_PIXELS = 4_000_000
_MAY_BE_CLEAR = ("1", "L", "P", "RGB", "LA", "PA", "RGBA", "RGBa")
_ORIENTATION_TAG = 0x0112
_BITS_PER_SAMPLE_TAG = 0x0102

# Exif 2.32, tag 274: how the stored picture has to be turned to stand upright.
_TURN_UPRIGHT: dict[int, Callable[[Pixels], Pixels]] = {
    2: lambda pixels: _as_pixels(cv2.flip(pixels, 1)),
    3: lambda pixels: _as_pixels(cv2.rotate(pixels, cv2.ROTATE_180)),
    4: lambda pixels: _as_pixels(cv2.flip(pixels, 0)),
    5: lambda pixels: _as_pixels(cv2.transpose(pixels)),
    6: lambda pixels: _as_pixels(cv2.rotate(pixels, cv2.ROTATE_90_CLOCKWISE)),
    7: lambda pixels: _as_pixels(cv2.rotate(cv2.transpose(pixels), cv2.ROTATE_180)),
    8: lambda pixels: _as_pixels(cv2.rotate(pixels, cv2.ROTATE_90_COUNTERCLOCKWISE)),
}


def image_to_rgb(image: Image.Image) -> Pixels:
    """The pixels of a loaded image as `uint8 (H, W, 3)` RGB, not yet turned upright.

    Transparency, as a channel, a palette entry or a key colour, shows white paper. 16-bit grey
    keeps its upper 8 bits (of 12 in a 12-bit TIFF). 32-bit integers and floats do not say their
    white: values that fit 0..1 (floats only), 0..255 or 0..65535 are taken on that scale, others
    are stretched from their least to their greatest. Colour profiles are not applied.

    Raises `ValueError` for floats that are not finite, and what Pillow raises.
    """
    width, height = image.size
    convert = _converter(image)
    if width * height <= _BAND_PIXELS:
        return convert(image)
    rgb = np.empty((height, width, 3), np.uint8)
    for top, bottom in _bands(width, height):
        rgb[top:bottom] = convert(image.crop((0, top, width, bottom)))
    return rgb


def array_to_rgb(array: NDArray[np.generic]) -> Pixels:
    """An array as `uint8 (H, W, 3)` RGB; opacity in a fourth channel shows white paper.

    Takes `(H, W)` or `(H, W, 1)` grey, `(H, W, 3)` RGB and `(H, W, 4)` RGBA, of `uint8`, `uint16`
    (full scale 65535), `bool` (true is white) or floats in 0..1.

    Raises `ValueError`, with a sentence that says what to pass, for anything else.
    """
    channels_fit = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    if not channels_fit or array.size == 0:
        raise ValueError(
            f"an array of shape {array.shape} is not an image; pass (H, W), (H, W, 1), (H, W, 3)"
            " or (H, W, 4), not empty"
        )
    values = _array_to_uint8(array)
    if values.ndim == 2:
        values = values[:, :, np.newaxis]
    if values.shape[2] == 4:
        return image_to_rgb(Image.fromarray(np.ascontiguousarray(values), "RGBA"))
    return np.ascontiguousarray(np.broadcast_to(values, (*values.shape[:2], 3)))


def read_orientation(image: Image.Image) -> int:
    """The EXIF orientation of a loaded image, 1 to 8; 1 where there is none or it is broken."""
    try:
        orientation = image.getexif().get(_ORIENTATION_TAG)
    except Exception:  # Whatever broken metadata raise, the picture itself was read.
        return 1
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def turn_upright(pixels: Pixels, orientation: int) -> Pixels:
    """Undo an EXIF orientation, 1 to 8; 5 to 8 exchange width and height."""
    turn = _TURN_UPRIGHT.get(orientation)
    return turn(pixels) if turn else pixels


def _converter(image: Image.Image) -> Callable[[Image.Image], Pixels]:
    if image.mode.startswith("I;16"):
        return lambda band: _grey16_to_rgb(band, shift=_bits_per_sample(image) - 8)
    if image.mode in ("I", "F"):
        low, high = _range_of(image)
        return lambda band: _wide_grey_to_rgb(band, low, high)
    return _colour_to_rgb


def _bands(width: int, height: int) -> Iterator[tuple[int, int]]:
    rows = max(1, _BAND_PIXELS // width)
    for top in range(0, height, rows):
        yield top, min(top + rows, height)


def _colour_to_rgb(band: Image.Image) -> Pixels:
    if band.mode == "La":  # Pillow has no direct way from premultiplied grey to RGBA.
        band = band.convert("LA")
    if band.has_transparency_data and band.mode in _MAY_BE_CLEAR:
        band = _with_8_bit_key(band).convert("RGBA")
        band = Image.alpha_composite(Image.new("RGBA", band.size, "white"), band)
    return np.asarray(band if band.mode == "RGB" else band.convert("RGB"))


def _with_8_bit_key(band: Image.Image) -> Image.Image:
    """A 16-bit RGB PNG is read as 8 bit, but its transparent colour stays in 16."""
    key = band.info.get("transparency")
    if isinstance(key, tuple) and max(key) > 255:
        band = band.copy()
        band.info["transparency"] = tuple(part >> 8 for part in key)
    return band


def _grey16_to_rgb(band: Image.Image, shift: int) -> Pixels:
    values = np.asarray(band)
    grey = (values >> shift).astype(np.uint8)
    key = band.info.get("transparency")
    if isinstance(key, int):
        grey[values == key] = 255
    return _grey_to_rgb(grey)


def _bits_per_sample(image: Image.Image) -> int:
    tags = getattr(image, "tag_v2", {})
    return 12 if tags.get(_BITS_PER_SAMPLE_TAG) == (12,) else 16


def _range_of(image: Image.Image) -> tuple[float, float]:
    """The values that become black and white in an image of mode I or F."""
    low, high = (float(value) for value in image.getextrema())  # type: ignore[arg-type]
    for white in (1.0, 255.0, 65535.0):
        if low >= 0 and high <= white and (image.mode == "F" or white > 1):
            return 0.0, white
    return low, high


def _wide_grey_to_rgb(band: Image.Image, low: float, high: float) -> Pixels:
    values = np.asarray(band, np.float64)
    if not np.isfinite(values).all():
        raise ValueError("some of its pixels are not finite numbers")
    scaled = (values - low) * (255 / ((high - low) or 1))
    return _grey_to_rgb(np.clip(np.rint(scaled), 0, 255).astype(np.uint8))


def _grey_to_rgb(grey: Pixels) -> Pixels:
    return _as_pixels(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB))


def _array_to_uint8(array: NDArray[np.generic]) -> Pixels:
    if array.dtype == np.uint8:
        return array.astype(np.uint8, copy=False)
    if array.dtype == np.bool_:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype.kind == "u" and array.dtype.itemsize == 2:
        return (array.astype(np.uint16) >> 8).astype(np.uint8)
    if array.dtype.kind != "f":
        raise ValueError(
            f"an array of {array.dtype} is not accepted; pass uint8, uint16, bool or floats in 0..1"
        )
    # Written so that NaN, which compares false, is refused as well.
    if not (array.min() >= 0 and array.max() <= 1):
        raise ValueError("floats have to lie in 0..1 without NaN; divide by the greatest value")
    return np.rint(array.astype(np.float32) * 255).astype(np.uint8)


def _as_pixels(array: NDArray[np.generic]) -> Pixels:
    return array.astype(np.uint8, copy=False)
