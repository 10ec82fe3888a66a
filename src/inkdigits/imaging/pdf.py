"""The pages of a PDF, rendered in a process of their own: see `pdf_process`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from threading import Event, Timer
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from inkdigits.errors import ImageTooLarge, MissingExtra, UnreadableImage
from inkdigits.imaging.limits import Limits
from inkdigits.imaging.pages import PageChoice

DPI = 300
"""What a page is rendered at: no scan in use is finer, so nothing of its pictures is lost."""

TIMEOUT_S = 10.0
"""What opening a document may take, and each of its pages. One of 50 megapixels takes about 2 s."""

_MEMORY_BYTES = 2**30
_BYTES_PER_PIXEL = 8
"""What rendering may take: so much, and more for each pixel of the largest page allowed, which is
there as the page and as the picture on it."""


def pdf_pages(
    data: bytes, label: str, limits: Limits, choice: PageChoice
) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    """The chosen pages of a PDF, numbered from 1, as uint8 `(H, W, 3)` RGB, upright.

    Each is rendered when it is asked for, at `DPI`, or at less where it would have more than
    `limits.max_pixels`. Raises `UnreadableImage` for a document that is broken, encrypted, empty,
    or takes PDFium too long, `ImageTooLarge` for one past `limits` or the memory, `NotOnPage` for
    pages that it lacks, and `MissingExtra` where pypdfium2 is not installed.
    """
    if find_spec("pypdfium2") is None:
        raise MissingExtra("pdf", f"{label}: a PDF")
    with _process() as process:
        renderer = _Renderer(process, label)
        count = renderer.begin(data, limits)
        for number in choice.of(count, label, limits):
            yield number, renderer.page(number)


@contextmanager
def _process() -> Iterator[subprocess.Popen[bytes]]:
    """A new process of `pdf_process`, until the block ends."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    process = subprocess.Popen(
        # -P: nothing of the folder in which the caller runs is ever imported.
        [sys.executable, "-P", "-m", "inkdigits.imaging.pdf_process"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    try:
        yield process
    finally:
        process.kill()
        with suppress(OSError):  # what was not written yet is of no more use
            cast("BinaryIO", process.stdin).close()
        cast("BinaryIO", process.stdout).close()
        process.wait()


class _Renderer:
    """The process of one document, and what it answers."""

    def __init__(self, process: subprocess.Popen[bytes], label: str) -> None:
        self._process = process
        self._sink = cast("BinaryIO", process.stdin)
        self._source = cast("BinaryIO", process.stdout)
        self._label = label

    def begin(self, data: bytes, limits: Limits) -> int:
        """Send the document; returns how many pages it has."""
        setup = {
            "bytes": len(data),
            "dpi": DPI,
            "max_pixels": limits.max_pixels,
            "memory_bytes": _MEMORY_BYTES + _BYTES_PER_PIXEL * limits.max_pixels,
        }
        with self._deadline(self._label):
            head = self._ask(json.dumps(setup).encode() + b"\n" + data, self._label)
            return int(head["pages"])

    def page(self, number: int) -> NDArray[np.uint8]:
        """Have a page rendered."""
        label = f"{self._label}: page {number}"
        with self._deadline(label):
            head = self._ask(b"%d\n" % (number - 1), label)
            rows = np.empty((head["height"], head["stride"]), np.uint8)
            # One buffered read fills all of it, or has come to the end.
            if cast("Any", self._source).readinto(rows.data.cast("B")) < rows.nbytes:
                raise EOFError
        width = head["width"]
        return np.ascontiguousarray(rows[:, : 3 * width]).reshape(-1, width, 3)

    def _ask(self, message: bytes, label: str) -> dict[str, Any]:
        """The head of the answer to a message; raises `EOFError` where the process is gone."""
        try:
            self._sink.write(message)
            self._sink.flush()
        except OSError as error:
            raise EOFError from error
        line = self._source.readline()
        if not line.endswith(b"\n"):
            raise EOFError
        head: dict[str, Any] = json.loads(line)
        if "error" in head:
            raise (ImageTooLarge if "too_large" in head else UnreadableImage)(
                f"{label}: {head['error']}"
            )
        return head

    @contextmanager
    def _deadline(self, label: str) -> Iterator[None]:
        """Let the block take `TIMEOUT_S`; it raises `EOFError` where the process is gone."""
        late = Event()

        def end() -> None:
            late.set()
            self._process.kill()

        timer = Timer(TIMEOUT_S, end)
        timer.start()
        try:
            yield
        except EOFError:
            if late.is_set():
                raise UnreadableImage(
                    f"{label}: not rendered within {TIMEOUT_S:g} s; print it to a new PDF"
                ) from None
            raise UnreadableImage(
                f"{label}: ends the process that renders it, broken or too large;"
                " print it to a new PDF"
            ) from None
        finally:
            timer.cancel()
