"""Services in processes of their own, and requests to them that need more than a client gives."""

import http.client
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, Self

SAMPLE = Path(__file__).parents[2] / "samples" / "mnist-size.png"

START = """
import json, sys
from inkdigits.server.running import serve
from inkdigits.server.settings import Settings

serve(Settings(port=0, **json.loads(sys.argv[1])), False, lambda at: print(at, flush=True))
"""

PATIENCE_S = 60.0
"""No test waits longer for what has to happen soon, however slow the machine is."""


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Service:
    """A service on a free port, from `with` to its end."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self._settings = settings

    def __enter__(self) -> Self:
        # In a file: a pipe that nobody reads would hold the service up when it is full.
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [sys.executable, "-c", START, json.dumps(self._settings)],
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
        assert self.process.stdout is not None
        address = self.process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:"), self._read_log()
        self.port = int(address.rpartition(":")[2])
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()
        self._log.close()

    @property
    def workers(self) -> list[int]:
        """The processes that read."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text(encoding="ascii").split()]

    def stop(self) -> tuple[int, list[dict[str, Any]]]:
        """Tell it to stop; returns its exit status and the lines of its log."""
        self.process.send_signal(signal.SIGTERM)
        return self.ended()

    def ended(self) -> tuple[int, list[dict[str, Any]]]:
        """Wait for its end; returns its exit status and the lines of its log."""
        self.process.communicate(timeout=PATIENCE_S)
        lines = self._read_log().splitlines()
        return self.process.returncode, [json.loads(line) for line in lines]

    def _read_log(self) -> str:
        self._log.seek(0)
        return self._log.read()


def ask(
    service: Service, method: str, path: str, body: bytes | None = None, **headers: str
) -> Reply:
    """One request on a connection of its own; `_` in the name of a header stands for `-`."""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=PATIENCE_S)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, body, named)
        response = connection.getresponse()
        return Reply(response.status, dict(response.getheaders()), response.read())
    finally:
        connection.close()


def read_sample(service: Service) -> Reply:
    return ask(service, "POST", "/v1/read", SAMPLE.read_bytes(), Content_Type="image/png")


def figure(service: Service, name: str) -> float:
    """The sum of the figures in `/metrics` whose names begin so."""
    lines = ask(service, "GET", "/metrics").body.decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


def eventually(happens: Callable[[], bool]) -> None:
    """Wait until something has happened; fail if it never does."""
    end = time.monotonic() + PATIENCE_S
    while not happens():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)
