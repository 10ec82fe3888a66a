import io

import pytest

from inkdigits.cli.progress import ERASE_LINE, Progress, describe


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """Time that passes when it is told to."""

    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_the_bar_counts_and_goes_away() -> None:
    terminal, clock = Terminal(), Clock()
    with Progress(20, terminal, clock=clock) as progress:
        for _ in range(5):
            clock.now_s += 0.5
            progress.advance()
    drawn = terminal.getvalue().split(ERASE_LINE)
    assert "] 0/20" in drawn[1]
    assert drawn[-2] == "[######------------------] 5/20  2.0/s  0:08 left"
    assert drawn[-1] == ""


@pytest.mark.parametrize(("total", "stream"), [(10, Terminal()), (999, io.StringIO()), (999, None)])
def test_it_is_silent_for_few_files_and_off_the_terminal(
    total: int, stream: io.StringIO | None
) -> None:
    with Progress(total, stream) as progress:
        progress.advance()
    assert stream is None or stream.getvalue() == ""


def test_it_draws_at_most_ten_times_a_second() -> None:
    terminal, clock = Terminal(), Clock()
    with Progress(1000, terminal, clock=clock) as progress:
        for _ in range(1000):
            clock.now_s += 0.001
            progress.advance()
    assert 5 <= terminal.getvalue().count("/1000") <= 11


def test_a_hidden_bar_comes_back_at_once() -> None:
    terminal = Terminal()
    with Progress(20, terminal, clock=Clock()) as progress:
        progress.advance()
        progress.hide()
        progress.advance()
        assert terminal.getvalue().endswith("] 2/20")


def test_hiding_clears_the_line_once() -> None:
    terminal = Terminal()
    with Progress(20, terminal, clock=Clock()) as progress:
        progress.hide()
        progress.hide()
        assert terminal.getvalue().count(ERASE_LINE) == 2


@pytest.mark.parametrize(
    ("done", "elapsed_s", "ends"),
    [(0, 5.0, "] 0/120"), (1, 0.0, "] 1/120"), (60, 3600.0, "] 60/120  1.0/min  60:00 left")],
)
def test_the_rate_is_shown_once_there_is_one(done: int, elapsed_s: float, ends: str) -> None:
    assert describe(done, 120, elapsed_s).endswith(ends)
