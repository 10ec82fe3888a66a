"""Finding the empty form under a filled page: where each point of the form lies on a scan or photo.

Corners and letters of the form (SIFT: Lowe, 2004) are found again on the page, whatever its size,
turn or perspective, and a homography is put through them that ignores what does not agree
(MAGSAC++: Barath et al., 2020). Then the whole print is shifted until it lies on the page's own
(ECC: Evangelidis and Psarakis, 2008). Where the print of the form is not dark on the page and the
paper beside it light, the page is another one, and is said to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from inkdigits.reading import Box

GOOD_FIT = 0.5
"""The least correlation of the form's print with the page's, near the form's own.

Measured with a drawn form: its photographs at a slant, in shadow, noisy and blurred reach 0.8 to 1;
other forms, other pages and wrong alignments stay below 0.15."""

_FORM_PX, _PAGE_PX = 1200, 1600
"""The longer side at which features are found: letters of 2 mm on A4 are 8 pixels high then."""

_ECC_PX = 600
_MOST_FEATURES = 4000
_DISTINCT = 0.8
"""A match counts if its second best is this much farther away (Lowe, 2004, section 7.1)."""

_LEAST_MATCHES = 8
_STRAY_PX = 3.0
_NEAR_PX = 9
_LIGHT_PX = 61
"""Light changes over more than this, in pixels of the form; print is finer."""

_MOST_STRETCH = 4.0
"""Nowhere does a page show a form so much finer than on average."""

_MAX_CUT_PIXELS = 24_000_000

Grey = NDArray[np.uint8]
Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where a form lies on a page.

    `matrix` is the homography, float64 `(3, 3)`, from pixels of the form to pixels of the page, and
    `fit` how well the form's print is found there, 0 to 1; None where there was nothing to compare.
    """

    matrix: Matrix
    fit: float | None

    def cut(self, pixels: Grey, box: Box) -> tuple[Grey, Matrix]:
        """A box of the form as the page shows it, level, uint8 `(H, W, 3)`, as fine as it is there.

        With it the homography from its pixels to those of the page. What lies off the page is
        white.
        """
        scale = self._scale(box)
        size = (max(1, round(box.width * scale)), max(1, round(box.height * scale)))
        into_form = np.array([[1 / scale, 0, box.left], [0, 1 / scale, box.top], [0, 0, 1]])
        matrix = self.matrix @ into_form
        part = cv2.warpPerspective(
            pixels,
            matrix,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=(255, 255, 255),
        )
        return np.asarray(part, np.uint8), matrix

    def _scale(self, box: Box) -> float:
        """How many pixels the page has for one of the form, by side, where the box lies."""
        corners = mapped(self.matrix, _corners(box))
        hull = cv2.contourArea(cv2.convexHull(corners.astype(np.float32)))
        most = (_MAX_CUT_PIXELS / (box.width * box.height)) ** 0.5
        return float(np.clip((hull / (box.width * box.height)) ** 0.5, 1 / most, most))


def mapped(matrix: Matrix, points: Matrix) -> Matrix:
    """Points float64 `(N, 2)` under a homography."""
    found = cv2.perspectiveTransform(points[np.newaxis], matrix)
    return np.asarray(found[0], np.float64)


def box_under(matrix: Matrix, box: Box, width: int, height: int) -> Box:
    """The smallest box, on a page of that size, that holds a box under a homography."""
    corners = mapped(matrix, _corners(box))
    left, top = np.floor(corners.min(0)).astype(int).tolist()
    right, bottom = np.ceil(corners.max(0)).astype(int).tolist()
    left, top = min(max(left, 0), width - 1), min(max(top, 0), height - 1)
    return Box(left, top, min(max(right, left + 1), width), min(max(bottom, top + 1), height))


def _corners(box: Box) -> Matrix:
    return np.array(
        [(x, y) for x in (box.left, box.right) for y in (box.top, box.bottom)], np.float64
    )


def align_by_size(form: tuple[int, int], page: tuple[int, int]) -> Alignment:
    """The form, of so many (width, height), drawn to the size of the page."""
    return Alignment(np.diag([page[0] / form[0], page[1] / form[1], 1.0]), None)


