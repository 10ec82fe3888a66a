"""Small pools to compose lines from, and real strips that are drawn, so that nothing is needed."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest

from inkdigits.data import lines
from inkdigits.data.backgrounds import Papers
from inkdigits.data.hands import Hands, PoolSizes, make_hands
from inkdigits.data.sets import LabelledArrays
from inkdigits.data.synthesis import draw_digit
from inkdigits.imaging.normalize import normalize

SIZES = PoolSizes(hands=3, letters=4, signs=3, chains=2)
HOLDOUT = slice(150, 200)
HEADER = ("file", "split", "text", "label_note", "boxes")


def digits(name: str, _part: str = "train", **_: object) -> LabelledArrays:
    """200 digits, other ones for every name; whoever keeps a tenth of them has all ten."""
    rng = np.random.default_rng(len(name))
    labels = np.array([(index + index // 10) % 10 for index in range(200)], np.uint8)
    images = [normalize(draw_digit(rng, int(label), 40)) for label in labels]
    return LabelledArrays(name, "drawn", np.stack(images), labels)


def small_hands(seed: int = 1) -> Hands:
    return make_hands([digits("mnist"), digits("optdigits")], seed, SIZES)


def use_small_pools(patch: pytest.MonkeyPatch) -> None:
    """Let lines be composed of little, all of it drawn."""
    patch.setattr(lines, "load_set", digits)
    patch.setattr(lines, "MNIST_HOLDOUT", HOLDOUT)
    patch.setattr(lines, "make_hands", partial(make_hands, sizes=SIZES))
    patch.setattr(lines, "Papers", partial(Papers, sheets=2))


def write_cheques(folder: Path, rows: list[tuple[str, str, str]]) -> list[list[tuple[int, ...]]]:
    """Write `orand-car-a` below `folder`: rows of split, text and note, drawn on grey paper.

    Returns the boxes that were written down, `(digit, x, y, w, h)`, strip by strip.
    """
    images = folder / "orand-car-a" / "images"
    images.mkdir(parents=True)
    lines_of_table = ["\t".join(HEADER)]
    boxes: list[list[tuple[int, ...]]] = []
    for number, (split, text, note) in enumerate(rows):
        strip = np.full((50, 30 + 30 * len(text)), 190, np.uint8)
        found: list[tuple[int, ...]] = []
        for index, digit in enumerate(text):
            place = (12 + 30 * index, 38)
            cv2.putText(strip, digit, place, cv2.FONT_HERSHEY_SIMPLEX, 1.1, 40, 3, cv2.LINE_AA)
            ink = strip[:, place[0] - 5 : place[0] + 25] < 150
            rows_of, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
            left, top = place[0] - 5 + int(columns[0]), int(rows_of[0])
            found.append(
                (int(digit), left, top, int(np.ptp(columns)) + 1, int(np.ptp(rows_of)) + 1)
            )
        cv2.imwrite(str(images / f"{number}.png"), strip)
        listed = ";".join(",".join(map(str, box)) for box in found)
        lines_of_table.append("\t".join((f"{number}.png", split, text, note, listed)))
        boxes.append(found)
    table = folder / "orand-car-a" / "labels.tsv"
    table.write_text("\n".join(lines_of_table) + "\n", encoding="utf-8")
    return boxes


CHEQUES = [
    ("train", "0123456", ""),
    ("train", "789", "corrected"),
    ("validation", "555", ""),
    ("train", "888", "ambiguous"),
    ("train", "42", ""),
]
