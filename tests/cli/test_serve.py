"""`inkdigits serve`: its options, what it says, and how it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

import pytest

from inkdigits.cli.main import main
from inkdigits.recognition.models import Models
from inkdigits.server import running
from inkdigits.server.settings import API_KEY_VARIABLE, Settings

Capture = pytest.CaptureFixture[str]
ADDRESS = "http://127.0.0.1:1234"


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Settings, bool]]:
    """What the command asks to be served, which is announced and over at once."""
    calls: list[tuple[Settings, bool]] = []

    def serve(settings: Settings, quiet: bool, announce: Callable[[str], None]) -> None:
        calls.append((settings, quiet))
        announce(ADDRESS)

    monkeypatch.setattr(running, "serve", serve)
    monkeypatch.delenv(API_KEY_VARIABLE, raising=False)
    return calls


def test_by_default_it_serves_this_machine(served: list[Any], capsys: Capture) -> None:
    assert main(["serve"]) == 0
    assert served == [(Settings(), False)]
    assert served[0][0].is_local
    assert capsys.readouterr() == (f"inkdigits: {ADDRESS}\n", "")


def test_options_become_settings(
    served: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv(API_KEY_VARIABLE, "s3cret")
    options = (
        "--host 0.0.0.0 --port 80 --workers 3 --rate 2.5 --model mine --line-model none --quiet"
    )
    assert main(["serve", *options.split(), "--allow-host", "A.example", "--allow-host", "b"]) == 0
    expected = Settings(
        host="0.0.0.0",
        port=80,
        workers=3,
        rate=2.5,
        models=Models("mine", None),
        hosts=("a.example", "b"),
        api_key="s3cret",
    )
    assert served == [(expected, True)]
    assert capsys.readouterr().err == ""


def test_a_service_open_to_all_is_warned_of(served: list[Any], capsys: Capture) -> None:
    assert main(["serve", "--host", "0.0.0.0"]) == 0
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("inkdigits: ") for line in lines)


@pytest.mark.parametrize(("key", "opened"), [("", "/"), ("a key/#", "/#key=a%20key%2F%23")])
def test_the_page_is_opened_with_the_key(
    served: list[Any], monkeypatch: pytest.MonkeyPatch, key: str, opened: str
) -> None:
    monkeypatch.setenv(API_KEY_VARIABLE, key)
    addresses: list[str] = []

    def open_page(url: str) -> bool:
        addresses.append(url)
        return True

    monkeypatch.setattr("webbrowser.open", open_page)
    assert main(["serve", "--open"]) == 0
    assert addresses == [ADDRESS + opened]


def test_without_a_browser_the_address_is_told(
    served: list[Any], monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    assert main(["serve", "--open"]) == 0
    assert ADDRESS in capsys.readouterr().err


@pytest.mark.parametrize(
    "options",
    [
        *(["--port", "65536"], ["--port", "x"], ["--port", "-1"], ["--workers", "0"]),
        *(["--rate", "0"], ["--rate", "nan"], ["--rate", "x"], ["extra"], ["--hos", "x"]),
    ],
)
def test_wrong_options_are_wrong_usage(
    served: list[Any], options: list[str], capsys: Capture
) -> None:
    assert main(["serve", *options]) == 2
    assert served == []
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("key", [" padded", "padded ", "two\nlines", "schl\u00fcssel"])
def test_a_key_that_no_header_can_carry_is_wrong_usage(
    served: list[Any], monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv(API_KEY_VARIABLE, key)
    assert main(["serve"]) == 2
    assert served == []


def test_a_port_that_is_taken_is_told_in_one_line(capsys: Capture) -> None:
    with running.listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"inkdigits: 127.0.0.1:{port}: ")
    assert err.count("\n") == 1


def test_a_model_that_is_not_there_is_wrong_usage(capsys: Capture) -> None:
    assert main(["serve", "--port", "0", "--model", "/nowhere"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_the_whole_command_serves_until_it_is_told_to_stop(ending: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "inkdigits", "serve", "--port", "0", "--workers", "1", "--quiet"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip().removeprefix("inkdigits: ")
    with urlopen(f"{address}/healthz") as answer:
        assert answer.status == 200
    process.send_signal(ending)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")
