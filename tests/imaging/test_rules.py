"""Printed rules are found, and nothing that is written is taken for one."""

import cv2
import numpy as np
import pytest

from inkdigits.imaging.light import Grey
from inkdigits.imaging.rules import find_rules
from inkdigits.imaging.tracing import Rule
from inkdigits.imaging.unruling import measure
from tests.imaging.drawn import Floats, draw_plain_digit, place, rows_of_digits

SIDES = (700, 900)


def contrast_of(ink: Floats, noise: float = 2.0) -> Grey:
    """Ink as contrast, 200 where it is full, on paper with grain."""
    grain = np.random.default_rng(0).normal(0, noise, ink.shape)
    return np.asarray((200 * ink + grain).clip(0, 255), np.uint8)


def ruled(
    ink: Floats, ys: list[float], slope: float = 0.0, bend: float = 0.0, strength: float = 0.5
) -> Floats:
    """Level rules across the whole page, 2 pixels thick, sloping and bent."""
    page = ink.copy()
    x = np.arange(0, ink.shape[1], 4)
    for y in ys:
        across = y + slope * x + bend * np.sin(np.pi * x / ink.shape[1])
        points = np.rint(16 * np.column_stack([x, across])).astype(np.int32)
        line = np.zeros(ink.shape, np.uint8)
        cv2.polylines(line, [points], False, 255, 2, cv2.LINE_AA, 4)
        page = np.maximum(page, strength * line.astype(np.float32) / 255)
    return page


def levels(rules: tuple[Rule, ...], x: float) -> list[float]:
    return sorted(float(rule.at(np.array([x]))[0]) for rule in rules if not rule.upright)


YS = [80.0, 160.0, 240.0, 320.0, 400.0, 480.0, 560.0]


@pytest.mark.parametrize("slope", [-0.08, 0.0, 0.08])
@pytest.mark.parametrize("bend", [0.0, 12.0])
@pytest.mark.parametrize("strength", [0.08, 0.5, 1.0])
def test_rules_are_found_however_they_run(slope: float, bend: float, strength: float) -> None:
    ink = np.zeros(SIDES, np.float32)
    rules = find_rules(contrast_of(ruled(ink, YS, slope, bend, strength)))
    expected = [y + slope * 450 + bend for y in YS]
    assert levels(rules, 450) == pytest.approx(expected, abs=1.5)


def test_rules_under_writing_are_found() -> None:
    digits = rows_of_digits(["300123456"] * 6, 52, margin_px=60)
    page = np.zeros(SIDES, np.float32)
    page[: digits.shape[0], : digits.shape[1]] = digits[: SIDES[0], : SIDES[1]]
    contrast = contrast_of(ruled(page, YS, 0.02))
    rules = tuple(line.rule for line in measure(contrast, find_rules(contrast)))
    assert levels(rules, 450) == pytest.approx([y + 9 for y in YS], abs=2)


def test_a_regular_ruling_is_completed_where_writing_hides_it() -> None:
    hidden = ruled(np.zeros(SIDES, np.float32), [*YS[:3], *YS[4:]])
    assert levels(find_rules(contrast_of(hidden)), 450) == pytest.approx(YS, abs=1.5)


def test_upright_rules_of_squared_paper_are_found() -> None:
    page = np.zeros(SIDES, np.float32)
    page[10::40] = page[:, 20::40] = 0.4
    rules = find_rules(contrast_of(page))
    assert sum(rule.upright for rule in rules) == len(range(20, SIDES[1], 40))
    assert sum(not rule.upright for rule in rules) == len(range(10, SIDES[0], 40))


@pytest.mark.parametrize("text", ["777777", "111111", "555555", "444444", "222222"])
@pytest.mark.parametrize("height_px", [40, 120, 200])
def test_strokes_of_digits_are_no_rules(text: str, height_px: int) -> None:
    contrast = contrast_of(rows_of_digits([text] * 3, height_px, 0.05))
    assert measure(contrast, find_rules(contrast)) == []


@pytest.mark.parametrize("value", [1, 2, 4, 5, 7])
def test_one_large_digit_has_no_rules(value: int) -> None:
    digit = draw_plain_digit(value, 380, 0.02)
    assert find_rules(contrast_of(place([(digit, 60, 40)], (460, 480)))) == ()


@pytest.mark.parametrize("size", [(1, 1), (60, 900), (100, 100), (20, 20_000)])
def test_pages_without_rules_have_none(size: tuple[int, int]) -> None:
    assert find_rules(np.zeros(size, np.uint8)) == ()


def test_noise_has_a_bounded_number_of_rules() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1500, 2000)).astype(np.uint8)
    assert len(find_rules(noise)) <= 250


def test_a_side_that_is_seen_in_parts_is_as_long_as_the_other() -> None:
    """Writing hides the rest of it: `measure` has the last word on whether it is there."""
    page = np.zeros((500, 900), np.float32)
    page[259:261, 100:700] = page[199:201, 100:280] = page[199:201, 530:700] = 1.0
    for x in range(280, 530, 36):
        page[185:220, x : x + 30] = 1.0
    lower, *upper = sorted(find_rules(contrast_of(page)), key=lambda rule: -rule.across.mean())
    assert max(rule.length for rule in upper) == lower.length > 550
    assert all(rule.across == pytest.approx(200, abs=1) for rule in upper)


@pytest.mark.parametrize("ones", [1, 2])
@pytest.mark.parametrize("size", [(250, 193), (400, 300)])
def test_bare_ones_alone_on_a_small_picture_are_no_rules(ones: int, size: tuple[int, int]) -> None:
    height, width = size
    page = np.zeros(size, np.float32)
    for one in range(ones):
        left = round(width * (0.4 + 0.2 * one))
        page[round(0.25 * height) : round(0.65 * height), left : left + 5] = 1
    assert find_rules(contrast_of(page)) == ()
