"""`inkdigits read`: the digits written in images, as text, JSON lines or CSV."""

from __future__ import annotations

import argparse
import errno
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from inkdigits.cli.console import EXIT_FAILED, EXIT_OK, complain
from inkdigits.cli.formats import FORMATS
from inkdigits.cli.inputs import expand
from inkdigits.cli.outputs import OutputError, plan_outputs, write_png
from inkdigits.cli.progress import Progress
from inkdigits.cli.quiet import c_stderr_silenced
from inkdigits.errors import ImageError
from inkdigits.reading import Reading

if TYPE_CHECKING:
    from inkdigits.imaging.decode import Limits, Page
    from inkdigits.recognition.reader import Reader

# How the command sets what the messages of `decode` call by its name in Python.
OPTION_OF = {
    "Limits.max_pixels": "--max-megapixels",
    "Limits.max_bytes": "--max-megabytes",
    "Limits.max_frames": "--max-frames",
}

LAYOUTS = ("auto", "digit", "line", "page")

DESCRIPTION = """\
Print the handwritten digits in images: a single digit, a row or a few rows,
photographed, scanned or drawn, dark on light or light on dark."""

EPILOG = """\
examples:
  inkdigits read photo.jpg                      the digits, a line for a line on the page
  inkdigits read scans/ 'more/**/*.png'         every image of a folder, and of a pattern
  inkdigits read --format json photo.jpg        boxes, confidence and alternatives
  inkdigits read --format csv scans/ > all.csv  a row a number, for a spreadsheet
  inkdigits read --annotate seen.png photo.jpg  draw what was read on the page
  inkdigits read --min-accuracy 0.999 scans/    only what is right 999 times in 1000
  curl -s URL | inkdigits read -                from standard input

output:
  text  one image: its digits alone; several: each line begins with the file's name
  json  one object a page on one line
  csv   a header, then a row a number; a page without numbers has no row

exit status:
  0 all was read (finding no digit is a reading), 1 some file could not be read or
  written, 2 wrong usage
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `read` to its parser."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument(
        "images",
        metavar="IMAGE",
        nargs="+",
        help="a file, a folder, a pattern in quotes, or - for standard input",
    )
    parser.add_argument(
        "--format", choices=tuple(FORMATS), default="text", help="how to print it (default: text)"
    )
    parser.add_argument(
        "--annotate",
        metavar="OUT.png",
        help="write the page with boxes and answers; a folder for several images",
    )
    parser.add_argument(
        "--min-accuracy",
        metavar="SHARE",
        type=share,
        help="accept only what keeps this accuracy, such as 0.999, on validation data",
    )
    add_reading_options(parser)


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how an image is read, for every command that reads some."""
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        default="auto",
        help="what the image holds: one digit, one line or a page (default: found out)",
    )
    parser.add_argument("--model", metavar="NAME|PATH", help="the model to read with")
    add_limit_options(parser)


def add_limit_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that bound what is decoded, for every command that opens images."""
    parser.add_argument(
        "--max-megapixels",
        metavar="N",
        type=positive,
        help="refuse images of more than N million pixels",
    )
    parser.add_argument(
        "--max-megabytes",
        metavar="N",
        type=positive,
        help="refuse files of more than N million bytes",
    )
    parser.add_argument(
        "--max-frames",
        metavar="N",
        type=positive_count,
        help="refuse files of more than N frames or pages",
    )


def run(args: argparse.Namespace) -> int:
    """Read all images, print each as soon as it is read, and say which could not be."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    images, complaints = expand(args.images)
    outputs = _outputs(args.annotate, images)
    for complaint in complaints:
        complain(complaint)
    failed = bool(complaints)
    form = FORMATS[args.format]
    named = images != args.images or len(images) > 1
    on_terminal = sys.stdout.isatty()
    limits = limits_of(args)
    reader = open_reader(args.model, limits, args.min_accuracy)
    refused = 0
    emit(form.header)
    with Progress(len(images), sys.stderr) as progress:
        for image, output in zip(images, outputs, strict=True):
            try:
                for page in decode_quietly(image, limits):
                    reading = reader.read_page(page, args.layout)
                    refused += _refused_in(reading)
                    if on_terminal:
                        progress.hide()
                    emit(form.render(reading, named))
                    if output:
                        _annotate(output, page, reading)
            except (ImageError, OutputError) as error:
                progress.hide()
                complain(with_options_named(str(error)))
                failed = True
            progress.advance()
    if refused and args.format == "text" and sys.stderr is not None and sys.stderr.isatty():
        symbols = "1 symbol" if refused == 1 else f"{refused} symbols"
        complain(f"{symbols} refused; --format json says why")
    return EXIT_FAILED if failed else EXIT_OK


def open_reader(model: str | None, limits: Limits, min_accuracy: float | None) -> Reader:
    """The reader of the model that was asked for."""
    from inkdigits.recognition.bundle import DEFAULT
    from inkdigits.recognition.reader import Reader

    name = DEFAULT if model is None else model
    return Reader(name, limits=limits, min_accuracy=min_accuracy)


def _outputs(annotate: str | None, images: list[str]) -> Sequence[Path | None]:
    """Where the annotated page of each image goes; nowhere if that was not asked for."""
    return [None] * len(images) if annotate is None else plan_outputs(annotate, images)


def limits_of(args: argparse.Namespace) -> Limits:
    """The limits that the options of `add_limit_options` set."""
    from inkdigits.imaging.decode import Limits

    limits = Limits()
    if args.max_megapixels:
        limits = replace(limits, max_pixels=round(args.max_megapixels * 1e6))
    if args.max_megabytes:
        limits = replace(limits, max_bytes=round(args.max_megabytes * 1e6))
    if args.max_frames:
        limits = replace(limits, max_frames=args.max_frames)
    return limits


def positive(text: str) -> float:
    """The type of an option that takes a number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def share(text: str) -> float:
    """The type of an option that takes a share between 0 and 1, neither included."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share between 0 and 1, such as 0.999")
    return value


def positive_count(text: str) -> int:
    """The type of an option that takes a whole number above 0."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def decode_quietly(image: str, limits: Limits) -> list[Page]:
    """The pages of an image, without what libtiff has to say of it."""
    from inkdigits.imaging.decode import decode

    with c_stderr_silenced():
        return decode(image, limits)


def with_options_named(message: str) -> str:
    """An error of `decode` that names the options in place of the fields of `Limits`."""
    for name, option in OPTION_OF.items():
        message = message.replace(f"raise {name}", f"raise {option}")
    return message


def _refused_in(reading: Reading) -> int:
    return sum(digit.value is None for number in reading.numbers for digit in number.digits)


def _annotate(output: Path, page: Page, reading: Reading) -> None:
    from inkdigits.imaging.annotate import annotate

    if page.number > 1:
        output = output.with_stem(f"{output.stem}-page{page.number}")
    write_png(output, annotate(page.pixels, reading))


def emit(text: str) -> None:
    """Print, flushed page by page: a program that reads along waits for nothing."""
    sys.stdout.write(text)
    sys.stdout.flush()
