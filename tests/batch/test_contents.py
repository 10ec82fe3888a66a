import io
import os
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest

from inkdigits.batch.contents import contents, rooted
from inkdigits.batch.sources import File, find_files, with_sha256
from inkdigits.errors import UnreadableImage

Scans = Callable[..., Path]
PNG = frozenset({".png"})


def texts(files: list[File], base: str = ".", max_bytes: int = 100) -> list[object]:
    """What each file holds, or the sentence of its error."""
    found: list[object] = []
    for _, source in contents(files, base, max_bytes):
        if isinstance(source, UnreadableImage):
            found.append(str(source))
        else:
            found.append(source.read() if isinstance(source, io.BytesIO) else source)
    return found


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
    for named, found in [("b/1.png", "b/1.png"), ("*.txt", "c.txt")]:
        (file,) = find_files([f"memory://scans/{named}"], PNG)
        assert file.path == f"memory:///scans/{found}"


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


def test_a_store_that_cannot_be_opened_is_an_error_of_each_file() -> None:
    said = texts([File("gopher://x/a.png", 1, None), File("gopher://x/b.png", 1, None)])
    assert [str(each).partition(": ")[0] for each in said] == [
        "gopher://x/a.png",
        "gopher://x/b.png",
    ]
    assert all("Protocol not known" in str(each) for each in said)
