"""The options that say what is read of an image, and how: the same for every command."""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from inkdigits.cli.console import UsageError
from inkdigits.errors import FieldError, MissingExtra, TemplateError

if TYPE_CHECKING:
    from inkdigits.imaging.decode import Limits
    from inkdigits.recognition.models import Models
    from inkdigits.recognition.request import RequestText
    from inkdigits.recognition.template import Template

# How the command sets what the messages of `decode` call by its name in Python.
OPTION_OF = {
    "Limits.max_pixels": "--max-megapixels",
    "Limits.max_bytes": "--max-megabytes",
    "Limits.max_frames": "--max-frames",
}

LAYOUTS = ("auto", "digit", "line", "page")

NO_LINE_MODEL = "none"
"""What `--line-model` takes for reading symbol by symbol only; a folder of that name is ./none."""

_OF_THE_TEMPLATE = ("region", "length", "pattern", "choices", "check")
"""Options that a template gives for each of its fields."""


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say how an image is read, for every command that reads some."""
    parser.add_argument(
        "--layout",
        choices=LAYOUTS,
        default="auto",
        help="what the image holds: one digit, one line or a page (default: found out)",
    )
    add_model_options(parser)
    _add_part_options(parser)
    _add_field_options(parser)
    add_limit_options(parser)


def add_model_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which models read, for every command that reads numbers."""
    parser.add_argument("--model", metavar="NAME|PATH", help="the model to read digits with")
    add_line_model_option(parser, "the shipped one")


def add_line_model_option(parser: argparse.ArgumentParser, usual: str) -> None:
    """Add `--line-model`; `usual` says which it is where it is not given."""
    parser.add_argument(
        "--line-model",
        metavar="NAME|PATH|none",
        help=f"the model that reads rows as a whole, for touching digits (default: {usual})",
    )


def _add_part_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--pages", metavar="2-5", help="of a PDF or TIFF, only these: 3, 2-5, 2- or 1,4-6"
    )
    parser.add_argument(
        "--region",
        metavar="L,T,R,B",
        help="only this part: left,top,right,bottom in pixels or percent (0,50%%,100%%,100%%)",
    )
    parser.add_argument(
        "--template",
        metavar="FORM.json",
        help="read the fields of a form, each by its name (docs/documents.md)",
    )


def _add_field_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--length", metavar="N|N-M", help="every line is one number of so many digits"
    )
    parser.add_argument(
        "--pattern", metavar="REGEX", help="... that this regular expression over digits matches"
    )
    parser.add_argument("--choices", metavar="A,B,...", help="... that is one of these")
    parser.add_argument("--check", metavar="NAME", help="... with this check digit, such as luhn")
    parser.add_argument(
        "--min-accuracy",
        metavar="SHARE",
        type=share,
        help="accept only numbers of which at least this share is right, such as 0.999",
    )


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


def models_of(args: argparse.Namespace, usual: Models) -> Models:
    """The models that the options of `add_model_options` name, else those of `usual`."""
    from inkdigits.recognition.models import Models

    digits = usual.digits if args.model is None else args.model
    return Models(digits, line_model_of(args, usual.lines))


def line_model_of(args: argparse.Namespace, usual: str | None) -> str | None:
    """What `--line-model` names, None for none; `usual` where it is not given."""
    if args.line_model is None:
        return usual
    return None if args.line_model == NO_LINE_MODEL else str(args.line_model)


def request_of(args: argparse.Namespace) -> RequestText:
    """What the options of `add_reading_options` ask for; raises `UsageError` where they are wrong.

    With `--template`, it is the template that says where and what to read.
    """
    from inkdigits.recognition.request import RequestText

    if args.template is not None:
        given = [name for name in _OF_THE_TEMPLATE if getattr(args, name) is not None]
        if args.layout != "auto":
            given.append("layout")
        if given:
            raise UsageError(f"--{given[0]} is said for each field in the --template: leave it out")
    text = RequestText(
        args.layout, args.pages, args.region, args.length, args.pattern, args.choices, args.check
    )
    try:
        text.parsed()
    except (FieldError, ValueError) as error:
        raise UsageError(str(error)) from error
    return text


def template_of(args: argparse.Namespace) -> Template | None:
    """The form that `--template` names; raises `UsageError` where it is no template."""
    if args.template is None:
        return None
    from inkdigits.recognition.template import load_template

    try:
        return load_template(args.template)
    except (TemplateError, MissingExtra) as error:
        raise UsageError(str(error)) from error


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


def share(text: str) -> float:
    """The type of an option that takes a number between 0 and 1."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number between 0 and 1, as 0.999")
    return value


def positive(text: str) -> float:
    """The type of an option that takes a number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value


def positive_count(text: str) -> int:
    """The type of an option that takes a whole number above 0."""
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def with_options_named(message: str) -> str:
    """An error of `decode` that names the options in place of the fields of `Limits`."""
    for name, option in OPTION_OF.items():
        message = message.replace(f"raise {name}", f"raise {option}")
    return message
