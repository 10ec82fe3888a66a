"""Reading one shard: a plain function of its files, which runs wherever it is called."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter

import pyarrow as pa

from inkdigits import __version__
from inkdigits.batch.contents import contents, rooted
from inkdigits.batch.rows import Row, error_row, rows_of, rows_of_form, table_of, with_times
from inkdigits.batch.sources import File
from inkdigits.errors import (
    ImageTooLarge,
    IncompatibleModel,
    InkdigitsError,
    NotOnPage,
    TemplateError,
    UnreadableImage,
)
from inkdigits.imaging.decode import Limits, Page, Source, decode_pages
from inkdigits.recognition.bundle import find_bundle
from inkdigits.recognition.form import read_form
from inkdigits.recognition.models import Models
from inkdigits.recognition.reader import Reader
from inkdigits.recognition.request import Request, RequestText, read
from inkdigits.recognition.template import Template, load_template


@dataclass(frozen=True, slots=True)
class Work:
    """How every shard of a batch is read, wherever that happens.

    `base` is the folder that relative paths start at; `models` the bundles that read,
    `models_sha256` what `models_hash` gives for them, `inkdigits` the version of the package.
    `format` is that of the result (see `rows.FORMATS`), `memory_bytes` what one process may use.
    `template` is the path of a form, `template_sha256` the hash of what it has to hold.
    `min_accuracy` is the reader's.
    """

    base: str
    models: Models
    models_sha256: str
    inkdigits: str
    request: RequestText
    limits: Limits
    format: str
    memory_bytes: int
    template: str | None = None
    template_sha256: str | None = None
    min_accuracy: float | None = None


def models_hash(models: Models) -> str:
    """SHA-256 of the contracts of the models, which hold those of their weights.

    Raises `ModelNotFound`, or `OSError` where there is no contract.
    """
    named = [models.digits, *([] if models.lines is None else [models.lines])]
    contracts = [(find_bundle(name) / "model.json").read_bytes() for name in named]
    each = [hashlib.sha256(contract).digest() for contract in contracts]
    return hashlib.sha256(b"".join(each)).hexdigest()


def read_shard(work: Work, files: Sequence[File]) -> pa.Table:
    """The rows (`rows.SCHEMA`) of all `files`, in their order.

    A file that cannot be read is a row. Raises `ModelError` if the model of the batch is not here,
    or another one, or if this is another version of inkdigits; `TemplateError` for the form.
    """
    one = _OneFile(_reader(work), work.request.parsed(), _template(work))
    rows: list[Row] = []
    for file, source in contents(files, work.base, work.limits.max_bytes):
        rows += one.read(file.path, source)
    return table_of(rows)


def model_title(work: Work) -> str:
    """Name and version of each model, as the rows show it; raises as `read_shard` does."""
    return _reader(work).title


@lru_cache(maxsize=1)
def _reader(work: Work) -> Reader:
    if work.inkdigits != __version__:
        raise IncompatibleModel(
            f"the batch is read by inkdigits {work.inkdigits}, this is {__version__}: "
            "install the same version for all workers"
        )
    reader = Reader(
        work.models.digits,
        line_model=work.models.lines,
        limits=work.limits,
        threads=1,
        min_accuracy=work.min_accuracy,
    )
    if models_hash(work.models) != work.models_sha256:
        raise IncompatibleModel(
            f"{work.models.digits!a} or its line model is another here than where the batch was "
            "started: give all workers the same"
        )
    return reader


@lru_cache(maxsize=1)
def _template(work: Work) -> Template | None:
    if work.template is None:
        return None
    template = load_template(rooted(work.template, work.base))
    if template.sha256 != work.template_sha256:
        raise TemplateError(
            f"{work.template!a} is another form here than where the batch was started: "
            "give all workers the same"
        )
    return template


@dataclass(frozen=True, slots=True)
class _OneFile:
    """How a file is read: by whom, what of it, and as which form."""

    reader: Reader
    request: Request
    template: Template | None

    def read(self, path: str, source: Source | UnreadableImage) -> list[Row]:
        """The rows of its pages; an error is a row too, after those of the pages before it."""
        rows: list[Row] = []
        start = perf_counter()
        try:
            for page in self._pages(source):
                decoded = perf_counter()
                found = self._page(path, page)
                spent, decoding = perf_counter() - start, decoded - start
                rows += with_times(found, 1000 * spent, 1000 * decoding)
                start = perf_counter()
            return rows
        except InkdigitsError as error:
            name, message = type(error).__name__, str(error)
        except MemoryError:
            name, message = ImageTooLarge.__name__, f"{path}: takes too much memory to read"
        # One file that shows a mistake of ours is no reason to lose a million others.
        except Exception as error:
            name, message = type(error).__name__, f"{path}: a fault of inkdigits: {error}"
        spent = perf_counter() - start
        return [*rows, error_row(path, self._model, name, message, 1000 * spent)]

    @property
    def _model(self) -> str:
        return self.reader.title

    def _pages(self, source: Source | UnreadableImage) -> Iterator[Page]:
        if isinstance(source, UnreadableImage):
            raise source
        return decode_pages(source, self.reader.limits, self.request.pages)

    def _page(self, path: str, page: Page) -> list[Row]:
        try:
            if self.template is None:
                return rows_of(path, read(self.reader, page, self.request))
            return rows_of_form(path, read_form(self.reader, page, self.template))
        except NotOnPage as error:  # the next page may be another
            name, message = type(error).__name__, str(error)
            return [error_row(path, self._model, name, message, None, page.number)]
