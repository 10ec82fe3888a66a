"""Where what stands on the ink map stands on the page."""

from __future__ import annotations

from dataclasses import dataclass

from inkdigits.reading import Box


@dataclass(frozen=True, slots=True)
class Frame:
    """From the ink map, turned clockwise by quarter turns, back to pixels of the page.

    `ink` and `page` are the sizes of both before turning, as (width, height).
    """

    ink: tuple[int, ...]
    page: tuple[int, int]
    quarter_turns: int

    def on_page(self, box: Box) -> Box:
        """The box of a symbol on the page: inside of it, and not empty."""
        # After an odd turn the map is as wide as it was high.
        width, height = self.ink[:: -1 if self.quarter_turns % 2 else 1]
        for _ in range(self.quarter_turns):
            # One quarter turn back: what was to the left is at the bottom again.
            box = Box(box.top, width - box.right, box.bottom, width - box.left)
            width, height = height, width
        # Side by side: a map whose sides were rounded is not the page on one scale.
        across, down = self.page[0] / width, self.page[1] / height
        placed = Box(
            round(box.left * across), round(box.top * down),
            round(box.right * across), round(box.bottom * down),
        )  # fmt: skip
        return inside(placed, *self.page)

    def height_px(self, box: Box) -> int:
        """How high a symbol stands, in pixels of the page, when it is read."""
        placed = self.on_page(box)
        return placed.width if self.quarter_turns % 2 else placed.height


def inside(box: Box, width: int, height: int) -> Box:
    """The part of a box that lies on a picture of a size, at least one pixel of it."""
    left, top = min(max(box.left, 0), width - 1), min(max(box.top, 0), height - 1)
    return Box(
        left, top, min(max(box.right, left + 1), width), min(max(box.bottom, top + 1), height)
    )
