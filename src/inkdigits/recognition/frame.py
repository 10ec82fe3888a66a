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
        left, right = round(box.left * across), round(box.right * across)
        top, bottom = round(box.top * down), round(box.bottom * down)
        return Box(left, top, max(right, left + 1), max(bottom, top + 1))

    def height_px(self, box: Box) -> int:
        """How high a symbol stands, in pixels of the page, when it is read."""
        placed = self.on_page(box)
        return placed.width if self.quarter_turns % 2 else placed.height
