"""The plots of a search show every trial, and every field by its share."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from inkdigits.evaluation.canvas import LIGHT, Draw, to_svg
from inkdigits.evaluation.search_plots import (
    draw_history,
    draw_importance,
    save_history,
    save_importance,
)


def drawn(draw: Draw) -> Figure:
    figure = Figure()
    draw(figure, LIGHT)
    return figure


def test_finished_trials_are_dots_and_the_best_so_far_only_falls() -> None:
    losses = {3: 0.2, 0: 0.5, 1: 0.3, 4: 0.4}
    (axis,) = drawn(partial(draw_history, losses=losses, pruned=[2, 6])).axes
    dots = np.asarray(axis.collections[0].get_offsets())
    assert {tuple(dot) for dot in dots} == set(losses.items())
    best, pruned = axis.lines
    np.testing.assert_array_equal(best.get_xdata(), [0, 1, 3, 4, 6])
    np.testing.assert_array_equal(best.get_ydata(), [0.5, 0.3, 0.2, 0.2, 0.2])
    np.testing.assert_array_equal(pruned.get_xdata(), [2, 6])


@pytest.mark.parametrize(("losses", "scale"), [((0.5, 0.04), "log"), ((0.5, 0.1), "linear")])
def test_losses_far_apart_are_drawn_by_their_logarithm(
    losses: tuple[float, float], scale: str
) -> None:
    (axis,) = drawn(partial(draw_history, losses=dict(enumerate(losses)), pruned=[])).axes
    assert axis.get_yscale() == scale


def test_the_most_important_field_is_on_top() -> None:
    shares = {"batch": 0.2, "learning_rate": 0.7, "augmentation.scale": 0.1}
    (axis,) = drawn(partial(draw_importance, shares=shares)).axes
    bars = {bar.get_y(): bar.get_width() for bar in axis.patches if isinstance(bar, Rectangle)}
    assert bars[max(bars)] == 0.7
    assert "learning_rate" in to_svg(partial(draw_importance, shares=shares), (5, 3), "")


def test_plots_are_written_as_pictures(tmp_path: Path) -> None:
    save_history({0: 0.5}, [], tmp_path / "history.png")
    save_importance({f"field {n}": 0.05 for n in range(20)}, tmp_path / "importance.png")
    for name in ("history", "importance"):
        with Image.open(tmp_path / f"{name}.png") as image:
            assert image.format == "PNG"
            assert min(image.size) >= 400
