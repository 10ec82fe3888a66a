"""New lines out of real cheques: whole strips bent anew, others joined from parts of several."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np

from inkdigits.data import backgrounds
from inkdigits.data.backgrounds import Darkness
from inkdigits.data.cheques import Cheque
from inkdigits.data.composing import Line
from inkdigits.data.hands import Ink, one_of
from inkdigits.imaging.normalize import STRIP_HEIGHT, normalize_strip

_SOLID = 0.35
"""Darker than this share of the darkest ink is ink and not the pattern of the paper."""

_MARGIN = 0.08
"""Paper is added on the left and on the right: at most this share of the height."""

_WHOLE = 0.6
"""This share of the lines are whole strips; the rest are joined from parts."""

_MOST_OF_A_PART = 3
"""Parts of strips hold so many digits at most."""


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
        paper = one_of(rng, self._papers)
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
            cheque = one_of(rng, self._cheques)
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
            part, digits = one_of(rng, self._parts)
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
            cheque = one_of(rng, self._cheques)
            return cheque.darkness, cheque.text
        return np.concatenate(pieces, 1), text


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
