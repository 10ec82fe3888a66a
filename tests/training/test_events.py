import sys
from pathlib import Path

import pytest

from inkdigits.errors import MissingExtra
from inkdigits.training.events import EventWriter
from inkdigits.training.watching import EpochReport, StepReport


def test_a_missing_tensorboard_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorboard.summary", None)
    with pytest.raises(MissingExtra, match=r"--tensorboard needs the extra \[train\]"):
        EventWriter(tmp_path)


def test_an_epoch_is_on_disk_at_once_and_a_step_is_not(tmp_path: Path) -> None:
    writer = EventWriter(tmp_path)
    writer.step(StepReport(1, 2, 10, 100, 0.5, 0.5))

    def size() -> int:
        return sum(path.stat().st_size for path in (tmp_path / "tensorboard").iterdir())

    before = size()
    writer.epoch(EpochReport(1, 2, 0.5, 0.8, 0.4, 0.9, 1.5))
    assert size() > before
