"""The suites of whole numbers: cheque amounts, composed strings and cards, a form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from inkdigits.data.cheques import cheque_files
from inkdigits.data.sets import MNIST_HOLDOUT, LabelledArrays, load_arrays, load_files
from inkdigits.evaluation.measuring import DigitReader, Result, Sample, measure_pages
from inkdigits.evaluation.metrics import Share
from inkdigits.evaluation.strings import CARD_DIGITS, Composed, cards, strings
from inkdigits.recognition.field import Field

COMPOSED_NUMBERS = 500
CARDS = 250

_PAIRS_SEED, _STRINGS_SEED, _CARDS_SEED = 4_101, 4_102, 4_103
_CARD = Field(length=CARD_DIGITS, check="luhn")
_FORM = Field(length=10)


def cheques(reader: DigitReader) -> Result:
    """Cheque amounts kept out of training, read with the layout `line`; no doubtful labels."""
    return measure_pages("cheques", reader, _cheques(), "line")


def cheques_auto(reader: DigitReader) -> Result:
    """The same strips with the layout left to the reader."""
    return measure_pages("cheques-auto", reader, _cheques())


def touching_pairs(reader: DigitReader) -> Result:
    """Pairs of held-out MNIST digits, -4 to 8 px apart, with the layout `line`."""
    return _composed("touching-pairs", reader, _pairs(), "line")


def touching_pairs_auto(reader: DigitReader) -> Result:
    """The same pairs with the layout left to the reader."""
    return _composed("touching-pairs-auto", reader, _pairs(), "auto")


def strings_line(reader: DigitReader) -> Result:
    """Strings of 2 to 10 held-out MNIST digits, -4 to 8 px apart, with the layout `line`."""
    return _composed("strings", reader, _strings(), "line")


def strings_auto(reader: DigitReader) -> Result:
    """The same strings with the layout left to the reader."""
    return _composed("strings-auto", reader, _strings(), "auto")


def card_numbers(reader: DigitReader) -> Result:
    """Random card numbers of 16 such digits: without their check digit, and with it.

    "errors removed" is the share of the images read wrong that are right with `Field(length=16,
    check="luhn")`, less those that it makes wrong; "of guesses" counts the best guess, refused or
    not.
    """
    samples = [one.sample for one in cards(_held_out(), CARDS, _CARDS_SEED)]
    plain = measure_pages("cards", reader, samples, "line")
    checked = measure_pages("cards", reader, samples, "line", _CARD)
    others = {f"{name} with Luhn": value for name, value in checked.others.items()}
    if checked.exact is not None and checked.guessed is not None:
        others["exact with Luhn"] = checked.exact.value
        others["guessed with Luhn"] = checked.guessed.value
    removed = {
        "errors removed": _errors_removed(plain.exact, checked.exact),
        "errors of guesses removed": _errors_removed(plain.guessed, checked.guessed),
    }
    known = {name: value for name, value in removed.items() if value is not None}
    return replace(plain, others={**plain.others, **others, **known})


def form(reader: DigitReader) -> Result:
    """The boxed form of `wild-pages`, known to hold a number of ten digits."""
    samples = [
        Sample(file.path.name, file.text, file.path)
        for file in load_files("wild-pages")
        if file.kind == "form"
    ]
    return measure_pages("form", reader, samples, field=_FORM)


def _composed(suite: str, reader: DigitReader, numbers: Iterable[Composed], layout: str) -> Result:
    """Measure composed numbers, those whose strokes meet and those that stand apart too."""
    known = list(numbers)
    result = measure_pages(suite, reader, [one.sample for one in known], layout)
    wrong = {id(misreading.sample) for misreading in result.misread}
    others = dict(result.others)
    for name, touching in (("exact where they touch", True), ("exact where they do not", False)):
        right = [id(one.sample) not in wrong for one in known if one.touching is touching]
        if right:
            others[name] = sum(right) / len(right)
    return replace(result, others=others)


def _errors_removed(without: Share | None, with_field: Share | None) -> float | None:
    """The share of the errors that a field takes away; None where there is nothing to take."""
    if without is None or with_field is None or without.count == without.total:
        return None
    return (with_field.count - without.count) / (without.total - without.count)


def _cheques() -> list[Sample]:
    return [Sample(file.path.name, file.text, file.path) for file in cheque_files("validation")]


def _pairs() -> Iterable[Composed]:
    return strings(_held_out(), COMPOSED_NUMBERS, (2, 2), _PAIRS_SEED)


def _strings() -> Iterable[Composed]:
    return strings(_held_out(), COMPOSED_NUMBERS, (2, 10), _STRINGS_SEED)


def _held_out() -> LabelledArrays:
    return load_arrays("mnist").where(MNIST_HOLDOUT)
