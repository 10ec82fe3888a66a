"""The bytes of each file, from this machine or a store, or why there are none."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from glob import has_magic
from itertools import groupby

import fsspec
from fsspec.core import url_to_fs

from inkdigits.batch.sources import File, is_url, local_file, sha256_of
from inkdigits.errors import UnreadableImage
from inkdigits.imaging.sources import Source, cause_of, label_of

_FETCHED_AT_ONCE = 32
_FETCHED_BYTES = 64 * 2**20


def rooted(path: str, base: str) -> str:
    """A path or URL as it is opened from anywhere, if it is relative to the folder `base`."""
    return _below(_start(base), path)


def _start(base: str) -> str:
    """What to put before a path that is relative to `base`: nothing if we are there."""
    return "" if os.path.realpath(base) == os.path.realpath(os.curdir) else base


def _below(start: str, path: str) -> str:
    if not is_url(path):
        return os.path.join(start, path)
    *chain, place = path.split("::")
    return "::".join([*chain, place if is_url(place) else os.path.join(start, place)])


class _Named(io.BytesIO):
    """The content of a file, with its name for error messages."""

    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


def contents(
    files: Iterable[File], base: str, max_bytes: int
) -> Iterator[tuple[File, Source | UnreadableImage]]:
    """Each file with what `decode` takes of it, or with why there is nothing.

    Relative paths start at the folder `base`. Files of a store are fetched some at a time, and of
    one that is larger than `max_bytes` only what shows that. A file that is no more as it was
    listed is not read.
    """
    start = _start(base)
    for place, group in groupby(files, lambda file: _place_of(_below(start, file.path))):
        if place is None:
            yield from ((file, _unchanged(file, _below(start, file.path))) for file in group)
        else:
            for block in _blocks(list(group)):
                yield from _fetch(place, block, max_bytes)


def _unchanged(file: File, path: str) -> Source | UnreadableImage:
    now = local_file(path)
    same = now[1:3] == file[1:3] if file.sha256 is None else sha256_of(path) == file.sha256
    # What was not there when it was listed, or is not now, is told by opening it.
    return path if same or None in (file.size, now.size) else _changed(file)


def _changed(file: File) -> UnreadableImage:
    return UnreadableImage(
        f"{label_of(file.path)}: is no more as it was listed: read it in another batch"
    )


def _place_of(path: str) -> str | None:
    """The URL of the store or archive that a file lies in; None for an ordinary file."""
    if not is_url(path):
        return None
    first, *rest = path.split("::")
    scheme, _, name = first.partition("://")
    host = "" if rest else name.partition("/")[0]
    return "::".join([f"{scheme}://{host}", *rest])


def _blocks(files: Sequence[File]) -> Iterator[list[File]]:
    block: list[File] = []
    size = 0
    for file in files:
        size += file.size or 0
        if block and (len(block) == _FETCHED_AT_ONCE or size > _FETCHED_BYTES):
            yield block
            block, size = [], file.size or 0
        block.append(file)
    if block:
        yield block


@lru_cache(maxsize=16)
def _store(place: str) -> fsspec.AbstractFileSystem:
    # Kept, as opening an archive reads the list of all its members.
    return url_to_fs(place)[0]


def _fetch(
    place: str, files: Sequence[File], max_bytes: int
) -> Iterator[tuple[File, Source | UnreadableImage]]:
    try:
        store = _store(place)
        paths = [store._strip_protocol(file.path.split("::")[0]) for file in files]
        # Of several, `cat` would take these for patterns, and fetch the whole of a large file.
        alone = {
            path
            for path, file in zip(paths, files, strict=True)
            if has_magic(path) or (file.size or 0) > max_bytes
        }
        others = [path for path in paths if path not in alone]
        fetched = store.cat(others, on_error="return") if others else {}
        fetched |= {path: _fetch_one(store, path, max_bytes) for path in alone}
    except Exception as error:  # each file system has errors of its own
        paths = [""] * len(files)
        fetched = {"": error}
    for path, file in zip(paths, files, strict=True):
        content = fetched[path]
        if isinstance(content, bytes):
            listed = min(len(content) if file.size is None else file.size, max_bytes + 1)
            yield file, _Named(file.path, content) if len(content) == listed else _changed(file)
        else:
            yield file, UnreadableImage(f"{label_of(file.path)}: {cause_of(content)}")


def _fetch_one(store: fsspec.AbstractFileSystem, path: str, max_bytes: int) -> object:
    try:
        return store.cat_file(path, start=0, end=max_bytes + 1)
    except Exception as error:
        return error
