"""A photo of 12 megapixels with 24 digits: what reading costs beyond decoding the file."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.drawing import PHOTO_LINES, PHOTO_SHAPE, save_page
from benchmarks.timing import Figure, alternating_medians_s
from inkdigits import Reader
from inkdigits.imaging.decode import decode

REPEATS = 9


def measure(bundle: str) -> list[Figure]:
    """Milliseconds beyond decoding; the peer is decoding itself."""
    reader = Reader(bundle)
    with tempfile.TemporaryDirectory() as folder:
        photo = save_page(Path(folder) / "photo.jpg", PHOTO_LINES, PHOTO_SHAPE)
        read, decoded = alternating_medians_s(
            lambda: reader.read(photo), lambda: decode(photo), REPEATS
        )
        text = reader.read(photo).text.replace("\n", " | ")
    return [
        Figure(
            "12-megapixel photo beyond decoding",
            1000 * (read - decoded),
            "ms",
            1000 * decoded,
            f"decoding the JPEG; read as {text or 'nothing'}",
        )
    ]
