"""Which digits are written in a line, and which of them in one go.

Any digits, or as in real numbers: round ones, repeated ones, zeros that run on into each other.
"""

from __future__ import annotations

import numpy as np

from inkdigits.data.chains import LONGEST_CHAIN

_ROUND, _REPEATING = 0.18, 0.15
"""How many numbers end in zeros, and how many often repeat a digit."""

_AGAIN = 0.4
"""In these a digit is the same as the one before with this probability, beside chance."""


def draw_digits(rng: np.random.Generator, count: int) -> list[int]:
    """`count` digits, 0 to 9; each is as likely as the others but for the zeros of round numbers.

    Repeated digits teach what two of the same look like side by side: in numbers drawn evenly
    they are one pair in ten, and three zeros hardly ever occur.
    """
    digits = rng.integers(10, size=count)
    chance = rng.random()
    if chance < _ROUND and count > 1:
        digits[-int(rng.integers(1, min(count, 6))) :] = 0
    elif chance < _ROUND + _REPEATING:
        for index in range(1, count):
            if rng.random() < _AGAIN:
                digits[index] = digits[index - 1]
    return [int(digit) for digit in digits]


def in_chains(digits: list[int]) -> list[list[int]]:
    """The digits one by one, but zeros that follow each other together, as many as a chain has."""
    groups: list[list[int]] = []
    for digit in digits:
        runs_on = groups and digit == 0 == groups[-1][0] and len(groups[-1]) < LONGEST_CHAIN
        if runs_on:
            groups[-1].append(digit)
        else:
            groups.append([digit])
    return groups
