"""New lines of real strips: cut where there is paper, joined in order, and labelled so."""

import numpy as np
import pytest

from inkdigits.data.cheque_lines import Cheques
from inkdigits.data.cheques import Cheque, load_cheques
from inkdigits.reading import Box
from tests.data.small_lines import CHEQUES, write_cheques


@pytest.fixture(scope="module")
def cheques(tmp_path_factory: pytest.TempPathFactory) -> list[Cheque]:
    """Three strips that are drawn."""
    folder = tmp_path_factory.mktemp("data")
    write_cheques(folder, CHEQUES)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INKDIGITS_DATA", str(folder))
        return load_cheques("train")


def test_parts_are_cut_only_where_there_is_paper() -> None:
    darkness = np.tile(np.arange(100, dtype=np.float32), (20, 1))
    boxes = tuple(
        Box(left, 2, right, 18) for left, right in ((5, 20), (25, 40), (38, 55), (60, 70))
    )
    cheques = Cheques([Cheque(darkness, "1234", boxes)])
    parts = {text: (part[0, 0], part[0, -1] + 1) for part, text in cheques._parts}
    # 2 and 3 touch: no part ends between them, and none has more than three digits.
    assert parts == {"1": (3, 24), "123": (3, 59), "23": (24, 59), "234": (24, 72), "4": (59, 72)}


def test_a_strip_without_boxes_is_used_whole_only() -> None:
    cheques = Cheques([Cheque(_drawn(), "71", ())])
    assert not any(cheques.digits())
    for seed in range(20):
        assert cheques.line(np.random.default_rng(seed), 224).labels == (7, 1)


def test_digits_are_cut_out_of_their_paper(cheques: list[Cheque]) -> None:
    digits = Cheques(cheques).digits()
    assert [len(ways) for ways in digits] == [1, 1, 2, 1, 2, 1, 1, 1, 1, 1]
    for ways in digits:
        for ink in ways:
            assert ink.dtype == np.uint8
            assert ink.max() > 200
            assert ink.min() == 0  # the paper is gone


def test_lines_are_strips_with_the_digits_in_them(cheques: list[Cheque]) -> None:
    made = Cheques(cheques)
    texts = {cheque.text for cheque in cheques}
    found = []
    for seed in range(60):
        line = made.line(np.random.default_rng(seed), 224)
        same = made.line(np.random.default_rng(seed), 224)
        np.testing.assert_array_equal(line.strip, same.strip)
        assert line.labels == same.labels
        assert line.strip.dtype == np.uint8
        assert line.strip.shape[0] == 48
        assert line.strip.shape[1] % 4 == 0
        assert 4 <= line.strip.shape[1] <= 224
        assert line.strip.max() == 255
        found.append("".join(map(str, line.labels)))
    assert texts <= set(found)
    assert any(text not in texts for text in found)  # joined from parts
    assert max(map(len, found)) <= 12


def _bars(text: str) -> Cheque:
    """A strip on which every digit is a bar, the higher the larger the digit."""
    darkness = np.full((48, 24 * len(text)), 0.2, np.float32)
    boxes = []
    for index, digit in enumerate(text):
        left, high = 24 * index + 4, 8 * int(digit)
        darkness[:high, left : left + 6] = 0.9
        boxes.append(Box(left, 0, left + 8, high))
    return Cheque(darkness, text, tuple(boxes))


def test_joined_parts_are_labelled_in_their_order() -> None:
    cheques = Cheques([_bars("12"), _bars("345"), _bars("3")])
    found = set()
    for seed in range(40):
        darkness, text = cheques._joined(np.random.default_rng(seed), 400)
        heights = (darkness > 0.5).sum(0)
        starts = np.flatnonzero(np.diff((heights > 0).astype(int), prepend=0) == 1)
        seen = "".join(str(round(int(heights[start + 2]) / 7.6)) for start in starts)
        assert seen == text
        found.add(text)
    assert len(found) > 20


def test_paper_has_no_writing_on_it(cheques: list[Cheque]) -> None:
    made = Cheques(cheques)
    for seed in range(20):
        paper = made.paper(np.random.default_rng(seed), (48, 400))
        assert paper.shape == (48, 400)
        assert paper.dtype == np.float32
        assert paper.max() < 0.45  # ink is at 0.84, paper at 0.25


def _drawn() -> np.ndarray:
    darkness = np.full((40, 80), 0.2, np.float32)
    darkness[8:32, 20:24] = darkness[8:32, 50:54] = 0.9
    return darkness
