"""Amounts written on bank cheques (ORAND-CAR-A): the strips, with what is written where."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from inkdigits.data.backgrounds import Darkness
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


def as_source(cheques: Sequence[Cheque]) -> LabelledArrays:
    """The strips as one array, for the record of what a model was trained on."""
    strips = np.zeros((len(cheques), STRIP_HEIGHT, _RECORDED_WIDTH), np.uint8)
    for place, cheque in zip(strips, cheques, strict=True):
        strip = normalize_strip(cheque.darkness)[:, :_RECORDED_WIDTH]
        place[:, : strip.shape[1]] = strip
    return LabelledArrays(NAME, "train", strips, np.array([cheque.text for cheque in cheques]))


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
