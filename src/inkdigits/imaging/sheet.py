"""Where on a photo the sheet of paper lies, if a desk shows around it."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.light import FAINTEST, Grey, thumbnail

_SMALLEST_SIDE = 64
"""On pictures whose thumbnail is smaller than this, both ways, no desk shows."""

_SMALLEST_SHARE = 0.15
"""A sheet fills at least this share of the picture."""

_CORNER = 0.03
"""Corners are found on an outline simplified by this share of its length."""

_SHARE_OF_BORDER = 0.3
"""At most this share of the picture's border lies on the sheet: what covers more is the lit half
of a page, or what the strokes of a large digit enclose."""

_SHARE_LIKE_SHEET = 0.4
"""At most this share of the desk is as bright as the sheet, and of the sheet as dark as the desk.
Around what a stroke or a drawn frame encloses lies more paper."""

_MARGIN_PX = 9
"""The edge of the sheet, in pixels of the thumbnail, counts as desk: its shadow is no ink."""

_PEN = np.ones((9, 9), np.uint8)
"""Strokes on a sheet are narrower than this, in pixels of the thumbnail."""

_WRITTEN_ON = 40
"""Greys on a sheet that is written on differ by this much; a thick bar, such as a 1, is even."""


_LEVELS = 8
"""So many greys are tried between a desk and a sheet in shadow; the neatest shape is the sheet."""

_AS_DARK, _CUT_PX = 0.4, 2
"""Writing that the edge of a sheet cuts is at least this share as dark as other writing, and so
many pixels of the thumbnail of it lie on either side."""

_STROKE_PX, _FEWEST_STROKES = 6, 2
"""Paper in shadow is told from a desk by at least so many strokes on it, of so many pixels."""

_AS_NEAT = 0.995
"""With its part in shadow, a sheet fills its outline no worse than by this share; with the grain of
a desk it does."""


def without_desk(grey: Grey) -> Grey:
    """The page with everything around the sheet painted as its paper; as it is, without a desk."""
    thumb = thumbnail(grey)
    sheet = find_sheet(thumb)
    if sheet is None:
        return grey
    size = grey.shape[::-1]
    inside = cv2.resize(sheet, size, interpolation=cv2.INTER_NEAREST)
    around = cv2.resize(_continued(thumb, sheet), size, interpolation=cv2.INTER_LINEAR)
    return np.where(inside > 0, grey, around).astype(np.uint8)


def _continued(thumb: Grey, sheet: NDArray[np.uint8]) -> Grey:
    """The paper of the sheet carried on to all sides, in the light of its nearest edge.

    A shadow that lies over the edge goes on, so that no light has an edge there.
    """
    paper = cv2.morphologyEx(np.where(sheet > 0, thumb, np.uint8(0)), cv2.MORPH_CLOSE, _PEN)
    _, nearest = cv2.distanceTransformWithLabels(
        1 - sheet, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    value = np.zeros(int(nearest.max()) + 1, np.uint8)
    value[nearest[sheet > 0]] = paper[sheet > 0]
    return np.asarray(cv2.blur(value[nearest], (9, 9)), np.uint8)


def find_sheet(thumb: Grey) -> NDArray[np.uint8] | None:
    """A mask, 1 on the sheet, of a convex shape with four corners that stands out of the rest.

    None if there is no such shape, or if it covers too much of the picture's border.
    """
    if min(thumb.shape) < _SMALLEST_SIDE:
        return None
    even = np.asarray(cv2.medianBlur(thumb, 5), np.uint8)
    level = _otsu(even)
    bright = (even > level).astype(np.uint8)
    found = _sheet_of(thumb, bright) or _sheet_of(thumb, 1 - bright)
    if found is None:
        return None
    ink = _writing(thumb, found.mask)
    cut = _cuts(ink, found.mask)
    # It may be the lit part of a sheet in shadow; the desk, if one shows, is darker still.
    levels = np.linspace(_otsu(even[even <= level]), level, _LEVELS, endpoint=False)
    sheets = [_sheet_of(thumb, (even > each).astype(np.uint8)) for each in levels]
    whole = [
        each
        for each in sheets
        if each
        and not _cuts(ink, each.mask)
        and (cut or (each.solidity > _AS_NEAT * found.solidity and _adds_writing(ink, found, each)))
    ]
    if whole:
        return max(whole, key=lambda sheet: sheet.solidity).mask
    return None if cut else found.mask


class _Sheet(NamedTuple):
    """What may be a sheet, without its edge, and the share of its convex hull that it fills."""

    mask: NDArray[np.uint8]
    solidity: float


def _otsu(greys: Grey) -> float:
    return cv2.threshold(greys, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[0]


def _writing(thumb: Grey, sheet: NDArray[np.uint8]) -> NDArray[np.int32]:
    """What is written or printed, on the sheet or beyond it: labels of strokes, 0 for none."""
    paper = cv2.morphologyEx(thumb, cv2.MORPH_CLOSE, _PEN)
    ink = cv2.divide(paper - thumb, cv2.max(paper, 1), scale=255)
    least = max(255 * FAINTEST, _AS_DARK * float(np.percentile(ink[sheet > 0], 99)))
    return np.asarray(cv2.connectedComponents((ink > least).astype(np.uint8))[1], np.int32)


def _cuts(ink: NDArray[np.int32], sheet: NDArray[np.uint8]) -> bool:
    """Whether a stroke goes on beyond the edge of a sheet: that is the edge of a shadow, then."""
    count = int(ink.max()) + 1
    on_both = np.minimum(
        np.bincount(ink[sheet > 0], minlength=count),
        np.bincount(ink[_beyond(sheet)], minlength=count),
    )
    return bool((on_both[1:] >= _CUT_PX).any())


def _adds_writing(ink: NDArray[np.int32], sheet: _Sheet, larger: _Sheet) -> bool:
    """Whether there are strokes on a larger sheet that lie beyond this one."""
    strokes = np.bincount(ink[(larger.mask > 0) & _beyond(sheet.mask)], minlength=1)[1:]
    return bool((strokes >= _STROKE_PX).sum() >= _FEWEST_STROKES)


def _beyond(sheet: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """What is off a sheet, and not its edge."""
    kernel = np.ones((_MARGIN_PX + 2, _MARGIN_PX + 2), np.uint8)
    return np.asarray(cv2.dilate(sheet, kernel) == 0, np.bool_)


def _sheet_of(thumb: Grey, side: NDArray[np.uint8]) -> _Sheet | None:
    """The largest part of what is 1 in `side`, if it has the shape of a sheet, written on."""
    contours, _ = cv2.findContours(side, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=cv2.contourArea, default=None)
    if outline is None:
        return None
    hull = cv2.convexHull(outline)
    mask = cv2.fillConvexPoly(np.zeros_like(thumb), hull, 1)
    if not (_is_sheet(outline, hull, mask) and _differs(side, mask)):
        return None
    kernel = np.ones((_MARGIN_PX, _MARGIN_PX), np.uint8)
    inner = cv2.erode(mask, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    if np.ptp(thumb[inner > 0]) <= _WRITTEN_ON:
        return None
    return _Sheet(np.asarray(inner, np.uint8), cv2.contourArea(outline) / cv2.contourArea(hull))


def _is_sheet(outline: NDArray[np.int32], hull: NDArray[np.int32], mask: NDArray[np.uint8]) -> bool:
    area = cv2.contourArea(hull)
    corners = cv2.approxPolyDP(hull, _CORNER * cv2.arcLength(hull, True), True)
    around = np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]])
    return bool(
        len(corners) == 4
        and area > _SMALLEST_SHARE * mask.size
        and cv2.contourArea(outline) > 0.9 * area
        and around.mean() < _SHARE_OF_BORDER
    )


def _differs(side: NDArray[np.uint8], mask: NDArray[np.uint8]) -> bool:
    """Whether what is 1 in `side` is on the sheet, and what is 0 around it."""
    on_sheet, on_desk = side[mask > 0].mean(), side[mask == 0].mean()
    return bool(on_desk < _SHARE_LIKE_SHEET < 1 - _SHARE_LIKE_SHEET < on_sheet)
