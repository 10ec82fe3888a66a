"""The plots of a report: each function draws into a figure, and `save_…` writes it as PNG."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.ticker import MaxNLocator, PercentFormatter
from numpy.typing import NDArray
from PIL import Image

from inkdigits.atomic import replacing
from inkdigits.evaluation.canvas import Palette, plain, save_png
from inkdigits.evaluation.classification import Figures, Mistake
from inkdigits.evaluation.history import History, read_history
from inkdigits.evaluation.measuring import Curve
from inkdigits.imaging.cards import GREEN, RED, Bar, Card, draw_cards

CHART_SIZE = (4.8, 4.0)
"""Width and height in inches."""

RISK_SIZE = (7.0, 4.2)

_ONE_IN_A_THOUSAND = 0.001
_LEAST_ACCEPTED = 0.8
"""What is wrong is among the least sure: the curves begin with this share accepted."""

_KINDS: tuple[tuple[str, str, Literal["-", "--"], float], ...] = (
    ("training", "", "--", 1.2),
    ("validation", "validation_", "-", 2.0),
)
"""What a curve is of, the prefix of its measure, and how it is drawn."""

_RUNS_A_ROW = 3

_SMALLEST_PT = 5.5
"""Counts in the cells of a confusion matrix that would be smaller are left out."""

_MOST_NAMED = 100
"""With more classes than this, their names could not be read."""


def curves(history_csvs: Mapping[str, Path], path: Path) -> None:
    """Write the loss and accuracy of trainings over their epochs as PNG, by the name of each."""
    histories = {name: read_history(csv) for name, csv in history_csvs.items()}
    save_png(partial(draw_curves, histories=histories), curves_size(len(histories)), path)


def confusion(figures: Figures, path: Path) -> None:
    """Write the confusion matrix as PNG."""
    save_png(partial(draw_confusion, figures=figures), confusion_size(figures), path)


def calibration(figures: Figures, path: Path) -> None:
    """Write the calibration curve as PNG."""
    save_png(partial(draw_calibration, figures=figures), CHART_SIZE, path)


def coverage(figures: Figures, path: Path) -> None:
    """Write the curve of accuracy against coverage as PNG."""
    save_png(partial(draw_coverage, figures=figures), CHART_SIZE, path)


def risk(curves: Mapping[str, Curve], path: Path) -> None:
    """Write the share wrong against the share accepted as PNG, by the name of each set."""
    save_png(partial(draw_risk, curves=curves), RISK_SIZE, path)


def mistakes(found: Sequence[Mistake], pictures: Sequence[NDArray[np.uint8]], path: Path) -> None:
    """Write the pictures of mistakes as PNG, each with the truth and the answer."""
    cards = [
        Card(
            picture,
            f"{mistake.truth} taken for {mistake.answer}",
            f"image {mistake.index}",
            (
                Bar(mistake.answer, mistake.probability, RED),
                Bar(mistake.truth, mistake.probability_of_truth, GREEN),
            ),
        )
        for mistake, picture in zip(found, pictures, strict=True)
    ]
    with replacing(path) as file:
        Image.fromarray(draw_cards(cards)).save(file, format="PNG")


def draw_curves(figure: Figure, palette: Palette, histories: Mapping[str, History]) -> None:
    """Loss to the left, accuracy to the right; validation solid, training dashed."""
    axes = figure.subplots(1, 2)
    for axis, measure in zip(axes, ("loss", "accuracy"), strict=True):
        style(axis, palette, f"{measure.capitalize()} by epoch")
        for number, history in enumerate(histories.values()):
            marker = "o" if len(history.epochs) < 15 else ""
            for kind, prefix, line, width in _KINDS:
                axis.plot(
                    history.epochs, history.measures[prefix + measure], line,
                    color=palette.of_series(number), linewidth=width, marker=marker, markersize=3.5,
                    alpha=1 if kind == "validation" else 0.6,
                )  # fmt: skip
        axis.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
        axis.set_xlabel("epoch", color=palette.muted)
    axes[1].yaxis.set_major_formatter(PercentFormatter(1.0))
    axes[1].set_ylim(*_accuracy_limits(histories.values()))
    _legend(figure, palette, [*histories])


def curves_size(runs: int) -> tuple[float, float]:
    """Width and height in inches, with room for a legend of so many runs."""
    return 9.0, 3.7 + 0.25 * (runs // _RUNS_A_ROW + 1)


def _accuracy_limits(histories: Iterable[History]) -> tuple[float, float]:
    """From the worst that matters: a first epoch is often far below all others."""
    values = [
        part
        for history in histories
        for measure in ("accuracy", "validation_accuracy")
        for part in (history.measures[measure][1:], history.measures[measure][-1:])
    ]
    low = float(np.nan_to_num(np.concatenate(values), nan=1.0).min(initial=1.0))
    room = 0.05 * max(1 - low, 0.001)
    return low - room, 1 + room


def confusion_size(figures: Figures) -> tuple[float, float]:
    """Width and height in inches, so that every class can be read."""
    side = min(max(5.0, 1.8 + 0.42 * len(figures.classes)), 14.0)
    return side, side


def draw_confusion(figure: Figure, palette: Palette, figures: Figures) -> None:
    """Truth down, answer across: what is right in one colour, every mistake in another.

    The colour of a cell is its share of its row, and that of mistakes is scaled up to the commonest
    one, or none of them could be seen beside what is right.
    """
    count = len(figures.classes)
    axis = figure.subplots()
    style(axis, palette, "")
    axis.grid(visible=False)
    shares = figures.confusion / np.maximum(figures.confusion.sum(1, keepdims=True), 1)
    wrong = (shares * (1 - np.eye(count))).max(initial=0.0) or 1.0
    count_pt = min(10.0, 72 * (confusion_size(figures)[0] - 1.8) / count / 2.6)
    for truth, answer in zip(*np.nonzero(figures.confusion), strict=True):
        right = truth == answer
        share = float(shares[truth, answer])
        strength = 0.15 + 0.75 * share if right else 0.12 + 0.8 * (share / wrong) ** 0.5
        colour = palette.accent if right else palette.wrong
        axis.add_patch(
            Rectangle((answer - 0.5, truth - 0.5), 1, 1, color=colour, alpha=strength, linewidth=0)
        )
        if count_pt >= _SMALLEST_PT:
            axis.text(
                answer, truth, f"{figures.confusion[truth, answer]}", ha="center", va="center",
                fontsize=count_pt, color=palette.paper if strength > 0.55 else palette.ink,
            )  # fmt: skip
    axis.set(xlim=(-0.5, count - 0.5), ylim=(count - 0.5, -0.5), aspect="equal")
    axis.set_xlabel("answer", color=palette.muted)
    axis.set_ylabel("truth", color=palette.muted)
    _name_classes(axis, figures, 9.0 if count <= 26 else max(3.5, 430 / count))
    axis.tick_params(length=0)
    # As two sets of lines: two hundred ticks take seconds to lay out.
    between, (start, end) = np.arange(0.5, count - 1), (-0.5, count - 0.5)
    axis.hlines(between, start, end, color=palette.grid, linewidth=0.5, zorder=0)
    axis.vlines(between, start, end, color=palette.grid, linewidth=0.5, zorder=0)


def draw_calibration(figure: Figure, palette: Palette, figures: Figures) -> None:
    """How often answers of a stated probability are right; the size of a dot is their number."""
    axis = figure.subplots()
    style(axis, palette, f"Calibration (expected error {100 * figures.calibration_error:.2f} %)")
    axis.plot([0, 1], [0, 1], "--", color=palette.muted, linewidth=1, label="ideal")
    bins = figures.calibration
    stated, right = [one.confidence for one in bins], [one.accuracy for one in bins]
    sizes = [12 + 160 * (one.count / figures.images) ** 0.5 for one in bins]
    axis.plot(stated, right, color=palette.accent, linewidth=1.5)
    axis.scatter(stated, right, sizes, color=palette.accent, alpha=0.75, linewidths=0)
    axis.set(xlim=(0, 1.03), ylim=(0, 1.03))
    axis.set_xlabel("stated probability of the answer", color=palette.muted)
    axis.set_ylabel("share that is right", color=palette.muted)
    for side in (axis.xaxis, axis.yaxis):
        side.set_major_formatter(PercentFormatter(1.0, decimals=0))


def draw_coverage(figure: Figure, palette: Palette, figures: Figures) -> None:
    """The accuracy that is reached when only the surest share of images is answered."""
    axis = figure.subplots()
    style(axis, palette, "Accuracy of the surest answers")
    axis.plot(figures.coverage, figures.coverage_accuracy, color=palette.accent, linewidth=2)
    axis.scatter([1.0], [figures.accuracy.value], 30, color=palette.accent)
    lowest = float(figures.coverage_accuracy[figures.coverage >= 0.02].min(initial=1.0))
    room = 0.06 * max(1 - lowest, 0.001)
    axis.set(xlim=(0, 1.03), ylim=(lowest - room, 1 + room))
    axis.set_xlabel("share of images answered, surest first", color=palette.muted)
    axis.set_ylabel("accuracy on them", color=palette.muted)
    axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axis.yaxis.set_major_formatter(PercentFormatter(1.0))


def draw_risk(figure: Figure, palette: Palette, curves: Mapping[str, Curve]) -> None:
    """A curve a set: below the dashed line at most one in a thousand is wrong."""
    axis = figure.subplots()
    style(axis, palette, "Share wrong among the surest answers")
    drawn = {name: curve for name, curve in curves.items() if curve}
    for number, (name, curve) in enumerate(drawn.items()):
        accepted, wrong = zip(*curve, strict=True)
        axis.plot(
            accepted, wrong, color=palette.of_series(number), linewidth=2,
            label=plain(name, number, 40),
        )  # fmt: skip
    axis.axhline(_ONE_IN_A_THOUSAND, color=palette.muted, linestyle="--", linewidth=1)
    # Nothing wrong must be on it, one in a thousand seen, and one in twenty not hide the rest.
    axis.set_yscale("symlog", linthresh=_ONE_IN_A_THOUSAND)
    axis.set_yticks([0, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1])
    axis.set_xticks(np.linspace(_LEAST_ACCEPTED, 1, 5))
    ends = [curve[-1][1] for curve in drawn.values()]
    axis.set(xlim=(_LEAST_ACCEPTED, 1.005), ylim=(0, 1.3 * max(0.01, *ends)))
    axis.set_xlabel("share accepted, surest first", color=palette.muted)
    axis.set_ylabel("share wrong of them", color=palette.muted)
    axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
    axis.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=2))
    axis.minorticks_off()
    legend = figure.legend(
        loc="outside lower center", ncols=3, frameon=False, fontsize=9, labelcolor=palette.ink
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def style(axis: Axes, palette: Palette, title: str) -> None:
    """How every plot here looks: title, ticks, grid and frame in the palette's colours."""
    axis.set_title(title, color=palette.ink, loc="left")
    axis.patch.set_visible(False)
    axis.tick_params(colors=palette.muted, labelsize=9)
    axis.grid(color=palette.grid, linewidth=0.7)
    axis.set_axisbelow(True)
    for spine in axis.spines.values():
        spine.set_color(palette.grid)


