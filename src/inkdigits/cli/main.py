"""The command `inkdigits`: its sub-commands, its exit status, and how it fails.

Exit status: 0 done, 1 some file could not be read or written, 2 wrong usage (an option, or a model
that does not exist), 130 stopped by Ctrl-C, 141 the reader of our output went away (as `cat`).
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from typing import NamedTuple, NoReturn

from inkdigits.cli.console import (
    EXIT_BROKEN_PIPE,
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
    UsageError,
    complain,
)
from inkdigits.errors import InkdigitsError, MissingExtra, ModelNotFound


class Command(NamedTuple):
    """A sub-command: `module` offers `configure(parser)` and `run(args) -> exit status`.

    `extra` is the optional part of the installation that the command may need, `""` for none.
    """

    module: str
    summary: str
    extra: str = ""


COMMANDS = {
    "read": Command("inkdigits.cli.read", "read the handwritten digits in images"),
    "serve": Command("inkdigits.cli.serve", "serve the page and the HTTP service", extra="server"),
    "batch": Command(
        "inkdigits.cli.batch", "read very many images into tables, on all cores", extra="batch"
    ),
    "predict": Command("inkdigits.cli.predict", "say what pictures show, by any model"),
    "data": Command("inkdigits.cli.data", "list, fetch and show data sets", extra="train"),
    "recipes": Command("inkdigits.cli.recipes", "list what there is to train"),
    "train": Command("inkdigits.cli.train", "train a network by a recipe", extra="train"),
    "tune": Command("inkdigits.cli.tune", "search for a better recipe", extra="train"),
    "evaluate": Command("inkdigits.cli.evaluate", "measure a model on data sets", extra="train"),
    "compare": Command("inkdigits.cli.compare", "compare trained runs with each other", "train"),
}

EXAMPLES = """\
examples:
  inkdigits read photo.jpg              print the digits written in a photo
  inkdigits read 'scans/*.png'          many files: one line each
  inkdigits read --help                 everything that reading can do
"""


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, as every other error of the command."""

    def error(self, message: str) -> NoReturn:
        complain(f"{message} (see {self.prog} --help)")
        raise SystemExit(EXIT_USAGE)


class ShowVersion(argparse.Action):
    """Looks the version up only when it is asked for."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from inkdigits import __version__

        print(f"{parser.prog} {__version__}")
        parser.exit()


def build_parser(chosen: str | None) -> Parser:
    """The parser with every command listed; only the module of `chosen` is imported."""
    parser = Parser(
        prog="inkdigits",
        description="Read handwritten digits from images.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=ShowVersion, nargs=0, help="print the version and exit")
    commands = parser.add_subparsers(
        title="commands", metavar="COMMAND", dest="command", required=True
    )
    for name, command in COMMANDS.items():
        subparser = commands.add_parser(
            name,
            help=command.summary,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        if name == chosen:
            module = import_module(command.module)
            module.configure(subparser)
            subparser.set_defaults(run=module.run)
    return parser


def _dispatch(argv: Sequence[str]) -> int:
    chosen = argv[0] if argv and argv[0] in COMMANDS else None
    try:
        args = build_parser(chosen).parse_args(argv)
        status: int = args.run(args)
    except ModuleNotFoundError as error:
        extra = COMMANDS[chosen].extra if chosen else ""
        ours = (error.name or "").partition(".")[0] == "inkdigits"
        if not extra or ours:
            raise
        raise MissingExtra(extra, f"inkdigits {chosen}") from error
    except SystemExit as end:  # how argparse ends after --help and wrong usage
        status = end.code if isinstance(end.code, int) else EXIT_OK
    if sys.stdout is not None:
        sys.stdout.flush()
    return status


def _flush_or_abandon_output() -> None:
    """Write out what was printed, and keep the interpreter from trying again if that fails."""
    with suppress(OSError, ValueError, AttributeError):
        with suppress(OSError):
            sys.stdout.flush()
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def main(argv: Sequence[str] | None = None) -> int:
    """Run `inkdigits` with `argv` (default: the process's arguments); returns the exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file name that is not valid text must not end the run.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return _dispatch(sys.argv[1:] if argv is None else argv)
    except (UsageError, ModelNotFound) as error:
        complain(str(error))
        return EXIT_USAGE
    except InkdigitsError as error:
        complain(str(error))
        return EXIT_FAILED
    except (KeyboardInterrupt, ImportError) as error:
        # ONNX Runtime makes an ImportError of a Ctrl-C that comes while it is loaded.
        if KeyboardInterrupt not in (type(error), type(error.__cause__)):
            raise
        complain("interrupted")
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        _flush_or_abandon_output()
        return EXIT_BROKEN_PIPE
    except OSError as error:
        _flush_or_abandon_output()
        complain(f"{error.filename or 'standard output'}: {error.strerror or error}")
        return EXIT_FAILED
