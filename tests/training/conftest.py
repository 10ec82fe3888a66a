"""Keeps TensorFlow's log out of the report, and offers a training that takes a second."""

import os
from collections.abc import Iterator

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when TensorFlow is loaded

from inkdigits.architectures import ARCHITECTURES, Architecture


@pytest.fixture(scope="session", autouse=True)
def tiny_architecture() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(ARCHITECTURES, "tiny", Architecture("tests.training.tiny", "for tests"))
        yield
