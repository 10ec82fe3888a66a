"""Ink, layout and normalise give what they gave when somebody last looked at it."""

import numpy as np
import pytest

from tests.imaging.golden.make import HERE, PAGES, results


@pytest.mark.parametrize("name", PAGES)
def test_page_gives_what_it_gave(name: str) -> None:
    found = results(PAGES[name]())
    with np.load(HERE / f"{name}.npz") as golden:
        assert set(golden) == set(found)
        for part, values in found.items():
            assert values.shape == golden[part].shape
            difference = np.abs(values.astype(int) - golden[part])
            assert difference.mean() < 1, part
            assert (difference > 40).mean() < 0.01, part


def test_golden_pages_hold_eight_symbols_each() -> None:
    for name in PAGES:
        with np.load(HERE / f"{name}.npz") as golden:
            assert golden["symbols"].shape == (8, 28, 28), name
