"""Which pieces of ink are writing, and which small parts belong to which symbol."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.clutter import is_rule, off_edges, without_frames
from inkdigits.imaging.pieces import Piece, components, gaps, merged, usual
from inkdigits.reading import Box

_SPECK = 0.18
"""Ink smaller than this share of the usual height of a symbol is a speck or a dot."""

_FAINT = 0.35
"""Ink fainter than this share of the usual contrast is dirt, unless it is as large as a symbol."""

_CREASE = 0.09
"""What has less than this share of the usual ink along its strokes is a crease, not writing.
On photos of paper creases had 0.02 to 0.08, the faintest pencil beside a marker 0.35."""

_NEAR = 0.22
"""A small part belongs to a symbol at most this share of the usual height away."""

_FLAT = 0.5
"""The bar of a 5, drawn apart, is lower than this share of its width."""

_LOWEST_LETTER = 0.25
"""Print is at least this share of the usual height."""

_LETTERS_APART, _LETTERS_LEVEL, _LETTERS_ALIKE = 0.6, 0.5, 1.7
"""Letters of a word are so near and so level, in their heights, and as high but for this ratio."""

_LETTERS_SHARED, _HIGHEST_LETTER, _SMALL = 0.7, 2.3, 0.8
"""A letter with a stem shares so much of the height of the small one beside it, is at most so many
times as high, and still lower than this share of the usual height."""

_LOOSE = 0.4
"""Where the page is one symbol, a part belongs to it at most this share of its size away."""


def find_pieces(
    labels: NDArray[np.int32], stats: NDArray[np.int32], contrast: NDArray[np.uint8]
) -> list[Piece]:
    """The connected ink of a page, heaviest first, without edges of the page and drawn frames.

    The arguments are those of `pieces.components`.
    """
    return without_frames(off_edges(components(labels, stats, contrast), labels), labels)


def one_symbol(pieces: list[Piece]) -> list[Piece]:
    """The pieces of the only symbol: the heaviest, and what is near it and heavy enough."""
    if not pieces:
        return []
    main = pieces[0]
    loose = [
        piece
        for piece in pieces[1:]
        if piece.area > 0.012 * main.area and piece.contrast > _FAINT * main.contrast
    ]
    symbol = [main]
    reached = [main]
    while reached:
        near = gaps(reached.pop().box, loose) < _LOOSE * main.extent
        found = [piece for piece, is_near in zip(loose, near, strict=True) if is_near]
        loose = [piece for piece, is_near in zip(loose, near, strict=True) if not is_near]
        symbol += found
        reached += found
    return symbol


def writing_among(pieces: list[Piece]) -> list[Piece]:
    """Pieces that can be symbols: no specks, rules, shadows; small parts put where they belong."""
    candidates = [piece for piece in pieces if not is_rule(piece)]
    if not candidates:
        return []
    rough = usual(candidates, [piece.extent for piece in candidates])
    candidates = _joined([piece for piece in candidates if piece.extent >= _SPECK * rough])
    height = usual(candidates, [piece.box.height for piece in candidates])
    contrast = usual(candidates, [piece.contrast for piece in candidates])
    stroke = usual(candidates, [piece.stroke for piece in candidates])
    whole, parts = [], []
    for piece in candidates:
        if piece.stroke < _CREASE * stroke:
            continue
        faint = piece.contrast < _FAINT * contrast
        if piece.box.height >= 0.5 * height and not (faint and piece.extent < 0.7 * height):
            whole.append(piece)
        elif piece.extent >= _SPECK * height and not faint:
            parts.append(piece)
    letters = _small_print(parts, height)
    printed = {id(letter) for letter in letters}
    whole = [
        piece
        for piece in whole
        if piece.box.height > _SMALL * height or not _in_word(piece, letters)
    ]
    return _attach([part for part in parts if id(part) not in printed], whole, height)


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Join pieces whose boxes lie mostly in each other: a loop that the pen left open."""
    groups: list[list[Piece]] = []
    boxes = np.empty((len(pieces), 4), np.int64)
    for piece in sorted(pieces, key=lambda piece: -piece.weight):
        box = piece.box
        seen = boxes[: len(groups)]
        across = np.minimum(seen[:, 2], box.right) - np.maximum(seen[:, 0], box.left)
        down = np.minimum(seen[:, 3], box.bottom) - np.maximum(seen[:, 1], box.top)
        shared = np.maximum(across, 0) * np.maximum(down, 0)
        home = int(shared.argmax()) if groups else 0
        if groups and shared[home] > 0.4 * box.width * box.height:
            groups[home].append(piece)
            boxes[home] = Box(*boxes[home].tolist()).union(box)
        else:
            boxes[len(groups)] = box
            groups.append([piece])
    return [merged(group) for group in groups]


def _small_print(parts: list[Piece], height: float) -> list[Piece]:
    """Small letters: parts about as high as wide that stand side by side, as in a word.

    `height` is the usual one: crumbs of a stroke that the pen left open are far smaller.
    """
    compact = [
        part
        for part in parts
        if part.box.height > max(_FLAT * part.box.width, _LOWEST_LETTER * height)
    ]
    boxes = np.array([part.box for part in compact], np.float64).reshape(-1, 4)
    high, middle = boxes[:, 3] - boxes[:, 1], (boxes[:, 1] + boxes[:, 3]) / 2
    letters = []
    for part, (left, top, right, bottom) in zip(compact, boxes, strict=True):
        apart = np.maximum(boxes[:, 0] - right, left - boxes[:, 2])
        beside = (apart >= 0) & (apart < _LETTERS_APART * (bottom - top))
        level = np.abs(middle - (top + bottom) / 2) < _LETTERS_LEVEL * (bottom - top)
        alike = np.abs(np.log(high / (bottom - top))) < np.log(_LETTERS_ALIKE)
        if (beside & level & alike).any():
            letters.append(part)
    return letters


def _in_word(piece: Piece, letters: Sequence[Piece]) -> bool:
    """Whether a higher piece stands at the side of a small letter: the b and p of a word."""
    box = piece.box
    for other in (letter.box for letter in letters):
        apart = max(other.left - box.right, box.left - other.right)
        shared = min(other.bottom, box.bottom) - max(other.top, box.top)
        if (
            apart < _LETTERS_APART * other.height
            and shared > _LETTERS_SHARED * other.height
            and box.height < _HIGHEST_LETTER * other.height
        ):
            return True
    return False


def _attach(parts: list[Piece], whole: list[Piece], height: float) -> list[Piece]:
    """Give each small part to the symbol that it all but touches; drop the others.

    A dot or a dash between two digits, or a comma, belongs to none.
    """
    groups = [[piece] for piece in whole]
    alone = []
    for part in parts:
        away = gaps(part.box, whole)
        nearest = int(np.argmin(away)) if whole else 0
        if whole and away[nearest] <= _NEAR * height and not _is_beside(part, whole[nearest]):
            groups[nearest].append(part)
        elif part.extent >= 0.7 * height:
            alone.append(part)
    return [merged(group) for group in groups] + alone


def _is_beside(part: Piece, whole: Piece) -> bool:
    """Whether a part stands low beside a symbol, like a dot, a comma or a dash."""
    beside = part.box.left >= whole.box.right or part.box.right <= whole.box.left
    return beside and part.box.middle[1] > whole.box.top + 0.4 * whole.box.height
