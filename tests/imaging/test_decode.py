"""Whatever holds a picture gives the same upright page; whatever does not, a named error."""

import io
import os
import stat
import sys
import warnings
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from inkdigits.errors import ImageError, ImageTooLarge, UnreadableImage, UnsupportedFormat
from inkdigits.imaging.decode import FORMATS, Limits, Source, decode
from inkdigits.imaging.pixels import Pixels

PICTURES = tuple(name for name in FORMATS if name != "PDF")
EXACT = {"PNG", "BMP", "GIF", "TIFF"}
ORIENTATION = 0x0112


@cache
def picture() -> Image.Image:
    """A lopsided picture: no turn or flip leaves it as it is."""
    drawn = Image.new("RGB", (64, 40), "white")
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((4, 4, 30, 12), fill="black")
    pen.ellipse((40, 20, 60, 38), fill=(200, 60, 20))
    return drawn


@cache
def saved(format_: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture().save(file, format_, **options)
    return file.getvalue()


def pixels_of(source: Source, limits: Limits | None = None) -> Pixels:
    (page,) = decode(source, limits) if limits else decode(source)
    assert page.number == 1
    assert page.pixels.dtype == np.uint8
    assert page.pixels.ndim == 3
    assert page.pixels.shape[2] == 3
    assert page.pixels.flags.c_contiguous
    assert not page.pixels.flags.writeable
    return page.pixels


@pytest.mark.parametrize("format_", PICTURES)
def test_every_format_gives_the_picture_that_was_saved(format_: str) -> None:
    difference = np.abs(pixels_of(saved(format_)).astype(int) - np.asarray(picture()))
    if format_ in EXACT:
        assert difference.max() == 0
    else:
        assert difference.mean() < 6


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg"])
def test_compressed_tiffs_are_read(compression: str) -> None:
    difference = np.abs(
        pixels_of(saved("TIFF", compression=compression)).astype(int) - np.asarray(picture())
    )
    assert difference.mean() < (6 if compression == "jpeg" else 1e-9)


@pytest.mark.parametrize("compression", ["group3", "group4"])
def test_faxes_are_read(compression: str) -> None:
    file = io.BytesIO()
    bilevel = picture().convert("1")
    bilevel.save(file, "TIFF", compression=compression)
    np.testing.assert_array_equal(pixels_of(file.getvalue()), np.asarray(bilevel.convert("RGB")))


def test_adobes_inverted_cmyk_keeps_white_paper_white() -> None:
    file = io.BytesIO()
    picture().convert("CMYK").save(file, "JPEG", quality=95)
    difference = np.abs(pixels_of(file.getvalue()).astype(int) - np.asarray(picture()))
    assert difference.mean() < 6


def test_12_bit_tiffs_use_the_whole_scale() -> None:
    file = io.BytesIO()
    Image.fromarray(np.full((2, 2), 0xFFF, np.uint16)).save(file, "TIFF")
    data = bytearray(file.getvalue())
    # Pillow writes no 12 bits: patch BitsPerSample (258) and the four samples, packed in 3 bytes.
    tag = data.index((258).to_bytes(2, "little") + b"\x03\x00")
    data[tag + 8 : tag + 10] = (12).to_bytes(2, "little")
    strip = data.rindex(b"\xff\x0f" * 4)
    data[strip : strip + 6] = b"\xff" * 6
    assert np.unique(pixels_of(bytes(data))).tolist() == [255]


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP"])
def test_of_several_frames_the_first_is_read(format_: str) -> None:
    file = io.BytesIO()
    options = {"lossless": True} if format_ == "WEBP" else {}
    second = Image.new("RGB", picture().size, "black")
    picture().save(file, format_, save_all=True, append_images=[second], **options)
    np.testing.assert_array_equal(pixels_of(file.getvalue()), np.asarray(picture()))


def test_the_content_decides_and_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "really_a_png.jpg"
    path.write_bytes(saved("PNG"))
    np.testing.assert_array_equal(pixels_of(path), np.asarray(picture()))


def _sources(path: Path) -> Iterator[tuple[Source, str]]:
    data = saved("PNG")
    path.write_bytes(data)
    yield path, str(path)
    yield str(path), str(path)
    yield data, ""
    yield bytearray(data), ""
    yield memoryview(data), ""
    yield io.BytesIO(data), ""
    yield path.open("rb"), str(path)
    yield path.open("rb", buffering=0), str(path)
    yield picture().copy(), ""
    yield Image.open(path), ""
    yield np.asarray(picture()), ""


def test_every_kind_of_source_gives_the_same_page(tmp_path: Path) -> None:
    for source, name in _sources(tmp_path / "picture.png"):
        (page,) = decode(source)
        np.testing.assert_array_equal(page.pixels, np.asarray(picture()), err_msg=repr(source))
        assert page.source == name
        if hasattr(source, "close"):
            source.close()


def test_a_dash_is_standard_input_and_a_path_of_a_dash_is_not(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(saved("PNG"))))
    with pytest.raises(UnreadableImage, match=r"^-: No such file"):
        decode(Path("-"))
    (page,) = decode("-")
    assert page.source == "-"
    np.testing.assert_array_equal(page.pixels, np.asarray(picture()))
    with pytest.raises(UnreadableImage, match=r"^-: .*not one byte"):
        decode("-")


