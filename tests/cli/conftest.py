"""Images whose grey level is what the fake reader reads off them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from inkdigits.cli import read
from tests.cli.fakes import GreyReader


@pytest.fixture
def grey_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "open_reader", lambda *_: GreyReader())


@pytest.fixture
def paint(tmp_path: Path) -> Callable[..., str]:
    """Write an image of one grey level below `tmp_path`; returns its path."""

    def write(name: str, level: int) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (40, 30), level).save(path)
        return str(path)

    return write
