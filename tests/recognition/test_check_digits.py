"""Check digits: published examples, and the mistakes that each must notice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigits import FieldError
from inkdigits.recognition.check_digits import CHECKS, check_rules

PUBLISHED = [
    ("luhn", "79927398713"),  # the example of Wikipedia
    ("luhn", "4111111111111111"),  # a test number of card schemes
    ("luhn", "490154203237518"),  # an IMEI
    ("verhoeff", "2363"),
    ("verhoeff", "123451"),
    ("verhoeff", "1428570"),
    ("mod-97", "3214282912345698765432161182"),  # GB82 WEST 1234 5698 7654 32, letters as digits
    ("mod-97", "79444"),  # 794 of ISO 7064 with its check digits
    ("ean-8", "73513537"),
    ("ean-8", "96385074"),
    ("ean-13", "4006381333931"),
    ("isbn-10", "0306406152"),
    ("isbn-13", "9780306406157"),
]
LENGTH = {"luhn": 9, "verhoeff": 9, "mod-97": 9, "ean-8": 8, "ean-13": 13, "isbn-10": 10}


def allows(check: str, number: str) -> bool:
    return all(rule.allows(number) for rule in check_rules(check, {len(number)}))


@pytest.mark.parametrize(("check", "number"), PUBLISHED)
def test_published_numbers_are_right(check: str, number: str) -> None:
    assert allows(check, number)


@pytest.mark.parametrize(("check", "number"), PUBLISHED)
def test_a_single_wrong_digit_is_noticed(check: str, number: str) -> None:
    for place, right in enumerate(number):
        for digit in set("0123456789") - {right}:
            assert not allows(check, number[:place] + digit + number[place + 1 :])


@pytest.mark.parametrize(
    ("check", "number"),
    [pair for pair in PUBLISHED if pair[0] in {"verhoeff", "mod-97", "isbn-10"}],
)
def test_exchanged_neighbours_are_noticed(check: str, number: str) -> None:
    for place in range(len(number) - 1):
        one, other = number[place], number[place + 1]
        exchanged = number[:place] + other + one + number[place + 2 :]
        assert exchanged == number or not allows(check, exchanged)


def luhn_from_the_right(number: str) -> bool:
    total = 0
    for place, digit in enumerate(reversed(number)):
        total += sum(map(int, str(int(digit) * (1 + place % 2))))
    return total % 10 == 0


@given(st.text("0123456789", min_size=2, max_size=20))
def test_luhn_is_that_of_the_standard(number: str) -> None:
    assert allows("luhn", number) == luhn_from_the_right(number)


@given(st.text("0123456789", min_size=3, max_size=30))
def test_mod_97_is_a_division(number: str) -> None:
    assert allows("mod-97", number) == (int(number) % 97 == 1)


@given(st.sampled_from(["luhn", "verhoeff", "ean-8", "ean-13"]), st.data())
def test_every_number_has_one_check_digit(check: str, data: st.DataObject) -> None:
    length = LENGTH[check] - 1
    number = data.draw(st.text("0123456789", min_size=length, max_size=length))
    assert sum(allows(check, number + digit) for digit in "0123456789") == 1


@given(st.text("0123456789", min_size=9, max_size=9))
def test_an_isbn_10_has_a_check_digit_or_an_x(number: str) -> None:
    rest = sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=True))
    right = [digit for digit in "0123456789" if allows("isbn-10", number + digit)]
    assert right == ([] if rest % 11 == 1 else [str(-rest % 11)])


def test_an_isbn_13_begins_as_one() -> None:
    assert allows("ean-13", "4006381333931")
    assert not allows("isbn-13", "4006381333931")


@given(st.lists(st.integers(2, 30), min_size=1, max_size=3), st.data())
def test_verhoeff_is_the_same_for_several_lengths(lengths: list[int], data: st.DataObject) -> None:
    number = data.draw(st.text("0123456789", min_size=lengths[0], max_size=lengths[0]))
    several = all(rule.allows(number) for rule in check_rules("verhoeff", lengths))
    assert several == allows("verhoeff", number)


def test_verhoeff_needs_a_length() -> None:
    with pytest.raises(FieldError, match="give the field a length"):
        check_rules("verhoeff", range(1000))


@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("number", ["", "0", "1", "01"])
def test_a_check_digit_alone_is_no_number(check: str, number: str) -> None:
    assert not allows(check, number)


def test_other_names_are_refused() -> None:
    with pytest.raises(FieldError, match=r"'crc32'.* luhn, verhoeff, mod-97"):
        check_rules("crc32", [5])
