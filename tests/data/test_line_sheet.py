"""Sheets of lines: every strip whole, and below each what is written in it."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.data import line_sheet
from inkdigits.data.composing import OTHER, Line
from inkdigits.data.line_sheet import (
    Section,
    draw_lines,
    line_sections,
    save_lines,
    what_is_written,
)
from inkdigits.imaging.normalize import STRIP_STEP
from tests.data.small_lines import CHEQUES, SIZES, use_small_pools, write_cheques


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small pools, and drawn strips in the place of the real ones."""
    use_small_pools(monkeypatch)
    monkeypatch.setattr(line_sheet, "_POOLS", SIZES)
    monkeypatch.setattr(line_sheet, "_SHEETS_OF_PAPER", 2)
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path))
    write_cheques(tmp_path, CHEQUES)


def drawn(sections: list[Section]) -> bytes:
    return draw_lines("lines", sections).tobytes()


def test_the_seed_decides_the_lines(small: None) -> None:
    first = line_sections(2, seed=1, with_real=True)
    assert drawn(line_sections(2, seed=1, with_real=True)) == drawn(first)
    assert drawn(line_sections(2, seed=2, with_real=True)) != drawn(first)


def test_real_strips_are_a_part_of_it_where_there_are_any(small: None) -> None:
    (composed,) = line_sections(2, seed=1, with_real=False)
    assert (composed.heading, len(composed.lines)) == ("composed", 6)
    same, on_paper, strips = line_sections(2, seed=1, with_real=True)
    assert [line.labels for line in same.lines] == [line.labels for line in composed.lines]
    assert len(on_paper.lines) == len(strips.lines) == 6
    assert all(line.labels and OTHER not in line.labels for line in strips.lines)


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ((), "nothing"),
        ((1, 0, 0), "100"),
        ((OTHER,), "(word)"),
        ((OTHER, 4, 2, OTHER), "(word) 42 (word)"),
        ((OTHER, OTHER), "(word) (word)"),
    ],
)
def test_what_is_written_is_said(labels: tuple[int, ...], said: str) -> None:
    assert what_is_written(Line(np.zeros((48, 8), np.uint8), labels)) == said


def test_every_strip_is_shown_whole(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    lines = [
        Line(rng.integers(0, 256, (48, STRIP_STEP * (10 + n)), np.uint8), (n,)) for n in range(5)
    ]
    path = tmp_path / "new" / "lines.png"
    sections = [Section("some", lines[:4]), Section("more", lines[4:])]
    save_lines(path, "lines", sections)
    with Image.open(path) as image:
        sheet = np.asarray(image)
    np.testing.assert_array_equal(sheet, draw_lines("lines", sections))
    found = [
        np.lib.stride_tricks.sliding_window_view(sheet[..., 0], line.strip.shape) for line in lines
    ]
    for line, windows in zip(lines, found, strict=True):
        corners = np.argwhere((windows[:, :, 0, :8] == line.strip[0, :8]).all(2))
        assert any(np.array_equal(windows[y, x], line.strip) for y, x in corners)
