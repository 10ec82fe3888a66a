"""Amounts written on bank cheques (ORAND-CAR-A): whole strips, and new ones made of their parts."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from inkdigits.data import backgrounds
from inkdigits.data.backgrounds import Darkness
from inkdigits.data.composing import Line
from inkdigits.data.hands import Ink
from inkdigits.data.sets import (
    ENVIRONMENT_VARIABLE,
    LabelledArrays,
    LabelledFile,
    data_folder,
    load_files,
)
from inkdigits.errors import DataError
from inkdigits.imaging.normalize import STRIP_HEIGHT, normalize_strip
from inkdigits.reading import Box

NAME = "orand-car-a"

_SOLID = 0.35
"""Darker than this share of the darkest ink is ink and not the pattern of the paper."""

_MARGIN = 0.08
"""Paper is added on the left and on the right: at most this share of the height."""

_WHOLE = 0.6
"""This share of the lines are whole strips; the rest are joined from parts."""

_MOST_OF_A_PART = 3
"""Parts of strips hold so many digits at most."""

_RECORDED_WIDTH = 512
"""As much of each strip, in pixels, is in the record of what a model was trained on."""


@dataclass(frozen=True, slots=True, eq=False)
class Cheque:
    """A strip: darkness float32 `(h, w)`, its digits, and a box for each, or none at all."""

    darkness: Darkness
    text: str
    boxes: tuple[Box, ...]


def load_cheques(split: Literal["train", "validation"]) -> list[Cheque]:
    """The strips of a split, but those whose labels are in doubt.

    Raises `DataError` for what is missing or broken, or if there are none of that split.
    """
    return [Cheque(_darkness(file.path), file.text, boxes) for file, boxes in _files(split)]


def cheque_files(split: Literal["train", "validation"]) -> list[LabelledFile]:
    """The files of the same strips; raises `DataError` as `load_cheques` does."""
    return [file for file, _ in _files(split)]


def cheques_are_here() -> bool:
    """Whether the folder of data sets holds them; they are never downloaded."""
    named = os.environ.get(ENVIRONMENT_VARIABLE, "")
    return bool(named) and (Path(named) / NAME / "labels.tsv").is_file()


class Cheques:
    """New lines out of real ones: the strips bent anew, joined from parts, and their paper.

    There is at least one strip. A call never changes it.
    """

    def __init__(self, cheques: Sequence[Cheque]) -> None:
        self._cheques = cheques
        self._papers = [_without_ink(cheque.darkness) for cheque in cheques]
        self._parts = [part for cheque in cheques for part in _parts(cheque)]

    def digits(self) -> tuple[Sequence[Ink], ...]:
        """The digits by value, cut out of their paper: uint8 ink, as `data/hands.py` takes it."""
        found: tuple[list[Ink], ...] = tuple([] for _ in range(10))
        for cheque in self._cheques:
            level = _levelled(cheque.darkness)
            for value, box in zip(cheque.text[: len(cheque.boxes)], cheque.boxes, strict=True):
                ink = _cut_out(level[box.top : box.bottom, box.left : box.right])
                if ink is not None:
                    found[int(value)].append(ink)
        return found

    def paper(self, rng: np.random.Generator, size: tuple[int, int]) -> Darkness:
        """Real paper of a size, (h, w), its writing taken off."""
        paper = self._papers[int(rng.integers(len(self._papers)))]
        if rng.random() < 0.5:
            paper = paper[:, ::-1]
        scale = size[0] / paper.shape[0] * rng.uniform(1.0, 1.4)
        paper = cv2.resize(paper, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
        repeats = -(-size[1] // paper.shape[1])
        wide = np.concatenate([paper, paper[:, ::-1]] * repeats, 1)
        left = int(rng.integers(wide.shape[1] - size[1] + 1))
        top = int(rng.integers(paper.shape[0] - size[0] + 1))
        return np.asarray(wide[top : top + size[0], left : left + size[1]], np.float32)

    def line(self, rng: np.random.Generator, width: int) -> Line:
        """A line at most `width` pixels wide: a real strip, or joined from parts of real ones."""
        if rng.random() < _WHOLE or not self._parts:
            cheque = self._cheques[int(rng.integers(len(self._cheques)))]
            darkness, text = cheque.darkness, cheque.text
        else:
            darkness, text = self._joined(rng, width)
        if rng.random() < 0.5:
            darkness = backgrounds.seen(rng, darkness)
        return Line(normalize_strip(_bent(rng, darkness, width)), tuple(map(int, text)))

    def _joined(self, rng: np.random.Generator, width: int) -> tuple[Darkness, str]:
        """Parts of several strips side by side, at one height and one darkness of ink."""
        pieces, text, room = [], "", 0.9 * width
        for _ in range(int(rng.integers(2, 5))):
            part, digits = self._parts[int(rng.integers(len(self._parts)))]
            scale = STRIP_HEIGHT / part.shape[0] * rng.uniform(0.9, 1.0)
            piece = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
            if piece.shape[1] > room:
                break
            spare = STRIP_HEIGHT - piece.shape[0]
            above = int(rng.integers(spare + 1))
            piece = cv2.copyMakeBorder(piece, above, spare - above, 0, 0, cv2.BORDER_REPLICATE)
            pieces.append(_levelled(piece))
            text += digits
            room -= piece.shape[1]
        if not pieces:
            cheque = self._cheques[int(rng.integers(len(self._cheques)))]
            return cheque.darkness, cheque.text
        return np.concatenate(pieces, 1), text


def _files(split: str) -> list[tuple[LabelledFile, tuple[Box, ...]]]:
    """Each file of a split whose label is not in doubt, with the boxes of its digits.

    `labels.tsv` has the columns `file`, `split`, `text`, `label_note` and `boxes`.
    """
    files = {file.path.name: file for file in load_files(NAME)}
    table = data_folder() / NAME / "labels.tsv"
    with table.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    try:
        found = [
            (files[row["file"]], _boxes(row["boxes"], row["text"]))
            for row in rows
            if row["split"] == split and row["label_note"] != "ambiguous"
        ]
    except (KeyError, ValueError, AttributeError) as error:  # a column or a part of it is missing
        raise DataError(f"{table}: not as it should be ({error}): fetch it again") from error
    if not found:
        raise DataError(f"{table}: has no strip with split={split}: fetch it again")
    return found


def _darkness(path: Path) -> Darkness:
    grey = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
    if grey is None:
        raise DataError(f"{path}: not an image that can be read: fetch it again")
    return np.asarray(1 - np.asarray(grey, np.float32) / np.float32(255), np.float32)


def _boxes(listed: str, text: str) -> tuple[Box, ...]:
    """`digit,x,y,w,h;…` as boxes, one for each digit of `text`; `ValueError` for others."""
    if not listed:
        return ()
    parts = [tuple(map(int, part.split(","))) for part in listed.split(";")]
    if text != "".join(str(digit) for digit, *_ in parts):
        raise ValueError(f"the boxes {listed} are not those of {text}")
    return tuple(Box(x, y, x + width, y + height) for _, x, y, width, height in parts)


def _without_ink(darkness: Darkness) -> Darkness:
    """The paper: ink painted over from what is around it."""
    level = _levelled(darkness)
    mask = cv2.dilate((level > _SOLID).astype(np.uint8), np.ones((3, 3), np.uint8))
    grey = np.rint(255 * darkness).astype(np.uint8)
    return np.asarray(cv2.inpaint(grey, mask, 3, cv2.INPAINT_TELEA), np.float32) / np.float32(255)


def _levelled(darkness: Darkness) -> Darkness:
    """Paper at 0, ink at 1, whatever they were."""
    paper, ink = np.median(darkness), np.percentile(darkness, 98.5)
    return np.asarray((darkness - paper) / max(0.1, float(ink - paper)), np.float32).clip(-0.5, 1.2)


def _cut_out(level: Darkness) -> Ink | None:
    """The largest connected ink in a levelled box, if it is about as high as the box."""
    solid = cv2.morphologyEx((level > _SOLID).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((2, 2)))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(solid)
    if count < 2:
        return None
    main = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    ink = np.where(labels == main, level, 0).clip(0, 1)
    rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
    ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    if ink.shape[0] < 0.7 * level.shape[0]:
        return None
    return np.asarray(np.rint(255 * ink), np.uint8)


def _parts(cheque: Cheque) -> list[tuple[Darkness, str]]:
    """The strip cut where there is paper between digits: every run of one to three digits."""
    boxes, text = cheque.boxes, cheque.text
    if not boxes:
        return []
    width = cheque.darkness.shape[1]
    cuts: list[int | None] = [max(0, boxes[0].left - 2)]
    for before, after in pairwise(boxes):
        gap = after.left - before.right
        cuts.append(after.left - 1 if gap >= 1 else None)
    cuts.append(min(width, boxes[-1].right + 2))
    parts = []
    for first, left in enumerate(cuts[:-1]):
        for last in range(first + 1, min(first + _MOST_OF_A_PART, len(text)) + 1):
            right = cuts[last]
            if left is not None and right is not None and right - left > 4:
                parts.append((cheque.darkness[:, left:right], text[first:last]))
    return parts


def _bent(rng: np.random.Generator, darkness: Darkness, width: int) -> Darkness:
    """Slanted, turned, stretched and shifted, on the same paper; at most `width` wide."""
    height = darkness.shape[0]
    zoom = STRIP_HEIGHT / height * float(np.exp(rng.normal(0.0, 0.1)))
    across = min(zoom * float(np.exp(rng.normal(0, 0.12))), 0.98 * width / darkness.shape[1])
    slant, turn = rng.normal(0, 0.13), np.deg2rad(rng.normal(0, 1.3))
    lean = slant * across
    shift_y = rng.normal(0, 0.05) * STRIP_HEIGHT + (STRIP_HEIGHT - zoom * height) / 2
    extra = rng.uniform(0, _MARGIN) * STRIP_HEIGHT
    wide = min(width, round(across * darkness.shape[1] + 2 * extra))
    tilt = np.sin(turn) * across
    matrix = np.array(
        [
            [across, -lean, lean * height / 2 + extra],
            [tilt, zoom, shift_y - tilt * darkness.shape[1] / 2],
        ]
    )
    return np.asarray(
        cv2.warpAffine(
            darkness, matrix, (wide, STRIP_HEIGHT), flags=cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )  # fmt: skip


def as_source(cheques: Sequence[Cheque]) -> LabelledArrays:
    """The strips as one array, for the record of what a model was trained on."""
    strips = np.zeros((len(cheques), STRIP_HEIGHT, _RECORDED_WIDTH), np.uint8)
    for place, cheque in zip(strips, cheques, strict=True):
        strip = normalize_strip(cheque.darkness)[:, :_RECORDED_WIDTH]
        place[:, : strip.shape[1]] = strip
    return LabelledArrays(NAME, "train", strips, np.array([cheque.text for cheque in cheques]))
