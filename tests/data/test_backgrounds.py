"""Paper, light and what a camera makes of it: within bounds, of the size asked for, seeded."""

import numpy as np
import pytest

from inkdigits.data import backgrounds
from inkdigits.data.backgrounds import Papers

SIZE = (48, 224)


@pytest.fixture(scope="module")
def papers() -> Papers:
    return Papers(seed=1, sheets=3)


@pytest.mark.parametrize("size", [SIZE, (48, 40), (300, 2000)])
def test_paper_is_cut_to_any_size(papers: Papers, size: tuple[int, int]) -> None:
    for seed in range(5):
        piece = papers.cut(np.random.default_rng(seed), size)
        assert piece.shape == size
        assert piece.dtype == np.float32
        assert 0 <= piece.min() < piece.max() <= 1


def test_the_seeds_decide_the_paper(papers: Papers) -> None:
    again, other = Papers(1, 3), Papers(2, 3)
    first, second, third = (
        pool.cut(np.random.default_rng(4), SIZE) for pool in (papers, again, other)
    )
    np.testing.assert_array_equal(first, second)
    assert not np.array_equal(first, third)


def test_rulings_are_lines_on_blank_paper() -> None:
    shares = [
        float((backgrounds.rulings(np.random.default_rng(seed), SIZE) > 0).mean())
        for seed in range(40)
    ]
    assert max(shares) > 0.02
    assert np.median(shares) < 0.3


def test_light_is_uneven_across_the_page_only() -> None:
    light = backgrounds.light(np.random.default_rng(3), SIZE)
    assert light.shape == SIZE
    assert light.dtype == np.float32
    assert np.ptp(light, axis=0).max() == 0
    assert np.ptp(light, axis=1).max() > 0


def test_what_is_seen_is_still_the_page() -> None:
    page = np.zeros(SIZE, np.float32)
    page[10:40, 60:120] = 0.8
    changed = 0
    for seed in range(30):
        seen = backgrounds.seen(np.random.default_rng(seed), page)
        assert seen.shape == SIZE
        assert seen.dtype == np.float32
        assert float(np.abs(seen - page).mean()) < 0.1
        changed += not np.array_equal(seen, page)
    assert changed > 10
