import io
import os
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest
from fsspec.registry import known_implementations

from inkdigits.batch.sources import (
    File,
    contents,
    find_files,
    listed_files,
    rooted,
    with_sha256,
)
from inkdigits.errors import DataError, UnreadableImage

Scans = Callable[..., Path]
PNG = frozenset({".png"})


@pytest.fixture
def store() -> fsspec.AbstractFileSystem:
    """A store that is not the local disk; empty before and after."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    yield memory
    memory.store.clear()
    memory.pseudo_dirs[:] = [""]


def names(*arguments: object) -> list[str]:
    return [file.path for file in find_files(map(str, arguments), PNG)]


def texts(files: list[File], base: str = ".", max_bytes: int = 100) -> list[object]:
    """What each file holds, or the sentence of its error."""
    found: list[object] = []
    for _, source in contents(files, base, max_bytes):
        if isinstance(source, UnreadableImage):
            found.append(str(source))
        else:
            found.append(source.read() if isinstance(source, io.BytesIO) else source)
    return found


def test_a_folder_stands_for_its_images_at_any_depth_in_a_fixed_order(scans: Scans) -> None:
    folder = scans("b/2.png", "b/10.png", "a.PNG", "c.txt", ".hidden.png", ".git/x.png")
    found = names(folder)
    assert [os.path.relpath(name, folder) for name in found] == ["a.PNG", "b/10.png", "b/2.png"]


def test_a_link_to_a_folder_is_not_followed(scans: Scans) -> None:
    folder = scans("a.png")
    (folder / "again").symlink_to(folder)
    assert len(names(folder)) == 1


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


def test_members_of_archives_are_files(scans: Scans, tmp_path: Path) -> None:
    folder = scans("one.png", "two.txt", "deep/three.png")
    packed = tmp_path / "scans.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in sorted(folder.rglob("*.*")):
            archive.write(path, path.relative_to(folder))
    found = list(find_files([str(packed)], PNG))
    expected = [f"zip://{name}::{packed}" for name in ("one.png", "deep/three.png")]
    assert sorted(file.path for file in found) == sorted(expected)
    modified = datetime.fromtimestamp((found[0].modified_ns or 0) / 1e9, UTC)
    assert modified.year >= 2020
    content = (folder / "one.png").read_bytes()
    assert texts(found, max_bytes=10_000) == [content, content]


def test_a_store_is_listed_and_read(store: fsspec.AbstractFileSystem) -> None:
    for name in ("b/2.png", "b/1.png", "c.txt", ".d.png", "b/we[i]rd*.png"):
        store.pipe(f"/scans/{name}", name.encode())
    files = list(find_files(["memory://scans"], PNG))
    assert [file.path for file in files] == [
        "memory:///scans/b/1.png",
        "memory:///scans/b/2.png",
        "memory:///scans/b/we[i]rd*.png",
    ]
    assert texts(files) == [b"b/1.png", b"b/2.png", b"b/we[i]rd*.png"]
    assert names("memory://scans/b/1.png") == ["memory:///scans/b/1.png"]
    assert names("memory://scans/*.txt") == ["memory:///scans/c.txt"]


def test_of_a_file_that_is_too_large_only_that_is_fetched(store: fsspec.AbstractFileSystem) -> None:
    store.pipe("/large.png", b"x" * 1_000)
    assert texts(list(find_files(["memory://large.png"], PNG)), max_bytes=9) == [b"x" * 10]


def test_a_file_that_left_the_store_is_an_error_of_its_own(
    store: fsspec.AbstractFileSystem,
) -> None:
    store.pipe("/a.png", b"a")
    files = [File("memory:///gone.png", 1, None), File("memory:///a.png", 1, None)]
    gone, there = texts(files)
    assert there == b"a"
    assert str(gone).startswith("memory:///gone.png: ")


def test_more_files_than_are_fetched_at_once_come_in_order(
    store: fsspec.AbstractFileSystem,
) -> None:
    for i in range(70):
        store.pipe(f"/{i:02d}.png", b"%d" % i)
    files = list(find_files(["memory://"], PNG))
    assert texts(files) == [b"%d" % i for i in range(70)]


def test_a_file_that_changed_since_it_was_listed_is_not_read(scans: Scans) -> None:
    path = scans("a.png") / "a.png"
    files = list(find_files([str(path)], PNG))
    assert texts(files) == [str(path)]
    path.write_bytes(b"longer than it was, by far, and by more than that" * 20)
    (said,) = texts(files)
    assert "is no more as it was listed" in str(said)


def test_with_a_hash_only_the_content_counts(scans: Scans) -> None:
    path = scans("a.png") / "a.png"
    file = with_sha256(next(find_files([str(path)], PNG)))
    os.utime(path, (0, 0))
    assert texts([file]) == [str(path)]
    path.write_bytes(path.read_bytes()[::-1])
    assert "is no more as it was listed" in str(texts([file])[0])


def test_a_file_of_a_store_that_changed_since_it_was_listed_is_not_read(
    store: fsspec.AbstractFileSystem,
) -> None:
    store.pipe("/a.png", b"abc")
    files = list(find_files(["memory://a.png"], PNG))
    store.pipe("/a.png", b"abcd")
    assert "is no more as it was listed" in str(texts(files)[0])


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        known_implementations,
        "bucket",
        {"class": "a_package_that_is_not_installed.Fs", "err": "Install bucketfs to use buckets"},
    )
    with pytest.raises(DataError, match=r"bucket://x: .*Install bucketfs"):
        names("bucket://x")
    assert "Install bucketfs" in str(texts([File("bucket://x/a.png", 1, None)])[0])


def test_an_unknown_scheme_is_one_clear_error() -> None:
    with pytest.raises(DataError, match="gopher://x: cannot be listed: Protocol not known"):
        names("gopher://x")


@pytest.mark.parametrize(
    ("path", "opened"),
    [
        ("a/b.png", "/there/a/b.png"),
        ("/abs/b.png", "/abs/b.png"),
        ("s3://x/b.png", "s3://x/b.png"),
        ("zip://b.png::scans.zip", "zip://b.png::/there/scans.zip"),
        ("zip://b.png::s3://x/scans.zip", "zip://b.png::s3://x/scans.zip"),
    ],
)
def test_relative_paths_start_where_the_batch_did(path: str, opened: str) -> None:
    assert rooted(path, "/there") == opened


def test_where_the_batch_did_start_paths_stay_as_they_are() -> None:
    assert rooted("a.png", os.getcwd()) == "a.png"


def test_the_hash_is_that_of_the_content(scans: Scans) -> None:
    path = scans("a.png") / "a.png"
    path.write_bytes(b"abc")
    hashed = with_sha256(File(str(path), 3, 0))
    assert hashed.sha256 is not None
    assert hashed.sha256.startswith("ba7816bf")
    assert with_sha256(File("gone.png", 3, 0)).sha256 is None
