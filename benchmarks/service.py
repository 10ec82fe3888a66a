"""The HTTP service under load from this machine, against the same reading called in a loop."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from typing import BinaryIO

import cv2

from benchmarks.drawing import draw_page
from benchmarks.timing import Figure

CLIENTS = 8
OVERLOAD = 10 * CLIENTS
ROUNDS = 5
ROUND_S = 3.0
OVERLOAD_S = 10.0

SERVE = """
import sys
from inkdigits.server.running import serve
from inkdigits.recognition.models import Models
from inkdigits.server.settings import Settings

settings = Settings(port=0, workers=1, models=Models(sys.argv[1]))
serve(settings, True, lambda address: print(address, flush=True))
"""

# What one reading process does, without the service around it: a rate for each line it is given.
IN_PROCESS = """
import json, sys, time
import cv2
from inkdigits import Reader

cv2.setNumThreads(1)
reader = Reader(sys.argv[1], threads=1)
image = sys.stdin.buffer.read(int(sys.argv[2]))
print("ready", flush=True)
for line in sys.stdin:
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < float(line):
        json.dumps(reader.read(image).to_dict())
        count += 1
    print(count / (time.perf_counter() - start), flush=True)
"""
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def measure(bundle: str) -> list[Figure]:
    """Rates, the slowest in a hundred, and what becomes of ten times the load."""
    digit, drawing = _png("3", 28), _png("7", 280)
    return [
        *_beside_in_process(bundle, "28x28 PNG", digit),
        *_beside_in_process(bundle, "280x280 PNG", drawing),
        *_overload(bundle, digit),
    ]


def _png(text: str, side: int) -> bytes:
    _, encoded = cv2.imencode(".png", draw_page((text,), (side, side, 3)))
    return encoded.tobytes()


@dataclass
class Load:
    """What clients met: statuses of answers and milliseconds that those with 200 took."""

    statuses: Counter[int] = field(default_factory=Counter)
    times_ms: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Images read a second."""
        return self.statuses[200] / self.seconds

    @property
    def slowest_in_100_ms(self) -> float:
        return quantiles(self.times_ms, n=100)[-1]


def _beside_in_process(bundle: str, name: str, image: bytes) -> list[Figure]:
    loads, in_process = [], []
    with _service(bundle) as (_, port), _loop(bundle, image) as rate:
        _load(port, image, CLIENTS, ROUND_S / 3)
        for _ in range(ROUNDS):  # in turn, so that both meet the same moods of the machine
            in_process.append(rate(ROUND_S))
            loads.append(_load(port, image, CLIENTS, ROUND_S))
    wrong = sum(load.statuses.total() - load.statuses[200] for load in loads)
    note = f"Reader.read in a loop, one process as the service has; {wrong} answers but 200"
    slowest = median(load.slowest_in_100_ms for load in loads)
    usual = median(median(load.times_ms) for load in loads)
    return [
        Figure(
            f"service, {name}, {CLIENTS} clients",
            median(load.rate for load in loads),
            "images/s",
            median(in_process),
            note,
        ),
        Figure(
            f"service, {name}, {CLIENTS} clients, p99", slowest, "ms", note=f"median {usual:.1f} ms"
        ),
    ]


def _overload(bundle: str, image: bytes) -> list[Figure]:
    with _service(bundle) as (pid, port):
        calm = _load(port, image, CLIENTS, ROUND_S)
        _load(port, image, OVERLOAD, ROUND_S)
        before = _resident_mib(pid)
        overload = _load(port, image, OVERLOAD, OVERLOAD_S)
        grown = _resident_mib(pid) - before
        after = _load(port, image, CLIENTS, ROUND_S)
    said = ", ".join(f"{n:,} x {status}" for status, n in sorted(overload.statuses.items()))
    other = sum(n for status, n in overload.statuses.items() if status not in (200, 429, 503))
    return [
        Figure(
            f"service, {OVERLOAD} clients: answers but 200, 429, 503", other, "answers", note=said
        ),
        Figure(f"service, {OVERLOAD} clients: memory grown", grown, "MiB", note=f"of {before:.0f}"),
        Figure(
            "service, right after the overload",
            after.rate,
            "images/s",
            calm.rate,
            f"before it; p99 {after.slowest_in_100_ms:.1f} ms, "
            f"answers but 200: {after.statuses.total() - after.statuses[200]}",
        ),
    ]


@contextmanager
def _service(bundle: str) -> Iterator[tuple[int, int]]:
    """A service with one reading process; its process id and port."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVE, bundle], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process.pid, int(process.stdout.readline().rpartition(":")[2])
        finally:
            process.terminate()


@contextmanager
def _loop(bundle: str, image: bytes) -> Iterator[Callable[[float], float]]:
    """Reading in a process of its own: how many images a second it reads for so many seconds."""
    with subprocess.Popen(
        [sys.executable, "-c", IN_PROCESS, bundle, str(len(image))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, **ONE_THREAD},
    ) as process:
        source, sink = process.stdout, process.stdin
        assert source is not None
        assert sink is not None
        sink.write(image)
        sink.flush()
        source.readline()

        def rate(seconds: float) -> float:
            sink.write(f"{seconds}\n".encode())
            sink.flush()
            return float(source.readline())

        yield rate


def _load(port: int, image: bytes, clients: int, seconds: float) -> Load:
    """Let so many clients ask as fast as they can, each on a connection of its own."""
    load = Load(seconds=seconds)
    end = time.perf_counter() + seconds
    threads = [threading.Thread(target=_ask, args=(port, image, end, load)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return load


def _ask(port: int, image: bytes, end: float, load: Load) -> None:
    request = (
        b"POST /v1/read HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\n"
        b"Content-Length: %d\r\n\r\n" % len(image)
    ) + image
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        file = connection.makefile("rb")
        while (start := time.perf_counter()) < end:
            connection.sendall(request)
            status = _answer(file)
            load.statuses[status] += 1
            if status == 200:
                load.times_ms.append(1000 * (time.perf_counter() - start))


def _answer(file: BinaryIO) -> int:
    """Take in one answer; returns its status."""
    status = int(file.readline().split()[1])
    length = 0
    while (line := file.readline()) != b"\r\n":
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    body = file.read(length)
    if status == 200:
        json.loads(body)
    return status


def _resident_mib(pid: int) -> float:
    """What a process and its children keep in memory; 0 where that cannot be known."""
    children = Path(f"/proc/{pid}/task/{pid}/children")
    if not children.exists():
        return 0.0
    pages = [
        int(Path(f"/proc/{one}/statm").read_text(encoding="ascii").split()[1])
        for one in (str(pid), *children.read_text(encoding="ascii").split())
    ]
    return sum(pages) * os.sysconf("SC_PAGESIZE") / 2**20
