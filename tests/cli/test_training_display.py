"""What `train` shows while it goes on."""

import io
from types import SimpleNamespace
from typing import Any

import pytest

from inkdigits.cli import training_display
from inkdigits.cli.progress import ERASE_LINE
from inkdigits.cli.training_display import Display, duration
from inkdigits.data.progress import Step


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def step(done: int, epoch: int = 3) -> Any:
    return SimpleNamespace(
        epoch=epoch, epochs=4, done=done, images=10_000, loss=0.51239, accuracy=0.98765
    )


EPOCH: Any = SimpleNamespace(
    epoch=3, epochs=40, loss=0.5, accuracy=0.98, validation_loss=0.0625,
    validation_accuracy=0.99, seconds=60.04,
)  # fmt: skip
EPOCH_LINE = (
    "epoch 3/40  loss 0.5000  accuracy 0.9800  validation 0.0625  0.9900  60.0 s, 37:01 left\n"
)


@pytest.fixture
def now_s(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time that the display sees."""
    now = [100.0]
    clock = SimpleNamespace(monotonic=lambda: now[0])
    monkeypatch.setattr(training_display, "time", clock)
    return now


def test_the_live_line_says_how_far_the_training_is(now_s: list[float]) -> None:
    lines, terminal = io.StringIO(), Terminal()
    display = Display(lines, terminal)
    for done in (1_000, 3_000, 5_000):
        display.step(step(done))
        now_s[0] += 2
    drawn = terminal.getvalue().split(ERASE_LINE)[1:]
    assert drawn[0] == "epoch 3/4  10%  loss 0.5124  accuracy 0.9877"
    assert drawn[1] == drawn[2].replace("50%", "30%").replace("0:15", "0:17")
    assert drawn[2] == "epoch 3/4  50%  1000 images/s  0:15 left  loss 0.5124  accuracy 0.9877"
    assert max(map(len, drawn)) < 80
    assert lines.getvalue() == ""


def test_the_line_of_an_epoch_takes_the_place_of_the_live_one(now_s: list[float]) -> None:
    lines, terminal = io.StringIO(), Terminal()
    display = Display(lines, terminal)
    display.step(step(5_000))
    display.epoch(EPOCH)
    assert terminal.getvalue().endswith(ERASE_LINE)
    assert lines.getvalue() == EPOCH_LINE
    assert max(map(len, lines.getvalue().splitlines())) < 100
    now_s[0] += 5
    display.step(step(100, epoch=4))
    assert terminal.getvalue().endswith("epoch 4/4  1%  loss 0.5124  accuracy 0.9877")


def test_the_live_line_is_drawn_at_most_ten_times_a_second(now_s: list[float]) -> None:
    terminal = Terminal()
    display = Display(io.StringIO(), terminal)
    for done in range(1_000):
        now_s[0] += 0.001
        display.step(step(done))
    assert 5 <= terminal.getvalue().count(ERASE_LINE) <= 11


def test_what_is_fetched_is_shown_and_makes_room(now_s: list[float]) -> None:
    lines, terminal = io.StringIO(), Terminal()
    display = Display(lines, terminal)
    display.data(Step("images.gz", 4_500_000, 9_000_000, "bytes"))
    assert "images.gz  4.5 MB of 9.0 MB" in terminal.getvalue()
    display.note("a note")
    assert terminal.getvalue().endswith(ERASE_LINE)
    assert lines.getvalue() == "a note\n"


@pytest.mark.parametrize("live", [io.StringIO(), None])
def test_without_a_terminal_only_whole_lines_are_written(live: io.StringIO | None) -> None:
    lines = io.StringIO()
    display = Display(lines, live)
    display.step(step(5_000))
    display.epoch(EPOCH)
    display.hide()
    assert lines.getvalue() == EPOCH_LINE
    assert live is None or live.getvalue() == ""


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0:00"), (59.6, "1:00"), (754, "12:34"), (3_723, "1:02:03")]
)
def test_a_duration_is_said_in_hours_minutes_and_seconds(seconds: float, said: str) -> None:
    assert duration(seconds) == said
