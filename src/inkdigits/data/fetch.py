"""Files from public mirrors into the cache: resumed where they broke off, checked, whole or not.

A file is written beside its place with a name that ends in `.part`, one for each mirror, and takes
its place only when `check` finds nothing wrong with it. What a kill, Ctrl-C or a full disk leaves
behind is gone on with the next time, if the server can (HTTP's `Range`, RFC 9110, section 14).
"""

from __future__ import annotations

import hashlib
import http.client
import os
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from inkdigits import __version__
from inkdigits.data.catalogue import Download
from inkdigits.data.progress import Step, Watch, unwatched
from inkdigits.errors import DataError
from inkdigits.locking import try_lock

CACHE_VARIABLE: Final = "INKDIGITS_CACHE"

TIMEOUT_S: Final = 30.0
"""A mirror that says nothing for so long is given up."""

TRIES: Final = 5
"""How often one mirror is asked, as long as each try brings the file further."""

_CHUNK_BYTES: Final = 2**18
_MAX_BYTES: Final = 2**32
_POLL_S: Final = 0.2
_RANGE_NOT_SATISFIABLE: Final = 416


class _Broken(Exception):
    """A mirror does not give the file; the message says why."""


def cache_folder() -> Path:
    """Where downloads are kept: `INKDIGITS_CACHE`, else `inkdigits` in the user's cache folder."""
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "inkdigits"


def fetch(
    download: Download, folder: Path, check: Callable[[Path], None], watch: Watch = unwatched
) -> Path:
    """Bring a file into `folder`, unless it is there, from the first mirror that gives it.

    `check` raises `DataError` for a file that is not the published one. A second process that wants
    a file of the same folder waits for the first. Raises `DataError` that says what each mirror
    answered and what to do, or that the disk takes no more.
    """
    path = folder / download.file
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder, download.file, watch):
            if not path.exists():
                _download(download, folder, check, watch)
    except OSError as error:
        where = error.filename or folder
        raise DataError(
            f"{where}: cannot be written ({error.strerror or error}): make room there, or name "
            f"another folder in {CACHE_VARIABLE}, and start again: it goes on where it was"
        ) from error
    return path


def _download(
    download: Download, folder: Path, check: Callable[[Path], None], watch: Watch
) -> None:
    failures = []
    for url in download.mirrors:
        part = part_of(folder, download, url)
        try:
            _download_from(url, part, check, watch)
        except _Broken as broken:
            failures.append(f"{urllib.parse.urlsplit(url).hostname}: {broken}")
            continue
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(folder / download.file)
        for other in download.mirrors:
            part_of(folder, download, other).unlink(missing_ok=True)
        return
    raise DataError(
        f"{download.file} cannot be downloaded ({'; '.join(failures)}): try again, or fetch "
        f"{download.mirrors[0]} by hand and put it at {folder / download.file}"
    )


def part_of(folder: Path, download: Download, url: str) -> Path:
    """Where what has come from one mirror lies: two mirrors may pack a file differently."""
    return folder / f"{download.file}.{hashlib.sha256(url.encode()).hexdigest()[:8]}.part"


def _download_from(url: str, part: Path, check: Callable[[Path], None], watch: Watch) -> None:
    """Complete `part`, which `check` then finds right; `_Broken` if this mirror cannot."""
    resumed = _size(part) > 0
    _complete(url, part, watch)
    try:
        check(part)
    except DataError as error:
        part.unlink()
        if not resumed:
            raise _Broken("gives another file than the published one") from error
    else:
        return
    # What was there before may be to blame, so once more from the beginning.
    _download_from(url, part, check, watch)


def _complete(url: str, part: Path, watch: Watch) -> None:
    for _ in range(TRIES):
        before = _size(part)
        try:
            _transfer(url, part, watch)
        except _Broken:
            if _size(part) <= before:
                raise
        else:
            return
    raise _Broken(f"broke off {TRIES} times")


def _transfer(url: str, part: Path, watch: Watch) -> None:
    """Ask once for what `part` lacks, and append what comes."""
    done = _size(part)
    headers = {"User-Agent": f"inkdigits/{__version__}", "Accept-Encoding": "identity"}
    if done:
        headers["Range"] = f"bytes={done}-"
    # Only the addresses of the catalogue, all of them http or https, are ever asked for.
    request = urllib.request.Request(url, headers=headers)  # noqa: S310
    try:
        response = urllib.request.urlopen(request, timeout=TIMEOUT_S)  # noqa: S310
    except urllib.error.HTTPError as error:
        with error:
            if error.code == _RANGE_NOT_SATISFIABLE and done:
                return  # it is all there; the check will say whether it is right
            raise _Broken(f"answers {error.code} {error.reason}") from error
    except (OSError, http.client.HTTPException) as error:
        raise _Broken(_cause(error)) from error
    with response:
        if response.headers.get("Content-Range", "").partition("-")[0] != f"bytes {done}":
            done = 0  # the server gives it from the beginning
        length = response.headers.get("Content-Length", "")
        total = done + int(length) if length.isdigit() else None
        with part.open("ab" if done else "wb") as file:
            what = f"fetching {urllib.parse.urlsplit(url).path.rpartition('/')[2]}"
            for piece in _pieces(response):
                _write(file, piece)
                done += len(piece)
                watch(Step(what, done, total, "bytes"))
                if done > _MAX_BYTES:
                    file.truncate(0)
                    raise _Broken(f"gives more than {_MAX_BYTES:,} bytes")
    if total is not None and done < total:
        raise _Broken(f"breaks off after {done:,} of {total:,} bytes")


def _pieces(response: http.client.HTTPResponse) -> Iterator[bytes]:
    while True:
        try:
            piece = response.read(_CHUNK_BYTES)
        except (OSError, http.client.HTTPException) as error:
            raise _Broken(_cause(error)) from error
        if not piece:
            return
        yield piece


def _write(file: BinaryIO, piece: bytes) -> None:
    """Write at once: what stays in a buffer is lost when the process is killed."""
    try:
        file.write(piece)
        file.flush()
    except OSError as error:
        raise OSError(error.errno, error.strerror, file.name) from error


def _cause(error: Exception) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    said = (reason.strerror if isinstance(reason, OSError) else None) or str(reason)
    return " ".join(said.split()) or type(reason).__name__


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@contextmanager
def _alone(folder: Path, file: str, watch: Watch) -> Iterator[None]:
    """Keep other downloads out of `folder`: the lock is the process's, however that ends.

    On Windows there is none: two downloads spoil each other, and the check finds it out.
    """
    with (folder / ".lock").open("ab") as lock:
        while not try_lock(lock):
            watch(Step(f"waiting for another process to fetch {file}", 0, None, "bytes"))
            time.sleep(_POLL_S)
        yield
