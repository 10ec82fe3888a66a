"""`inkdigits read`: the digits written in images, as text, JSON lines or CSV."""

from __future__ import annotations

import argparse
import errno
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from inkdigits.cli.console import EXIT_FAILED, EXIT_OK, complain
from inkdigits.cli.form_formats import FORM_RENDERERS, form_header
from inkdigits.cli.formats import FORMATS
from inkdigits.cli.inputs import expand
from inkdigits.cli.outputs import OutputError, plan_outputs, write_png
from inkdigits.cli.progress import Progress
from inkdigits.cli.quiet import c_stderr_silenced
from inkdigits.cli.reading_options import (
    add_reading_options,
    limits_of,
    models_of,
    request_of,
    template_of,
    with_options_named,
)
from inkdigits.errors import ImageError, InkdigitsError, MissingExtra
from inkdigits.reading import Reading

if TYPE_CHECKING:
    from inkdigits.imaging.decode import Limits, Page
    from inkdigits.imaging.pages import PageChoice
    from inkdigits.recognition.reader import Reader
    from inkdigits.recognition.request import Request
    from inkdigits.recognition.template import Template

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
  inkdigits read --pages 2-5 scan.pdf           some pages of a PDF or TIFF
  inkdigits read --region 0,50%,100%,100% a.png  the lower half of the page alone
  inkdigits read --length 10 --check isbn-10 .  only numbers that may be
  inkdigits read --template form.json scans/    the fields of a form, by their names
  curl -s URL | inkdigits read -                from standard input

output:
  text  one image: its digits alone; several: each line begins with the file's name
  json  one object a page on one line
  csv   a header, then a row a number; a page without numbers has no row; of forms
        a row a page, a column a field

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
    add_reading_options(parser)


def run(args: argparse.Namespace) -> int:
    """Read all images, print each page as soon as it is read, and say which could not be."""
    if sys.stdout is None:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))
    images, complaints = expand(args.images)
    asked, template = request_of(args).parsed(), template_of(args)
    outputs = _outputs(args.annotate, images)
    for complaint in complaints:
        complain(complaint)
    named = images != args.images or len(images) > 1
    limits = limits_of(args)
    reader = open_reader(args, limits)
    header, look = _way(reader, asked, template, args.format, named)
    on_terminal, refused, failed = sys.stdout.isatty(), 0, bool(complaints)
    emit(header)
    with Progress(len(images), sys.stderr) as progress:
        for image, output in zip(images, outputs, strict=True):
            for page in _pages(image, limits, asked.pages):
                try:
                    if isinstance(page, InkdigitsError):
                        raise page
                    text, reading = look(page)
                    refused += _refused_in(reading)
                    if on_terminal:
                        progress.hide()
                    emit(text)
                    if output:
                        _annotate(output, page, reading)
                except (ImageError, MissingExtra, OutputError) as error:
                    progress.hide()
                    complain(with_options_named(str(error)))
                    failed = True
            progress.advance()
    if refused and args.format == "text":
        _tell_refused(refused)
    return EXIT_FAILED if failed else EXIT_OK


def _way(
    reader: Reader, asked: Request, template: Template | None, form: str, named: bool
) -> tuple[str, Callable[[Page], tuple[str, Reading]]]:
    """What is printed first, and what reads a page: what to print of it, and its numbers."""
    from inkdigits.recognition import request

    def read(page: Page) -> tuple[str, Reading]:
        reading = request.read(reader, page, asked)
        return FORMATS[form].render(reading, named), reading

    if template is None:
        return FORMATS[form].header, read
    from inkdigits.recognition.form import read_form

    def read_fields(page: Page) -> tuple[str, Reading]:
        fields = read_form(reader, page, template)
        return FORM_RENDERERS[form](fields, named), fields.reading

    return form_header(form, template), read_fields


def _pages(image: str, limits: Limits, pages: PageChoice) -> Iterator[Page | InkdigitsError]:
    """The pages of an image, and at the end, if there is one, why there are no more."""
    try:
        yield from decode_quietly(image, limits, pages)
    except (ImageError, MissingExtra) as error:
        yield error


def _tell_refused(refused: int) -> None:
    """Text does not show what was refused; a log does not want to know."""
    if sys.stderr is not None and sys.stderr.isatty():
        symbols = "1 symbol" if refused == 1 else f"{refused} symbols"
        complain(f"{symbols} refused; --format json says why")


def open_reader(args: argparse.Namespace, limits: Limits) -> Reader:
    """The reader of the models that were asked for."""
    from inkdigits.recognition.models import SHIPPED_MODELS
    from inkdigits.recognition.reader import Reader

    models = models_of(args, SHIPPED_MODELS)
    return Reader(
        models.digits, line_model=models.lines, limits=limits, min_accuracy=args.min_accuracy
    )


def _outputs(annotate: str | None, images: list[str]) -> Sequence[Path | None]:
    """Where the annotated page of each image goes; nowhere if that was not asked for."""
    return [None] * len(images) if annotate is None else plan_outputs(annotate, images)


def decode_quietly(image: str, limits: Limits, pages: PageChoice | str) -> Iterator[Page]:
    """The pages of an image as `decode_pages` gives them, without what libtiff has to say of it."""
    from inkdigits.imaging.decode import decode_pages

    found = decode_pages(image, limits, pages)
    while True:
        with c_stderr_silenced():
            page = next(found, None)
        if page is None:
            return
        yield page


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
