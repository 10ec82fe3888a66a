"""Which pages of a document `2-5` and the like name."""

import pytest

from inkdigits.errors import ImageTooLarge, NotOnPage
from inkdigits.imaging.limits import DEFAULT_LIMITS, Limits
from inkdigits.imaging.pages import ALL_PAGES, FIRST_PAGE, parse_pages


def chosen(text: str, count: int) -> list[int]:
    return parse_pages(text).of(count, "a.pdf", DEFAULT_LIMITS)


@pytest.mark.parametrize(
    ("text", "pages"),
    [
        ("3", [3]),
        ("2-4", [2, 3, 4]),
        ("4-", [4, 5, 6]),
        ("1,4-5", [1, 4, 5]),
        (" 5 , 1-2 ", [1, 2, 5]),
        ("2-3,3,1-2", [1, 2, 3]),
        ("5-999999999", [5, 6]),
        ("2-2", [2]),
    ],
)
def test_pages_are_chosen_once_and_in_order(text: str, pages: list[int]) -> None:
    assert chosen(text, 6) == pages


@pytest.mark.parametrize(
    "text", ["", "0", "0-2", "3-0", "4-2", "-3", "a", "1;2", "1,,2", "1-2-3", "1.5", "²", "1" * 10]
)
def test_what_names_no_pages_is_refused_with_advice(text: str) -> None:
    with pytest.raises(ValueError, match="write 3, 2-5, 2- or 1,4-6") as raised:
        parse_pages(text)
    assert len(str(raised.value)) < 200


def test_a_list_without_end_is_refused() -> None:
    with pytest.raises(ValueError, match="names no pages"):
        parse_pages(",".join(["1"] * 2000))


def test_a_page_that_is_not_there_is_named() -> None:
    with pytest.raises(NotOnPage, match=r"^a.pdf: has 3 pages, and no page 7"):
        chosen("1,7", 3)
    with pytest.raises(NotOnPage, match="has 1 page, and no page 2"):
        chosen("2-5", 1)


def test_the_limit_is_on_what_is_read_and_not_on_what_is_there() -> None:
    few = Limits(max_frames=3)
    assert parse_pages("900-902").of(1000, "a.pdf", few) == [900, 901, 902]
    assert FIRST_PAGE.of(1000, "a.pdf", few) == [1]
    with pytest.raises(ImageTooLarge, match=r"over 3 pages.*choose some.*raise Limits.max_frames"):
        ALL_PAGES.of(1000, "a.pdf", few)
