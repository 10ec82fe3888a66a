"""What goes wrong around a service: clients, workers, the network, and its own end."""

import io
import os
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest
from PIL import Image

from tests.server.services import SAMPLE, Reply, Service, ask, eventually, figure, read_sample

StartService = Callable[..., Service]

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="finds the processes of a service in /proc"
)

READ_HEAD = b"POST /v1/read HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"


def connect(service: Service) -> socket.socket:
    return socket.create_connection(("127.0.0.1", service.port), timeout=60)


def send_image(service: Service) -> socket.socket:
    """A connection on which a whole request was sent and no answer has come yet."""
    image = SAMPLE.read_bytes()
    connection = connect(service)
    connection.sendall(READ_HEAD % len(image) + image)
    return connection


def drain(connection: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def pause(service: Service) -> int:
    """Stop the only process that reads, as if it were in the middle of something."""
    (pid,) = service.workers
    os.kill(pid, signal.SIGSTOP)
    return pid


def is_in_work(service: Service, count: int) -> Callable[[], bool]:
    return lambda: figure(service, "inkdigits_requests_in_work") == count


def is_right(reply: Reply) -> bool:
    return reply.status == 200 and reply.json["results"][0]["text"] == "3"


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    """A service with narrow limits, which each test leaves as it found it."""
    settings = {
        "workers": 1,
        "max_waiting": 4,
        "max_body_bytes": 900_000,
        "max_held_bytes": 1_000_000,
        "head_timeout": 2.0,
        "body_timeout": 3.0,
        "read_timeout": 60.0,
    }
    with Service(settings) as service:
        yield service


def test_a_worker_killed_in_mid_request_costs_nobody_an_answer(service: Service) -> None:
    replaced = figure(service, "inkdigits_workers_replaced_total")
    pid = pause(service)
    with ThreadPoolExecutor(3) as threads:
        replies = [threads.submit(read_sample, service) for _ in range(3)]
        eventually(is_in_work(service, 3))
        os.kill(pid, signal.SIGKILL)
        assert all(is_right(reply.result()) for reply in replies)
    assert figure(service, "inkdigits_workers_replaced_total") == replaced + 1
    assert service.workers != [pid]


def test_clients_that_go_away_cancel_their_work(service: Service) -> None:
    def gone() -> float:
        name = 'inkdigits_requests_total{route="/v1/read",status="499"}'
        return figure(service, name)

    before = gone()
    pid = pause(service)
    connections = [send_image(service) for _ in range(3)]
    eventually(is_in_work(service, 3))
    for connection in connections:
        connection.close()
    # The paused process would hold the work for a minute.
    eventually(is_in_work(service, 0))
    eventually(lambda: pid not in service.workers)
    assert is_right(read_sample(service))
    assert gone() == before + 3


def test_a_slow_sender_is_cut_off_and_others_are_not(service: Service) -> None:
    with connect(service) as slow:
        slow.sendall(READ_HEAD % 1000 + b"x")
        assert is_right(read_sample(service))
        answer = drain(slow)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"connection: close" in answer.lower()
    assert b'"too_slow"' in answer
    assert figure(service, "inkdigits_held_bytes") == 0


@pytest.mark.parametrize("before", [b"", b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"])
def test_a_head_that_never_ends_is_cut_off(service: Service, before: bytes) -> None:
    with connect(service) as slow:
        slow.sendall(before)
        if before:
            assert slow.recv(65536).startswith(b"HTTP/1.1 200 ")
        slow.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n")
        # Uvicorn itself would wait for ever.
        assert b"HTTP" not in drain(slow)


def test_who_says_nothing_is_cut_off(service: Service) -> None:
    with connect(service) as silent:
        assert drain(silent) == b""


def test_a_body_that_is_too_large_gets_an_answer(service: Service) -> None:
    reply = ask(service, "POST", "/v1/read", b"x" * 3_000_000)
    assert (reply.status, reply.json["error"]["code"]) == (413, "too_large")
    with connect(service) as connection:  # and so does one that does not say how large it is
        chunk = b"%x\r\n%s\r\n" % (500_000, b"x" * 500_000)
        connection.sendall(
            b"POST /v1/read HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n" + 2 * chunk + b"0\r\n\r\n"
        )
        assert drain(connection).startswith(b"HTTP/1.1 413 ")


def test_more_than_it_can_do_is_503_and_over_soon(service: Service) -> None:
    pid = pause(service)
    with ThreadPoolExecutor(4) as threads:
        accepted = [threads.submit(read_sample, service) for _ in range(4)]
        eventually(is_in_work(service, 4))
        refused = read_sample(service)
        assert (refused.status, refused.json["error"]["code"]) == (503, "busy")
        assert int(refused.headers["retry-after"]) >= 1
        os.kill(pid, signal.SIGCONT)
        assert all(is_right(reply.result()) for reply in accepted)
    assert is_right(read_sample(service))


def test_a_service_holds_no_more_than_it_may(service: Service) -> None:
    with connect(service) as connection:
        connection.sendall(READ_HEAD % 800_000 + b"x" * 700_000)
        eventually(lambda: figure(service, "inkdigits_held_bytes") == 700_000)
        reply = ask(service, "POST", "/v1/read", b"x" * 400_000)
        assert (reply.status, reply.json["error"]["code"]) == (503, "busy")
    eventually(lambda: figure(service, "inkdigits_held_bytes") == 0)
    assert is_right(read_sample(service))


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_in_mid_load_answers_what_is_in_flight(
    start_service: StartService, ending: signal.Signals
) -> None:
    service = start_service(workers=1)
    pid = pause(service)
    with ThreadPoolExecutor(3) as threads:
        replies = [threads.submit(read_sample, service) for _ in range(3)]
        eventually(is_in_work(service, 3))
        service.process.send_signal(ending)
        eventually(lambda: not listens(service))
        os.kill(pid, signal.SIGCONT)
        assert all(is_right(reply.result()) for reply in replies)
    status, log = service.ended()
    assert status == 0
    assert [line["status"] for line in log if line.get("path") == "/v1/read"] == [200] * 3
    assert not Path(f"/proc/{pid}").exists()


def listens(service: Service) -> bool:
    try:
        connect(service).close()
    except ConnectionError:
        return False
    return True


def test_the_end_of_the_service_is_the_end_of_its_processes(start_service: StartService) -> None:
    service = start_service(workers=2)
    pids = service.workers
    assert len(pids) == 2
    service.process.kill()
    eventually(lambda: not any(is_alive(pid) for pid in pids))


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_nothing_is_written_to_disk(start_service: StartService) -> None:
    """Not even for a while: a temporary file would be open in the middle of the request."""
    service = start_service(workers=1)
    before = files_of(service.process.pid)
    content = io.BytesIO()
    Image.new("RGB", (1000, 800), "white").save(content, "BMP")
    head = (
        b"POST /v1/read HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n"
        b"Content-Type: multipart/form-data; boundary=x\r\nConnection: close\r\n\r\n"
    )
    form = b'--x\r\nContent-Disposition: form-data; name="i"; filename="a.bmp"\r\n\r\n'
    body = form + content.getvalue() + b"\r\n--x--\r\n"
    with connect(service) as connection:
        connection.sendall(head % len(body) + body[:-4])
        eventually(lambda: figure(service, "inkdigits_held_bytes") == len(body) - 4)
        assert files_of(service.process.pid) == before
        connection.sendall(body[-4:])
        answer = drain(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"width": 1000' in answer


def files_of(pid: int) -> set[str]:
    """The files on a disk that a process has open."""
    opened = set()
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # a connection that was closed just now
            opened.add(os.readlink(link))
    return {name for name in opened if name.startswith("/") and not name.startswith("/dev/")}
