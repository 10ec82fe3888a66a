"""The report as one HTML file: pictures inside, light and dark, nothing fetched from anywhere."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inkdigits.evaluation.canvas import to_svg
from inkdigits.evaluation.classification import ClassFigures, Figures, Mistake
from inkdigits.evaluation.history import History
from inkdigits.evaluation.plots import (
    CHART_SIZE,
    confusion_size,
    curves_size,
    draw_calibration,
    draw_confusion,
    draw_coverage,
    draw_curves,
)

STYLE = Path(__file__).with_name("report.css")

_LARGEST_PICTURE_PX = 128
_CONFUSED_PAIRS = 8
_WIDE_FROM = 25

GLOSSARY = {
    "accuracy": "the share of images whose most probable class is the true one; the interval holds "
    "the true share in 95 of 100 such measurements (Wilson 1927)",
    "loss": "the mean negative log-likelihood of the true class, in nats: 0 is certainty and right",
    "precision": "of the images that were called so, the share that are",
    "recall": "of the images that are of the class, the share that were called so",
    "F1": "the harmonic mean of precision and recall; macro: every class counts the same",
    "calibration error": "how far stated probabilities are from the share that is right, on "
    "average over 15 bins (Guo 2017)",
}


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """What a report shows. `pictures` are those of the `mistakes`, uint8, grey or RGB.

    `facts` and `environment` are names and values for the lines below title and at the end.
    """

    title: str
    facts: Mapping[str, str]
    figures: Figures
    mistakes: Sequence[Mistake]
    pictures: Sequence[NDArray[np.uint8]]
    history: History | None
    environment: Mapping[str, str]


def render(page: Page) -> str:
    """The whole page. Titles, facts and names of classes may hold anything: they are escaped."""
    sections = [
        _errors(page.figures),
        _gallery(page),
        _trust(page.figures),
        _training(page.history),
        _classes(page.figures),
        _glossary(),
    ]
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{_text(page.title)}</title>
<style>
{STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<main>
<h1>{_text(page.title)}</h1>
<p class="small">{_listed(page.facts)}</p>
<p class="lead">{_summary(page.figures)}</p>
{_tiles(page.figures)}
{"".join(sections)}<footer class="small">Made by <code>inkdigits</code>. {_listed(page.environment)}
</footer>
</main>
</body>
</html>
"""


def _summary(figures: Figures) -> str:
    low, high = (100 * bound for bound in figures.accuracy.interval)
    share = (
        f"<b>{_percent(figures.accuracy.value)}</b> of {figures.images:,} images are answered "
        f"rightly (95 % interval: {low:.2f} to {high:.2f})"
    )
    if not figures.mistakes:
        return f"{share}: not one mistake."
    mistakes = "one is not" if figures.mistakes == 1 else f"{figures.mistakes:,} are not"
    return f"{share}, {mistakes}.{_when_sure(figures)}"


def _when_sure(figures: Figures) -> str:
    """What answering only the surest would give, if there are enough images to say so."""
    for target in (0.999, 0.99):
        surest = figures.coverage_at(target)
        if surest * figures.images * (1 - target) >= 1:
            return (
                f" Had it answered only the {_percent(surest)} of which it was surest, "
                f"{100 * target:g} % of them would have been right."
            )
    return ""


def _tiles(figures: Figures) -> str:
    tiles = {
        "accuracy": _percent(figures.accuracy.value),
        "mistakes": f"{figures.mistakes:,}",
        "loss, nats": f"{figures.loss:.4f}",
        "precision, macro": _percent(figures.macro.precision),
        "recall, macro": _percent(figures.macro.recall),
        "F1, macro": _percent(figures.macro.f1),
        "calibration error": _percent(figures.calibration_error),
    }
    cells = (
        f'<div class="tile"><b>{value}</b><span>{name}</span></div>'
        for name, value in tiles.items()
    )
    return f'<div class="tiles">{"".join(cells)}</div>'


def _errors(figures: Figures) -> str:
    pairs = figures.most_confused(_CONFUSED_PAIRS)
    rows = "".join(
        f'<tr><td><span class="truth">{_text(one.truth)}</span> taken for '
        f'<span class="answer">{_text(one.answer)}</span></td><td>{one.count}</td>'
        f"{_bar(one.count / pairs[0].count)}</tr>"
        for one in pairs
    )
    table = f"<h2>Most often confused</h2><table><tbody>{rows}</tbody></table>" if pairs else ""
    svg = to_svg(
        partial(draw_confusion, figures=figures),
        confusion_size(figures),
        f"Confusion matrix of {len(figures.classes)} classes",
    )
    wide = " wide" if len(figures.classes) > _WIDE_FROM else ""
    return _section(
        "What is taken for what",
        "Each row is a true class, each column an answer. Blue is right, red is a mistake: the "
        "stronger, the larger its share of the row.",
        f'<div class="matrix{wide}">{svg}</div>{table}',
    )


