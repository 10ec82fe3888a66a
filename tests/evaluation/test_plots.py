"""Plots show what they are given, for 2 classes and for 100, whatever the classes are called."""

import re
from functools import partial
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from inkdigits.errors import DataError
from inkdigits.evaluation import plots
from inkdigits.evaluation.canvas import LIGHT, plain, to_svg
from inkdigits.evaluation.classification import Figures, classify_figures, worst_mistakes
from inkdigits.evaluation.history import read_history
from tests.evaluation.answers import answering, arrays_of

HOSTILE = ("$\\frac{", "<script>", "かな", "two\nlines", "\u202eback", "x" * 200)
HISTORY = "epoch,loss,accuracy,validation_loss,validation_accuracy\n"


def figures_of(classes: int, names: tuple[str, ...] = ()) -> Figures:
    labels = np.arange(5 * classes) % classes
    answers = labels.copy()
    answers[::7] = 0
    confidence = np.random.default_rng(0).uniform(0.6, 1, len(labels))
    names = names or tuple(f"class {n}" for n in range(classes))
    return classify_figures(answering(answers, classes, confidence), labels, names)


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "history.csv"
    path.write_text(HISTORY + "1,2,.1,1,.7\n2,1,.8,.9,.85\n3,.5,.9,.8,.9\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("classes", [2, 10, 47, 100, 120])
def test_plots_are_written_for_any_number_of_classes(tmp_path: Path, classes: int) -> None:
    figures = figures_of(classes)
    for write in (plots.confusion, plots.calibration, plots.coverage):
        path = tmp_path / "new" / f"{write.__name__}.png"
        write(figures, path)
        with Image.open(path) as image:
            assert image.format == "PNG"
            assert min(image.size) >= 400


def test_every_name_can_be_drawn(tmp_path: Path, history: Path) -> None:
    figures = figures_of(len(HOSTILE), HOSTILE)
    plots.confusion(figures, tmp_path / "confusion.png")
    plots.curves(dict.fromkeys(HOSTILE, history), tmp_path / "curves.png")
    svg = to_svg(partial(plots.draw_confusion, figures=figures), (5, 5), "")
    assert "<script>" not in svg


def test_names_are_written_as_the_font_can() -> None:
    assert plain("ankle boot", 9) == "ankle boot"
    assert plain("かな", 7) == "#7"
    assert plain("two\nlines", 7) == "#7"
    assert plain("x" * 30, 7) == "x" * 17 + "…"


def test_each_cell_of_the_confusion_matrix_has_its_count_and_colour() -> None:
    labels = np.array([0, 0, 0, 1, 1, 2])
    figures = classify_figures(answering([0, 0, 1, 1, 1, 2], 3), labels, "abc")
    drawing = Figure()
    plots.draw_confusion(drawing, LIGHT, figures)
    (axis,) = drawing.axes
    counts = {text.get_position(): text.get_text() for text in axis.texts}
    assert counts == {(0, 0): "2", (1, 0): "1", (1, 1): "2", (2, 2): "1"}
    cells = [patch for patch in axis.patches if isinstance(patch, Rectangle)]
    wrong = mpl.colors.to_rgb(LIGHT.wrong)
    red = [cell.get_xy() for cell in cells if cell.get_facecolor()[:3] == wrong]
    assert red == [(0.5, -0.5)]
    assert [tick.get_text() for tick in axis.get_yticklabels()] == ["a", "b", "c"]


def test_curves_show_training_and_validation_of_every_run(history: Path) -> None:
    drawing = Figure()
    plots.draw_curves(drawing, LIGHT, {"one": read_history(history), "two": read_history(history)})
    loss, accuracy = drawing.axes
    drawn = [np.asarray(line.get_ydata()).tolist() for line in loss.lines]
    assert drawn == [[2, 1, 0.5], [1, 0.9, 0.8]] * 2
    assert np.asarray(accuracy.lines[1].get_ydata()).tolist() == [0.7, 0.85, 0.9]
    (legend,) = drawing.legends
    names = [text.get_text() for text in legend.get_texts()]
    assert names == ["training", "validation", "one", "two"]
    assert accuracy.get_ylim()[0] < 0.8, "all but the first epoch can be seen"


def test_a_run_of_one_epoch_can_be_seen(tmp_path: Path) -> None:
    path = tmp_path / "history.csv"
    path.write_text(HISTORY + "1,2,.4,1,.6\n", encoding="utf-8")
    drawing = Figure()
    plots.draw_curves(drawing, LIGHT, {"one": read_history(path)})
    low, high = drawing.axes[1].get_ylim()
    assert low < 0.4
    assert high > 0.6


def test_curves_of_no_training_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"missing\.csv"):
        plots.curves({"a": tmp_path / "missing.csv"}, tmp_path / "curves.png")
    assert not (tmp_path / "curves.png").exists()


