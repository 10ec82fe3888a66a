"""`inkdigits predict`: what pictures show, by a model of any classes."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from inkdigits.cli.console import EXIT_FAILED, EXIT_OK, UsageError, complain
from inkdigits.cli.inputs import expand
from inkdigits.cli.outputs import OutputError, plan_plot, write_png
from inkdigits.cli.prediction_formats import FORMATS
from inkdigits.cli.progress import Progress
from inkdigits.cli.read import decode_quietly, emit
from inkdigits.cli.reading_options import (
    add_limit_options,
    limits_of,
    positive_count,
    with_options_named,
)
from inkdigits.errors import ImageError, MissingExtra

if TYPE_CHECKING:
    from inkdigits.imaging.cards import Card
    from inkdigits.imaging.decode import Limits, Page
    from inkdigits.recognition.classifier import Classifier, Prediction

MOST_PLOTTED = 300
"""More images than this make a picture that few programs open."""

DESCRIPTION = """\
Say what pictures show, by a model of any classes: a bundle that `inkdigits train` made of
Fashion-MNIST says "ankle boot". Each picture holds one thing; for numbers use `read`."""

EPILOG = """\
examples:
  inkdigits predict runs/lenet/bundle shoe.jpg          ankle boot  97.3 %
  inkdigits predict runs/lenet/bundle photos/ --top 3   the three most probable classes
  inkdigits predict compact digit.png --format json     the model in the package
  inkdigits predict BUNDLE photos/ --plot seen.png      pictures, answers and probabilities

output:
  text  one image: its class and probability; several: each line begins with the file's name
  json  one object an image on one line
  csv   a header, then a row a class: file,rank,label,probability

exit status:
  0 every image was opened, 1 some could not be read or written, 2 wrong usage
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `predict` to its parser."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument("bundle", metavar="BUNDLE", help="name or folder of the model")
    parser.add_argument(
        "images",
        metavar="IMAGE",
        nargs="+",
        help="a file, a folder, a pattern in quotes, or - for standard input",
    )
    parser.add_argument(
        "--top",
        metavar="N",
        type=positive_count,
        default=1,
        help="print the N most probable classes (default: %(default)s)",
    )
    parser.add_argument(
        "--format", choices=tuple(FORMATS), default="text", help="how to print it (default: text)"
    )
    parser.add_argument(
        "--plot",
        metavar="FILE.png",
        help="write the pictures, each with its prediction and probabilities",
    )
    add_limit_options(parser)


def run(args: argparse.Namespace) -> int:
    """Predict all images, print each at once, and say which could not be read."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    images, complaints = expand(args.images)
    plot = _plot(args.plot, images)
    for complaint in complaints:
        complain(complaint)
    failed = bool(complaints)
    form = FORMATS[args.format]
    named = images != args.images or len(images) > 1
    on_terminal = sys.stdout.isatty()
    limits = limits_of(args)
    classifier = open_classifier(args.bundle, limits)
    cards: list[Card] = []
    emit(form.header)
    with Progress(len(images), sys.stderr) as progress:
        for image in images:
            try:
                for page in decode_quietly(image, limits, "1"):
                    prediction = classifier.predict_page(page)
                    if on_terminal:
                        progress.hide()
                    emit(form.render(prediction, args.top, named))
                    if plot:
                        cards.append(_card(page, prediction))
            except (ImageError, MissingExtra) as error:
                progress.hide()
                complain(with_options_named(str(error)))
                failed = True
            progress.advance()
    if plot and not _save(plot, cards):
        failed = True
    return EXIT_FAILED if failed else EXIT_OK


def open_classifier(model: str, limits: Limits) -> Classifier:
    """The classifier of the model that was asked for."""
    from inkdigits.recognition.classifier import Classifier

    return Classifier(model, limits=limits)


def _plot(out: str | None, images: list[str]) -> Path | None:
    if out is None:
        return None
    if len(images) > MOST_PLOTTED:
        raise UsageError(
            f"--plot: {len(images)} images are too many for one picture: name at most "
            f"{MOST_PLOTTED}"
        )
    return plan_plot(out, images)


def _card(page: Page, prediction: Prediction) -> Card:
    from inkdigits.imaging.cards import BLUE, GREY, MOST_BARS, Bar, Card, enlarged

    bars = (
        Bar(label, share, BLUE if rank == 0 else GREY)
        for rank, (label, share) in enumerate(prediction.ranked[:MOST_BARS])
    )
    # Made small at once: a folder of photos would fill the memory.
    picture = enlarged(page.pixels)
    return Card(picture, prediction.label or "nothing written", Path(page.source).name, tuple(bars))


def _save(path: Path, cards: list[Card]) -> bool:
    """Write the plot; without an image that could be read there is nothing to show."""
    from inkdigits.imaging.cards import draw_cards

    try:
        if cards:
            write_png(path, draw_cards(cards))
    except OutputError as error:
        complain(str(error))
        return False
    return True
