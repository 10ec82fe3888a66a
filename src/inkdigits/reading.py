"""What a reading is: frozen results, and the one dictionary that every surface shows of them.

All boxes are in pixels of the page as decoded and turned upright by its EXIF orientation, with the
origin in the top left corner, x to the right and y down.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import groupby
from typing import Any, Literal, NamedTuple

BLANK_FIELD = "blank: nothing is written in it"
"""Why boxes that ask for an answer have none."""


class Box(NamedTuple):
    """A half-open rectangle in pixels: `left <= x < right`, `top <= y < bottom`."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def middle(self) -> tuple[float, float]:
        """The centre as (x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @classmethod
    def around(cls, boxes: Sequence[Box]) -> Box:
        """The smallest box that holds all of `boxes`, of which there is at least one."""
        return reduce(cls.union, boxes)

    def union(self, other: Box) -> Box:
        """The smallest box that holds both."""
        return Box(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True)
class Digit:
    """One symbol on the page.

    `value` is the answer, `"0"` to `"9"`, or `None` where the symbol is refused; `guess` is what
    the model thinks most likely all the same, and `reason` says why it was refused (`""` where it
    was not). `confidence` is the calibrated probability, 0 to 1, that `guess` is right;
    `alternatives` are the runners-up as `(digit, probability)`, best first.
    """

    value: str | None
    guess: str
    confidence: float
    reason: str
    box: Box
    alternatives: tuple[tuple[str, float], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "guess": self.guess,
            "confidence": round(self.confidence, 4),
            "reason": self.reason,
            "box": list(self.box),
            "alternatives": [[label, round(p, 4)] for label, p in self.alternatives],
        }


@dataclass(frozen=True, slots=True)
class Number:
    """Digits that stand together on a line, left to right.

    `text` holds the digits that were accepted, nothing else. `confidence` is the probability,
    0 to 1, that the whole number is right; `accepted` is false if any symbol of it was refused,
    and `reason` then says why. `line` counts from 0 at the top of the page. `unconstrained` is the
    most probable text without the constraints of a field, and `text` itself where there is no
    field. `alternatives` are the runners-up of the whole number as `(text, probability)`, best
    first.
    """

    text: str
    line: int
    confidence: float
    accepted: bool
    reason: str
    box: Box
    digits: tuple[Digit, ...]
    unconstrained: str = ""
    alternatives: tuple[tuple[str, float], ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "text": self.text,
            "line": self.line,
            "confidence": round(self.confidence, 4),
            "accepted": self.accepted,
            "reason": self.reason,
            "box": list(self.box),
            "unconstrained": self.unconstrained,
            "alternatives": [[text, round(p, 4)] for text, p in self.alternatives],
            "digits": [digit.to_dict() for digit in self.digits],
        }


@dataclass(frozen=True, slots=True)
class BoxRow:
    """Printed boxes side by side, as on a form: one answer if each takes a digit, else one a box.

    `boxes` stand left to right. `values` has what is read in each: its digits, `""` where it is
    empty, None where somebody has to look. `numbers` are the places in `Reading.numbers` of what
    stands in them; `reason` says why somebody has to look, or that all of them are blank.
    """

    each: Literal["digit", "number"]
    boxes: tuple[Box, ...]
    values: tuple[str | None, ...]
    numbers: tuple[int, ...] = ()
    reason: str = ""

    @property
    def box(self) -> Box:
        """What all of them cover together."""
        return Box.around(self.boxes)

    @property
    def empty(self) -> tuple[int, ...]:
        """Which boxes are empty, from 0."""
        return tuple(place for place, value in enumerate(self.values) if value == "")

    @property
    def text(self) -> str:
        """What stands in boxes for a digit each, `_` for an empty one, `?` for one to look at."""
        return "".join("?" if value is None else value or "_" for value in self.values)

    def moved(self, move: Callable[[Box], Box]) -> BoxRow:
        """The same with its boxes where `move` puts them."""
        return replace(self, boxes=tuple(map(move, self.boxes)))

    def to_dict(self) -> dict[str, Any]:
        return {
            "each": self.each,
            "box": list(self.box),
            "values": list(self.values),
            "reason": self.reason,
            "numbers": list(self.numbers),
            "boxes": [list(box) for box in self.boxes],
        }


@dataclass(frozen=True, slots=True)
class Reading:
    """Everything that was read on one page.

    `source` names where the page came from (a path, `"-"`, or `""` for data in memory), `page`
    counts from 1. `width` and `height` are those of the upright page in pixels. `rotation` is by
    how many degrees clockwise (0, 90, 180, 270) the page had to be turned to be read; boxes stay
    in the frame of the page as it came. `model` is the name and version of the model. `reason` says
    why no number was found, and is `""` where one was. `box_rows` are the printed boxes of forms
    and tables, empty ones too.
    """

    source: str
    page: int
    width: int
    height: int
    rotation: int
    numbers: tuple[Number, ...]
    model: str
    reason: str = ""
    box_rows: tuple[BoxRow, ...] = ()

    @property
    def empty_fields(self) -> tuple[tuple[Box, str], ...]:
        """Where boxes ask for an answer and nothing is written; with `___` for a digit each."""
        found: list[tuple[Box, str]] = []
        for row in self.box_rows:
            if row.each == "number":
                found += [(row.boxes[place], "") for place in row.empty]
            elif len(row.empty) == len(row.boxes):
                found.append((row.box, row.text))
        return tuple(found)

    def boxes_of(self, number: int) -> str:
        """How a number stands in boxes for a digit each: `507__`; `""` where it is in none."""
        rows = (row for row in self.box_rows if row.each == "digit" and number in row.numbers)
        return " ".join(row.text for row in rows)

    @property
    def text(self) -> str:
        """The accepted digits: numbers of a line joined by a space, lines by a newline."""
        lines = (
            " ".join(number.text for number in numbers if number.text)
            for _, numbers in groupby(self.numbers, key=lambda number: number.line)
        )
        return "\n".join(line for line in lines if line)

    def to_dict(self) -> dict[str, Any]:
        """The reading as plain JSON types: what the command prints and the service answers."""
        return {
            "file": self.source,
            "page": self.page,
            "width": self.width,
            "height": self.height,
            "rotation": self.rotation,
            "text": self.text,
            "model": self.model,
            "reason": self.reason,
            "numbers": [number.to_dict() for number in self.numbers],
            "box_rows": [row.to_dict() for row in self.box_rows],
        }