def _gallery(page: Page) -> str:
    if not page.mistakes:
        return ""
    figures = "".join(
        f'<figure><img alt="image {mistake.index}" src="{_data_uri(picture)}">'
        f'<figcaption><span class="truth">{_text(mistake.truth)}</span> taken for '
        f'<span class="answer">{_text(mistake.answer)}</span>, {_percent(mistake.probability)}'
        f'<br><span class="small">image {mistake.index}</span></figcaption></figure>'
        for mistake, picture in zip(page.mistakes, page.pictures, strict=True)
    )
    return _section(
        "The surest mistakes",
        "Answered with the highest probability and wrong all the same; some labels may be wrong "
        "instead. Images count from 0.",
        f'<div class="gallery">{figures}</div>',
    )


def _trust(figures: Figures) -> str:
    calibration = to_svg(
        partial(draw_calibration, figures=figures), CHART_SIZE, "Calibration curve"
    )
    coverage = to_svg(
        partial(draw_coverage, figures=figures), CHART_SIZE, "Accuracy against coverage"
    )
    return _section(
        "How far its word can be trusted",
        "Left: on the dashed line, of the answers given with 90 %, nine in ten are right; the "
        "larger a dot, the more answers. Right: what is gained by answering only when it is sure.",
        f'<div class="pair"><div>{calibration}</div><div>{coverage}</div></div>',
    )


def _training(history: History | None) -> str:
    if history is None:
        return ""
    svg = to_svg(partial(draw_curves, histories={"": history}), curves_size(1), "Loss and accuracy")
    return _section("The training", "Loss and accuracy after every epoch.", svg)


def _classes(figures: Figures) -> str:
    """Weakest first: with many classes the interesting ones stand on top."""
    ordered = sorted(figures.per_class, key=lambda one: (one.f1 is None, one.f1 or 0.0))
    most_lacking = max((1 - one.f1 for one in ordered if one.f1 is not None), default=0.0)
    rows = "".join(_class_row(one, most_lacking) for one in ordered)
    averages = "".join(
        f"<tr><td>average, {name}</td>{_cells(of.precision, of.recall, of.f1)}<td></td>"
        f"<td>{figures.images:,}</td></tr>"
        for name, of in (("macro", figures.macro), ("weighted", figures.weighted))
    )
    return _section(
        "Class by class",
        "The weakest first. A bar shows what F1 lacks to 100 %, beside the weakest class.",
        "<table><thead><tr><th>class</th><th>precision</th><th>recall</th><th>F1</th><th></th>"
        f"<th>images</th></tr></thead><tbody>{rows}{averages}</tbody></table>",
    )


def _class_row(one: ClassFigures, most_lacking: float) -> str:
    cells = _cells(one.precision, one.recall, one.f1)
    lacking = 0.0 if one.f1 is None else 1 - one.f1
    bar = _bar(lacking / (most_lacking or 1.0))
    return f"<tr><td>{_text(one.name)}</td>{cells}{bar}<td>{one.support:,}</td></tr>"


def _cells(*shares: float | None) -> str:
    return "".join(f"<td>{_percent(share)}</td>" for share in shares)


def _glossary() -> str:
    words = "".join(f"<dt>{word}</dt><dd>{meaning}</dd>" for word, meaning in GLOSSARY.items())
    return _section("What the words mean", "", f'<dl class="small">{words}</dl>')


def _section(heading: str, about: str, content: str) -> str:
    about = f'<p class="small">{about}</p>' if about else ""
    return f"<section>\n<h2>{heading}</h2>{about}\n{content}\n</section>\n"


def _bar(share: float) -> str:
    fill = f'<span class="fill" style="width:{100 * share:.2f}%"></span>'
    return f'<td class="bar"><span class="track">{fill}</span></td>'


def _listed(facts: Mapping[str, str]) -> str:
    return " · ".join(f"{_text(name)} {_text(value)}" for name, value in facts.items())


def _percent(share: float | None) -> str:
    """Two decimals, and never 100 for what is less: 99.999 % is shown as 99.99."""
    if share is None:
        return "\N{EN DASH}"
    return (
        f"{int(share * 10_000 + 1e-9) / 100:.2f} %"
        if 0.9999 < share < 1
        else f"{100 * share:.2f} %"
    )


def _text(text: str) -> str:
    """Escaped for HTML; what no reader would see, or would see elsewhere, as a replacement mark."""
    return escape("".join(_visible(text)))


def _visible(text: str) -> Iterable[str]:
    return (letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _data_uri(picture: NDArray[np.uint8]) -> str:
    image = Image.fromarray(picture)
    image.thumbnail((_LARGEST_PICTURE_PX, _LARGEST_PICTURE_PX))
    content = io.BytesIO()
    image.save(content, format="PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(content.getvalue()).decode()}"
