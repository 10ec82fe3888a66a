"""Any data set, by its name or its path, as arrays: the one way in for training and evaluation."""

from __future__ import annotations

import hashlib
import os
from functools import partial
from pathlib import Path
from typing import Final

from inkdigits.data.catalogue import CATALOGUE, DataSet, Download, Part
from inkdigits.data.fetch import cache_folder, fetch
from inkdigits.data.image_folder import ImageForm
from inkdigits.data.own import has_own_test, load_own
from inkdigits.data.progress import Watch, unwatched
from inkdigits.data.published import read_published
from inkdigits.data.sets import (
    ENVIRONMENT_VARIABLE,
    LabelledArrays,
    checked,
    data_folder,
    idx_files,
    load_arrays,
)
from inkdigits.errors import DataError

AS_IT_IS: Final = ImageForm()


def load_set(
    source: str, part: Part = "train", form: ImageForm = AS_IT_IS, watch: Watch = unwatched
) -> LabelledArrays:
    """Load a part of a named set (see `CATALOGUE`) or of data of one's own (see `data/own.py`).

    A name is looked for in `INKDIGITS_DATA`, then in the cache, and else downloaded; whatever is no
    name is a path. `form` says how image files become arrays; named sets have theirs already.
    `watch` is told how far a download or the decoding of images is. Raises `DataError` for what is
    missing, broken or not the published content.
    """
    known = CATALOGUE.get(source)
    if known is None:
        return load_own(source, part, form, watch)
    if form != AS_IT_IS:
        raise DataError(f"{source} has a size of its own: leave out how to make images of files")
    if part not in known.parts:
        raise DataError(f"{source} has no {part} part: use {', '.join(known.parts)}")
    place = place_of(known, part)
    if place and place == _kept_as_idx(known, part):
        arrays = load_arrays(source, part)
    else:
        arrays = _load_published(known, part, place, watch)
    _check_content(known, part, arrays, place or cache_folder())
    return arrays


def has_test(source: str) -> bool:
    """Whether a set has a test part; `DataError` for a path at which there is nothing."""
    known = CATALOGUE.get(source)
    return has_own_test(source) if known is None else "test" in known.parts


def warning_of(source: str) -> str:
    """What everybody who uses this set must know; `""` for nothing."""
    known = CATALOGUE.get(source)
    return "" if known is None else known.warning


def place_of(known: DataSet, part: Part) -> Path | None:
    """The folder on this machine that holds a part of a named set, if there is one."""
    if kept := _kept_as_idx(known, part):
        return kept
    folders = [cache_folder() / known.folder]
    if os.environ.get(ENVIRONMENT_VARIABLE):
        folders.insert(0, data_folder() / known.folder)
    files = [download.file for download in known.parts[part].downloads]
    whole = (folder for folder in folders if all((folder / file).is_file() for file in files))
    return next(whole, None)


def _kept_as_idx(known: DataSet, part: Part) -> Path | None:
    if not os.environ.get(ENVIRONMENT_VARIABLE):
        return None
    folder = data_folder() / known.name
    return folder if all(path.is_file() for path in idx_files(folder, part)) else None


def _load_published(known: DataSet, part: Part, place: Path | None, watch: Watch) -> LabelledArrays:
    """The files that lie in `place` as their publisher made them, or that are fetched."""
    paths = []
    for download in known.parts[part].downloads:
        check = partial(_check_file, known, part, download)
        if place is None:
            paths.append(fetch(download, cache_folder() / known.folder, check, watch))
        else:
            paths.append(place / download.file)
            check(paths[-1])
    return _read(known, part, paths)


def _read(known: DataSet, part: Part, paths: list[Path]) -> LabelledArrays:
    images, labels = read_published(known, part, paths)
    arrays = LabelledArrays(known.name, part, images, labels, None, known.classes, known.meaning)
    return checked(arrays, paths[0].parent)


def _check_file(known: DataSet, part: Part, download: Download, path: Path) -> None:
    """Hold a file against its published hash or, where there is none, against the content."""
    if not download.digest:
        _check_content(known, part, _read(known, part, [path]), path)
        return
    algorithm, _, published = download.digest.partition(":")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False))
    if digest.hexdigest() != published:
        raise _not_as_published(path)


def _check_content(known: DataSet, part: Part, arrays: LabelledArrays, where: Path) -> None:
    published = known.parts[part].sha256
    if published and arrays.sha256 != published:
        raise _not_as_published(where)
    if int(arrays.labels.max(initial=0)) >= len(known.classes):
        raise _not_as_published(where)


def _not_as_published(where: Path) -> DataError:
    return DataError(
        f"{where}: not the published content: delete it and fetch it with `inkdigits data get`, "
        "or give its path in place of the name to use it as it is"
    )
