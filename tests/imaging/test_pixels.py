"""Every mode and dtype becomes the colours that a viewer would show."""

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from inkdigits.imaging.pixels import Pixels, array_to_rgb, image_to_rgb, turn_upright

ORANGE = (240, 120, 20)
GREY_RAMP = np.arange(256, dtype=np.uint8).reshape(16, 16)


def grey_of(pixels: Pixels) -> Pixels:
    assert pixels.dtype == np.uint8
    assert pixels.shape[2] == 3
    assert (pixels == pixels[:, :, :1]).all()
    return pixels[:, :, 0]


@pytest.mark.parametrize(
    "mode", ["RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB", "HSV", "P"]
)
def test_colours_survive_every_colour_mode(mode: str) -> None:
    picture = Image.new("RGB", (5, 4), ORANGE)
    picture = picture.convert("RGBA").convert(mode) if mode == "RGBa" else picture.convert(mode)
    difference = np.abs(image_to_rgb(picture).astype(int) - ORANGE)
    # The web palette of mode P has steps of 51, dithered; the colour spaces round.
    assert difference.max() <= (51 if mode == "P" else 4)


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_grey_modes_are_exact(mode: str) -> None:
    picture = Image.fromarray(GREY_RAMP).convert(mode)
    np.testing.assert_array_equal(grey_of(image_to_rgb(picture)), GREY_RAMP)


def test_bilevel_is_black_and_white() -> None:
    picture = Image.fromarray(GREY_RAMP > 100)
    assert picture.mode == "1"
    np.testing.assert_array_equal(grey_of(image_to_rgb(picture)), (GREY_RAMP > 100) * 255)


@pytest.mark.parametrize("mode", ["I;16", "I;16L", "I;16B", "I;16N"])
def test_16_bit_grey_is_scaled_and_not_clipped(mode: str) -> None:
    order = {"I;16B": ">u2", "I;16N": "=u2"}.get(mode, "<u2")
    values = (GREY_RAMP.astype(np.uint16) * 257).astype(order)
    picture = Image.frombytes(mode, (16, 16), values.tobytes())
    np.testing.assert_array_equal(grey_of(image_to_rgb(picture)), GREY_RAMP)


@pytest.mark.parametrize("scale", [1, 257])
def test_32_bit_integers_are_read_on_the_scale_that_they_fit(scale: int) -> None:
    picture = Image.fromarray(GREY_RAMP.astype(np.int32) * scale)
    assert picture.mode == "I"
    np.testing.assert_array_equal(grey_of(image_to_rgb(picture)), GREY_RAMP)


@pytest.mark.parametrize("scale", [1 / 255, 1.0, 257.0])
def test_floats_are_read_on_the_scale_that_they_fit(scale: float) -> None:
    picture = Image.fromarray(GREY_RAMP.astype(np.float32) * np.float32(scale))
    assert picture.mode == "F"
    np.testing.assert_array_equal(grey_of(image_to_rgb(picture)), GREY_RAMP)


def test_values_off_every_scale_are_stretched() -> None:
    picture = Image.fromarray(np.array([[-1000, 0, 1000]], np.int32))
    np.testing.assert_array_equal(grey_of(image_to_rgb(picture)), [[0, 128, 255]])
    flat = Image.fromarray(np.full((1, 3), -7, np.int32))
    assert np.unique(image_to_rgb(flat)).size == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_floats_that_are_not_finite_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="not finite"):
        image_to_rgb(Image.fromarray(np.array([[0.5, bad, 0.1]], np.float32)))


def _clear_left_half(mode: str) -> Image.Image:
    """Black, its left half fully transparent."""
    picture = Image.new("LA" if mode in ("LA", "La") else "RGBA", (4, 2))
    opaque = (0, 255) if picture.mode == "LA" else (0, 0, 0, 255)
    picture.paste(opaque, (2, 0, 4, 2))
    return picture if mode == picture.mode else picture.convert(mode)


@pytest.mark.parametrize("mode", ["LA", "La", "PA", "RGBA", "RGBa"])
def test_transparency_shows_white_paper(mode: str) -> None:
    pixels = image_to_rgb(_clear_left_half(mode))
    assert (pixels[:, :2] == 255).all()
    assert (pixels[:, 2:] == 0).all()


def test_half_transparency_mixes_with_the_paper() -> None:
    assert image_to_rgb(Image.new("RGBA", (1, 1), (0, 0, 0, 128)))[0, 0].tolist() == [127] * 3


