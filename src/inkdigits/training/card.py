"""The model card (Mitchell 2019) of a bundle, from its contract alone."""

from __future__ import annotations

from inkdigits.recognition.contract import Contract
from inkdigits.training.recipe import HANDWRITING


def describe(contract: Contract, size: int) -> str:
    """The text of `CARD.md`; `size` is that of the graph in bytes."""
    recipe = contract.recipe
    sources = "\n".join(
        f"| {source['name']} | {source['split']} | {source['count']:,} |"
        for source in contract.data
    )
    figures = "\n".join(f"| {name} | {value} |" for name, value in contract.measured.items())
    thresholds = ", ".join(f"{name} {value:g}" for name, value in contract.thresholds.items())
    handwriting = recipe["data"] == HANDWRITING
    return CARD.format(
        title=contract.title,
        purpose=_PURPOSE if handwriting else f"Tells {len(contract.classes)} classes apart.",
        shape=", ".join(map(str, contract.shape)),
        meaning=contract.meaning or "as they are in the data",
        labels=", ".join(contract.labels),
        kilobytes=size // 1000,
        temperature=contract.temperature,
        thresholds=thresholds or "none",
        recipe=recipe["name"],
        epochs=recipe["epochs"],
        seed=recipe["seed"],
        sources=sources,
        credits=_CREDITS if handwriting else _OWN_CREDITS,
        figures=figures,
        use=_USE if handwriting else _OWN_USE,
    )


_PURPOSE = "Says which digit one symbol of handwriting is, or that it is none."

_CREDITS = """\
Drawn digits and non-digits come from the project's own simulated pen. MNIST is CC BY-SA 3.0 (LeCun,
Cortes, Burges); optdigits (Alpaydin, Kaynak) and semeion (Buscema) are CC BY 4.0."""

_OWN_CREDITS = "The licence of the images is their source's: see `inkdigits data show`."

_USE = """\
Single handwritten digits: on forms, pages, screens. It reads one symbol at a time, so touching
digits are refused or misread. Letters that have the shape of a digit (o, O, l, I) are read as that
digit, and s, z, S, Z, g, q, b often are. It has seen digits written with Western shapes only. Where
an error costs much, take the confidence seriously: check what is refused, and what is doubtful."""

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
- **Made by**: `inkdigits train --recipe {recipe}` ({epochs} epochs, seed {seed}).

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
