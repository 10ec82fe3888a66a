"""Rules go, and the writing that crosses or touches them stays whole."""

import numpy as np
import pytest

from inkdigits.imaging.rules import find_rules
from inkdigits.imaging.tracing import Rule
from inkdigits.imaging.unruling import measure, measure_sides, without
from tests.imaging.drawn import Floats, rows_of_digits
from tests.imaging.test_rules import contrast_of, ruled

PAGE = rows_of_digits(("30718", "46925", "10372"), 60, margin_px=60)
YS = [70.0 + 34 * n for n in range(11)]


def unruled(page: Floats) -> Floats:
    contrast = contrast_of(page, noise=0.0)
    left = without(contrast, measure(contrast, find_rules(contrast)))
    return np.asarray(left / np.float32(200), np.float32)


@pytest.mark.parametrize("slope", [-0.05, 0.0, 0.05])
@pytest.mark.parametrize("strength", [0.2, 0.5, 1.0])
def test_writing_on_ruled_paper_is_what_it_is_without_rules(slope: float, strength: float) -> None:
    left = unruled(ruled(PAGE, YS, slope, strength=strength)) > 0.3 * max(strength, 0.4)
    written = PAGE > 0.3
    assert np.count_nonzero(left & ~written) < 0.2 * np.count_nonzero(written)
    assert np.count_nonzero(left & written) > 0.88 * np.count_nonzero(written)


def test_writing_on_squared_paper_is_what_it_is_without_rules() -> None:
    page = PAGE.copy()
    page[10::30] = np.maximum(page[10::30], 0.3)
    page[:, 20::30] = np.maximum(page[:, 20::30], 0.3)
    left, written = unruled(page) > 0.2, PAGE > 0.3
    assert np.count_nonzero(left & ~written) < 0.1 * np.count_nonzero(written)
    assert np.count_nonzero(left & written) > 0.9 * np.count_nonzero(written)


def test_a_darker_stroke_along_a_rule_stays() -> None:
    page = ruled(np.zeros((400, 600), np.float32), [100.0, 200.0, 300.0], strength=0.3)
    page[199:202, 250:300] = 1.0
    left = unruled(page)
    assert left[199:202, 252:298].min() > 0.9
    assert left[:150].max() == left[250:].max() == 0


def test_strokes_that_follow_each_other_are_no_rule() -> None:
    page = np.zeros((300, 600), np.float32)
    page[120:180, 20:580:24] = page[120:180, 21:580:24] = page[120:180, 22:580:24] = 1
    row = Rule(np.array([20.0, 580.0]), np.array([150.0, 150.0]), upright=False)
    assert measure(contrast_of(page), [row]) == []


def test_a_side_of_a_box_goes_though_its_course_is_a_little_off() -> None:
    page = np.zeros((300, 300), np.float32)
    page[100:160, 150] = 0.3
    page[118:132, 150] = 0  # as where it bends away from its course
    page[118:132, 152] = 0.3
    side = Rule(np.array([100.0, 160.0]), np.array([150.5, 150.5]), upright=True)
    contrast = contrast_of(page, noise=0.0)
    assert measure(contrast, [side]) == []
    assert np.count_nonzero(without(contrast, measure_sides(contrast, [side]))) < 20


def test_a_page_without_rules_is_left_as_it_is() -> None:
    contrast = contrast_of(PAGE)
    np.testing.assert_array_equal(without(contrast, []), contrast)
