"""The bodies of requests: taken in within limits of size and time, and kept in memory alone."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Iterator, Sequence
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from typing import NamedTuple, TypeVar

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect

from inkdigits.server.errors import Problem
from inkdigits.server.settings import Settings

MAX_NAME = 255
"""A longer file name is cut to its end, where the suffix is."""

_MAX_FIELDS = 16
_MAX_FIELD_BYTES = 4096
_LINGER = 1.0
"""So long a body that is too large is still read away, in seconds: a client that is cut off while
it sends would not get to see why."""

Answer = TypeVar("Answer")


class Upload(NamedTuple):
    """A file as it was sent: its name, `""` for none, its bytes, and the part of a form it was."""

    name: str
    data: bytes
    part: str = ""


class _InMemoryParser(MultiPartParser):
    """Starlette's, but what is large is not written to a file on disk: 0 stands for no limit."""

    spool_max_size = 0


class Gate:
    """Counts the requests that are being worked on and the bytes that they hold, and says no."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.requests = 0
        self.held_bytes = 0

    @contextmanager
    def work(self) -> Iterator[None]:
        """A place among the requests that are worked on; `Problem` (`busy`) where none is free."""
        self._check_room()
        self.requests += 1
        try:
            yield
        finally:
            self.requests -= 1

    @contextmanager
    def holding(self) -> Iterator[Held]:
        """An account of what one request holds, which is closed at the end.

        A body that would be taken in for nothing is refused at once: `Problem` (`busy`).
        """
        self._check_room()
        held = Held(self)
        try:
            yield held
        finally:
            self.held_bytes -= held.size

    def _check_room(self) -> None:
        if self.requests >= self._settings.max_waiting:
            raise Problem("busy", "the service has all it can do; try again", retry_after=1)

    def hold(self, size: int) -> None:
        if self.held_bytes + size > self._settings.max_held_bytes:
            raise Problem("busy", "the service holds all it can; try again", retry_after=1)
        self.held_bytes += size


class Held:
    """How many bytes of the memory one request holds."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self.size = 0

    def add(self, size: int) -> None:
        """Raises `Problem` (`busy`) where the service holds too much already."""
        self._gate.hold(size)
        self.size += size


@asynccontextmanager
async def arriving(timeout: float) -> AsyncIterator[None]:
    """The time that a body has to arrive in; raises `Problem` (`too_slow`) past it."""
    try:
        async with asyncio.timeout(timeout):
            yield
    except TimeoutError:
        message = f"the body of the request did not arrive within {timeout:g} s"
        raise Problem("too_slow", message, hang_up=True) from None


async def stream(request: Request, held: Held, max_bytes: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes in; raises `Problem` where it is too large."""
    chunks = _chunks(request)
    size = 0
    promised = request.headers.get("content-length", "")
    if promised.isdecimal() and int(promised[:20]) > max_bytes:
        # Who asks before sending is simply told.
        if "expect" not in request.headers:
            await _read_away(chunks)
        raise too_large(max_bytes)
    async for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            await _read_away(chunks)
            raise too_large(max_bytes)
        held.add(len(chunk))
        yield chunk


def too_large(max_bytes: int) -> Problem:
    """What is said to more bytes than `max_bytes`."""
    message = f"more than {max_bytes:,} bytes in one request; send less at a time"
    return Problem("too_large", message, hang_up=True)


async def _chunks(request: Request) -> AsyncGenerator[bytes, None]:
    """The parts of the body; raises `ClientDisconnect` where no more will come."""
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        yield message.get("body", b"")
        more = message.get("more_body", False)


async def _read_away(chunks: AsyncGenerator[bytes, None]) -> None:
    with suppress(TimeoutError, ClientDisconnect):
        async with asyncio.timeout(_LINGER):
            async for _ in chunks:
                pass


async def whole_body(request: Request, held: Held, max_bytes: int, timeout: float) -> bytes:
    """The body in one piece; raises `Problem` where it is too large or too slow."""
    async with arriving(timeout):
        return b"".join([part async for part in stream(request, held, max_bytes)])


async def uploads(
    request: Request, held: Held, settings: Settings, more: Sequence[str] = ()
) -> list[Upload]:
    """The images of a request, at least one: the files of a form, or the body as it is.

    A form may have `more` parts, by their names, that are no images: files, or texts. Raises
    `Problem` where there is no image, where there are too many, or the form is broken.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "multipart/form-data":
        limit = min(settings.limits.max_bytes, settings.max_body_bytes)
        data = await whole_body(request, held, limit, settings.body_timeout)
        return [Upload(_cut(request.query_params.get("file", "")), data)]
    async with (
        arriving(settings.body_timeout),
        aclosing(stream(request, held, settings.max_body_bytes)) as body,
    ):
        form = await _form(request, body, settings.max_images, len(more))
    try:
        found = []
        for part, sent in form.multi_items():
            if isinstance(sent, UploadFile):
                found.append(Upload(_cut(sent.filename or ""), await sent.read(), part))
            elif part in more:
                found.append(Upload("", sent.encode(), part))
    finally:
        await form.close()
    images = sum(upload.part not in more for upload in found)
    if not images:
        raise Problem("invalid_request", "no image in the form; send each as a file")
    if images > settings.max_images:
        raise _too_many_images(settings.max_images)
    return found


async def _form(
    request: Request, body: AsyncGenerator[bytes, None], max_images: int, more: int
) -> FormData:
    parser = _InMemoryParser(
        request.headers,
        body,
        max_files=max_images + more,
        max_fields=_MAX_FIELDS,
        max_part_size=_MAX_FIELD_BYTES,
    )
    try:
        return await parser.parse()
    except MultiPartException as error:
        if error.message.startswith("Too many files"):
            raise _too_many_images(max_images) from None
        raise Problem("malformed_request", f"not a form: {error.message}") from None


def _too_many_images(most: int) -> Problem:
    message = f"more than {most} images in one request; send fewer at a time"
    return Problem("too_large", message)


def _cut(name: str) -> str:
    return name[-MAX_NAME:]


async def unless_gone(request: Request, work: Awaitable[Answer]) -> Answer:
    """Do `work`, and give it up as soon as the client is gone: then `ClientDisconnect` is raised.

    The body of the request has to have been taken in.
    """
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        watching.cancel()
        working.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
