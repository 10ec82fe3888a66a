"""The process that reads images for the service: `python -m inkdigits.server.worker`.

Whatever a hostile image does here, the service outlives it: the process has a limit on memory, may
write no file, and is ended and replaced when it takes too long or dies. It speaks over standard
input and output (see `wire`): the first message sets it up, each one after is a job.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import traceback
from contextlib import suppress
from typing import Any, BinaryIO

import cv2
import numpy as np

from inkdigits.confinement import confine
from inkdigits.errors import (
    FieldError,
    ImageError,
    ImageTooLarge,
    MissingExtra,
    TemplateError,
    UnsupportedFormat,
)
from inkdigits.imaging.decode import Limits, Source, decode_pages
from inkdigits.imaging.pages import PageChoice
from inkdigits.imaging.strokes import Drawing, Stroke, render
from inkdigits.recognition.form import read_form
from inkdigits.recognition.models import Models
from inkdigits.recognition.reader import Reader
from inkdigits.recognition.request import RequestText, examine
from inkdigits.server import wire
from inkdigits.server.forms import unpacked
from inkdigits.server.seeing import answer_of

MEMORY_BYTES = 2 * 2**30
"""What one image may take beyond what the process takes at rest: twice what the largest needs."""


class NamedBytes(io.BytesIO):
    """The bytes of a file with the name that its sender gave it, as readings and errors tell it."""

    def __init__(self, data: bytes, name: str) -> None:
        super().__init__(data)
        self.name = name


def read(reader: Reader, head: dict[str, Any], body: bytes) -> list[dict[str, Any]]:
    """The answers to one job, one a page: readings, with what else `include` asks for."""
    request = RequestText(**head["request"]).parsed()
    if "template" in head:
        return _read_forms(reader, head, body, request.pages)
    pages = decode_pages(_source(head, body), reader.limits, request.pages)
    return [answer_of(examine(reader, page, request), head["include"], reader) for page in pages]


def _read_forms(
    reader: Reader, head: dict[str, Any], body: bytes, pages: PageChoice
) -> list[dict[str, Any]]:
    """The fields of a form, one answer a page; none where only the template is to be checked."""
    sent, image = unpacked(head["template"], body)
    template = sent.load(reader.limits)
    if head["kind"] == "template":
        return []
    found = decode_pages(NamedBytes(image, head["file"]), reader.limits, pages)
    return [read_form(reader, page, template).to_dict() for page in found]


def _source(head: dict[str, Any], body: bytes) -> Source:
    if head["kind"] == "image":
        return NamedBytes(body, head["file"])
    fields = json.loads(body)
    strokes = [Stroke(np.asarray(points, np.float32), width) for width, points in fields["strokes"]]
    return render(Drawing(fields["width"], fields["height"], strokes))


def answer(reader: Reader, head: dict[str, Any], body: bytes) -> wire.Message:
    """The message that answers a job, whatever happens."""
    try:
        answers = read(reader, head, body)
        # The same text for the same reading as the command prints.
        return {}, ",".join(json.dumps(one, allow_nan=False) for one in answers).encode()
    except (ImageError, FieldError, TemplateError) as error:
        return {"error": type(error).__name__, "message": str(error)}, b""
    except MissingExtra as error:
        return {"error": UnsupportedFormat.__name__, "message": str(error)}, b""
    except MemoryError:
        message = f"{head.get('file') or 'image'}: takes too much memory to read; shrink it"
        return {"error": ImageTooLarge.__name__, "message": message}, b""
    except Exception:  # A fault of ours: the service logs it and answers so.
        return {"error": "", "message": traceback.format_exc()}, b""


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer one job after the other until the service closes the pipe."""
    setup = wire.receive_blocking(source)
    if setup is None:
        return
    head = setup[0]
    models = Models(**head["models"])
    reader = Reader(
        models.digits,
        line_model=models.lines,
        limits=Limits(**head["limits"]),
        threads=1,
        min_accuracy=head["min_accuracy"],
    )
    confine(MEMORY_BYTES)
    _send(sink, {"ready": True}, b"")
    while job := wire.receive_blocking(source):
        _send(sink, *answer(reader, *job))


def _send(sink: BinaryIO, head: dict[str, Any], body: bytes) -> None:
    sink.writelines(wire.pack(head, body))
    sink.flush()


def main() -> None:
    """Speak over the standard streams, and keep everything else from writing there."""
    # Ctrl-C reaches every process of the terminal; it is the service that decides when to end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    # Work is spread over processes: threads within one would only stand in each other's way.
    cv2.setNumThreads(1)
    with suppress(BrokenPipeError):
        serve(source, sink)


if __name__ == "__main__":
    main()
