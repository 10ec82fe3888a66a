"""The names that users import, and what importing them costs."""

import importlib
import inspect
import re
import subprocess
import sys
from importlib.metadata import version

import pytest

import inkdigits
from inkdigits import errors


def test_every_public_name_can_be_imported() -> None:
    for name in inkdigits.__all__:
        assert getattr(inkdigits, name) is not None


def test_public_names_are_sorted_and_unique() -> None:
    assert inkdigits.__all__ == sorted(set(inkdigits.__all__))


def test_every_error_is_public() -> None:
    defined = {name for name, _ in inspect.getmembers(errors, inspect.isclass)}
    public = {
        name
        for name in inkdigits.__all__
        if inspect.isclass(value := getattr(inkdigits, name)) and issubclass(value, Exception)
    }
    assert public == defined


@pytest.mark.parametrize(
    ("name", "home"),
    [
        ("Box", "inkdigits.reading"),
        ("Field", "inkdigits.recognition.field"),
        ("Limits", "inkdigits.imaging.decode"),
        ("Reader", "inkdigits.recognition.reader"),
        ("ImageTooLarge", "inkdigits.errors"),
    ],
)
def test_a_public_name_is_the_object_of_its_home(name: str, home: str) -> None:
    assert getattr(inkdigits, name) is getattr(importlib.import_module(home), name)


def test_dir_lists_names_that_are_not_yet_imported() -> None:
    assert set(inkdigits.__all__) <= set(dir(inkdigits))


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'reed'"):
        inkdigits.reed  # noqa: B018


def test_the_version_has_one_definition() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", inkdigits.__version__)
    assert version("inkdigits") == inkdigits.__version__


def test_importing_does_no_work() -> None:
    code = (
        "import sys; before = set(sys.modules); import inkdigits; inkdigits.__version__;"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(*sorted(new - set(sys.stdlib_module_names)))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (run.stdout.strip(), run.stderr) == ("inkdigits", "")
