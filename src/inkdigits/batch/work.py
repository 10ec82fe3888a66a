"""Reading one shard: a plain function of its files, which runs wherever it is called."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter

import pyarrow as pa

from inkdigits import __version__
from inkdigits.batch.contents import contents
from inkdigits.batch.rows import Row, error_row, rows_of, table_of
from inkdigits.batch.sources import File
from inkdigits.errors import ImageTooLarge, IncompatibleModel, InkdigitsError, UnreadableImage
from inkdigits.imaging.decode import Limits, Source, decode
from inkdigits.recognition.bundle import find_bundle
from inkdigits.recognition.reader import LayoutKind, Reader


@dataclass(frozen=True, slots=True)
class Work:
    """How every shard of a batch is read, wherever that happens.

    `base` is the folder that relative paths start at; `model` the name or folder of the bundle,
    `model_sha256` what `model_hash` gives for it, `inkdigits` the version of the package. `format`
    is that of the result (see `rows.FORMATS`), `memory_bytes` what one process may use.
    """

    base: str
    model: str
    model_sha256: str
    inkdigits: str
    layout: LayoutKind
    limits: Limits
    format: str
    memory_bytes: int


def model_hash(name_or_path: str) -> str:
    """SHA-256 of the contract of a bundle, which holds that of its weights.

    Raises `ModelNotFound`, or `OSError` where there is no contract.
    """
    return hashlib.sha256((find_bundle(name_or_path) / "model.json").read_bytes()).hexdigest()


def read_shard(work: Work, files: Sequence[File]) -> pa.Table:
    """The rows (`rows.SCHEMA`) of all `files`, in their order.

    A file that cannot be read is a row. Raises `ModelError` if the model of the batch is not here,
    or another one, or if this is another version of inkdigits.
    """
    reader = _reader(work)
    rows: list[Row] = []
    for file, source in contents(files, work.base, work.limits.max_bytes):
        rows += _read_file(reader, work.layout, file, source)
    return table_of(rows)


def model_title(work: Work) -> str:
    """Name and version of the model, as the rows show it; raises as `read_shard` does."""
    return _reader(work).bundle.contract.title


@lru_cache(maxsize=1)
def _reader(work: Work) -> Reader:
    if work.inkdigits != __version__:
        raise IncompatibleModel(
            f"the batch is read by inkdigits {work.inkdigits}, this is {__version__}: "
            "install the same version for all workers"
        )
    reader = Reader(work.model, limits=work.limits, threads=1)
    if model_hash(work.model) != work.model_sha256:
        raise IncompatibleModel(
            f"{work.model!a} is another model here than where the batch was started: "
            "give all workers the same"
        )
    return reader


def _read_file(
    reader: Reader, layout: LayoutKind, file: File, source: Source | UnreadableImage
) -> list[Row]:
    start = perf_counter()
    try:
        if isinstance(source, UnreadableImage):
            raise source
        return _read_pages(reader, layout, file, source)
    except InkdigitsError as error:
        name, message = type(error).__name__, str(error)
    except MemoryError:
        name, message = ImageTooLarge.__name__, f"{file.path}: takes too much memory to read"
    # One file that shows a mistake of ours is no reason to lose a million others.
    except Exception as error:
        name, message = type(error).__name__, f"{file.path}: a fault of inkdigits: {error}"
    spent = _milliseconds(start, perf_counter())
    return [error_row(file.path, reader.bundle.contract.title, name, message, spent)]


def _read_pages(reader: Reader, layout: LayoutKind, file: File, source: Source) -> list[Row]:
    rows: list[Row] = []
    start = perf_counter()
    pages = decode(source, reader.limits)
    decoded = perf_counter()
    decoding: float | None = _milliseconds(start, decoded)
    for page in pages:
        reading = reader.read_page(page, layout)
        end = perf_counter()
        rows += rows_of(file.path, reading, _milliseconds(start, end), decoding)
        start, decoding = end, None
    return rows


def _milliseconds(start: float, end: float) -> float:
    return 1000 * (end - start)
