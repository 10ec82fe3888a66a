"""A template says where the fields of a form are, or what is wrong with it."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from inkdigits.errors import TemplateError
from inkdigits.reading import Box
from inkdigits.recognition.field import Field
from inkdigits.recognition.template import load_template

ONE = {"a": {"region": [0, 0, 10, 10]}}


@pytest.fixture
def write(tmp_path: Path) -> Any:
    def to(form: object, name: str = "form.json") -> Path:
        path = tmp_path / name
        path.write_text(form if isinstance(form, str) else json.dumps(form))
        return path

    return to


def test_fields_come_in_order_with_their_boxes_and_constraints(write: Any) -> None:
    fields = {
        "zip": {"region": [10, 20, 60, 50], "length": 5},
        "amount": {"region": "50%,50%,100%,75%", "length": [1, 6], "pattern": "[1-9]\\d*"},
        "kind": {"region": ["0", "0", "10%", 40], "choices": ["01", "02"], "layout": "auto"},
    }
    template = load_template(write({"page": [200, 100], "fields": fields}))
    assert (template.width, template.height, template.reference) == (200, 100, None)
    assert [field.name for field in template.fields] == ["zip", "amount", "kind"]
    assert [field.box for field in template.fields] == [
        Box(10, 20, 60, 50),
        Box(100, 50, 200, 75),
        Box(0, 0, 20, 40),
    ]
    assert [field.layout for field in template.fields] == ["line", "line", "auto"]
    assert [field.field for field in template.fields] == [
        Field(length=5),
        Field(length=(1, 6), pattern="[1-9]\\d*"),
        Field(choices=("01", "02")),
    ]


def test_a_reference_lies_beside_the_template_and_gives_its_size(
    write: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "forms").mkdir()
    Image.new("RGB", (120, 80), "white").save(tmp_path / "forms" / "empty.png")
    form = {"reference": "empty.png", "fields": {"a": {"region": "50%,0,100%,100%"}}}
    path = write(form, "forms/form.json")
    monkeypatch.chdir("/")
    template = load_template(path)
    assert (template.width, template.height) == (120, 80)
    assert template.reference is not None
    assert template.fields[0].box == Box(60, 0, 120, 80)


def test_the_hash_is_that_of_the_template_and_its_picture(write: Any, tmp_path: Path) -> None:
    def hash_with(colour: str, fields: object) -> str:
        Image.new("RGB", (20, 20), colour).save(tmp_path / "empty.png")
        return load_template(write({"reference": "empty.png", "fields": fields})).sha256

    first = hash_with("white", ONE)
    assert len(first) == 64
    assert first == hash_with("white", ONE)
    assert first != hash_with("grey", ONE)
    assert first != hash_with("white", {"b": ONE["a"]})


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ("", "is no JSON"),
        ("[" * 100_000, "is no JSON"),
        ([], "a template is an object"),
        ({"page": [9, 9]}, 'give "fields"'),
        ({"page": [9, 9], "fields": {}}, 'give "fields"'),
        ({"page": [9, 9], "fields": [1]}, 'give "fields"'),
        ({"fields": ONE}, 'give "page".*or the picture "reference"'),
        ({"page": [9, 9], "reference": "a.png", "fields": ONE}, "one of them"),
        ({"page": [9], "fields": ONE}, '"page" is the width and height'),
        ({"page": [0, 9], "fields": ONE}, '"page" is the width and height'),
        ({"page": [True, 9], "fields": ONE}, '"page" is the width and height'),
        ({"page": "A4", "fields": ONE}, '"page" is the width and height'),
        ({"page": [9, 9], "fields": ONE, "dpi": 3}, "a template has no 'dpi': use fields, page"),
        ({"reference": 3, "fields": ONE}, '"reference" is the name of a picture'),
        ({"reference": "gone.png", "fields": ONE}, "reference: .*gone.png: No such file"),
        ('{"page": [9, 9], "fields": {"a": {}, "a": {}}}', "'a' is there twice"),
    ],
)
def test_a_broken_template_is_one_error(write: Any, form: object, told: str) -> None:
    path = write(form)
    with pytest.raises(TemplateError, match=told) as raised:
        load_template(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert str(raised.value).isprintable()


@pytest.mark.parametrize(
    ("name", "field", "told"),
    [
        ("a", [], "field 'a' is an object"),
        ("a", {}, 'give its "region"'),
        ("a", {"region": 5}, 'give its "region"'),
        ("a", {"region": [1, 2, 3]}, "is no region"),
        ("a", {"region": [0, 0, "nan", 5]}, "is no region"),
        ("a", {"region": [300, 0, 400, 5]}, "is not on the form, which is 200 x 100"),
        ("a", {"region": [0, 0, 5, 5], "size": 3}, "field 'a' has no 'size': use check, choices"),
        ("a", {"region": [0, 0, 5, 5], "layout": "column"}, "layout is one of auto, digit"),
        ("a", {"region": [0, 0, 5, 5], "length": 0}, "field 'a': "),
        ("a", {"region": [0, 0, 5, 5], "length": [5, 3]}, "field 'a': "),
        ("a", {"region": [0, 0, 5, 5], "pattern": "("}, "field 'a': "),
        ("a", {"region": [0, 0, 5, 5], "choices": ["x"]}, "field 'a': "),
        ("a", {"region": [0, 0, 5, 5], "check": "crc"}, "field 'a': "),
        ("a", {"region": [0, 0, 5, 5], "length": 2, "choices": ["1"]}, "field 'a': no number can"),
        ("", {"region": [0, 0, 5, 5]}, "choose another name"),
        ("page", {"region": [0, 0, 5, 5]}, "choose another name, not empty nor file, page"),
        ("a\nb", {"region": [0, 0, 5, 5]}, "choose another name"),
    ],
)
def test_a_broken_field_is_named(write: Any, name: str, field: object, told: str) -> None:
    with pytest.raises(TemplateError, match=told) as raised:
        load_template(write({"page": [200, 100], "fields": {name: field}}))
    assert "\n" not in str(raised.value)


def test_a_template_that_is_not_there_is_named() -> None:
    with pytest.raises(TemplateError, match=r"^nowhere.json: No such file"):
        load_template("nowhere.json")


def test_a_file_that_is_far_too_long_is_no_template(tmp_path: Path) -> None:
    (tmp_path / "form.json").write_bytes(b" " * 5_000_000)
    with pytest.raises(TemplateError, match="no template"):
        load_template(tmp_path / "form.json")
