"""The files that the user's arguments name, here or in a store.

Paths are taken as they are; what begins with `s3://`, `zip://` or another scheme is opened by
fsspec, chained URLs (`zip://*.png::s3://bucket/scans.zip`) too.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from glob import glob, has_magic
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import fsspec
from fsspec.core import url_to_fs

from inkdigits.errors import DataError
from inkdigits.imaging.sources import cause_of

STANDARD_INPUT = "-"

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")

# What fsspec calls the file system of an archive, by the end of the archive's name.
_ARCHIVES = {".zip": "zip", ".tar": "tar", ".tgz": "tar", ".tar.gz": "tar", ".tar.xz": "tar"}

_MODIFIED = ("mtime", "LastModified", "last_modified", "updated", "date_time")
"""Under which names fsspec's file systems tell when a file was modified."""


def is_url(name: str) -> bool:
    """Whether fsspec opens it, and not the system."""
    return _URL.match(name) is not None


class File(NamedTuple):
    """One input: its path or URL, bytes, and time of modification in ns since 1970 (UTC).

    What is not known is None. `sha256` is that of its content, if it was asked for.
    """

    path: str
    size: int | None
    modified_ns: int | None
    sha256: str | None = None


def find_files(arguments: Iterable[str], suffixes: frozenset[str]) -> Iterator[File]:
    """All files that `arguments` name, argument by argument, those of one sorted by path.

    - A folder stands for the images in it at any depth: by suffix, hidden ones left out, links to
      folders not followed. So does a zip or tar archive, and a folder in a store.
    - A pattern (`*`, `?`, `[…]`, `**` for any depth) stands for the files that match it.
    - Anything else is a file.

    Raises `DataError` for what names nothing or cannot be opened, `OSError` for a folder that
    cannot be listed.
    """
    for argument in arguments:
        count = 0
        for count, file in enumerate(_find(argument, suffixes), 1):  # noqa: B007
            yield file
        if not count:
            raise DataError(f"{argument}: no image is found there")


def listed_files(path: str) -> Iterator[File]:
    """The files that the lines of a text file name, in its order; `"-"` is standard input.

    A file that is not there is listed all the same: reading says what is wrong with it. Of URLs
    nothing is asked beforehand. Raises `OSError` if the list cannot be read.
    """
    lines: BinaryIO
    if path == STANDARD_INPUT:
        yield from map(_listed, _names_in(sys.stdin.buffer))
        return
    with open(path, "rb") as lines:
        yield from map(_listed, _names_in(lines))


def _names_in(lines: Iterable[bytes]) -> Iterator[str]:
    for line in lines:
        if name := line.rstrip(b"\r\n"):
            yield os.fsdecode(name)


def _listed(name: str) -> File:
    return File(name, None, None) if is_url(name) else local_file(name)


def _find(argument: str, suffixes: frozenset[str]) -> Iterator[File]:
    if archive := _archive_kind(argument):
        yield from _find_in_store(f"{archive}://::{argument}", suffixes)
    elif is_url(argument):
        yield from _find_in_store(argument, suffixes)
    elif Path(argument).is_dir():
        yield from _walk(argument, suffixes)
    elif has_magic(argument) and not Path(argument).exists():
        matches = sorted(glob(argument, recursive=True))
        yield from (local_file(path) for path in matches if not Path(path).is_dir())
    elif Path(argument).exists():
        yield local_file(argument)
    else:
        raise DataError(f"{argument}: no such file or folder")


def _archive_kind(argument: str) -> str | None:
    if "::" in argument or Path(argument).is_dir():
        return None
    ends = (suffix for suffix in _ARCHIVES if argument.lower().endswith(suffix))
    return next((_ARCHIVES[end] for end in ends), None)


def _walk(folder: str, suffixes: frozenset[str]) -> Iterator[File]:
    """Folder by folder and by name, so that never more than one folder's names are in memory."""
    with os.scandir(folder) as entries:
        found = sorted(
            (entry.name, entry.is_dir(follow_symlinks=False))
            for entry in entries
            if not (entry.name.startswith(".") or _links_to_folder(entry))
        )
    for name, is_folder in found:
        path = os.path.join(folder, name)
        if is_folder:
            yield from _walk(path, suffixes)
        elif _is_image(name, suffixes):
            yield local_file(path)


def _links_to_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() and entry.is_dir()


def _is_image(name: str, suffixes: frozenset[str]) -> bool:
    return not name.startswith(".") and os.path.splitext(name)[1].lower() in suffixes


def local_file(path: str) -> File:
    """A file of this machine, there or not."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # reading will say what is wrong
        return File(path, None, None)
    return File(path, status.st_size, status.st_mtime_ns)


def _find_in_store(url: str, suffixes: frozenset[str]) -> Iterator[File]:
    first, *rest = url.split("::")
    scheme = first.partition("://")[0]

    def file(info: dict[str, Any]) -> File:
        name = str(info["name"])
        own = name if name.startswith(f"{scheme}://") else f"{scheme}://{name}"
        return File("::".join([own, *rest]), info.get("size"), _modified_ns(info))

    with _store_errors_named(url):
        store, path = url_to_fs(url)
        if has_magic(path):
            found = store.glob(path, detail=True)
            infos = (found[name] for name in sorted(found) if found[name]["type"] == "file")
            yield from map(file, infos)
        elif not path.strip("/") or store.isdir(path):
            for _, _, files in store.walk(path, detail=True):
                yield from (
                    file(files[name]) for name in sorted(files) if _is_image(name, suffixes)
                )
        else:
            yield file(store.info(path))


@contextmanager
def _store_errors_named(url: str) -> Iterator[None]:
    """Whatever a file system of fsspec raises in the block, as one of our errors."""
    try:
        yield
    except ImportError as error:  # fsspec says which package to install
        raise DataError(f"{url}: a package is not installed: {cause_of(error)}") from error
    except FileNotFoundError as error:
        raise DataError(f"{url}: no such file or folder") from error
    except Exception as error:  # each file system has errors of its own
        raise DataError(f"{url}: cannot be listed: {cause_of(error)}") from error


def _modified_ns(info: dict[str, Any]) -> int | None:
    value = next((info[name] for name in _MODIFIED if info.get(name) is not None), None)
    if isinstance(value, tuple):  # of a zip member: six numbers without a zone
        year, month, day, *time = value
        value = datetime(year, month, day, *time).replace(tzinfo=UTC)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, datetime):
        value = value.timestamp()
    return round(value * 1e9) if isinstance(value, int | float) else None


def with_sha256(file: File) -> File:
    """The file with the SHA-256 of its content, or without one if it cannot be read."""
    return file._replace(sha256=sha256_of(file.path))


def sha256_of(path: str) -> str | None:
    """SHA-256 of the content at a path or URL; None if it cannot be read."""
    try:
        with fsspec.open(path, "rb") if is_url(path) else open(path, "rb") as content:
            return hashlib.file_digest(content, "sha256").hexdigest()
    except Exception:  # each file system has errors of its own; reading says what is wrong
        return None
