"""A mirror on the loopback interface that serves files from memory, well or badly."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Mirror:
    """Serves `files` by name; the other attributes say what goes wrong."""

    def __init__(self, address: str, files: dict[str, bytes]) -> None:
        self.address = address
        self.files = files
        self.asked: list[tuple[str, str]] = []
        """Each request: the name, and the range that it asks for."""
        self.breaks: list[int] = []
        """After how many bytes the next answers break off."""
        self.takes_ranges = True
        self.says_length = True
        self.gate: threading.Event | None = None
        """Answers wait for it, if there is one."""

    def url(self, name: str) -> str:
        return f"{self.address}/{name}"


@contextmanager
def serving(files: Mapping[str, bytes]) -> Iterator[Mirror]:
    """A mirror of these files, by name."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self, mirror)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    mirror = Mirror(f"http://127.0.0.1:{server.server_port}", dict(files))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield mirror
    finally:
        if mirror.gate:
            mirror.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()


def answer(request: BaseHTTPRequestHandler, mirror: Mirror) -> None:
    name = request.path.removeprefix("/")
    wanted = request.headers.get("Range", "")
    mirror.asked.append((name, wanted))
    if mirror.gate:
        mirror.gate.wait(20)
    if name not in mirror.files:
        request.send_error(404)
        return
    content = mirror.files[name]
    asked = re.fullmatch(r"bytes=(\d+)-", wanted) if mirror.takes_ranges else None
    start = int(asked[1]) if asked else 0
    if asked and start >= len(content):
        request.send_error(416)
        return
    request.send_response(206 if asked else 200)
    if asked:
        request.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
    if mirror.says_length:
        request.send_header("Content-Length", str(len(content) - start))
    request.end_headers()
    end = start + mirror.breaks.pop(0) if mirror.breaks else len(content)
    request.wfile.write(content[start:end])
