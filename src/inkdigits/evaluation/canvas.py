"""Where plots are drawn: one drawing gives a PNG file and an SVG that takes the page's colours."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.layout_engine import ConstrainedLayoutEngine

from inkdigits.atomic import replacing

_DPI = 150
_FONT = "DejaVu Sans"
_SETTINGS: Any = {
    "font.family": _FONT,
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",  # letters stay letters: small, sharp, found by a search
    "svg.hashsalt": "inkdigits",  # the same drawing gives the same file
}


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a drawing, as `#rrggbb`."""

    ink: str
    muted: str
    grid: str
    paper: str
    accent: str
    wrong: str
    series: tuple[str, ...]

    def of_series(self, number: int) -> str:
        """The colour of the curve of that number; they come round again."""
        return self.series[number % len(self.series)]


# Of the Okabe-Ito set, which people of every colour vision tell apart, the darker ones first.
LIGHT = Palette(
    ink="#1c2127", muted="#5b6672", grid="#dfe3e8", paper="#ffffff", accent="#0072b2",
    wrong="#c8381f", series=("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9"),
)  # fmt: skip

# Colours that no drawing has, each to be put down as a CSS variable of the page.
_THEMED = Palette(
    ink="#010001", muted="#010002", grid="#010003", paper="#010004", accent="#010005",
    wrong="#010006", series=tuple(f"#0100{n:02x}" for n in range(16, 22)),
)  # fmt: skip
_VARIABLES = {
    getattr(_THEMED, field.name): f"var(--{field.name})"
    for field in fields(Palette)
    if field.name != "series"
} | {colour: f"var(--series-{n})" for n, colour in enumerate(_THEMED.series)}

Draw = Callable[[Figure, Palette], None]


def save_png(draw: Draw, size: tuple[float, float], path: Path) -> None:
    """Write a drawing of `size` (width, height) in inches as PNG; `OSError` if that fails."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with mpl.rc_context(_SETTINGS), replacing(path) as file:
        figure = _figure(size)
        figure.set_facecolor(LIGHT.paper)
        draw(figure, LIGHT)
        figure.savefig(file, format="png", dpi=_DPI)


def _figure(size: tuple[float, float]) -> Figure:
    return Figure(size, layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1, wspace=0.04))


def to_svg(draw: Draw, size: tuple[float, float], label: str) -> str:
    """The drawing as an `<svg>` element whose colours are the variables `--ink`, `--accent`, ….

    `label`, already escaped, says what it shows to those who do not see it.
    """
    text = io.StringIO()
    with mpl.rc_context(_SETTINGS), warnings.catch_warnings():
        # The browser has the letters that the font for measuring lacks.
        warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
        figure = _figure(size)
        figure.patch.set_visible(False)
        draw(figure, _THEMED)
        figure.savefig(text, format="svg", metadata={"Date": None})
    svg = text.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    svg = svg[svg.index("<svg") :]
    svg = re.sub(rf"'{_FONT}'[^;\"]*", "system-ui, sans-serif", svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, variable)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)


def plain(name: str, number: int, most: int = 18) -> str:
    """A class's name as the font can write it, cut to `most` letters; else its number, `#3`."""
    known = get_font(findfont(FontProperties(family=_FONT))).get_charmap()
    if not all(character.isprintable() and ord(character) in known for character in name):
        return f"#{number}"
    return name if len(name) <= most else f"{name[: most - 1]}…"
