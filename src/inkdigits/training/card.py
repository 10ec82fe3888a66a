"""The model card (Mitchell 2019) of a bundle, from its contract alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inkdigits.recognition.contract import Contract
from inkdigits.training.recipe import HANDWRITING, LINES


def describe(contract: Contract, size: int) -> str:
    """The text of `CARD.md`; `size` is that of the graph in bytes."""
    recipe = contract.recipe
    sources = "\n".join(
        f"| {source['name']} | {source['split']} | {source['count']:,} |"
        for source in contract.data
    )
    figures = "\n".join(f"| {name} | {value} |" for name, value in contract.measured.items())
    thresholds = ", ".join(f"{name} {value:g}" for name, value in contract.thresholds.items())
    data = recipe["data"]
    return CARD.format(
        title=contract.title,
        purpose=_PURPOSES.get(data, f"Tells {len(contract.classes)} classes apart."),
        shape=", ".join(str(side or "W") for side in contract.shape),
        meaning=contract.meaning or "as they are in the data",
        labels=", ".join(contract.labels),
        kilobytes=size // 1000,
        temperature=contract.temperature,
        thresholds=thresholds or "none",
        made=_command(recipe),
        epochs=recipe["epochs"],
        seed=recipe["seed"],
        sources=sources,
        credits=_CREDITS.get(data, _OWN_CREDITS),
        figures=figures,
        use=_USES.get(data, _OWN_USE),
    )


def _command(recipe: Mapping[str, Any]) -> str:
    """What trains such a model; the weights that it starts from are named with their version."""
    start = recipe.get("start")
    if not start:
        return f"inkdigits train --recipe {recipe['name']}"
    return f"inkdigits train --from '{start['name']}' --data {recipe['data']}"


_PURPOSES = {
    HANDWRITING: "Says which digit one symbol of handwriting is, or that it is none.",
    LINES: "Reads the digits of a line of handwriting, those that touch too.",
}

_OF_DIGITS = """\
Drawn digits and non-digits come from the project's own simulated pen. MNIST is CC BY-SA 3.0 (LeCun,
Cortes, Burges); optdigits (Alpaydin, Kaynak) and semeion (Buscema) are CC BY 4.0."""

_CREDITS = {
    HANDWRITING: _OF_DIGITS,
    LINES: f"""\
Lines are composed of these digits by the project. {_OF_DIGITS} ORAND-CAR-A's images were handed out
for research (Diem and others 2014); the labelled copy is MIT.""",
}

_OWN_CREDITS = "The licence of the images is their source's: see `inkdigits data show`."

_USES = {
    HANDWRITING: """\
Single handwritten digits: on forms, pages, screens. It reads one symbol at a time, so touching
digits are refused or misread. Letters that have the shape of a digit (o, O, l, I) are read as that
digit, and s, z, S, Z, g, q, b often are. It has seen digits written with Western shapes only. Where
an error costs much, take the confidence seriously: check what is refused, and what is doubtful.""",
    LINES: """\
Lines of handwritten digits, apart or touching, on plain, ruled or patterned paper: amounts on
cheques, rows of a page, cut out and scaled by `imaging.normalize`. Dots, dashes and signs between
digits are passed over; words are told as other ink. It has seen Western shapes only, and the
amounts of one country's cheques. A line is right or wrong as a whole: take its confidence
seriously.""",
}

_OWN_USE = """\
Images like those it was trained on, of the classes above and no others: it has learnt nothing else,
and answers with one of them whatever it is shown. Other cameras, pens, people or paper than in the
data can cost much accuracy: measure it on your own with `inkdigits evaluate` first."""

CARD = """\
# {title}

{purpose}

- **Input**: `images`, uint8 `(N, {shape})`: {meaning}. Scaling is inside the graph.
- **Output**: `logits`, float32: {labels}.
- **Size**: {kilobytes} kB of ONNX. Temperature {temperature}; thresholds: {thresholds}.
- **Made by**: `{made}` ({epochs} epochs, seed {seed}).

## Trained on

| source | part | images |
|---|---|---|
{sources}

{credits}

## Measured on images kept out of training

| | |
|---|---|
{figures}

## Use it for

{use}
"""
