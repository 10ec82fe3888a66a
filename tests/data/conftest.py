"""A cache of the test's own, and a named set on a mirror."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from inkdigits.data.catalogue import DataSet
from tests.data import served
from tests.data.mirrors import Mirror, serving


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the set `small` will lie; there is no folder of data sets."""
    monkeypatch.delenv("INKDIGITS_DATA", raising=False)
    monkeypatch.setenv("INKDIGITS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "small"


@pytest.fixture
def small_mirror() -> Iterator[Mirror]:
    with serving(served.FILES) as mirror:
        yield mirror


@pytest.fixture
def small(small_mirror: Mirror, cache: Path, monkeypatch: pytest.MonkeyPatch) -> DataSet:
    """A set of the catalogue that the mirror serves."""
    known = served.small_set(small_mirror)
    served.offer(monkeypatch, known)
    return known
