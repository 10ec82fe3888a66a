"""The process that renders the pages of one PDF: `python -m inkdigits.imaging.pdf_process`.

PDFium is a large program in C++ that meets whatever strangers send. Whatever becomes of it here,
the process that asked lives on: this one is confined, and is ended when it takes too long.

It is told the size of the document and its bounds on one line of JSON, then the document, then the
index of each page to render, a line each. It answers a line of JSON for the document and one for
each page, which the pixels follow. When its standard input is closed, it ends.
"""

from __future__ import annotations

import json
import math
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any, BinaryIO

import pypdfium2
import pypdfium2.raw as pdfium

from inkdigits.confinement import confine

_ENCRYPTED = (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY)

_POINTS_PER_INCH = 72
"""The unit of a page's size (ISO 32000-1, section 8.3.2.3)."""

_TAKES_MEMORY = "takes too much memory to render"


def open_document(data: bytes) -> pypdfium2.PdfDocument:
    """The document; raises `ValueError` with what is wrong with it."""
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if error.err_code in _ENCRYPTED:
            raise ValueError("is encrypted; save it without a password") from error
        if error.err_code == pdfium.FPDF_ERR_SUCCESS:
            raise ValueError("has no pages") from error
        raise ValueError("broken or truncated, no PDF can be made of it") from error
    # What is typed into a form is part of its page; without this it would not be drawn.
    document.init_forms()
    return document


def render(
    document: pypdfium2.PdfDocument, index: int, dpi: float, max_pixels: int
) -> pypdfium2.PdfBitmap:
    """A page as RGB at `dpi`, or as many as `max_pixels` allows; raises `ValueError`."""
    try:
        page = document[index]
    except pypdfium2.PdfiumError as error:
        raise ValueError("cannot be opened") from error
    try:
        width, height = page.get_size()
        if not (0 < width < math.inf and 0 < height < math.inf):
            raise ValueError(f"has no size: {width:g} x {height:g}")
        scale = _scale(width, height, dpi / _POINTS_PER_INCH, max_pixels)
        if scale is None:
            raise ValueError(f"has no shape that can be rendered: {width:g} x {height:g} points")
        return page.render(scale=scale, rev_byteorder=True)
    finally:
        page.close()


def _scale(width: float, height: float, scale: float, max_pixels: int) -> float | None:
    """The scale at which a page, of so many points, has at most `max_pixels`; None if at none."""
    if math.ceil(width * scale) * math.ceil(height * scale) <= max_pixels:
        return scale
    scale = math.sqrt(max_pixels / (width * height))
    # Sides are rounded up, which matters where one of them is a few pixels.
    for _ in range(500):
        if math.ceil(width * scale) * math.ceil(height * scale) <= max_pixels:
            return scale
        scale *= 0.99
    return None


def answer(sink: BinaryIO, work: Callable[[], tuple[dict[str, Any], Any]]) -> None:
    """Do some work, and write what comes of it, whatever that is."""
    try:
        head, body = work()
    except MemoryError:
        head, body = {"error": _TAKES_MEMORY, "too_large": True}, b""
    except ValueError as error:
        head, body = {"error": str(error)}, b""
    sink.write(json.dumps(head).encode() + b"\n")
    sink.write(body)
    sink.flush()


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer for one document until the source is closed."""
    setup = json.loads(source.readline())
    data = source.read(setup["bytes"])
    wanted: queue.Queue[int] = queue.Queue()
    threading.Thread(target=_listen, args=(wanted,), daemon=True).start()
    confine(setup["memory_bytes"])
    document: pypdfium2.PdfDocument

    def begin() -> tuple[dict[str, Any], bytes]:
        nonlocal document
        document = open_document(data)
        return {"pages": len(document)}, b""

    def page() -> tuple[dict[str, Any], Any]:
        bitmap = render(document, wanted.get(), setup["dpi"], setup["max_pixels"])
        size = {"width": bitmap.width, "height": bitmap.height, "stride": bitmap.stride}
        return size, memoryview(bitmap.buffer)

    answer(sink, begin)
    while True:
        answer(sink, page)


def _listen(wanted: queue.Queue[int]) -> None:
    """Pass on which pages are wanted, and end the process when nobody will want any more.

    Read without a buffer, from a thread: PDFium lets others run while it renders, so that this
    process never outlives the one that asked, however busy it is.
    """
    # Who asks waits for the answer, so there is never more than one line.
    while line := os.read(0, 64):
        wanted.put(int(line))
    os._exit(0)


def main() -> None:
    """Speak over the standard streams, and keep everything else from writing there."""
    # Ctrl-C reaches every process of the terminal; the one that asked decides when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sink = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(sys.stdin.buffer, sink)


if __name__ == "__main__":
    main()
