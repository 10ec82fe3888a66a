"""A row's symbols and lattice -> a number: its digits, how sure they are, and why some are not."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from inkdigits.imaging.ink import Ink
from inkdigits.reading import Box, Digit, Number
from inkdigits.recognition.confidence import (
    ALTERNATIVES,
    BREAKS_FIELD,
    CLOSE,
    WORTH_TELLING,
    Verdict,
    as_promised,
    calibrated,
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
    found = hypotheses(row, None, ALTERNATIVES + 1)
    under = hypotheses(row, by.field, ALTERNATIVES + 1) if by.field else found
    if by.field is None:
        verdicts, confidence = _as_seen(row, found[0], by)
    elif under and under[0].probability >= _HOPELESS * under[0].share:
        verdicts, confidence = _constrained(row, under[0], by)
    else:
        verdicts, confidence = _broken(row, found[0].text, by, by.field)
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
        unconstrained=found[0].text if by.field else text,
        alternatives=_alternatives(under, "".join(verdict.guess for verdict in verdicts)),
    )


def _as_seen(row: Row, best: Hypothesis, by: Judging) -> tuple[list[Verdict], float]:
    """Each symbol judged for itself; where they were read together, their number too."""
    verdicts = in_company(
        [judge(symbol.row, by.height_px(symbol.box), by.contract) for symbol in row.symbols]
    )
    if not row.together:
        return verdicts, number_confidence(verdicts, by.contract)
    confidence = calibrated(best.probability, by.contract)
    if best.probability >= by.contract.thresholds["confidence"]:
        return verdicts, confidence
    guess = "".join(verdict.guess for verdict in verdicts)
    runner_up = next((h.text for h in hypotheses(row, None, 2) if h.text != guess), "")
    reason = f"{CLOSE}: {guess} or {runner_up or 'nothing'}"
    return [_refused(verdict, reason) for verdict in verdicts], confidence


def _constrained(row: Row, best: Hypothesis, by: Judging) -> tuple[list[Verdict], float]:
    """The best number that the field allows; symbols that it leaves out are no digits of it."""
    values = dict.fromkeys(range(len(row.symbols)), "")
    for value, (first, last) in zip(best.text, align(row.lattices[0], best.text), strict=True):
        middle = (first + last - 1) // 2
        place = next(n for n, (start, end) in enumerate(row.spans) if start <= middle < end)
        values[place] += value
    sure = best.share >= by.contract.thresholds["confidence"]
    verdicts = []
    for symbol, value in zip(row.symbols, values.values(), strict=True):
        seen = judge(symbol.row, by.height_px(symbol.box), by.contract)
        reason = "" if sure else f"{CLOSE}: {seen.guess} or {value or 'no digit'}"
        chance = symbol.row[by.contract.labels.index(value)] if len(value) == 1 else best.share
        verdicts.append(
            replace(
                seen, value=None if reason else value, guess=value, confidence=float(chance),
                reason=reason,
                alternatives=runners_up(symbol.row, value, by.contract),
            )
        )  # fmt: skip
    return verdicts, calibrated(best.share, by.contract)


def _broken(row: Row, text: str, by: Judging, field: Field) -> tuple[list[Verdict], float]:
    """What is written here, all of it refused, since it is nothing that the field allows."""
    length = field.length
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
