"""What C libraries write to standard error is not heard in the block, and all else is."""

import os
import subprocess
import sys

import pytest

from inkdigits.cli.quiet import c_stderr_silenced

Capture = pytest.CaptureFixture[str]


def shout(text: str) -> None:
    """Write as a C library does, past Python's own stream."""
    os.write(2, text.encode())


def test_only_what_is_written_in_the_block_is_lost(capfd: Capture) -> None:
    shout("before ")
    with c_stderr_silenced():
        shout("inside ")
    shout("after")
    assert capfd.readouterr() == ("", "before after")


def test_standard_output_is_heard(capfd: Capture) -> None:
    with c_stderr_silenced():
        os.write(1, b"answer")
    assert capfd.readouterr() == ("answer", "")


def test_an_error_puts_it_back(capfd: Capture) -> None:
    with pytest.raises(ZeroDivisionError), c_stderr_silenced():
        raise ZeroDivisionError
    shout("after")
    assert capfd.readouterr().err == "after"


def test_no_descriptor_is_left_open(capfd: Capture) -> None:
    lowest = os.open(os.devnull, os.O_RDONLY)
    os.close(lowest)
    for _ in range(3):
        with c_stderr_silenced():
            pass
    again = os.open(os.devnull, os.O_RDONLY)
    os.close(again)
    assert again == lowest


def test_where_nothing_can_be_opened_the_block_runs_all_the_same(
    capfd: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(os, "open", full)
    with c_stderr_silenced():
        shout("heard")
    monkeypatch.undo()
    assert capfd.readouterr().err == "heard"


@pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")
def test_a_closed_standard_error_stays_closed() -> None:
    code = (
        "import os; from inkdigits.cli.quiet import c_stderr_silenced\n"
        "with c_stderr_silenced(): print('ran')\n"
        "try: os.fstat(2)\n"
        "except OSError: print('closed')"
    )
    command = ["sh", "-c", '"$0" -c "$1" 2>&-', sys.executable, code]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "ran\nclosed\n")
