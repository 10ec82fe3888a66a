"""Strokes of a pen become the page that a canvas would show."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits import Reader
from inkdigits.imaging.strokes import Drawing, Stroke, render, smoothed


def points(*places: tuple[float, ...], pressure: float = 0.5) -> NDArray[np.float32]:
    return np.array([(*place[:2], *(place[2:] or (pressure,))) for place in places], np.float32)


def drawn(*strokes: NDArray[np.float32], width: float = 10) -> NDArray[np.float32]:
    """How much ink is where, float32 (80, 120), 0..1."""
    page = render(Drawing(120, 80, [Stroke(stroke, width) for stroke in strokes]))
    assert page.shape == (80, 120, 3)
    assert page.dtype == np.uint8
    assert (page == page[..., :1]).all()
    return 1 - page[..., 0].astype(np.float32) / np.float32(255)


def test_a_canvas_without_strokes_is_white_paper() -> None:
    assert not drawn().any()


def test_a_stroke_of_one_point_is_a_dot_around_it() -> None:
    ink = drawn(points((40, 30)))
    assert ink.sum() == pytest.approx(np.pi * 5**2, rel=0.15)
    rows, columns = np.indices(ink.shape) + 0.5
    assert (ink * columns).sum() / ink.sum() == pytest.approx(40, abs=0.3)
    assert (ink * rows).sum() / ink.sum() == pytest.approx(30, abs=0.3)


@pytest.mark.parametrize(("pressure", "width"), [(0.0, 5), (0.5, 10), (1.0, 15), (9.0, 15)])
def test_the_line_is_as_wide_as_the_pen_is_pressed(pressure: float, width: float) -> None:
    ink = drawn(points((20, 40), (100, 40), pressure=pressure))
    assert ink[:, 60].sum() == pytest.approx(width, abs=1)


def test_each_stroke_has_its_own_pen() -> None:
    strokes = [Stroke(points((10, y), (110, y)), width) for y, width in ((20, 4), (60, 12))]
    ink = 1 - render(Drawing(120, 80, strokes))[:, 60, 0] / 255
    assert (ink[:40].sum(), ink[40:].sum()) == pytest.approx((4, 12), abs=1)


def test_edges_are_soft() -> None:
    ink = drawn(points((20, 10), (100, 70)))
    assert ((ink > 0.2) & (ink < 0.8)).any()


def test_curves_run_from_end_to_end_through_the_middles() -> None:
    path = smoothed(points((0, 0), (10, 0), (10, 10), (20, 10)))
    assert path[0, :2].tolist() == [0, 0]
    assert path[-1, :2].tolist() == [20, 10]
    assert np.hypot(*(path[:, :2] - (10, 5)).T).min() < 1e-5
    # The points between bend the line, which cuts their corners.
    assert np.hypot(*(path[:, :2] - (10, 0)).T).min() > 1


def test_what_lies_off_the_canvas_does_no_harm() -> None:
    assert not drawn(points((-1e6, -1e6), (-1e6, 1e6))).any()
    through = drawn(points((-50, 40), (170, 40)))
    assert through[40].min() > 0.9


def test_digits_drawn_on_a_tablet_are_read(data_dir: Path, reader: Reader) -> None:
    with np.load(data_dir / "digilets" / "strokes.npz") as data:
        labels, offsets, rows = data["labels"], data["offsets"], data["points"]
    digits = np.flatnonzero(np.isin(labels, list("0123456789")))
    chosen = digits[:: len(digits) // 100]
    right = 0
    for index in chosen:
        written = rows[offsets[index] : offsets[index + 1]]
        low, high = written[:, :2].min(0), written[:, :2].max(0)
        placed = written[:, :3].astype(np.float32)
        placed[:, :2] = (placed[:, :2] - low) * (160 / (high - low).max()) + 60
        strokes = np.split(placed, np.flatnonzero(written[:, 3]))
        page = render(Drawing(280, 280, [Stroke(s, 14) for s in strokes if len(s)]))
        right += reader.read(page).text == labels[index]
    assert right >= 0.98 * len(chosen)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=1)
