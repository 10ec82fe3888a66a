"""What commands that load data sets share: options for image files, and how far a download is."""

from __future__ import annotations

import argparse
import re
import time
from typing import TYPE_CHECKING, TextIO

from inkdigits.cli.progress import ERASE_LINE, REDRAW_AFTER_S

if TYPE_CHECKING:
    from inkdigits.data.image_folder import ImageForm
    from inkdigits.data.progress import Step


def add_form_options(parser: argparse.ArgumentParser) -> None:
    """Declare how the images of a folder become arrays; `form_of` reads it back."""
    group = parser.add_argument_group("image files of your own")
    group.add_argument(
        "--size", type=_size, metavar="N|HxW",
        help="scale them to so many pixels a side, or height and width (default: 28)",
    )  # fmt: skip
    group.add_argument("--colour", action="store_true", help="keep red, green and blue")
    kind = group.add_mutually_exclusive_group()
    kind.add_argument(
        "--symbols", dest="symbols", action="store_true", default=None,
        help="each shows one handwritten symbol: find its ink, as `read` does (default for "
        "classes that are called by digits)",
    )  # fmt: skip
    kind.add_argument(
        "--pictures", dest="symbols", action="store_false", help="take the pictures as they are"
    )


def form_of(args: argparse.Namespace) -> ImageForm:
    """What the options of `add_form_options` ask for; `DataError` if they contradict each other."""
    from inkdigits.data.image_folder import ImageForm

    form = ImageForm()
    return ImageForm(args.size or form.size, args.colour, args.symbols)


class StepDisplay:
    """A line on the terminal that says how far a long step is; call it with every `Step`.

    Where `stream` is no terminal it says once what is being fetched, so that nobody wonders.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self._live = stream is not None and stream.isatty()
        self._what = ""
        self._first = 0
        self._began = self._drawn = 0.0

    def __call__(self, step: Step) -> None:
        if self._stream is None:
            return
        now = time.monotonic()
        if step.what != self._what:
            self._what, self._first, self._began, self._drawn = step.what, step.done, now, 0.0
            if not self._live and step.unit == "bytes":
                self._stream.write(f"{step.what}\n")
        if self._live and (now - self._drawn >= REDRAW_AFTER_S or step.done == step.total):
            line = describe(step, step.done - self._first, now - self._began)
            self._stream.write(ERASE_LINE + line)
            self._drawn = now
        self._stream.flush()

    def hide(self) -> None:
        """Clear the line."""
        if self._stream is not None and self._live and self._what:
            self._stream.write(ERASE_LINE)
            self._stream.flush()


def describe(step: Step, timed: int, elapsed_s: float) -> str:
    """The line: `fetching a.gz  4.5 MB of 9.9 MB  1.2 MB/s  0:05 left`."""
    of = "" if step.total is None else f" of {_amount(step.total, step.unit)}"
    line = f"{step.what}  {_amount(step.done, step.unit)}{of}"
    if timed <= 0 or elapsed_s <= 0:
        return line
    rate = timed / elapsed_s
    line += f"  {_amount(rate, step.unit)}/s"
    if step.total is not None:
        minutes, seconds = divmod(round((step.total - step.done) / rate), 60)
        line += f"  {minutes}:{seconds:02d} left"
    return line


def _amount(value: float, unit: str) -> str:
    return f"{value / 1e6:.1f} MB" if unit == "bytes" else f"{value:,.0f} {unit}"


def _size(text: str) -> tuple[int, int]:
    match = re.fullmatch(r"([0-9]{1,4})(?:x([0-9]{1,4}))?", text)
    if not match:
        raise argparse.ArgumentTypeError(f"{text!r} is no size: write 32, or 32x48")
    return int(match[1]), int(match[2] or match[1])