def test_without_standard_input_a_dash_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UnreadableImage, match=r"^-: "):
        decode("-")


def test_a_stream_is_read_from_where_it_stands_and_in_any_portions() -> None:
    class Trickle(io.RawIOBase):
        def __init__(self) -> None:
            self.rest = io.BytesIO(b"before" + saved("PNG"))
            self.rest.seek(6)

        def read(self, size: int = -1) -> bytes:
            return self.rest.read(min(size, 7))

    np.testing.assert_array_equal(pixels_of(cast(BinaryIO, Trickle())), np.asarray(picture()))


def test_an_array_is_not_copied_nor_locked() -> None:
    array = np.array(picture())
    assert np.shares_memory(pixels_of(array), array)
    assert array.flags.writeable


def test_a_given_image_stays_as_it_was() -> None:
    given_image = picture().convert("P")
    given_image.info["transparency"] = 3
    before = (given_image.mode, given_image.tobytes(), dict(given_image.info))
    decode(given_image)
    assert (given_image.mode, given_image.tobytes(), dict(given_image.info)) == before


def _stored(orientation: int) -> Image.Image:
    """The picture as a camera held that way stores it: the inverse of Exif 2.32, tag 274."""
    turn = Image.Transpose
    ways = [
        None,
        turn.FLIP_LEFT_RIGHT,
        turn.ROTATE_180,
        turn.FLIP_TOP_BOTTOM,
        turn.TRANSPOSE,
        turn.ROTATE_90,
        turn.TRANSVERSE,
        turn.ROTATE_270,
    ]
    way = ways[orientation - 1]
    return picture().transpose(way) if way is not None else picture().copy()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize(
    ("format_", "options"),
    [
        ("JPEG", {"quality": 95}),
        ("PNG", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
    ],
)
def test_orientation_is_undone(format_: str, options: dict[str, object], orientation: int) -> None:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    file = io.BytesIO()
    _stored(orientation).save(file, format_, exif=exif, **options)
    pixels = pixels_of(file.getvalue())
    assert pixels.shape == (40, 64, 3)
    assert np.abs(pixels.astype(int) - np.asarray(picture())).mean() < 4
    with Image.open(file) as opened:
        np.testing.assert_array_equal(pixels_of(opened), pixels)


@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0",
        b"Exif\0\0II*\0",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\xff" * 50,
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x09\0\0\0\0\0\0\0",  # 9
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x02\0\0\0\x06\0\x06\0\0\0\0\0",  # two
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x02\0\0\x006\0\0\0\0\0\0\0",  # text
        b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x05\0\x01\0\0\0\0\0\0\x10\0\0\0\0",  # no value
    ],
)
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP"])
def test_broken_exif_does_not_stop_a_reading(format_: str, exif: bytes) -> None:
    assert sorted(pixels_of(saved(format_, exif=exif)).shape) == [3, 40, 64]


def test_the_eight_orientations_show_one_picture(data_dir: Path) -> None:
    for kind in ("Landscape", "Portrait"):
        first, *others = (
            pixels_of(data_dir / "hostile" / "orientation" / f"{kind}_{n}.jpg") for n in range(1, 9)
        )
        assert (first.shape[1] > first.shape[0]) == (kind == "Landscape")
        for number, other in enumerate(others, 2):
            assert other.shape == first.shape
            # Each is a JPEG of its own, and toned a little; turned wrongly they agree to 0.6.
            agreement = np.corrcoef(other.ravel(), first.ravel())[0, 1]
            assert agreement > 0.95, f"{kind}_{number}"


def test_the_limit_on_bytes_holds_for_every_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = saved("PNG")
    enough, short = Limits(max_bytes=len(data)), Limits(max_bytes=len(data) - 1)
    path = tmp_path / "picture.png"
    path.write_bytes(data)

    def sources() -> list[Source]:
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        return [path, data, memoryview(data), io.BytesIO(data), "-"]

    for source in sources():
        assert pixels_of(source, enough).shape == (40, 64, 3)
    for source in sources():
        with pytest.raises(ImageTooLarge, match=rf"{len(data) - 1:,} bytes.*Limits.max_bytes"):
            decode(source, short)


