"""Draws the golden pages and writes what ink, layout and normalise make of them.

Run `python -m tests.imaging.golden.make` from the root of the project after a change that is meant
to change them, look at the difference, and commit the new files with the change.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.data.synthesis import draw_digit
from inkdigits.imaging.ink import find_ink
from inkdigits.imaging.layout import find_layout
from inkdigits.imaging.normalize import normalize
from tests.imaging.drawn import (
    Floats,
    Pixels,
    lit,
    on_paper,
    place,
    rows_of_digits,
    shadow_edge,
    vignette,
)

HERE: Final = Path(__file__).parent
STRENGTH_SIZE: Final = (120, 80)
"""(width, height) to which the strength map is shrunk."""


def _hands(seed: int) -> Floats:
    """Two rows of four digits, each from another hand and pen."""
    rng = np.random.default_rng(seed)
    cells = [(column, row) for row in range(2) for column in range(4)]
    return place(
        [
            (draw_digit(rng, int(rng.integers(10)), 60), 50 + 95 * column, 40 + 100 * row)
            for column, row in cells
        ],
        (280, 450),
    )


def _photo() -> Pixels:
    page = lit(on_paper(_hands(1), 225, noise=4), vignette((280, 450), 0.5))
    return np.asarray(cv2.GaussianBlur(page, (0, 0), 1.0), np.uint8)


def _soft_shadow() -> Pixels:
    light = cv2.GaussianBlur(shadow_edge((280, 450), 0.4), (0, 0), 20)
    return lit(on_paper(_hands(3), 230, noise=2), np.asarray(light, np.float32))


PAGES: Final[dict[str, Callable[[], Pixels]]] = {
    "ballpoint": lambda: on_paper(rows_of_digits(("2718", "2818")), 240, noise=2),
    "hands": lambda: on_paper(_hands(0), 235, (20, 20, 25), 2),
    "photo": _photo,
    "chalk": lambda: on_paper(_hands(2), 50, (225, 225, 215), 5),
    "shadow": _soft_shadow,
    "pencil": lambda: on_paper(0.35 * rows_of_digits(("3141", "5926"), 60, 0.04), 235, noise=3),
}


def results(pixels: Pixels) -> dict[str, NDArray[np.uint8]]:
    """`strength`: the map shrunk to `STRENGTH_SIZE`; `symbols`: `(N, 28, 28)` in reading order."""
    ink = find_ink(pixels)
    layout = find_layout(ink, "page")
    small = cv2.resize(ink.strength, STRENGTH_SIZE, interpolation=cv2.INTER_AREA)
    symbols = [normalize(layout.cut([piece])) for row in layout.rows for piece in row]
    return {"strength": np.rint(255 * small).astype(np.uint8), "symbols": np.stack(symbols)}


def main() -> None:
    """Write one `.npz` a page."""
    for name, draw in PAGES.items():
        found = results(draw())
        np.savez_compressed(
            HERE / f"{name}.npz", strength=found["strength"], symbols=found["symbols"]
        )


if __name__ == "__main__":
    main()
