"""Figures as text in aligned columns."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # they need the extra [train], a table alone does not
    from inkdigits.evaluation.classification import ClassFigures, Figures
    from inkdigits.evaluation.runs import Measured

MOST_CLASSES = 30
"""With more classes than this only the weakest are printed."""

_WEAKEST = 15


def figures_table(figures: Figures, printable: Sequence[str]) -> str:
    """All figures of one measurement; `printable` are the names of the classes for a terminal."""
    low, high = (100 * bound for bound in figures.accuracy.interval)
    summary = aligned(
        [
            ("images", f"{figures.images:,}"),
            ("accuracy", f"{_percent(figures.accuracy.value)} % [{low:.2f}, {high:.2f}]"),
            ("mistakes", f"{figures.mistakes:,}"),
            ("loss", f"{figures.loss:.4f} nats"),
            ("calibration error", f"{_percent(figures.calibration_error)} %"),
            ("answered at 99 %", f"{_percent(figures.coverage_at(0.99))} %"),
            ("answered at 99.9 %", f"{_percent(figures.coverage_at(0.999))} %"),
        ],
        left=(0, 1),
    )
    shown = list(zip(printable, figures.per_class, strict=True))
    heading = ""
    if len(shown) > MOST_CLASSES:
        shown = sorted(shown, key=lambda pair: (pair[1].f1 is None, pair[1].f1 or 0.0))[:_WEAKEST]
        heading = f"the {_WEAKEST} weakest of {len(figures.classes)} classes:\n"
    rows = [_class_row(name, one) for name, one in shown]
    averages = [
        (
            f"average, {name}",
            *map(_percent, (of.precision, of.recall, of.f1)),
            f"{figures.images:,}",
        )
        for name, of in (("macro", figures.macro), ("weighted", figures.weighted))
    ]
    header = ("class", "precision %", "recall %", "F1 %", "images")
    return f"{summary}\n\n{heading}{aligned([header, *rows, *averages], left=(0,))}"


def runs_table(runs: Sequence[Measured], printable: Sequence[str]) -> str:
    """Runs below each other, a figure a column; `printable` are their names for a terminal."""
    header = (
        *("run", "accuracy %", "95 % interval", "loss", "precision %", "recall %", "F1 %", "ECE %"),
        *("parameters", "training s"),
    )
    return aligned(
        [header, *(_run_row(name, run) for name, run in zip(printable, runs, strict=True))],
        left=(0,),
    )


def aligned(lines: Sequence[Sequence[str]], left: Container[int]) -> str:
    """Lines of cells in columns two spaces apart: those in `left` to the left, others right."""
    widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if n in left else cell.rjust(width)
            for n, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _class_row(name: str, one: ClassFigures) -> tuple[str, ...]:
    return (name, *map(_percent, (one.precision, one.recall, one.f1)), f"{one.support:,}")


def _run_row(name: str, run: Measured) -> tuple[str, ...]:
    figures = run.figures
    low, high = (100 * bound for bound in figures.accuracy.interval)
    macro = figures.macro
    return (
        name,
        _percent(figures.accuracy.value),
        f"[{low:.2f}, {high:.2f}]",
        f"{figures.loss:.4f}",
        *map(_percent, (macro.precision, macro.recall, macro.f1, figures.calibration_error)),
        "-" if run.parameters is None else f"{run.parameters:,}",
        "-" if run.seconds is None else f"{run.seconds:,.0f}",
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f}"
