"""From settings to a service that listens, until it is told to stop."""

from __future__ import annotations

import errno
import os
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import uvicorn

from inkdigits.errors import InkdigitsError
from inkdigits.server import logs
from inkdigits.server.app import build_app
from inkdigits.server.connections import PromptProtocol
from inkdigits.server.settings import Settings

_MOST_CONNECTIONS = 512
_BACKLOG = 128
_KEEP_ALIVE_S = 15


class _Service(uvicorn.Server):
    """Uvicorn's server, which tells when it can be called."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()


def serve(settings: Settings, quiet: bool, announce: Callable[[str], None]) -> None:
    """Serve until a signal ends it; `announce` is told the address once it can be called.

    What is in flight then is answered first. Raises `OSError` where nothing can listen there, and
    `ModelError` if the model cannot be used.
    """
    with listen(settings.host, settings.port) as listener, _ended_by_signals():
        logs.configure(quiet)
        config = uvicorn.Config(
            build_app(settings),
            log_config=None,
            access_log=False,
            server_header=False,
            # What a proxy says of the caller is not believed: the rate limit would be nobody's.
            proxy_headers=False,
            http=_protocol(settings.head_timeout),
            ws="none",
            lifespan="on",
            limit_concurrency=_MOST_CONNECTIONS,
            timeout_keep_alive=_KEEP_ALIVE_S,
            timeout_graceful_shutdown=round(settings.stop_timeout),
        )
        address = _url_of(listener)
        _Service(config, lambda: announce(address)).run(sockets=[listener])


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let Ctrl-C and SIGTERM, which uvicorn passes on after the stop, end the block well."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with suppress(KeyboardInterrupt):
            yield
    except SystemExit as end:  # how uvicorn ends where the startup fails, which it has logged
        raise InkdigitsError("the service could not start: its log says why") from end
    finally:
        signal.signal(signal.SIGTERM, before)


def _protocol(head_timeout: float) -> type[PromptProtocol]:
    return type("Protocol", (PromptProtocol,), {"head_timeout": head_timeout})


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; raises `OSError` that names the address."""
    try:
        found = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP, flags=socket.AI_PASSIVE
        )
        family, kind, protocol, _, address = min(found, key=lambda info: info[0])
        # With the protocol named: asyncio only then sends small packets at once (TCP_NODELAY), and
        # each answer would take 40 ms more.
        listener = socket.socket(family, kind, protocol)
        try:
            if os.name == "posix":  # elsewhere it would let others take the port over
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(_BACKLOG)
        except BaseException:
            listener.close()
            raise
    except OSError as error:
        number = error.errno or errno.EADDRNOTAVAIL
        raise OSError(number, error.strerror or os.strerror(number), f"{host}:{port}") from error
    return listener


def _url_of(listener: socket.socket) -> str:
    """Where a browser on this machine finds what listens there."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104  # any address, so also the machine's own
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