@pytest.mark.parametrize(
    ("mode", "key", "kept", "key_colour"),
    [
        ("P", 0, 1, 0),
        ("P", 0, 1, b"\x00\xff"),
        ("1", 0, 1, 0),
        ("L", 0, 90, 0),
        ("RGB", (0, 0, 9), (90, 90, 90), (0, 0, 9)),
        ("RGB", (0, 0, 9), (90, 90, 90), (20, 200, 9 << 8)),  # as 16-bit PNGs have it
        ("I;16", 300, 90 << 8, 300),
    ],
)
def test_a_key_colour_shows_white_paper(
    mode: str,
    key: int | tuple[int, int, int],
    kept: int | tuple[int, int, int],
    key_colour: int | bytes | tuple[int, int, int],
) -> None:
    picture = Image.new(mode, (2, 1), key)
    if mode == "P":
        picture.putpalette([0, 0, 0, 90, 90, 90])
    picture.putpixel((1, 0), kept)
    picture.info["transparency"] = key_colour
    pixels = image_to_rgb(picture)
    assert pixels[0, 0].tolist() == [255] * 3
    assert pixels[0, 1].tolist() == ([255] * 3 if mode == "1" else [90] * 3)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "I;16", "F"])
def test_pages_of_many_bands_are_the_same_as_of_one(
    mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = np.random.default_rng(5).integers(0, 256, (37, 11, 4), dtype=np.uint8)
    picture = Image.fromarray(values)
    if mode == "I;16":
        picture = Image.fromarray(values[:, :, 0].astype(np.uint16) * 200)
    elif mode != "RGBA":
        picture = picture.convert("RGB").convert("L").convert(mode)
    whole = image_to_rgb(picture)
    monkeypatch.setattr("inkdigits.imaging.pixels._BAND_PIXELS", 50)
    np.testing.assert_array_equal(image_to_rgb(picture), whole)


@pytest.mark.parametrize(
    "array",
    [
        GREY_RAMP,
        GREY_RAMP[:, :, None],
        np.dstack([GREY_RAMP] * 3),
        np.dstack([GREY_RAMP] * 3 + [np.full_like(GREY_RAMP, 255)]),
        GREY_RAMP.astype(np.uint16) * 257,
        GREY_RAMP.astype(">u2") * 257,
        GREY_RAMP.astype(np.float16) / 255,
        GREY_RAMP.astype(np.float32) / 255,
        GREY_RAMP.astype(np.float64) / 255,
        np.asfortranarray(GREY_RAMP),
        np.repeat(GREY_RAMP, 2, axis=1)[:, ::2],
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)
def test_arrays_of_every_accepted_kind_agree(array: NDArray[np.generic]) -> None:
    pixels = array_to_rgb(array)
    assert pixels.flags.c_contiguous
    np.testing.assert_array_equal(grey_of(pixels), GREY_RAMP)


def test_true_is_white() -> None:
    assert array_to_rgb(np.array([[True, False]]))[0, :, 0].tolist() == [255, 0]


@pytest.mark.parametrize(
    ("array", "advice"),
    [
        (np.zeros(5, np.uint8), "pass .*H, W"),
        (np.zeros((2, 3, 2), np.uint8), "pass .*H, W"),
        (np.zeros((1, 2, 3, 3), np.uint8), "pass .*H, W"),
        (np.zeros((0, 3), np.uint8), "not empty"),
        (np.zeros((2, 3), np.int64), "int64.*pass uint8"),
        (np.zeros((2, 3), complex), "complex128.*pass uint8"),
        (np.array([["a"]]), "pass uint8"),
        (np.array([[None]]), "object.*pass uint8"),
        (np.array([[0.5, np.nan]]), "0..1 without NaN"),
        (np.array([[0.5, 1.5]]), "divide"),
        (np.array([[-0.5, 0.5]]), "0..1"),
    ],
)
def test_other_arrays_are_refused_with_advice(array: NDArray[np.generic], advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        array_to_rgb(array)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turning_upright_undoes_what_pillow_calls_each_orientation(orientation: int) -> None:
    upright = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    transpose = Image.Transpose
    # How the upright picture was stored: the inverse of the turn of Exif 2.32, tag 274.
    stored_by = {
        2: transpose.FLIP_LEFT_RIGHT,
        3: transpose.ROTATE_180,
        4: transpose.FLIP_TOP_BOTTOM,
        5: transpose.TRANSPOSE,
        6: transpose.ROTATE_90,
        7: transpose.TRANSVERSE,
        8: transpose.ROTATE_270,
    }
    picture = Image.fromarray(upright)
    stored = picture.transpose(stored_by[orientation]) if orientation > 1 else picture
    np.testing.assert_array_equal(turn_upright(np.asarray(stored), orientation), upright)