def test_an_endless_stream_is_left_after_the_limit() -> None:
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += min(size, 1000)
            return b"\xff" * min(size, 1000)

    stream = Endless()
    with pytest.raises(ImageTooLarge):
        decode(cast(BinaryIO, stream), Limits(max_bytes=10_500))
    assert stream.given == 10_501


@pytest.mark.parametrize("format_", [*PICTURES, "array", "image"])
def test_the_limit_on_pixels(format_: str) -> None:
    sources: dict[str, Source] = {"array": np.asarray(picture()), "image": picture()}
    source = sources[format_] if format_ in sources else saved(format_)
    assert pixels_of(source, Limits(max_pixels=64 * 40)).shape == (40, 64, 3)
    with pytest.raises(
        ImageTooLarge, match=r"64 x 40 is 2,560 pixels, over the limit of 2,559.*Limits.max_pixels"
    ):
        decode(source, Limits(max_pixels=64 * 40 - 1))


def test_nothing_is_decoded_of_an_image_past_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(self: Image.Image) -> None:
        pytest.fail("decoded")

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", load)
    with pytest.raises(ImageTooLarge):
        decode(saved("PNG"), Limits(max_pixels=10))


def test_the_tiles_of_a_tiff_count_like_pages() -> None:
    tiled = {322: 1 << 16, 323: 1 << 16, 324: 8, 325: 10}
    with pytest.raises(ImageTooLarge, match="65536 x 65536"):
        decode(_tiff_with(tiled))


def _tiff_with(more: dict[int, int]) -> bytes:
    """A 1 x 1 grey TIFF of one directory with these further tags, of type LONG."""
    tags = {256: 1, 257: 1, 258: 8, 259: 8, 262: 1, 277: 1, **more}
    entries = b"".join(
        tag.to_bytes(2, "little") + b"\x04\0\x01\0\0\0" + value.to_bytes(4, "little")
        for tag, value in sorted(tags.items())
    )
    return b"II*\0\x08\0\0\0" + len(tags).to_bytes(2, "little") + entries + b"\0" * 4


def test_our_limit_stands_in_place_of_pillows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    for format_ in set(PICTURES) - {"TIFF", "WebP", "GIF"}:
        assert pixels_of(saved(format_)).shape == (40, 64, 3)


@pytest.mark.parametrize("format_", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_limit_on_frames(format_: str) -> None:
    file = io.BytesIO()
    others = [Image.new("RGB", (64, 40), (9 * n, 0, 0)) for n in range(4)]
    picture().save(file, format_, save_all=True, append_images=others)
    assert decode(file.getvalue(), Limits(max_frames=5))[0].pixels.shape == (40, 64, 3)
    with pytest.raises(ImageTooLarge, match=r"over 4 (frames|pages).*Limits.max_frames"):
        decode(file.getvalue(), Limits(max_frames=4))


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    data = saved("JPEG", progressive=True)
    scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(ImageTooLarge, match="scans"):
        decode(data[:-2] + scan * 100 + b"\xff\xd9")


@pytest.mark.parametrize("size", [(1, 1), (1, 60_000), (60_000, 1)])
def test_extreme_shapes_are_read(size: tuple[int, int]) -> None:
    file = io.BytesIO()
    Image.new("L", size, 77).save(file, "PNG")
    pixels = pixels_of(file.getvalue())
    assert pixels.shape == (size[1], size[0], 3)
    assert (pixels == 77).all()


@pytest.mark.parametrize(
    ("make", "cause"),
    [
        (lambda path: path.unlink(missing_ok=True), "No such file"),
        (lambda path: path.mkdir(), "directory"),
        (lambda path: path.touch(), "not one byte"),
        (lambda path: path.write_bytes(saved("PNG")[:60]), "broken or truncated"),
    ],
)
def test_paths_that_cannot_be_read_are_named_with_the_cause(
    tmp_path: Path, make: Callable[[Path], None], cause: str
) -> None:
    path = tmp_path / "it.png"
    make(path)
    with pytest.raises(UnreadableImage) as raised:
        decode(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    assert message.count(str(path)) == 1
    assert cause in message
    assert "\n" not in message


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read all")
def test_a_forbidden_file_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "it.png"
    path.write_bytes(saved("PNG"))
    path.chmod(stat.S_IWUSR)
    with pytest.raises(UnreadableImage, match="Permission denied"):
        decode(path)


def test_names_stay_on_one_line(tmp_path: Path) -> None:
    with pytest.raises(UnreadableImage) as raised:
        decode(tmp_path / "a\nb\x1b[31m.png")
    assert str(raised.value).isprintable()
    with pytest.raises(UnreadableImage, match="null"):
        decode("nul\0l.png")


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        (b"%!PS-Adobe-3.0", "use JPEG, PNG, WebP, BMP, GIF, TIFF, PDF"),
        (b"\0", "use JPEG"),
        (io.StringIO("text"), "binary mode"),
        ([[0, 1]], "list; pass a path"),
        (None, "NoneType; pass a path"),
        (7, "int; pass a path"),
        (np.zeros((2, 2), np.int32), "int32.*pass uint8"),
        (np.zeros(5, np.uint8), r"\(H, W\)"),
        (np.array(3, np.uint8), r"\(H, W\)"),
        (Image.new("RGB", (0, 3)), "empty"),
    ],
)
def test_what_is_not_accepted_is_answered_with_advice(source: object, advice: str) -> None:
    with pytest.raises(UnsupportedFormat, match=advice):
        decode(source)  # type: ignore[arg-type]