def test_calibration_and_coverage_draw_the_figures() -> None:
    figures = figures_of(10)
    drawing = Figure()
    plots.draw_calibration(drawing, LIGHT, figures)
    _, curve = drawing.axes[0].lines
    assert curve.get_ydata() == pytest.approx([one.accuracy for one in figures.calibration])
    drawing = Figure()
    plots.draw_coverage(drawing, LIGHT, figures)
    drawn: Any = drawing.axes[0].lines[0].get_ydata()
    assert drawn.tolist() == figures.coverage_accuracy.tolist()
    assert drawing.axes[0].get_ylim()[0] < figures.accuracy.value


def test_an_svg_takes_the_colours_of_its_page_and_is_the_same_each_time() -> None:
    draw = partial(plots.draw_calibration, figures=figures_of(3))
    svg = to_svg(draw, (5, 4), "a label")
    assert svg.startswith('<svg role="img" aria-label="a label"')
    assert set(re.findall(r"var\(--([a-z-]+)", svg)) == {"ink", "muted", "grid", "accent"}
    assert not re.findall(r"#0100[0-9a-f]{2}", svg)
    assert "<metadata" not in svg
    assert svg == to_svg(draw, (5, 4), "a label")


def test_mistakes_are_shown_as_pictures(tmp_path: Path) -> None:
    arrays = arrays_of([0, 1, 0], "ab")
    rows = answering([1, 0, 0], 2)
    found = worst_mistakes(rows, arrays.labels, "ab", 9)
    plots.mistakes(found, list(arrays.images[:2]), tmp_path / "mistakes.png")
    with Image.open(tmp_path / "mistakes.png") as image:
        assert image.width > 2 * image.height


def test_drawing_changes_no_setting_of_matplotlib(tmp_path: Path) -> None:
    before = dict(mpl.rcParams)
    plots.confusion(figures_of(3), tmp_path / "confusion.png")
    to_svg(partial(plots.draw_coverage, figures=figures_of(3)), (5, 4), "")
    assert dict(mpl.rcParams) == before


def test_risk_is_drawn_a_curve_a_set() -> None:
    curves = {"one": ((0.9, 0.0), (0.95, 0.002), (1.0, 0.01)), "never": (), "$x": ((0.85, 0.0),)}
    drawing = Figure()
    plots.draw_risk(drawing, LIGHT, curves)
    (axis,) = drawing.axes
    one, other, limit = axis.lines
    assert np.asarray(one.get_xdata()).tolist() == [0.9, 0.95, 1.0]
    assert np.asarray(one.get_ydata()).tolist() == [0.0, 0.002, 0.01]
    assert np.asarray(other.get_ydata()).tolist() == [0.0]
    assert np.asarray(limit.get_ydata()).tolist() == [0.001, 0.001]
    assert axis.get_ylim()[1] > 0.01
    names = [text.get_text() for text in drawing.legends[0].get_texts()]
    assert names == ["one", "$x"]


def test_risk_is_written_as_png(tmp_path: Path) -> None:
    plots.risk({"<script>": ((0.9, 0.0), (1.0, 0.01))}, tmp_path / "risk.png")
    with Image.open(tmp_path / "risk.png") as image:
        assert image.width > image.height
