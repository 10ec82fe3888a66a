r"""Regular expressions over digits: a small subset of Python's, parsed.

A pattern is made of digits, `.` and `\d` (any digit), classes such as `[1-5]` and `[^0]`, groups
`(…)` and `(?:…)`, alternatives `|`, and the repetitions `?`, `*`, `+`, `{3}`, `{2,5}`, `{2,}` and
`{,5}`. Each means what it does in Python's `re.fullmatch`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from inkdigits.errors import FieldError
from inkdigits.recognition.automaton import DIGITS

MOST_CHARACTERS = 1_000
MOST_REPETITIONS = 1_000
_DEEPEST = 50
_ANY = 0b11_1111_1111


@dataclass(frozen=True, slots=True)
class OneOf:
    """One digit out of some: bit d of `digits` stands for the digit d."""

    digits: int

    @property
    def size(self) -> int:
        return 1


@dataclass(frozen=True, slots=True)
class Sequence:
    """Parts one after the other; none for what is empty."""

    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        return 1 + sum(part.size for part in self.parts)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several parts."""

    parts: tuple[Part, ...]

    @property
    def size(self) -> int:
        return 1 + sum(part.size for part in self.parts)


@dataclass(frozen=True, slots=True)
class Repeat:
    """A part from `least` to `most` times; without `most`, as often as one likes."""

    part: Part
    least: int
    most: int | None

    @property
    def copies(self) -> int:
        """How often the part stands there once the repetition is written out."""
        return max(self.least, 1) if self.most is None else self.most

    @property
    def size(self) -> int:
        return 1 + self.part.size * self.copies


Part = OneOf | Sequence | Choice | Repeat


def parse(pattern: str) -> Part:
    """The parts of a pattern; raises `FieldError` for what is malformed or not supported."""
    return _Parser(pattern).parse()


def shown(pattern: str) -> str:
    """A pattern as errors quote it."""
    return repr(pattern if len(pattern) <= 60 else f"{pattern[:57]}...")


class _Parser:
    """Reads a pattern from left to right; `at` is the next character."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.depth = 0

    def parse(self) -> Part:
        if len(self.pattern) > MOST_CHARACTERS:
            raise FieldError(
                f"the pattern {shown(self.pattern)} is too long: {MOST_CHARACTERS:,} characters "
                "at most"
            )
        part = self._choice()
        if self.at < len(self.pattern):
            self._refuse("a ) without its (")
        return part

    def _choice(self) -> Part:
        parts = [self._sequence()]
        while self._take("|"):
            parts.append(self._sequence())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _sequence(self) -> Part:
        parts: list[Part] = []
        while self.at < len(self.pattern) and self.pattern[self.at] not in "|)":
            parts.append(self._repeat(self._one()))
        return Sequence(tuple(parts))

    def _one(self) -> Part:
        """A digit, a class or a group."""
        character = self.pattern[self.at]
        if character == "(":
            return self._group()
        if character == "[":
            return self._class()
        self.at += 1
        if character == ".":
            return OneOf(_ANY)
        if character == "\\":
            self._escape()
            return OneOf(_ANY)
        if character not in DIGITS:
            self.at -= 1
            self._refuse(_WHY_NOT.get(character, f"{character!r} is no digit"))
        return OneOf(1 << int(character))

    def _group(self) -> Part:
        start = self.at
        self.at += 1
        if self._take("?") and not self._take(":"):
            self.at = start
            self._refuse("of the groups that begin with (? only (?: is known")
        self.depth += 1
        if self.depth > _DEEPEST:
            self._refuse(f"groups in groups go {_DEEPEST} deep at most")
        part = self._choice()
        if not self._take(")"):
            self.at = start
            self._refuse("a ( without its )")
        self.depth -= 1
        return part

    def _class(self) -> Part:
        start = self.at
        self.at += 1
        others = self._take("^")
        digits = 0
        while not self._take("]"):
            if self.at >= len(self.pattern):
                self.at = start
                self._refuse("a [ without its ]")
            digits |= self._member()
        if not digits:
            self.at = start
            self._refuse("a class of no digits")
        return OneOf(_ANY & ~digits if others else digits)

    def _member(self) -> int:
        """One digit of a class, or a range of them, as bits."""
        if self._take("\\"):
            self._escape()
            return _ANY
        low = self._digit()
        if not self._take("-"):
            return 1 << low
        high = self._digit()
        if high < low:
            self._refuse(f"the range {low}-{high} goes backwards")
        return (1 << high + 1) - (1 << low)

    def _digit(self) -> int:
        character = self.pattern[self.at : self.at + 1]
        if not character or character not in DIGITS:
            self._refuse("a class holds digits, ranges of digits and \\d only")
        self.at += 1
        return int(character)

    def _escape(self) -> None:
        if not self._take("d"):
            self._refuse("after a \\ only d is known: \\d is any digit")

    def _repeat(self, part: Part) -> Part:
        """What stands behind a part says how often it comes."""
        bounds = self._bounds()
        if bounds is None:
            return part
        least, most = bounds
        if self.pattern[self.at : self.at + 1] in tuple("?*+{"):
            self._refuse("a repetition of a repetition: set the first in brackets, as in (1+)?")
        return Repeat(part, least, most)

    def _bounds(self) -> tuple[int, int | None] | None:
        for sign, bounds in (("?", (0, 1)), ("*", (0, None)), ("+", (1, None))):
            if self._take(sign):
                return bounds
        start = self.at
        if not self._take("{"):
            return None
        least = self._count()
        most = self._count() if self._take(",") else least
        if not self._take("}") or self.pattern[start : self.at] in ("{}", "{,}"):
            self.at = start
            self._refuse("{ begins a repetition such as {3}, {2,5}, {2,} or {,5}")
        if most is not None and most < (least or 0):
            self.at = start
            self._refuse(f"{least} is more than {most}")
        return least or 0, most

    def _count(self) -> int | None:
        start = self.at
        while self.at < len(self.pattern) and self.pattern[self.at] in DIGITS:
            self.at += 1
        written = self.pattern[start : self.at]
        if len(written) > len(str(MOST_REPETITIONS)) or int(written or 0) > MOST_REPETITIONS:
            self.at = start
            self._refuse(f"a part may be repeated {MOST_REPETITIONS:,} times at most")
        return int(written) if written else None

    def _take(self, character: str) -> bool:
        taken = self.pattern[self.at : self.at + 1] == character
        self.at += taken
        return taken

    def _refuse(self, why: str) -> NoReturn:
        raise FieldError(f"pattern {shown(self.pattern)}, character {self.at + 1}: {why}")


_WHY_NOT = {
    "^": "a pattern is matched from the beginning to the end: leave ^ out",
    "$": "a pattern is matched from the beginning to the end: leave $ out",
    **dict.fromkeys("?*+{", "there is nothing in front to repeat"),
}
