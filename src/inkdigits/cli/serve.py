"""`inkdigits serve`: the page and the HTTP service."""

from __future__ import annotations

import argparse
import os
import sys
import webbrowser
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import quote

from inkdigits.cli.console import EXIT_OK, UsageError, complain
from inkdigits.cli.reading_options import add_model_options, models_of, share

DESCRIPTION = """\
Serve a page that reads handwritten digits as they are drawn, dropped or held before
the camera, and the same as an HTTP service. Nothing leaves the machine."""

EPILOG = """\
examples:
  inkdigits serve --open                    start it and open the page
  inkdigits serve --port 0 --quiet          any free port; log problems only
  INKDIGITS_API_KEY=… inkdigits serve --host 0.0.0.0 --rate 20
                                            for the network: with a key and a rate limit

environment:
  INKDIGITS_API_KEY   what callers must send as  Authorization: Bearer KEY

exit status:
  0 stopped by Ctrl-C or SIGTERM, 1 it could not listen or start, 2 wrong usage
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `serve` to its parser."""
    parser.description = DESCRIPTION
    parser.epilog = EPILOG
    parser.add_argument(
        "--host", default="127.0.0.1", help="where to listen (default: this machine only)"
    )
    parser.add_argument(
        "--port", type=_port, default=8000, help="0 for any free one (default: 8000)"
    )
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    add_model_options(parser)
    parser.add_argument(
        "--min-accuracy",
        metavar="SHARE",
        type=share,
        help="accept only numbers of which at least this share is right, such as 0.999",
    )
    parser.add_argument(
        "--workers",
        metavar="N",
        type=_whole(1, 256),
        help="processes that read (default: one a core)",
    )
    parser.add_argument(
        "--rate",
        metavar="N",
        type=_rate,
        default=0.0,
        help="requests a second that one client may make (default: any number)",
    )
    parser.add_argument(
        "--allow-host",
        metavar="NAME",
        action="append",
        default=[],
        help="a name that the service may be called by, beside its addresses; repeatable",
    )
    parser.add_argument("--quiet", action="store_true", help="log problems only, not each request")


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    from inkdigits.recognition.models import SHIPPED_MODELS
    from inkdigits.server.running import serve
    from inkdigits.server.safety import warnings_for
    from inkdigits.server.settings import API_KEY_VARIABLE, Settings

    settings = Settings(
        host=args.host,
        port=args.port,
        hosts=tuple(name.lower() for name in args.allow_host),
        api_key=os.environ.get(API_KEY_VARIABLE, ""),
        rate=args.rate,
        models=models_of(args, SHIPPED_MODELS),
        min_accuracy=args.min_accuracy,
    )
    if args.workers is not None:
        settings = replace(settings, workers=args.workers)
    key = settings.api_key
    if not (key.isascii() and key.isprintable() and key == key.strip()):
        raise UsageError(f"{API_KEY_VARIABLE} has to be plain ASCII without spaces around it")
    for warning in warnings_for(settings):
        complain(warning)

    def announce(address: str) -> None:
        if sys.stdout is not None:
            print(f"inkdigits: {address}", flush=True)
        if args.open:
            # As a fragment, which stays in the browser and out of every log.
            fragment = f"#key={quote(key, safe='')}" if key else ""
            if not webbrowser.open(f"{address}/{fragment}"):
                complain(f"no browser could be started: open {address} in yours")

    serve(settings, args.quiet, announce)
    return EXIT_OK


def _port(text: str) -> int:
    return _whole(0, 65535)(text)


def _whole(least: int, most: int) -> Callable[[str], int]:
    def number(text: str) -> int:
        if not (text.isascii() and text.isdecimal() and least <= int(text[:10]) <= most):
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number {least} to {most}")
        return int(text)

    return number


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return value
