import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fsspec.registry import known_implementations

from inkdigits.batch.sources import File, find_files, listed_files, with_sha256
from inkdigits.errors import DataError

Scans = Callable[..., Path]
PNG = frozenset({".png"})


def names(*arguments: object) -> list[str]:
    return [file.path for file in find_files(map(str, arguments), PNG)]


def test_a_folder_stands_for_its_images_at_any_depth_in_a_fixed_order(scans: Scans) -> None:
    folder = scans("b/2.png", "b/10.png", "a.PNG", "c.txt", ".hidden.png", ".git/x.png")
    found = names(folder)
    assert [os.path.relpath(name, folder) for name in found] == ["a.PNG", "b/10.png", "b/2.png"]


def test_of_links_only_those_to_files_are_followed(scans: Scans) -> None:
    folder = scans("a.png")
    (folder / "again").symlink_to(folder)
    (folder / "again.png").symlink_to(folder)
    (folder / "b.png").symlink_to(folder / "a.png")
    assert [Path(name).name for name in names(folder)] == ["a.png", "b.png"]


def test_size_and_time_are_those_of_the_file(scans: Scans) -> None:
    path = scans("a.png") / "a.png"
    os.utime(path, ns=(0, 1_700_000_000_123_456_789))
    assert list(find_files([str(path)], PNG)) == [
        File(str(path), path.stat().st_size, 1_700_000_000_123_456_789)
    ]


def test_a_pattern_matches_at_any_depth(scans: Scans) -> None:
    folder = scans("x/b.png", "x/y/a.png", "c.png")
    assert [Path(name).name for name in names(folder / "x" / "**" / "*.png")] == ["b.png", "a.png"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(scans: Scans) -> None:
    folder = scans("a[1].png", "a1.png")
    assert names(folder / "a[1].png") == [str(folder / "a[1].png")]


@pytest.mark.parametrize("missing", ["nowhere", "none/*.png", "empty"])
def test_what_names_nothing_is_an_error(missing: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=missing.partition("/")[0]):
        names(tmp_path / missing)


def test_a_list_names_files_in_its_order_there_or_not(scans: Scans, tmp_path: Path) -> None:
    folder = scans("a.png", "b.png")
    wanted = [
        str(folder / "b.png"),
        str(folder / "gone.png"),
        "s3://x/y.png",
        str(folder / "a.png"),
    ]
    listed = tmp_path / "list.txt"
    listed.write_bytes(b"\r\n".join(map(os.fsencode, wanted)) + b"\n\n")
    files = list(listed_files(str(listed)))
    assert [file.path for file in files] == wanted
    assert [file.size is None for file in files] == [False, True, True, False]


@pytest.mark.skipif(sys.platform != "linux", reason="file names are bytes only on Linux")
def test_a_name_that_is_no_text_is_found_and_opened(scans: Scans, tmp_path: Path) -> None:
    folder = scans("caf\udce9.png")
    listed = tmp_path / "list.txt"
    listed.write_bytes(os.fsencode(folder) + b"/caf\xe9.png\n")
    assert names(folder) == [file.path for file in listed_files(str(listed))]
    assert Path(names(folder)[0]).exists()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        known_implementations,
        "bucket",
        {"class": "a_package_that_is_not_installed.Fs", "err": "Install bucketfs to use buckets"},
    )
    with pytest.raises(DataError, match=r"bucket://x: .*Install bucketfs"):
        names("bucket://x")


def test_an_unknown_scheme_is_one_clear_error() -> None:
    with pytest.raises(DataError, match="gopher://x: cannot be listed: Protocol not known"):
        names("gopher://x")


def test_the_hash_is_that_of_the_content(scans: Scans) -> None:
    path = scans("a.png") / "a.png"
    path.write_bytes(b"abc")
    hashed = with_sha256(File(str(path), 3, 0))
    assert hashed.sha256 is not None
    assert hashed.sha256.startswith("ba7816bf")
    assert with_sha256(File("gone.png", 3, 0)).sha256 is None