class Reference:
    """A picture of an empty form, uint8 `(H, W, 3)` RGB, that pages can be aligned to."""

    def __init__(self, pixels: Grey) -> None:
        self.height, self.width = pixels.shape[:2]
        self._pixels = pixels
        self._grey, self._scale = _shrunk(pixels, _FORM_PX)

    def align(self, pixels: Grey) -> Alignment | None:
        """Where the form lies on a page, uint8 `(H, W, 3)` RGB; None if it is not there."""
        page, scale = _shrunk(pixels, _PAGE_PX)
        best: tuple[float, Matrix] | None = None
        for first in self._first_guesses(page):
            for matrix in (first, self._refined(page, first)):
                if matrix is None or not self._is_plausible(matrix, page):
                    continue
                fit = self._fit(page, matrix)
                if best is None or fit > best[0]:
                    best = fit, matrix
            if best is not None and best[0] >= GOOD_FIT:
                break
        if best is None or best[0] < GOOD_FIT:
            return None
        into_page = np.diag([1 / scale, 1 / scale, 1.0])
        into_form = np.diag([self._scale, self._scale, 1.0])
        return Alignment(into_page @ best[1] @ into_form, best[0])

    def part(self, matrix: Matrix, size: tuple[int, int]) -> Grey:
        """The form itself as a picture of that size, (width, height), shows it.

        `matrix` is the homography from pixels of that picture to those of the form.
        """
        return _warped(self._pixels, matrix, size)

    @cached_property
    def _features(self) -> tuple[Matrix, NDArray[np.float32]]:
        return _features(self._grey)

    @cached_property
    def _print(self) -> NDArray[np.float32]:
        return _darkness(self._grey)

    @cached_property
    def _near_print(self) -> NDArray[np.bool_]:
        """Where the form is printed, and close by: the rest is for whoever fills it in."""
        ink = (self._print > 0.1).astype(np.uint8)
        near = cv2.dilate(ink, np.ones((_NEAR_PX, _NEAR_PX), np.uint8))
        return np.asarray(near, np.bool_)

    def _first_guesses(self, page: Grey) -> Iterator[Matrix]:
        """By what is alike on both; and as a flat scan lies, if too little is."""
        points, described = _features(page)
        mine, mine_described = self._features
        if min(len(points), len(mine)) >= 2:
            pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(mine_described, described, k=2)
            good = [pair[0] for pair in pairs if pair[0].distance < _DISTINCT * pair[1].distance]
            if len(good) >= _LEAST_MATCHES:
                matrix, _ = cv2.findHomography(
                    mine[[match.queryIdx for match in good]],
                    points[[match.trainIdx for match in good]],
                    cv2.USAC_MAGSAC,
                    _STRAY_PX,
                    maxIters=5000,
                )
                if matrix is not None:
                    yield np.asarray(matrix, np.float64)
        form = self._grey.shape[::-1]
        yield np.diag([page.shape[1] / form[0], page.shape[0] / form[1], 1.0])

    def _refined(self, page: Grey, first: Matrix) -> Matrix | None:
        """The homography under which all of the print lies best, near `first`."""
        small = _ECC_PX / max(self._grey.shape)
        size = (round(self._grey.shape[1] * small), round(self._grey.shape[0] * small))
        shrink = np.diag([small, small, 1.0])
        form = cv2.resize(self._print, size, interpolation=cv2.INTER_AREA)
        # On a page that is level already, only what is left has to be found.
        seen = _darkness(_warped(page, first @ np.linalg.inv(shrink), size))
        mask = cv2.resize(self._near_print.astype(np.uint8), size)
        criteria = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 40, 1e-4)
        rest = np.eye(3, dtype=np.float32)
        try:
            _, rest = cv2.findTransformECC(
                form, seen, rest, cv2.MOTION_HOMOGRAPHY, criteria, mask, 5
            )
        except cv2.error:  # they have nothing to do with each other
            return None
        found: Matrix = first @ np.linalg.inv(shrink) @ rest.astype(np.float64) @ shrink
        return found

    def _is_plausible(self, matrix: Matrix, page: Grey) -> bool:
        """Whether a camera could see the form so: not folded, mirrored, or far off the page."""
        height, width = self._grey.shape
        if not np.isfinite(matrix).all():
            return False
        grid = np.array([(x, y) for y in (0, height / 2, height) for x in (0, width / 2, width)])
        depths = np.c_[grid, np.ones(len(grid))] @ matrix[2]
        if depths.min() <= 0:
            return False
        corners = mapped(matrix, grid)[[0, 2, 8, 6]].astype(np.float32)
        if not cv2.isContourConvex(corners) or cv2.contourArea(corners, oriented=True) <= 0:
            return False
        if depths.max() / depths.min() > _MOST_STRETCH:
            return False
        inside = (corners >= -0.25 * max(page.shape)) & (corners <= 1.25 * max(page.shape))
        return bool(inside.all()) and cv2.contourArea(corners) > 0.02 * page.size

    def _fit(self, page: Grey, matrix: Matrix) -> float:
        """How the print of the form and that of the page go together, near the form's own."""
        seen = _darkness(_warped(page, matrix, (self._grey.shape[1], self._grey.shape[0])))
        form, seen = (cv2.GaussianBlur(each, (0, 0), 1.5) for each in (self._print, seen))
        a, b = form[self._near_print], seen[self._near_print]
        if a.size < 2 or not a.std() or not b.std():
            return 0.0
        return float(max(0.0, np.corrcoef(a, b)[0, 1]))


def _shrunk(pixels: Grey, longest_px: int) -> tuple[Grey, float]:
    """The page in grey, at most so long, and by how much it was shrunk."""
    scale = min(1.0, longest_px / max(pixels.shape[:2]))
    if scale < 1:
        size = tuple(max(1, round(side * scale)) for side in pixels.shape[1::-1])
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.uint8), scale


def _features(grey: Grey) -> tuple[Matrix, NDArray[np.float32]]:
    """The points (x, y) of the most distinct features, and what each looks like."""
    detector = cv2.SIFT.create(nfeatures=_MOST_FEATURES)
    points, described = detector.detectAndCompute(grey, None)
    if described is None:
        return np.empty((0, 2)), np.empty((0, 128), np.float32)
    return np.array([point.pt for point in points]), np.asarray(described, np.float32)


def _warped(page: Grey, matrix: Matrix, size: tuple[int, int]) -> Grey:
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    warped = cv2.warpPerspective(page, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped, np.uint8)


def _darkness(grey: Grey) -> NDArray[np.float32]:
    """How much darker than the paper around it each pixel is, 0 to 1: light taken out."""
    paper = cv2.blur(grey, (_LIGHT_PX, _LIGHT_PX)).astype(np.float32)
    dark: NDArray[np.float32] = np.clip(1 - grey / np.maximum(paper, 1), 0, 1).astype(np.float32)
    return dark
