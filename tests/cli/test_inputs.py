from pathlib import Path

import pytest

from inkdigits.cli.console import UsageError
from inkdigits.cli.inputs import expand, natural_key


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    scans = tmp_path / "scans"
    (scans / "deep" / "er").mkdir(parents=True)
    (scans / "folder.png").mkdir()
    for name in ("p10.png", "p2.JPG", "P1.tiff", ".hidden.png", "notes.txt", "deep/er/x.png"):
        (scans / name).touch()
    monkeypatch.chdir(tmp_path)
    return scans


def test_files_stay_as_they_were_typed() -> None:
    assert expand(["./a.png", "nowhere/../b"]) == (["./a.png", "nowhere/../b"], [])


def test_a_folder_gives_its_images_in_natural_order(folder: Path) -> None:
    images = [str(Path("scans", name)) for name in ("P1.tiff", "p2.JPG", "p10.png")]
    assert expand(["scans"]) == (images, [])


def test_a_pattern_gives_the_files_that_match(folder: Path) -> None:
    assert expand(["scans/p*"]) == (["scans/p2.JPG", "scans/p10.png"], [])
    assert expand(["scans/**/*.png"]) == (["scans/deep/er/x.png", "scans/p10.png"], [])


def test_an_absolute_pattern_works(folder: Path) -> None:
    assert expand([f"{folder}/*.txt"]) == ([f"{folder}/notes.txt"], [])


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(folder: Path) -> None:
    (folder / "a[1].png").touch()
    (folder / "a1.png").touch()
    assert expand(["scans/a[1].png"]) == (["scans/a[1].png"], [])


@pytest.mark.parametrize(
    ("argument", "complaint"),
    [
        ("scans/*.bmp", "scans/*.bmp: no file matches"),
        ("scans/deep", "scans/deep: no image in this folder"),
    ],
)
def test_what_names_no_image_is_said_and_the_rest_goes_on(
    folder: Path, argument: str, complaint: str
) -> None:
    assert expand([argument, "a.png"]) == (["a.png"], [complaint])


def test_an_empty_name_is_no_folder(folder: Path) -> None:
    images, complaints = expand(["", "a.png"])
    assert images == ["a.png"]
    assert complaints == ["'': an empty name; name an image"]


def test_standard_input_is_read_once() -> None:
    assert expand(["-", "a.png"]) == (["-", "a.png"], [])
    with pytest.raises(UsageError, match="once"):
        expand(["-", "-"])


def test_a_file_found_by_the_name_of_a_dash_is_not_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "-").touch()
    monkeypatch.chdir(tmp_path)
    assert expand(["*"]) == (["./-"], [])


def test_natural_order_counts() -> None:
    names = ["a10b2", "a10b10", "a9", "B1", "a", "1"]
    assert sorted(names, key=natural_key) == ["1", "a", "a9", "a10b2", "a10b10", "B1"]
