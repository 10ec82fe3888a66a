"""`inkdigits predict`: what is printed in every format, the plot, and how it fails."""

import csv
import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.cli import predict
from inkdigits.cli.main import main
from inkdigits.recognition.contract import BRIGHT_ON_DARK
from tests.cli.test_evaluate import WITHOUT_EXTRAS
from tests.recognition.conftest import tiny_graph, write_bundle

Paint = Callable[..., str]
Capture = pytest.CaptureFixture[str]

CLOTHES = ["T-shirt/top", "bag", "ankle\nboot"]
KIND = {"shape": [28, 28], "dtype": "uint8", "meaning": BRIGHT_ON_DARK}


@pytest.fixture
def bundle(tmp_path: Path) -> str:
    """Everything is an ankle boot with 88 %, or else a bag with 12 %."""
    graph = tiny_graph({2: 5.0, 1: 3.0}, labels=3)
    fields = {"labels": CLOTHES, "reject": None, "thresholds": {}, "input": KIND}
    return str(write_bundle(tmp_path / "clothes", graph, **fields))


def test_one_image_gives_its_class_and_probability(
    bundle: str, paint: Paint, capsys: Capture
) -> None:
    assert main(["predict", bundle, paint("a.png", 9)]) == 0
    assert capsys.readouterr() == ("ankle\\nboot  87.5 %\n", "")


def test_several_images_are_named_in_order(bundle: str, paint: Paint, capsys: Capture) -> None:
    b, a = paint("b.png", 9), paint("a.png", 200)
    assert main(["predict", bundle, b, a, "--top", "2"]) == 0
    told = "ankle\\nboot  87.5 %, bag  11.8 %"
    assert capsys.readouterr().out == f"{b}: {told}\n{a}: {told}\n"


def test_a_folder_of_one_image_is_named_too(
    bundle: str, paint: Paint, tmp_path: Path, capsys: Capture
) -> None:
    path = paint("photos/a.png", 9)
    assert main(["predict", bundle, str(tmp_path / "photos")]) == 0
    assert capsys.readouterr().out.startswith(f"{path}: ankle")


def test_json_is_one_object_a_line(bundle: str, paint: Paint, capsys: Capture) -> None:
    paths = [paint("a.png", 9), paint("b.png", 9)]
    assert main(["predict", bundle, *paths, "--format", "json", "--top", "9"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [one["file"] for one in told] == paths
    assert told[0]["label"] == "ankle\nboot"
    assert [label for label, _ in told[0]["top"]] == ["ankle\nboot", "bag", "T-shirt/top"]


def test_csv_is_a_row_a_class(bundle: str, paint: Paint, capsys: Capture) -> None:
    path = paint("a, b.png", 9)
    assert main(["predict", bundle, path, "--format", "csv", "--top", "2"]) == 0
    assert list(csv.reader(io.StringIO(capsys.readouterr().out))) == [
        ["file", "rank", "label", "probability"],
        [path, "1", "ankle\nboot", "0.8756"],
        [path, "2", "bag", "0.1185"],
    ]


def test_a_digit_is_called_by_the_model_in_the_package(
    paint: Paint, tmp_path: Path, capsys: Capture
) -> None:
    blank = paint("blank.png", 255)
    assert main(["predict", "compact", "samples/mnist-size.png"]) == 0
    assert capsys.readouterr().out.startswith("3  9")
    assert main(["predict", "compact", blank]) == 0
    assert capsys.readouterr().out == "-\n"
    assert main(["predict", "compact", blank, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["label"] is None


def test_a_bad_file_does_not_stop_the_others(
    bundle: str, paint: Paint, tmp_path: Path, capsys: Capture
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\nnothing more")
    good, missing = paint("good.png", 9), str(tmp_path / "missing.png")
    assert main(["predict", bundle, missing, str(tmp_path / "*.gif"), str(broken), good]) == 1
    out, err = capsys.readouterr()
    assert out == f"{good}: ankle\\nboot  87.5 %\n"
    assert [line.split(":")[1].strip() for line in err.splitlines()] == [
        str(tmp_path / "*.gif"),
        missing,
        str(broken),
    ]


def test_limits_name_their_options(bundle: str, paint: Paint, capsys: Capture) -> None:
    assert main(["predict", bundle, paint("a.png", 9), "--max-megapixels", "0.0011"]) == 1
    assert "raise --max-megapixels" in capsys.readouterr().err


def test_a_plot_shows_every_image_that_was_read(
    bundle: str, paint: Paint, tmp_path: Path, capsys: Capture
) -> None:
    plot = tmp_path / "new" / "seen.png"
    images = [paint(f"{n}.png", 9) for n in range(4)]
    assert main(["predict", bundle, *images, str(tmp_path / "no.png"), "--plot", str(plot)]) == 1
    with Image.open(plot) as sheet:
        four = sheet.size
    assert main(["predict", bundle, *images[:3], "--plot", str(plot)]) == 0
    with Image.open(plot) as sheet:
        assert sheet.width == four[0]
        assert sheet.height < four[1]


def test_a_plot_of_nothing_is_not_written(bundle: str, tmp_path: Path) -> None:
    plot = tmp_path / "seen.png"
    assert main(["predict", bundle, str(tmp_path / "no.png"), "--plot", str(plot)]) == 1
    assert not plot.exists()


def test_a_plot_that_cannot_be_written_is_said_after_all_was_printed(
    bundle: str, paint: Paint, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "file").touch()
    plot = tmp_path / "file" / "seen.png"
    assert main(["predict", bundle, paint("a.png", 9), "--plot", str(plot)]) == 1
    out, err = capsys.readouterr()
    assert out.startswith("ankle")
    assert "cannot be written" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--plot", "seen.jpg"], "end the name in .png"),
        (["--top", "0"], "whole number above 0"),
        (["--format", "xml"], "invalid choice"),
    ],
    ids=["plot", "top", "format"],
)
def test_wrong_usage(
    bundle: str, options: list[str], said: str, paint: Paint, capsys: Capture
) -> None:
    assert main(["predict", bundle, paint("a.png", 9), *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert said in err
    assert err.count("\n") == 1


def test_a_plot_never_replaces_an_image(bundle: str, paint: Paint, capsys: Capture) -> None:
    path = paint("a.png", 9)
    assert main(["predict", bundle, path, "--plot", path]) == 2
    assert "is an image to read" in capsys.readouterr().err


def test_too_many_images_for_one_plot_are_refused_before_any_work(
    bundle: str, paint: Paint, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr(predict, "MOST_PLOTTED", 1)
    images = [paint("a.png", 9), paint("b.png", 9)]
    assert main(["predict", bundle, *images, "--plot", "seen.png"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "name at most 1" in err


def test_a_model_that_is_not_there_is_wrong_usage(paint: Paint, capsys: Capture) -> None:
    assert main(["predict", "nothing", paint("a.png", 9)]) == 2
    assert "no model is called 'nothing'" in capsys.readouterr().err


def test_it_needs_the_base_install_only(bundle: str, paint: Paint, tmp_path: Path) -> None:
    plot = tmp_path / "seen.png"
    arguments = ["predict", bundle, paint("a.png", 9), "--plot", str(plot)]
    command = [sys.executable, "-c", WITHOUT_EXTRAS, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert np.asarray(Image.open(plot)).std() > 0
