"""Where a service listens, and how it says so."""

import asyncio
import errno
import socket

import pytest

from inkdigits.server.running import listen


def test_any_free_port_can_be_asked_for() -> None:
    with listen("127.0.0.1", 0) as first, listen("127.0.0.1", 0) as second:
        assert first.getsockname()[1] != second.getsockname()[1]


def test_what_cannot_be_listened_at_is_named() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=rf"127\.0\.0\.1:{port}") as caught:
            listen("127.0.0.1", port)
    assert caught.value.errno == errno.EADDRINUSE
    with pytest.raises(OSError, match=r"no-such-host\.invalid:80"):
        listen("no-such-host.invalid", 80)


def test_answers_are_sent_at_once() -> None:
    """Head and body of an answer are two packets; the second must not wait for the first."""

    async def option() -> int:
        accepted: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        def connected(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            server_side = writer.get_extra_info("socket")
            accepted.set_result(server_side.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        with listen("127.0.0.1", 0) as listener:
            async with await asyncio.start_server(connected, sock=listener):
                _, writer = await asyncio.open_connection(*listener.getsockname())
                found = await accepted
                writer.close()
                await writer.wait_closed()
                return found

    assert asyncio.run(option())
