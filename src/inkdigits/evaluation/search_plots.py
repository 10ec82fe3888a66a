"""The plots of a search for a better recipe: how it went, and which fields mattered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from inkdigits.evaluation.canvas import Palette, save_png
from inkdigits.evaluation.plots import style

_SIZE = (7.0, 3.6)
_LOG_FROM = 10.0
"""Losses that differ by more than this factor are drawn on a logarithmic scale."""


def save_history(losses: Mapping[int, float], pruned: Sequence[int], path: Path) -> None:
    """Write the validation loss of every trial by its number, and the best so far, as PNG."""
    save_png(partial(draw_history, losses=losses, pruned=pruned), _SIZE, path)


def save_importance(shares: Mapping[str, float], path: Path) -> None:
    """Write each field's share (0 to 1) in what makes a trial good as PNG."""
    height = 1.3 + 0.32 * len(shares)
    save_png(partial(draw_importance, shares=shares), (_SIZE[0], height), path)


def draw_history(
    figure: Figure, palette: Palette, losses: Mapping[int, float], pruned: Sequence[int]
) -> None:
    """A dot a trial, a line for the least loss so far, a mark on the axis for each pruned one."""
    axis = figure.subplots()
    style(axis, palette, "Validation loss by trial")
    numbers = sorted(losses)
    values = np.array([losses[number] for number in numbers])
    best = np.minimum.accumulate(values)
    end = max([*numbers, *pruned])
    axis.step(
        [*numbers, end], [*best, best[-1]], where="post", color=palette.accent, linewidth=2,
        label="best so far",
    )  # fmt: skip
    axis.scatter(numbers, values, 22, color=palette.muted, label="finished", zorder=3)
    if pruned:
        axis.plot(
            pruned, [0.03] * len(pruned), "x", color=palette.wrong, markersize=5,
            transform=axis.get_xaxis_transform(), label="pruned",
        )  # fmt: skip
    if values.max() > _LOG_FROM * values.min() > 0:
        axis.set_yscale("log")
    axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axis.set_xlabel("trial", color=palette.muted)
    axis.legend(frameon=False, fontsize=9, labelcolor=palette.ink)


def draw_importance(figure: Figure, palette: Palette, shares: Mapping[str, float]) -> None:
    """A bar a field, the most important on top."""
    axis = figure.subplots()
    style(axis, palette, "What decides whether a trial is among the best")
    names = sorted(shares, key=lambda name: shares[name])
    axis.barh(names, [shares[name] for name in names], color=palette.accent, height=0.6)
    axis.grid(visible=False, axis="y")
    axis.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
