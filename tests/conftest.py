"""What all tests share: where the data sets are, and how Hypothesis searches."""

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

# No deadline: no test may hang on the speed of the machine. In CI the examples are always the same.
settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
IN_CI = os.environ.get("CI") == "true"
settings.load_profile("ci" if IN_CI else "local")

# A job that a shell runs in the background ignores Ctrl-C, and so would every command that a test
# starts there to interrupt it. A process that handles it starts others that do not ignore it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder that INKDIGITS_DATA names; without it a test is skipped, and in CI it fails."""
    named = os.environ.get("INKDIGITS_DATA", "")
    if named and Path(named).is_dir():
        return Path(named)
    reason = f"INKDIGITS_DATA names no folder of data sets: {named!r}"
    if IN_CI:
        pytest.fail(reason)
    pytest.skip(reason)
