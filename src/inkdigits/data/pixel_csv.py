"""A CSV of pixels, the layout of Kaggle's Digit Recognizer: a line an image, one column its label.

With a header the label is the column `label` (or `class`), first or last, and the pixels are the
others, in order; without one the label comes first. Pixels are whole numbers from 0 to 255, row by
row: a square of grey ones, or a square of red, green and blue ones.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final, TextIO

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.idx import MAX_BYTES
from inkdigits.errors import DataError

LABEL_NAMES: Final = ("label", "class")

_MAX_LINE: Final = 16 * 2**20
_PIXELS_AT_ONCE: Final = 2**20
_NUMBERED = re.compile(r"(\D*)(\d+)")


def read_pixel_csv(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.str_]]:
    """Images uint8 `(N, S, S)` or `(N, S, S, 3)` and labels as text, `(N,)`.

    No more is kept in memory than the pixels, at most 4 GiB. `DataError` names the line that is not
    as it should be, or the column that is missing.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(file, str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read ({error})") from error


def _read(file: TextIO, name: str) -> tuple[NDArray[np.uint8], NDArray[np.str_]]:
    columns = [column.strip().strip('"') for column in file.readline(_MAX_LINE).split(",")]
    pixels = len(columns) - 1
    header = not (_is_number(columns[-1]) and _is_number(columns[pixels // 2]))
    label_last = header and _find_label(columns, name)
    shape = _shape_of(pixels, name)
    file.seek(0)
    lines = islice(_lines(file, name, pixels), int(header), None)
    parts: list[NDArray[np.uint8]] = []
    labels: list[str] = []
    while chunk := list(islice(lines, max(1, _PIXELS_AT_ONCE // pixels))):
        found, values = _parse(chunk, label_last, name)
        labels += found
        parts.append(values)
        if len(labels) * pixels > MAX_BYTES:
            raise DataError(f"{name}: over the limit of {MAX_BYTES:,} pixels: split it")
    if not parts:
        raise DataError(f"{name}: there is no image in it")
    return np.concatenate(parts).reshape(-1, *shape), np.array(labels)


def _find_label(columns: Sequence[str], name: str) -> bool:
    """Whether the label is in the last column, not the first; the header says it."""
    lowered = [column.casefold() for column in columns]
    at = next((lowered.index(label) for label in LABEL_NAMES if label in lowered), None)
    if at is None:
        raise DataError(
            f"{name}: no column is called {' or '.join(LABEL_NAMES)}: the header begins "
            f"{', '.join(columns[:3])!s:.60}; name the column of the labels so"
        )
    if at not in (0, len(columns) - 1):
        raise DataError(f"{name}: the column {columns[at]} must be the first or the last")
    _check_sequence(columns[1:] if at == 0 else columns[:-1], name)
    return at != 0


def _check_sequence(columns: Sequence[str], name: str) -> None:
    """Columns that are numbered must lack none: `pixel0`, `pixel1`, `pixel3` lacks `pixel2`."""
    numbered = [_NUMBERED.fullmatch(column) for column in columns]
    if not columns or not all(numbered):
        return
    numbers = [int(match[2]) for match in numbered if match]
    expected = range(numbers[0], numbers[0] + len(numbers))
    for number, due, column in zip(numbers, expected, columns, strict=True):
        if number != due:
            stem = _NUMBERED.fullmatch(column)
            missing = f"{stem[1] if stem else ''}{due}"
            raise DataError(f"{name}: the column {missing} is missing: {column} is in its place")


def _shape_of(pixels: int, name: str) -> tuple[int, ...]:
    for colours in (1, 3):
        side = math.isqrt(pixels // colours)
        if side and colours * side * side == pixels:
            return (side, side) if colours == 1 else (side, side, 3)
    raise DataError(
        f"{name}: {pixels} columns of pixels are no square, grey or RGB: is a column missing?"
    )


def _lines(file: TextIO, name: str, pixels: int) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1; `DataError` for other columns.

    A line without end is cut, so that it cannot fill the memory, and its columns are too many.
    """
    number = 0
    while line := file.readline(_MAX_LINE):
        number += 1
        if not line.strip():
            continue
        if line.count(",") != pixels:
            found = line.count(",") + 1
            due = f"the first line has {pixels + 1}"
            raise DataError(f"{name}, line {number}: has {found} columns, {due}")
        yield number, line


def _parse(
    lines: Sequence[tuple[int, str]], label_last: bool, name: str
) -> tuple[list[str], NDArray[np.uint8]]:
    labels, pixels = [], []
    for number, line in lines:
        before, _, after = line.rpartition(",") if label_last else line.partition(",")
        label, values = (after, before) if label_last else (before, after)
        labels.append(label.strip().strip('"'))
        pixels.append(values)
        if not labels[-1]:
            raise DataError(f"{name}, line {number}: has no label")
    try:
        array = np.loadtxt(pixels, np.float32, delimiter=",", ndmin=2, comments=None)
    except ValueError:
        array = np.array([_parse_line(values) for values in pixels])
    good = ((array >= 0) & (array <= 255) & (array == np.floor(array))).all(1)
    if not good.all():
        number = lines[int(np.argmin(good))][0]
        raise DataError(f"{name}, line {number}: a pixel is no whole number from 0 to 255")
    return labels, array.astype(np.uint8)


def _parse_line(values: str) -> NDArray[np.float32]:
    """The pixels of a line, not a number where one is none; slowly, to find the line."""
    return np.array([float(value) if _is_number(value) else np.nan for value in values.split(",")])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
