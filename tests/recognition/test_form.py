"""The fields of a form are read off any scan or photograph of it."""

import json
from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from inkdigits.errors import NotOnPage
from inkdigits.imaging.alignment import Reference, mapped
from inkdigits.imaging.decode import Page
from inkdigits.reading import Box, Digit, Number
from inkdigits.recognition.doubts import BLANK, TOO_FAINT_TO_FIND
from inkdigits.recognition.field import Field
from inkdigits.recognition.form import MORE_THAN_ONE, FieldReading, FormReading, read_form
from inkdigits.recognition.reader import Reader
from inkdigits.recognition.template import Template, TemplateField
from tests.recognition.drawing import clean_digit
from tests.recognition.forms import (
    FIELDS,
    SIZE,
    Pixels,
    empty_form,
    filled_form,
    photographed,
    seen_from,
)

VALUES = {"account": "40712933", "year": "1984", "amount": "250"}
READ = {**VALUES, "remark": ""}


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(threads=1)


@pytest.fixture(scope="module")
def filled(reader: Reader) -> Pixels:
    return filled_form(reader, VALUES)


@pytest.fixture(scope="module")
def reference() -> Reference:
    return Reference(empty_form())


def template(
    reference: Reference | None = None, may_be: Mapping[str, Field] | None = None
) -> Template:
    fields = (
        TemplateField(name, box, "line", (may_be or {}).get(name, Field()))
        for name, box in FIELDS.items()
    )
    return Template(*SIZE, tuple(fields), reference)


def read(reader: Reader, pixels: Pixels, form: Template) -> FormReading:
    return read_form(reader, Page("scan.pdf", 3, pixels), form)


@pytest.mark.parametrize(("seed", "turns"), [(1, 0), (2, 1), (3, 2)])
def test_a_photographed_form_is_read(
    reader: Reader, filled: Pixels, reference: Reference, seed: int, turns: int
) -> None:
    form = read(reader, photographed(filled, seed, turns), template(reference))
    assert form.values == READ
    assert form.doubtful == ()
    assert form.fit is not None
    assert form.fit > 0.9


def test_boxes_are_in_the_frame_of_the_photograph(
    reader: Reader, filled: Pixels, reference: Reference
) -> None:
    form = read(reader, photographed(filled, 1), template(reference))
    to_photo = seen_from(filled, 1)[0]
    for field in form.fields:
        # By its opposite corners, which a slant moves apart by some pixels.
        box = FIELDS[field.name]
        corners = mapped(to_photo, np.array([box[:2], box[2:]], np.float64))
        np.testing.assert_allclose(np.reshape(field.box, (2, 2)), corners, atol=45)
        for number in field.numbers:
            assert field.box.union(number.box) == field.box
            assert all(number.box.union(digit.box) == number.box for digit in number.digits)


def test_a_flat_scan_needs_the_size_alone(reader: Reader, filled: Pixels) -> None:
    form = read(reader, np.repeat(np.repeat(filled, 2, 0), 2, 1), template())
    assert form.values == READ
    assert form.fit is None
    assert form.fields[0].box == Box(*(2 * side for side in FIELDS["account"]))


def test_a_scan_of_another_shape_is_refused(reader: Reader, filled: Pixels) -> None:
    with pytest.raises(NotOnPage, match=r"scan.pdf: page 3: .* is not the shape of the form"):
        read(reader, np.rot90(filled).copy(), template())
    cropped = filled[:, 12:-12]
    assert read(reader, cropped, template()).values["account"] is not None


def test_another_page_is_refused(reader: Reader, reference: Reference) -> None:
    blank = np.full((*SIZE[::-1], 3), 255, np.uint8)
    with pytest.raises(NotOnPage, match=r"^scan.pdf: page 3: the form is not found on it"):
        read(reader, blank, template(reference))


def test_a_number_that_may_not_be_is_doubtful(reader: Reader, filled: Pixels) -> None:
    form = read(
        reader, filled, template(may_be={"year": Field(length=6), "account": Field(length=8)})
    )
    assert form.values["account"] == VALUES["account"]
    assert form.values["year"] is None
    assert form.doubtful == ("year",)
    assert form.fields[1].reason


def test_every_field_is_one_number(reader: Reader) -> None:
    """However far apart its digits stand: what is written is known to be one."""
    form = read(reader, filled_form(reader, {"account": "407 12", "amount": "2 50"}), template())
    assert (form.values["account"], form.values["amount"]) == ("40712", "250")


