"""Check digits: rules by which most mistakes in a number show.

| name | what | numbers |
|---|---|---|
| `luhn` | every second digit from the right doubled, mod 10 (ISO/IEC 7812-1) | cards, IMEI |
| `verhoeff` | products in the dihedral group of order 10 (Verhoeff 1969) | Aadhaar |
| `mod-97` | the number leaves 1 over when divided by 97 (ISO 7064, MOD 97-10) | references, IBAN |
| `ean-8` | 8 digits weighted 3, 1, 3, …, mod 10 (GS1) | articles |
| `ean-13` | 13 digits weighted 1, 3, 1, …, mod 10 (GS1) | articles |
| `isbn-13` | as `ean-13`, beginning with 978 or 979 | books |
| `isbn-10` | 10 digits weighted 10 to 1, mod 11 (ISO 2108) | books before 2007 |

A number holds digits only: an ISBN-10 whose check character is X is no number here, and an IBAN is
checked without its letters.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from inkdigits.errors import FieldError
from inkdigits.recognition.automaton import Rule
from inkdigits.recognition.pattern_rule import pattern_rule

CHECKS = ("luhn", "verhoeff", "mod-97", "ean-8", "ean-13", "isbn-10", "isbn-13")
"""The names of all check digits."""

_MOST_VERHOEFF_LENGTHS = 3


def check_rules(name: str, lengths: Collection[int]) -> tuple[Rule, ...]:
    """The rules of a check digit of this name, for numbers of these lengths.

    A number has at least one digit beside its check digits. Raises `FieldError` for other names,
    and for `verhoeff` with more than three lengths.
    """
    match name:
        case "luhn":
            return (_luhn(), _longer_than(1))
        case "verhoeff":
            return (_verhoeff(lengths), _longer_than(1))
        case "mod-97":
            return (_mod_97(), _longer_than(2))
        case "ean-8":
            return (_weighted_sum((3, 1) * 4, 10),)
        case "ean-13":
            return (_weighted_sum((1, 3) * 6 + (1,), 10),)
        case "isbn-10":
            return (_weighted_sum(range(10, 0, -1), 11),)
        case "isbn-13":
            return (_weighted_sum((1, 3) * 6 + (1,), 10), pattern_rule(r"97[89]\d*"))
    raise FieldError(f"no check digit is called {name!r}: it is one of {', '.join(CHECKS)}")


def _longer_than(digits: int) -> Rule:
    return Rule(0, lambda length, _: min(length + 1, digits + 1), lambda length: length > digits)


def _weighted_sum(weights: Sequence[int], modulus: int) -> Rule:
    """Digits times weights, one each, add up to a multiple of the modulus."""

    def step(state: tuple[int, int], digit: int) -> tuple[int, int] | None:
        place, total = state
        if place == len(weights):
            return None
        return place + 1, (total + weights[place] * digit) % modulus

    return Rule((0, 0), step, lambda state: state == (len(weights), 0))


def _mod_97() -> Rule:
    return Rule(0, lambda rest, digit: (10 * rest + digit) % 97, lambda rest: rest == 1)


def _luhn() -> Rule:
    """Every digit changes the place of all before it: both sums are kept, each for its case."""

    def step(sums: tuple[int, int], digit: int) -> tuple[int, int]:
        last_single, last_doubled = sums
        doubled = 2 * digit - 9 * (digit > 4)
        return (last_doubled + digit) % 10, (last_single + doubled) % 10

    return Rule((0, 0), step, lambda sums: sums[0] == 0)


def _dihedral(a: int, b: int) -> int:
    """The product in the dihedral group of order 10: 0 to 4 turn a pentagon, 5 to 9 flip it too."""
    turned = (a + b if a < 5 else a - b) % 5
    return turned + 5 * ((a < 5) != (b < 5))


_SHUFFLE = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
"""Verhoeff's permutation; a digit goes through it once for each digit to its right."""


def _shuffled() -> list[tuple[int, ...]]:
    rows = [tuple(range(10))]
    for _ in range(7):
        rows.append(tuple(_SHUFFLE[digit] for digit in rows[-1]))
    return rows


def _verhoeff(lengths: Collection[int]) -> Rule:
    """The product from the left, once for each length, modulo 8, that the number may have.

    The permutation has order 8, so only the length modulo 8 counts.
    """
    endings = sorted({length % 8 for length in lengths})
    if len(endings) > _MOST_VERHOEFF_LENGTHS:
        raise FieldError(
            "the check digit verhoeff depends on how many digits follow: give the field a length, "
            f"of {_MOST_VERHOEFF_LENGTHS} possible values at most"
        )
    shuffled = _shuffled()

    def step(state: tuple[int, ...], digit: int) -> tuple[int, ...]:
        place, *products = state
        return (place + 1) % 8, *(
            _dihedral(shuffled[(ending - 1 - place) % 8][digit], product)
            for ending, product in zip(endings, products, strict=True)
        )

    def accepts(state: tuple[int, ...]) -> bool:
        place, *products = state
        return any(
            place == ending and product == 0
            for ending, product in zip(endings, products, strict=True)
        )

    return Rule((0, *(0 for _ in endings)), step, accepts)