def _legend(figure: Figure, palette: Palette, runs: Sequence[str]) -> None:
    """Below the plots: the lines of training and validation, and the colours of several runs."""
    grey = palette.muted if len(runs) > 1 else palette.of_series(0)
    lines = [Line2D([], [], color=grey, linestyle=line, linewidth=w) for _, _, line, w in _KINDS]
    names = [kind for kind, *_ in _KINDS]
    if len(runs) > 1:
        lines += [Line2D([], [], color=palette.of_series(n), linewidth=4) for n in range(len(runs))]
        names += [plain(name, number, 30) for number, name in enumerate(runs)]
    legend = figure.legend(
        lines, names, loc="outside lower center", ncols=min(len(names), _RUNS_A_ROW + 2),
        frameon=False, fontsize=9, labelcolor=palette.ink,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)


def _name_classes(axis: Axes, figures: Figures, size: float) -> None:
    count = len(figures.classes)
    if count > _MOST_NAMED:
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
        return
    names = [plain(name, number) for number, name in enumerate(figures.classes)]
    upright = max(map(len, names)) <= 3 and count <= 26
    axis.set_xticks(range(count), names, rotation=0 if upright else 90, fontsize=size)
    axis.set_yticks(range(count), names, fontsize=size)
    for tick in (*axis.get_xticklabels(), *axis.get_yticklabels()):
        tick.set_parse_math(False)  # a class may be called $x
