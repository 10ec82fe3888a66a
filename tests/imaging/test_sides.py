"""The long sides of rows of boxes are found, however much writing hides of them."""

import numpy as np
import pytest

from inkdigits.imaging.sides import heights, is_beside, with_whole_sides
from inkdigits.imaging.tracing import Rule
from tests.imaging.drawn import Floats
from tests.imaging.test_rules import contrast_of

PAGE = (600, 900)
LEFT, RIGHT = 100, 500


def line(y: float, left: float = LEFT, right: float = RIGHT, slope: float = 0.0) -> Rule:
    along = np.linspace(left, right, 20)
    return Rule(along, y + slope * (along - left), upright=False)


def inked(*ys: int, left: int = LEFT, right: int = RIGHT) -> Floats:
    page = np.zeros(PAGE, np.float32)
    for y in ys:
        page[y - 1 : y + 1, left:right] = 0.5
    return page


def places(rules: list[Rule]) -> list[float]:
    return sorted(round(float(rule.across.mean())) for rule in rules)


def test_two_lines_that_end_together_may_be_sides() -> None:
    page = contrast_of(inked())
    upper, lower = line(200), line(250)
    assert heights(upper, [upper, lower], page) == [50]
    assert is_beside(upper, lower, page)
    shorter, steeper, far = line(250, right=300), line(250, slope=0.1), line(400)
    for other in (shorter, steeper, far, line(250, left=450, right=850)):
        assert heights(upper, [other], page) == []


def test_bars_of_a_digit_are_no_sides() -> None:
    """Those of a 2 or a Z end together too, but are not so long."""
    page = contrast_of(inked())
    assert heights(line(200, right=220), [line(250, right=220)], page) == []


def test_a_part_that_was_led_astray_is_replaced() -> None:
    page = inked(200, 260)
    page[190:240, 250:290] = 1.0  # a digit over the upper side
    astray = Rule(np.linspace(LEFT, 280, 20), np.linspace(200, 204, 20), upright=False)
    whole = with_whole_sides([line(260), astray], contrast_of(page))
    assert places(whole) == [200, 260]
    assert {(rule.along[0], rule.along[-1]) for rule in whole} == {(LEFT, RIGHT)}


def test_a_short_line_is_not_made_longer_where_there_is_no_ink() -> None:
    """The upper rule of a table below the edge of its sheet ends where the table does."""
    page = inked(260)
    page[199:201, LEFT:400] = 0.5
    table = line(200, right=400)
    assert table in with_whole_sides([line(260), table], contrast_of(page))


def test_a_side_that_was_not_traced_is_where_those_of_other_rows_are() -> None:
    page = contrast_of(inked(100, 160, 300, 360))
    whole = with_whole_sides([line(100), line(160), line(360)], page)
    assert places(whole) == [100, 160, 300, 360]
    nothing_there = contrast_of(inked(100, 160, 360))
    assert places(with_whole_sides([line(100), line(160), line(360)], nothing_there)) == [
        100,
        160,
        360,
    ]


@pytest.mark.parametrize("y", [212, 230, 248])
def test_strokes_in_boxes_are_no_rule(y: int) -> None:
    page = inked(200, 260)
    page[y - 3 : y + 3, 150:330] = 1.0
    rules = [line(200), line(260), line(y, 150, 330)]
    assert places(with_whole_sides(rules, contrast_of(page))) == [200, 260]


def test_upright_rules_are_left_alone() -> None:
    upright = Rule(np.linspace(50, 500, 20), np.full(20, 300.0), upright=True)
    page = contrast_of(inked(200, 260))
    assert not is_beside(upright, line(200), page)
    assert upright in with_whole_sides([upright, line(200), line(260)], page)