def test_a_closed_file_is_unreadable() -> None:
    file = io.BytesIO(saved("PNG"))
    file.close()
    with pytest.raises(UnreadableImage, match="closed"):
        decode(file)


@pytest.mark.parametrize("exception", [OSError, RecursionError, KeyError, MemoryError, Warning])
def test_what_decoders_raise_becomes_our_error_with_its_cause(
    exception: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(self: Image.Image) -> None:
        raise exception("deep\ninside")

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", load)
    with pytest.raises(ImageError, match=r"deep.*inside") as raised:
        decode(saved("PNG"))
    assert isinstance(raised.value.__cause__, exception)


def _malformed_apng() -> bytes:
    """A PNG of which Pillow warns both before and after the pixels: animated, of no frames."""
    body = b"acTL" + bytes(8)
    chunk = (8).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)
    data = saved("PNG")
    header_end, end = 8 + 25, len(data) - 12
    return data[:header_end] + chunk + data[header_end:end] + chunk + data[end:]


def test_warnings_stay_unheard_and_the_filters_as_they_were() -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        before = list(warnings.filters)
        Image.open(io.BytesIO(_malformed_apng())).load()
        assert len(heard) == 2, "Pillow no longer warns of this file: find another"
        heard.clear()
        decode(_malformed_apng())
        with pytest.raises(ImageError):
            decode(_malformed_apng()[:90])
        assert warnings.filters == before
        assert not heard


def test_threads_leave_no_filter_behind() -> None:
    before = list(warnings.filters)
    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(pixels_of, [_malformed_apng()] * 200))
    assert all((page == pages[0]).all() for page in pages)
    assert warnings.filters == before


_MAGIC = st.sampled_from(
    [
        b"",
        b"\xff\xd8\xff",
        b"\x89PNG\r\n\x1a\n",
        b"RIFF\x40\0\0\0WEBPVP8 ",
        b"BM",
        b"GIF89a",
        b"II*\0",
    ]
)
_SMALL = Limits(max_pixels=1_000_000)


def _page_or_named_error(data: bytes) -> None:
    """Warnings are errors in the tests, so none can escape either."""
    try:
        pixels_of(data, _SMALL)
    except ImageError as error:
        message = str(error)
    else:
        return
    assert message.startswith("image: ")
    assert "\n" not in message


@given(magic=_MAGIC, data=st.binary(max_size=300))
def test_any_bytes_give_a_page_or_a_named_error(magic: bytes, data: bytes) -> None:
    _page_or_named_error(magic + data)


@given(format_=st.sampled_from(PICTURES), share=st.floats(0, 1, exclude_max=True))
def test_a_file_cut_anywhere_gives_a_page_or_a_named_error(format_: str, share: float) -> None:
    data = saved(format_)
    _page_or_named_error(data[: int(share * len(data))])


@pytest.mark.parametrize("format_", PICTURES)
def test_a_file_cut_in_half_is_unreadable(format_: str) -> None:
    data = saved(format_)
    with pytest.raises(UnreadableImage, match="broken or truncated"):
        decode(data[: len(data) // 2])


@given(
    format_=st.sampled_from(PICTURES),
    options=st.sampled_from([{}, {"exif": b"Exif\0\0II*\0\x08\0\0\0\x01\0" + b"\x12" * 40}]),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 7)), min_size=1),
)
def test_flipped_bits_give_a_page_or_a_named_error(
    format_: str, options: dict[str, bytes], flips: list[tuple[float, int]]
) -> None:
    broken = bytearray(saved(format_, **(options if format_ in ("JPEG", "PNG", "WebP") else {})))
    for share, bit in flips:
        broken[int(share * len(broken))] ^= 1 << bit
    _page_or_named_error(bytes(broken))
