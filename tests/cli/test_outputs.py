import errno
import os
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from PIL import Image

from inkdigits.cli.console import UsageError
from inkdigits.cli.outputs import OutputError, plan_outputs, write_png

PIXELS = np.full((3, 4, 3), 200, np.uint8)


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_png_takes_one_image() -> None:
    assert plan_outputs("out.PNG", ["a.jpg"]) == [Path("out.PNG")]
    assert plan_outputs("out.png", []) == []


@pytest.mark.parametrize("out", ["out", "out/", "there.png"])
def test_a_folder_takes_any_number(out: str) -> None:
    Path("there.png").mkdir()
    named = plan_outputs(out, ["x/a.jpg", "b.png", "-"])
    assert named == [Path(out, "a.png"), Path(out, "b.png"), Path(out, "stdin.png")]


def test_equal_stems_do_not_meet() -> None:
    images = ["x/a.jpg", "y/a.png", "A.gif", "a-2.jpg", "x/a.jpg"]
    names = [path.name for path in plan_outputs("out", images)]
    assert names == ["a.png", "a-2.png", "A-3.png", "a-2-2.png", "a-4.png"]


@pytest.mark.parametrize(
    ("out", "images", "reason"),
    [
        ("out.png", ["a.jpg", "b.jpg"], "2 images need a folder: write out/"),
        ("out.jpg", ["a.jpg"], "only PNG"),
        ("", ["a.jpg"], "empty name"),
    ],
)
def test_what_does_not_work_out_is_wrong_usage(out: str, images: list[str], reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        plan_outputs(out, images)


@pytest.mark.parametrize("out", ["scans/a.png", "scans", "scans/../scans/a.png", "link.png"])
def test_an_image_that_is_read_is_never_written(out: str) -> None:
    Path("scans").mkdir()
    write_png(Path("scans/a.png"), PIXELS)
    Path("link.png").symlink_to("scans/a.png")
    with pytest.raises(UsageError, match="is an image to read"):
        plan_outputs(out, ["scans/a.png"])


def test_pixels_come_back_from_the_file() -> None:
    write_png(Path("new/folder/out.png"), PIXELS)
    with Image.open("new/folder/out.png") as image:
        assert image.format == "PNG"
        assert np.array_equal(np.asarray(image), PIXELS)


def test_a_full_disk_leaves_the_old_file_and_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_image: object, file: BinaryIO, **_options: object) -> None:
        file.write(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    Path("out.png").write_text("old")
    monkeypatch.setattr(Image.Image, "save", fail)
    with pytest.raises(
        OutputError, match=r"^out\.png: cannot be written: No space left on device$"
    ):
        write_png(Path("out.png"), PIXELS)
    assert Path("out.png").read_text() == "old"
    assert os.listdir() == ["out.png"]


def test_a_file_in_the_place_of_a_folder_is_named() -> None:
    Path("taken").touch()
    with pytest.raises(OutputError, match=r"^taken/out\.png: cannot be written: "):
        write_png(Path("taken/out.png"), PIXELS)
