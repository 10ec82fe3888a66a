"""Services to ask: one in this process, which all tests of a module share, and real ones."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from inkdigits import Reader
from inkdigits.server.app import build_app
from inkdigits.server.settings import Settings
from tests.server.services import Service, ask

SAMPLES = Path(__file__).parents[2] / "samples"
BASE_URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="session")
def client() -> Iterator[TestClient]:
    """A service with the usual settings and two processes, called from its own machine."""
    with TestClient(build_app(Settings(workers=2)), base_url=BASE_URL) as client:
        yield client


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader(threads=1)


@pytest.fixture(scope="session")
def samples() -> list[Path]:
    return sorted(path for path in SAMPLES.iterdir() if path.suffix in {".png", ".jpg"})


StartService = Callable[..., Service]


@pytest.fixture
def start_service() -> Iterator[StartService]:
    """Start `inkdigits serve` in a process of its own: `start_service(workers=1, …)`."""
    with ExitStack() as stack:

        def start(**settings: Any) -> Service:
            service = stack.enter_context(Service(settings))
            assert ask(service, "GET", "/healthz").status == 200
            return service

        yield start
