"""The command with the real reader, on the images that the project drew."""

import json
from pathlib import Path
from typing import get_args

import pytest

from inkdigits import Reader
from inkdigits.cli.main import main
from inkdigits.cli.reading_options import LAYOUTS
from inkdigits.recognition.reader import LayoutKind

SAMPLES = Path(__file__).parents[2] / "samples"
ROWS = (SAMPLES / "answers.tsv").read_text(encoding="utf-8").splitlines()[1:]
ANSWERS = {name: digits.replace("|", "\n") for name, digits in (row.split("\t") for row in ROWS)}

Capture = pytest.CaptureFixture[str]


def test_every_sample_has_an_answer_and_is_small() -> None:
    images = {path for path in SAMPLES.iterdir() if path.suffix in {".png", ".jpg"}}
    assert {path.name for path in images} == set(ANSWERS)
    assert all(path.stat().st_size < 100_000 for path in images)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_sample_is_read_right(name: str, capsys: Capture) -> None:
    assert main(["read", str(SAMPLES / name)]) == 0
    assert capsys.readouterr() == (ANSWERS[name] + "\n" * bool(ANSWERS[name]), "")


def test_the_command_says_what_the_reader_says(capsys: Capture) -> None:
    paths = [str(SAMPLES / name) for name in ANSWERS]
    assert main(["read", "--format", "json", *paths]) == 0
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    reader = Reader()
    assert said == [reader.read(path).to_dict() for path in paths]


def test_the_command_offers_the_layouts_of_the_reader() -> None:
    assert get_args(LayoutKind) == LAYOUTS


def test_the_layout_reaches_the_reader(capsys: Capture) -> None:
    path = str(SAMPLES / "pencil.png")
    assert main(["read", "--format", "json", "--layout", "digit", path]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said == Reader().read(path, layout="digit").to_dict()


def test_a_model_that_is_not_there_is_wrong_usage(tmp_path: Path, capsys: Capture) -> None:
    assert main(["read", "--model", str(tmp_path / "none"), str(SAMPLES / "pencil.png")]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("inkdigits: ")
    assert err.count("\n") == 1


def test_without_a_line_model_another_answers(capsys: Capture) -> None:
    path = str(SAMPLES / "pencil.png")
    told = []
    for option in ([], ["--line-model", "line"], ["--line-model", "none"]):
        assert main(["read", "--format", "json", path, *option]) == 0
        told.append(json.loads(capsys.readouterr().out)["model"])
    assert told[0] == told[1] == Reader().title
    assert told[2] == Reader(line_model=None).title
    assert told[2] != told[0]


def test_a_model_of_single_digits_reads_no_lines(capsys: Capture) -> None:
    assert main(["read", str(SAMPLES / "pencil.png"), "--line-model", "compact"]) == 1
    assert "does not read lines: name a line model" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--model", "--line-model", "--annotate"])
def test_an_empty_name_is_wrong_usage(option: str, capsys: Capture) -> None:
    assert main(["read", str(SAMPLES / "pencil.png"), option, ""]) == 2
    assert capsys.readouterr().out == ""