def test_the_print_inside_a_field_is_not_read(
    reader: Reader, filled: Pixels, reference: Reference
) -> None:
    """A region drawn around the frame and not inside of it does as well."""
    around = (
        Box(box.left - 12, box.top - 12, box.right + 12, box.bottom + 12) for box in FIELDS.values()
    )
    fields = (
        TemplateField(name, box, "line", Field()) for name, box in zip(FIELDS, around, strict=True)
    )
    form = read(reader, filled, Template(*SIZE, tuple(fields), reference))
    assert form.values == READ


def number(text: str, reason: str = "") -> Number:
    digits = tuple(Digit(c, c, 0.9, "", Box(0, 0, 4, 9)) for c in text)
    return Number(text, 0, 0.9, not reason, reason, Box(0, 0, 9, 9), digits)


@pytest.mark.parametrize(
    ("numbers", "nothing", "value", "reason"),
    [
        ((number("42"),), "", "42", ""),
        ((), BLANK, "", BLANK),
        ((), TOO_FAINT_TO_FIND, None, TOO_FAINT_TO_FIND),
        ((number("4", "too small"),), "", None, "too small"),
        ((number("4"), number("2")), "", None, MORE_THAN_ONE),
        ((number("4", "too small"), number("2")), "", None, f"too small; {MORE_THAN_ONE}"),
    ],
)
def test_the_value_of_a_field_is_one_number_or_nobodys_guess(
    numbers: tuple[Number, ...], nothing: str, value: str | None, reason: str
) -> None:
    field = FieldReading("a", Box(0, 0, 9, 9), numbers, nothing)
    assert (field.value, field.reason, field.accepted) == (value, reason, value is not None)


def test_the_reader_reads_the_forms_of_a_document(
    reader: Reader, filled: Pixels, tmp_path: Path
) -> None:
    path = tmp_path / "scans.tif"
    empty, full = (Image.fromarray(page) for page in (empty_form(), filled))
    empty.save(path, save_all=True, append_images=[full, full])
    forms = reader.read_forms(path, template())
    assert [(form.source, form.page) for form in forms] == [(str(path), page) for page in (1, 2, 3)]
    assert [form.values for form in forms] == [dict.fromkeys(READ, ""), READ, READ]
    assert reader.read_forms(path, template(), pages="2") == forms[1:2]


def test_a_form_is_plain_json(reader: Reader, filled: Pixels) -> None:
    form = read(reader, filled, template())
    shown = json.loads(json.dumps(form.to_dict(), allow_nan=False))
    assert shown["values"] == READ
    assert list(shown["fields"]) == list(FIELDS)
    assert shown["fields"]["remark"]["confidence"] is None
    account = shown["fields"]["account"]
    assert account["text"] == VALUES["account"]
    assert account["numbers"] == [number.to_dict() for number in form.fields[0].numbers]
    assert shown["fields"]["remark"]["reason"] == BLANK
    assert [number.text for number in form.reading.numbers] == list(VALUES.values())
    assert [number.line for number in form.reading.numbers] == [0, 1, 2]
    assert form.reading.empty_fields == ((form.fields[3].box, ""),)


def test_what_may_be_ink_is_no_empty_field(reader: Reader, filled: Pixels) -> None:
    page = filled.copy()
    left, top, _, bottom = FIELDS["remark"]
    page[top + 15 : bottom - 15, left + 40 : left + 48] -= 11
    form = read(reader, page, template())
    assert form.doubtful == ("remark",)
    assert form.fields[3].reason == TOO_FAINT_TO_FIND


def test_boxes_in_a_field_are_told_on_the_page(reader: Reader) -> None:
    page = empty_form()
    left, top = FIELDS["account"].left + 30, FIELDS["account"].top + 12
    for x in range(left, left + 6 * 66, 66):
        cv2.rectangle(page, (x, top), (x + 66, top + 66), (40, 40, 40), 2)
    ink = clean_digit(reader, 7, 3, 44)
    part = page[top + 11 : top + 11 + ink.shape[0], left + 86 : left + 86 + ink.shape[1]]
    np.minimum(part, (255 * (1 - ink[..., None])).astype(np.uint8), out=part)
    twice = np.repeat(np.repeat(page, 2, 0), 2, 1)
    field = read(reader, twice, template()).fields[0]
    (row,) = field.box_rows
    assert row.values == ("", "7", "", "", "", "")
    assert row.box == pytest.approx((2 * left, 2 * top, 2 * left + 12 * 66, 2 * top + 132), abs=8)
