"""What docs/fields.md shows is what happens."""

import re
from pathlib import Path

import pytest

from inkdigits.recognition.check_digits import CHECKS
from inkdigits.recognition.field import field_from_options

DOCS = Path(__file__).parents[2] / "docs" / "fields.md"
PAGE = DOCS.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
NEEDS_AN_IMAGE = "Reader()"


def test_the_examples_give_what_they_say() -> None:
    names: dict[str, object] = {}
    told = 0
    for example in EXAMPLES:
        if NEEDS_AN_IMAGE in example:
            continue
        exec(compile(example, str(DOCS), "exec"), names)
        for line in example.splitlines():
            expression, _, value = line.partition("  # ")
            if value and "=" not in re.sub(r"\(.*\)", "", expression):
                assert repr(eval(expression, names)) == value, line
                told += 1
    assert told == 11


@pytest.mark.parametrize(
    "row", re.findall(r"^\| `(\w+=.*?)` \| `(--\w+) (.*?)` \|", PAGE, re.MULTILINE)
)
def test_an_option_makes_the_field_of_its_row(row: tuple[str, str, str]) -> None:
    python, option, value = row
    from inkdigits import Field

    name, text = option.removeprefix("--"), value.strip("'")
    options = {name: [text] if name == "choices" else text}
    assert field_from_options(**options) == eval(f"Field({python})", {"Field": Field})  # type: ignore[arg-type]


def test_every_check_digit_is_on_the_page() -> None:
    table = PAGE.partition("**Check digits:**")[2].partition("**A function**")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("|")]
    assert set(re.findall(r"`(.+?)`", " ".join(rows))) == set(CHECKS)
