"""A hand at the page: strokes by mouse and by touch, from templates and from recordings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import CDPSession, Page

from tests.web.pages import place_of

Stroke = NDArray[np.float64]
"""Points float64 (n, 2) as x, y, y downwards."""

SEVEN: list[Stroke] = [np.array([[0, 0], [60, -3], [30, 90.0]])]
ONE: list[Stroke] = [np.array([[0, 0], [2, 100.0]])]
FOUR: list[Stroke] = [np.array([[25, 0], [0, 60], [65, 58.0]]), np.array([[48, 30], [44, 100.0]])]
SCRIBBLE: list[Stroke] = [
    np.array([[0, 60], [14, 8], [20, 94], [34, 6], [40, 98], [54, 4], [60, 92], [76, 10], [78, 96],
              [96, 12], [100, 88], [10, 40], [92, 62.0]])
]  # fmt: skip


class Recording(NamedTuple):
    """One digit of a writer: its strokes, and which digit it is."""

    strokes: list[Stroke]
    label: str


def recordings(data_dir: Path, count: int, seed: int = 0) -> list[Recording]:
    """Digits of the pen strokes in `digilets`, as many as asked, drawn without replacement."""
    with np.load(data_dir / "digilets" / "strokes.npz") as parts:
        points, offsets, labels = parts["points"], parts["offsets"], parts["labels"]
    digits = np.flatnonzero(np.char.isdigit(labels))
    chosen = np.random.default_rng(seed).choice(digits, count, replace=False)
    return [
        Recording(_strokes(points[offsets[i] : offsets[i + 1]]), str(labels[i])) for i in chosen
    ]


def _strokes(points: NDArray[np.float32]) -> list[Stroke]:
    starts = np.flatnonzero(points[:, 3])
    return [part[:, :2].astype(np.float64) for part in np.split(points, starts[1:])]


def placed(
    page: Page, strokes: Sequence[Stroke], at: tuple[float, float] = (0.5, 0.5), height: float = 0.6
) -> list[Stroke]:
    """Strokes in pixels of the window: in the middle of the sheet, or at shares of its sides.

    `height` is that of the digit as a share of the sheet's; a wide one is made lower.
    """
    pad = place_of(page, "#pad")
    everything = np.concatenate(strokes)
    low, high = everything.min(0), everything.max(0)
    extent = max(high[1] - low[1], (high[0] - low[0]) / 1.2, 1e-6)
    scale = height * pad.height / extent
    middle = np.array([pad.x + at[0] * pad.width, pad.y + at[1] * pad.height])
    return [(stroke - (low + high) / 2) * scale + middle for stroke in strokes]


def draw_with_mouse(page: Page, strokes: Sequence[Stroke], steps: int = 6) -> None:
    """Draw strokes in pixels of the window; between two points the mouse stops `steps` times."""
    for stroke in strokes:
        page.mouse.move(*stroke[0])
        page.mouse.down()
        for x, y in stroke[1:]:
            page.mouse.move(x, y, steps=steps)
        page.mouse.up()


def draw_with_finger(page: Page, strokes: Sequence[Stroke]) -> None:
    """Draw with one finger, through the browser's own input."""
    session = page.context.new_cdp_session(page)
    for stroke in strokes:
        for kind, point in zip(
            ("touchStart", *("touchMove",) * (len(stroke) - 1)), stroke, strict=True
        ):
            _touch(session, kind, [{"x": float(point[0]), "y": float(point[1])}])
        _touch(session, "touchEnd", [])


def _touch(session: CDPSession, kind: str, points: list[dict[str, float]]) -> None:
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


REPLAY = """({ strokes, pressure }) => {
  const pad = document.getElementById("pad");
  pad.setPointerCapture = () => {}; // a pointer that is not there cannot be captured
  const common = { pointerId: 7, pointerType: "pen", bubbles: true, cancelable: true };
  const event = (type, [clientX, clientY], share, coalescedEvents = []) => new PointerEvent(type, {
    ...common, clientX, clientY, coalescedEvents,
    pressure: pressure[0] + share * (pressure[1] - pressure[0]),
  });
  const move = "onpointerrawupdate" in window ? "pointerrawupdate" : "pointermove";
  for (const stroke of strokes) {
    const inner = stroke.map((point, i) => event(move, point, i / stroke.length));
    pad.dispatchEvent(event("pointerdown", stroke[0], 0));
    pad.dispatchEvent(event(move, stroke.at(-1), 1, inner));
    pad.dispatchEvent(event("pointerup", stroke.at(-1), 1));
  }
}"""


def replay(
    page: Page, strokes: Sequence[Stroke], pressure: tuple[float, float] = (0.5, 0.5)
) -> None:
    """Draw as a fast pen does: all points of a stroke come along with one event.

    `pressure` is that at the beginning and at the end of each stroke.
    """
    points = [stroke.tolist() for stroke in strokes]
    page.evaluate(REPLAY, {"strokes": points, "pressure": pressure})


def along(stroke: Stroke, steps: int = 12) -> Stroke:
    """The same stroke with `steps` points on the way from each point to the next."""
    parts = [np.linspace(start, end, steps, endpoint=False) for start, end in pairwise(stroke)]
    return np.concatenate([*parts, stroke[-1:]])


def write(page: Page, strokes: Sequence[Stroke], at: tuple[float, float] = (0.5, 0.5)) -> None:
    """Draw with the mouse, at shares of the sheet's sides."""
    draw_with_mouse(page, placed(page, strokes, at))
