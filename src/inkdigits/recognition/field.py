"""What a number may be: its length, a pattern, a list, a check."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from inkdigits.errors import FieldError


def _luhn(text: str) -> bool:
    doubled = (int(digit) * (1 + i % 2) for i, digit in enumerate(reversed(text)))
    return sum(value - 9 * (value > 9) for value in doubled) % 10 == 0


CHECKS: dict[str, Callable[[str], bool]] = {"luhn": _luhn}


@dataclass(frozen=True, slots=True)
class Field:
    """What a number may be; None leaves it open."""

    length: int | tuple[int, int] | None = None
    pattern: str | None = None
    choices: tuple[str, ...] | None = None
    check: str | Callable[[str], bool] | None = None

    def __post_init__(self) -> None:
        """Raise `FieldError` for what is malformed."""
        low, high = self._lengths()
        if not 0 < low <= high:
            raise FieldError(f"length {self.length!r}: no number has it")
        try:
            re.compile(self.pattern or "")
        except re.error as error:
            raise FieldError(f"pattern {self.pattern!r}: {error}") from error
        if self.choices is not None and not all(
            choice.isascii() and choice.isdecimal() for choice in self.choices
        ):
            raise FieldError("choices: each is a number, of digits alone")
        if isinstance(self.check, str) and self.check not in CHECKS:
            raise FieldError(f"check {self.check!r}: is none of {', '.join(CHECKS)}")

    def _lengths(self) -> tuple[int, int]:
        if self.length is None:
            return 1, 10**9
        return self.length if isinstance(self.length, tuple) else (self.length, self.length)

    def allows(self, text: str) -> bool:
        """Whether a number of these digits satisfies it."""
        low, high = self._lengths()
        check = CHECKS[self.check] if isinstance(self.check, str) else self.check
        return (
            low <= len(text) <= high
            and (self.pattern is None or re.fullmatch(self.pattern, text) is not None)
            and (self.choices is None or text in self.choices)
            and (check is None or check(text))
        )
