"""McNemar's test, Holm's correction and the bootstrap, against published figures."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.stats import binomtest, chi2

from inkdigits.evaluation.comparison import (
    EXACT_UP_TO,
    bootstrap_interval,
    compare,
    holm,
    mcnemar_chi2,
    mcnemar_exact,
    to_dict,
    verdict,
)

Marks = NDArray[np.bool_]


def marks(both: int, only_first: int, only_second: int, neither: int) -> tuple[Marks, Marks]:
    """Which images each of two got right."""
    first = [True] * (both + only_first) + [False] * (only_second + neither)
    second = [True] * both + [False] * only_first + [True] * only_second + [False] * neither
    return np.array(first), np.array(second)


def test_both_tests_of_published_tables() -> None:
    """Wikipedia, "McNemar's test", 6 against 16; stat-tools.xyz/mcnemar, 12 against 5."""
    assert mcnemar_exact(6, 16) == pytest.approx(0.0525, abs=5e-5)
    assert mcnemar_exact(12, 5) == pytest.approx(0.1435, abs=5e-5)
    assert mcnemar_chi2(12, 5) == pytest.approx(0.1456, abs=5e-5)
    assert mcnemar_chi2(5, 12) == mcnemar_chi2(12, 5)
    assert mcnemar_exact(5, 12) == mcnemar_exact(12, 5)


def test_the_chi_squared_test_of_agrestis_two_surveys() -> None:
    """Agresti (1990), page 350: 150 and 86 changed their minds; (64 - 1)^2 / 236 = 16.82."""
    assert mcnemar_chi2(150, 86) == pytest.approx(chi2.sf(16.8178, 1), rel=1e-3)


@given(st.integers(0, 300), st.integers(0, 300))
def test_both_are_those_of_scipy(a: int, b: int) -> None:
    if a + b:
        assert mcnemar_exact(a, b) == pytest.approx(binomtest(a, a + b).pvalue, rel=1e-6)
        statistic = max(abs(a - b) - 1, 0) ** 2 / (a + b)
        assert mcnemar_chi2(a, b) == pytest.approx(chi2.sf(statistic, 1), rel=1e-6)


def test_where_no_image_tells_them_apart_chance_explains_all() -> None:
    assert mcnemar_exact(0, 0) == mcnemar_chi2(0, 0) == 1.0
    assert mcnemar_exact(7, 7) == 1.0


def test_the_test_is_exact_while_few_images_tell_them_apart() -> None:
    few = compare(*marks(0, EXACT_UP_TO - 10, 10, 0))
    many = compare(*marks(0, EXACT_UP_TO, 1, 0))
    assert few.exact
    assert not many.exact
    assert 0 < few.p_value < 1e-200  # and not 0, nor an overflow


def test_a_comparison_counts_what_each_alone_got_right() -> None:
    found = compare(*marks(80, 2, 12, 6))
    assert (found.only_first, found.only_second) == (2, 12)
    assert found.difference == pytest.approx(0.10)
    assert found.p_value == pytest.approx(mcnemar_exact(2, 12))
    low, high = found.interval
    assert low < 0.10 < high
    other_way = compare(*marks(80, 2, 12, 6)[::-1])
    assert other_way.difference == pytest.approx(-0.10)
    assert other_way.p_value == found.p_value


@pytest.mark.parametrize(("first", "second"), [([], []), ([True], [True, False])])
def test_other_images_cannot_be_compared(first: list[bool], second: list[bool]) -> None:
    with pytest.raises(ValueError, match="images differ"):
        compare(np.array(first, bool), np.array(second, bool))


def test_the_bootstrap_is_that_of_drawing_images_again() -> None:
    """Against the plain way: draw the images of both together, many times."""
    first, second = marks(700, 60, 110, 130)
    rng = np.random.default_rng(7)
    drawn = rng.integers(0, len(first), (4_000, len(first)))
    plain = np.quantile((second[drawn].mean(1) - first[drawn].mean(1)), [0.025, 0.975])
    np.testing.assert_allclose(bootstrap_interval(60, 110, 1_000), plain, atol=0.002)


def test_the_bootstrap_is_decided_by_its_seed() -> None:
    assert bootstrap_interval(30, 60, 10_000, seed=3) == bootstrap_interval(30, 60, 10_000, seed=3)
    seeds = {bootstrap_interval(301, 603, 99_991, seed=seed) for seed in range(6)}
    assert len(seeds) > 1


def test_the_interval_holds_the_true_difference_as_often_as_it_says() -> None:
    rng = np.random.default_rng(1)
    counts = rng.multinomial(2_000, [0.02, 0.035, 0.945], 400)
    intervals = [bootstrap_interval(int(a), int(b), 2_000, samples=2_000) for a, b, _ in counts]
    holds = np.mean([low <= 0.015 <= high for low, high in intervals])
    assert 0.92 <= holds <= 0.98


def test_holms_correction_of_a_worked_example() -> None:
    """Smallest times 4, next times 3, …, never falling."""
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.5, 0.9]) == [1.0, 1.0]
    assert holm([0.2]) == [0.2]
    assert holm([]) == []


def test_the_verdict_says_which_is_better_and_whether_it_is_chance() -> None:
    clear = compare(*marks(900, 5, 60, 35))
    assert verdict(("a", "b"), clear, clear.p_value).startswith("b is better than a by 5.50 points")
    assert "p < 0.0001): more than chance." in verdict(("a", "b"), clear, clear.p_value)
    turned = compare(*marks(900, 5, 60, 35)[::-1])
    said = verdict(("a", "b"), turned, turned.p_value)
    assert said.startswith("a is better than b by 5.50 points")
    low, high = said.split("95 % interval ")[1].split(",")[0].split(" to ")
    assert 0 < float(low) < 5.5 < float(high)
    slight = compare(*marks(900, 10, 14, 76))
    said = verdict(("a", "b"), slight, slight.p_value)
    assert said.startswith("b is ahead of a by 0.40 points")
    assert said.endswith("p = 0.54): no more than chance may give.")


def test_the_corrected_p_value_decides_the_verdict() -> None:
    found = compare(*marks(900, 5, 18, 77))
    assert found.p_value < 0.05
    assert "no more than chance" in verdict(("a", "b"), found, 6 * found.p_value)


def test_equals_are_called_equal() -> None:
    same = compare(*marks(90, 0, 0, 10))
    assert verdict(("a", "b"), same, 1.0).endswith("on the very same images.")
    as_often = compare(*marks(80, 5, 5, 10))
    assert "right equally often, each alone on 5 images" in verdict(("a", "b"), as_often, 1.0)


def test_a_comparison_is_plain_json() -> None:
    found = compare(*marks(80, 2, 12, 6))
    told = json.loads(json.dumps(to_dict(("a", "b"), found, 0.02), allow_nan=False))
    assert told["only_second_right"] == 12
    assert told["p_value_holm"] == 0.02
    assert math.isclose(told["difference"], 0.1)
    assert told["test"] == "McNemar, exact"
