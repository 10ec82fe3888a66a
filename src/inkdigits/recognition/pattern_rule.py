"""A pattern over digits as a rule that reads a number from left to right.

The rule steps through sets of positions of the pattern (Glushkov 1961; McNaughton and Yamada 1960),
each repetition written out and each set as the bits of one integer: there is no backtracking, and
hostile patterns are refused by their size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from inkdigits.errors import FieldError
from inkdigits.recognition.automaton import Rule
from inkdigits.recognition.pattern import Choice, OneOf, Part, Repeat, Sequence, parse, shown

_LARGEST = 5_000
"""Parts of a pattern with every repetition written out."""

_MOST_WORK = 1_000_000
"""Positions that are looked at while the pattern is compiled: about half a second's work."""

_END = 1
"""The bit of a set of positions that says that the number may end here."""


def pattern_rule(pattern: str) -> Rule:
    """The rule that a number matches `pattern` as a whole.

    Raises `FieldError` for what is not supported, is malformed or is too large; the rule's `step`
    raises it too, for a pattern that takes too long to compile.
    """
    part = parse(pattern)
    if part.size > _LARGEST:
        raise FieldError(
            f"the pattern {shown(pattern)} is too large: with its repetitions written out it has "
            f"more than {_LARGEST:,} parts"
        )
    positions = _Positions()
    whole = positions.place(part)
    positions.lead(whole.last, _END)
    start = whole.first | (_END if whole.skippable else 0)
    return Rule(start, _stepper(pattern, positions), lambda state: bool(state & _END))


def _stepper(pattern: str, positions: _Positions) -> Callable[[int, int], int | None]:
    work = 0
    known: dict[int, int] = {}

    def step(state: int, digit: int) -> int | None:
        nonlocal work
        matched = state & positions.with_digit[digit]
        if matched not in known:
            work += matched.bit_count()
            if work > _MOST_WORK:
                raise FieldError(
                    f"the pattern {shown(pattern)} is too complex: give it fewer ways to match"
                )
            known[matched] = positions.after(matched)
        return known[matched] or None

    return step


@dataclass(frozen=True, slots=True)
class _Span:
    """A part in its place: the positions that it can begin and end with, as bits."""

    skippable: bool
    first: int
    last: int


@dataclass(slots=True)
class _Positions:
    """The positions of a pattern, its repetitions written out; position 0 is the end.

    Bit p of `with_digit[d]` says that the digit d can stand at p; `following[p]` holds the
    positions that can come after p.
    """

    with_digit: list[int] = field(default_factory=lambda: [0] * 10)
    following: list[int] = field(default_factory=lambda: [0])

    def after(self, positions: int) -> int:
        """The positions that can come after any of `positions`."""
        found = 0
        while positions:
            lowest = positions & -positions
            found |= self.following[lowest.bit_length() - 1]
            positions ^= lowest
        return found

    def lead(self, positions: int, to: int) -> None:
        """Let `to` come after each of `positions`."""
        while positions:
            lowest = positions & -positions
            self.following[lowest.bit_length() - 1] |= to
            positions ^= lowest

    def place(self, part: Part) -> _Span:
        """Give every digit of a part a position of its own."""
        match part:
            case OneOf():
                bit = 1 << len(self.following)
                self.following.append(0)
                for digit in range(10):
                    if part.digits >> digit & 1:
                        self.with_digit[digit] |= bit
                return _Span(False, bit, bit)
            case Sequence():
                span = _Span(True, 0, 0)
                for one in part.parts:
                    span = self._joined(span, self.place(one))
                return span
            case Choice():
                spans = [self.place(one) for one in part.parts]
                span = spans[0]
                for other in spans[1:]:
                    span = _Span(
                        span.skippable or other.skippable,
                        span.first | other.first,
                        span.last | other.last,
                    )
                return span
            case Repeat():
                return self._repeated(part)

    def _joined(self, before: _Span, after: _Span) -> _Span:
        self.lead(before.last, after.first)
        return _Span(
            before.skippable and after.skippable,
            before.first | (after.first if before.skippable else 0),
            after.last | (before.last if after.skippable else 0),
        )

    def _repeated(self, repeat: Repeat) -> _Span:
        """`x{2,4}` as `xx(x(x)?)?` and `x{2,}` as `xxx*`: no copy is led to from all the others."""
        copies = [self.place(repeat.part) for _ in range(repeat.copies)]
        span = _Span(True, 0, 0)
        for index, copy in reversed(list(enumerate(copies))):
            if repeat.most is None and index == len(copies) - 1:
                self.lead(copy.last, copy.first)
            span = self._joined(copy, span)
            if index >= repeat.least:
                span = _Span(True, span.first, span.last)
        return span
