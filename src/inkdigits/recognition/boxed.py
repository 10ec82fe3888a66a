"""What stands in the printed boxes of a page, and which of them are empty."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from inkdigits.imaging.cells import Cells
from inkdigits.imaging.layout import Layout
from inkdigits.reading import BLANK_FIELD, Box, BoxRow, Digit, Number
from inkdigits.recognition.symbols import Symbol


def box_rows(
    layout: Layout,
    numbers: Sequence[Number],
    symbols: Sequence[Sequence[Symbol]],
    on_page: Callable[[Box], Box],
) -> tuple[BoxRow, ...]:
    """The rows of boxes of a page, from top to bottom as it is read.

    `symbols[i][j]` is that of `numbers[i].digits[j]`; `on_page` takes a box of the ink map there.
    Writing that is in no number keeps a box from being empty; dots, dashes and specks do not.
    """
    writing = [piece.box for row in layout.rows for piece in row]
    return tuple(
        _box_row(cells, cells.filled(writing), numbers, symbols, on_page)
        for cells in sorted(layout.cells, key=_place)
    )


def _place(cells: Cells) -> tuple[int, int]:
    around = Box.around(cells.boxes)
    return around.top, around.left


def _box_row(
    cells: Cells,
    written: Sequence[bool],
    numbers: Sequence[Number],
    symbols: Sequence[Sequence[Symbol]],
    on_page: Callable[[Box], Box],
) -> BoxRow:
    digits: list[list[Digit]] = [[] for _ in cells.boxes]
    own: list[int] = []
    for index, (number, seen) in enumerate(zip(numbers, symbols, strict=True)):
        for digit, symbol in zip(number.digits, seen, strict=True):
            place = cells.place(symbol.box)
            if place is not None:
                digits[place].append(digit)
                own.append(index)
    own = list(dict.fromkeys(own))
    values = tuple(map(_value, digits, written))
    reasons = dict.fromkeys(numbers[index].reason for index in own if numbers[index].reason)
    return BoxRow(
        "digit" if cells.comb else "number",
        tuple(map(on_page, cells.boxes)),
        values,
        tuple(own),
        "; ".join(reasons) if any(value != "" for value in values) else BLANK_FIELD,
    )


def _value(digits: Sequence[Digit], written: bool) -> str | None:
    if not digits:
        return None if written else ""
    accepted = [digit.value for digit in digits if digit.value is not None]
    return "".join(accepted) if len(accepted) == len(digits) else None
