"""A row's symbols and lattice -> a number: its digits, how sure they are, and why some are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from math import prod

from inkdigits.imaging.ink import Ink
from inkdigits.reading import Box, Digit, Number
from inkdigits.recognition.confidence import (
    ALTERNATIVES,
    BREAKS_FIELD,
    CLOSE,
    NOT_A_DIGIT,
    TOO_SMALL,
    WORTH_TELLING,
    Verdict,
    as_promised,
    calibrated,
    digit_columns,
    explained,
    in_company,
    judge,
    number_confidence,
    reason_of,
    runners_up,
)
from inkdigits.recognition.contract import Contract
from inkdigits.recognition.decoding import Hypothesis, align
from inkdigits.recognition.doubts import fault_of
from inkdigits.recognition.field import Field
from inkdigits.recognition.hypotheses import hypotheses
from inkdigits.recognition.symbols import Row
from inkdigits.recognition.trust import Promise

LEAST_CHANCE = 0.2
"""A number that is less likely than this is refused: another may be as likely, or nearly."""

_HOPELESS = 1e-4
"""A field that so little of the probability satisfies was not what is written here."""


@dataclass(frozen=True, slots=True)
class Judging:
    """What numbers are judged by: the digit model's contract, a promise, a field, and the page.

    `on_page` takes a box of the ink map to the page, `height_px` says how high it stands there.
    """

    contract: Contract
    promise: Promise | None
    field: Field | None
    ink: Ink
    on_page: Callable[[Box], Box]
    height_px: Callable[[Box], int]


def number_of(row: Row, line: int, by: Judging) -> Number:
    """The number that the symbols of a row, at least one, are together."""
    apart = by.field is None and not row.together
    found = () if apart and _is_sure(row, by) else hypotheses(row, None, ALTERNATIVES + 1)
    under = hypotheses(row, by.field, ALTERNATIVES + 1) if by.field else found
    if apart:
        verdicts, confidence = _apart(row, by)
    elif under and under[0].probability >= _HOPELESS * under[0].share:
        verdicts, confidence = _as_a_whole(row, under, by)
    else:
        verdicts, confidence = _broken(row, found[0].text if found else "", by)
    verdicts = [
        explained(verdict, fault_of(by.ink, symbol.box)) if verdict.reason else verdict
        for symbol, verdict in zip(row.symbols, verdicts, strict=True)
    ]
    verdicts = as_promised(verdicts, confidence, by.promise)
    boxes = [by.on_page(symbol.box) for symbol in row.symbols]
    text = "".join(verdict.value for verdict in verdicts if verdict.value is not None)
    return Number(
        text=text,
        line=line,
        confidence=confidence,
        accepted=all(verdict.value is not None for verdict in verdicts),
        reason=reason_of(verdicts),
        box=Box.around(boxes),
        digits=tuple(
            Digit(box=box, **asdict(verdict)) for box, verdict in zip(boxes, verdicts, strict=True)
        ),
        unconstrained=found[0].text if by.field and found else text,
        alternatives=_alternatives(under, "".join(verdict.guess for verdict in verdicts)),
    )


def within(row: Row, field: Field | None) -> Row:
    """A row without the symbols that the likeliest number of a field leaves out."""
    under = hypotheses(row, field) if field else ()
    if not under or not under[0].text:
        return row
    values = _values(row, under[0].text)
    kept = [place for place, value in enumerate(values) if value]
    starts = [0, *(row.spans[place][0] for place in kept[1:]), len(row.lattices[0])]
    return replace(
        row,
        symbols=tuple(row.symbols[place] for place in kept),
        spans=tuple(pairwise(starts)),
    )


def _is_sure(row: Row, by: Judging) -> bool:
    """Whether symbols that were each read for themselves leave no other number worth telling."""
    columns = digit_columns(by.contract)
    return prod(float(symbol.row[columns].max()) for symbol in row.symbols) > 1 - WORTH_TELLING


def _apart(row: Row, by: Judging) -> tuple[list[Verdict], float]:
    """Each symbol judged for itself."""
    verdicts = in_company(
        [judge(symbol.row, by.height_px(symbol.box), by.contract) for symbol in row.symbols]
    )
    return verdicts, number_confidence(verdicts, by.contract)


def _as_a_whole(row: Row, found: Sequence[Hypothesis], by: Judging) -> tuple[list[Verdict], float]:
    """The likeliest string, digit by digit; symbols that it leaves out are none of its digits.

    A number is refused as a whole where another is nearly as likely.
    """
    best = found[0]
    reason = ""
    if best.share < LEAST_CHANCE:
        other = found[1].text if len(found) > 1 else ""
        reason = f"{CLOSE}: {best.text or 'nothing'} or {other or 'nothing'}"
    verdicts = []
    for symbol, value in zip(row.symbols, _values(row, best.text), strict=True):
        seen = judge(symbol.row, by.height_px(symbol.box), by.contract)
        if not value:
            verdicts.append(replace(seen, value=None, reason=seen.reason or NOT_A_DIGIT))
            continue
        chance = float(symbol.row[by.contract.labels.index(value)])
        others = runners_up(symbol.row, value, by.contract)
        if seen.reason.startswith(TOO_SMALL):
            reason = seen.reason
        verdicts.append(Verdict(None if reason else value, value, chance, reason, others))
    return verdicts, calibrated(best.share, by.contract)


def _values(row: Row, text: str) -> list[str]:
    """The digit of the text that each symbol is, `""` for what is none of them."""
    values = [""] * len(row.symbols)
    for value, (first, last) in zip(text, align(row.lattices[0], text), strict=True):
        middle = (first + last - 1) // 2
        values[next(n for n, (start, end) in enumerate(row.spans) if start <= middle < end)] = value
    return values


def _broken(row: Row, text: str, by: Judging) -> tuple[list[Verdict], float]:
    """What is written here, all of it refused, since it is nothing that the field allows."""
    length = by.field.length if by.field else None
    wanted = isinstance(length, int) and length != len(text)
    reason = f"{BREAKS_FIELD}: " + (
        f"{len(text)} digit{'' if len(text) == 1 else 's'}, not {length}"
        if wanted
        else f"{text or 'nothing'} is not allowed"
    )
    verdicts = [judge(symbol.row, by.height_px(symbol.box), by.contract) for symbol in row.symbols]
    return [_refused(verdict, reason) for verdict in verdicts], 0.0


def _refused(verdict: Verdict, reason: str) -> Verdict:
    return verdict if verdict.reason else replace(verdict, value=None, reason=reason)


def _alternatives(found: Sequence[Hypothesis], text: str) -> tuple[tuple[str, float], ...]:
    others = [hypothesis for hypothesis in found if hypothesis.text != text]
    return tuple(
        (other.text, other.share) for other in others[:ALTERNATIVES] if other.share >= WORTH_TELLING
    )
