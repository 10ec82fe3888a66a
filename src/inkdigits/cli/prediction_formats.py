"""How a prediction is printed: text for people, JSON lines and CSV for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from inkdigits.cli.console import single_line
from inkdigits.cli.formats import csv_text

if TYPE_CHECKING:
    from inkdigits.recognition.classifier import Prediction

CSV_COLUMNS = ("file", "rank", "label", "probability")


class Format(NamedTuple):
    """`header` comes first, once; `render(prediction, top, named)` gives an image and its newline.

    `top` is how many labels are wanted; `named` asks for the file's name where the format leaves
    that open.
    """

    header: str
    render: Callable[[Prediction, int, bool], str]


def render_text(prediction: Prediction, top: int, named: bool) -> str:
    """`ankle boot  97.3 %`, further classes after it; with `named` after `file: `."""
    shown = ", ".join(
        f"{single_line(label)}  {_percent(share)}" for label, share in prediction.ranked[:top]
    )
    name = f"{single_line(prediction.source)}: " if named else ""
    return f"{name}{shown or '-'}\n"


def render_json(prediction: Prediction, top: int, _named: bool) -> str:
    """`Prediction.to_dict()` as one line of ASCII."""
    return json.dumps(prediction.to_dict(top), allow_nan=False) + "\n"


def render_csv(prediction: Prediction, top: int, _named: bool) -> str:
    """A row a class, the most probable with rank 1; no row where nothing is written."""
    return csv_text(
        (prediction.source, rank, label, round(share, 4))
        for rank, (label, share) in enumerate(prediction.ranked[:top], start=1)
    )


def _percent(share: float) -> str:
    """One decimal, rounded down: nothing that is less than certain is shown as 100 %."""
    return f"{int(share * 1000) / 10:.1f} %"


FORMATS = {
    "text": Format("", render_text),
    "json": Format("", render_json),
    "csv": Format(csv_text([CSV_COLUMNS]), render_csv),
}
