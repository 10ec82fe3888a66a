"""A batch in its folder: begun once, and read until all of it is read."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkdigits import __version__
from inkdigits.batch import rows
from inkdigits.batch.inputs import Inputs
from inkdigits.batch.manifest import (
    Listing,
    Manifest,
    cut,
    difference,
    digest,
    sizes_of,
    write_manifest,
)
from inkdigits.batch.shards import Shards
from inkdigits.batch.state import (
    MANIFEST,
    VERSION,
    State,
    check_same,
    fingerprint,
    read_state,
    write_state,
)
from inkdigits.batch.work import Work, models_hash
from inkdigits.errors import DataError
from inkdigits.imaging.decode import DEFAULT_LIMITS, Limits
from inkdigits.recognition.bundle import SHIPPED, find_bundle
from inkdigits.recognition.models import Models
from inkdigits.recognition.request import WHOLE, RequestText

if TYPE_CHECKING:
    from inkdigits.batch.engine import Shard


@dataclass(frozen=True, slots=True)
class Options:
    """How a batch reads and what it writes; a folder holds what one set of them gave.

    `shard_size` is in files; None leaves it to `manifest.cut`. `template` is the path of a form,
    and `template_sha256` the hash of what it holds. `min_accuracy` is the reader's.
    """

    request: RequestText = WHOLE
    limits: Limits = DEFAULT_LIMITS
    format: str = "parquet"
    shard_size: int | None = None
    template: str | None = None
    template_sha256: str | None = None
    min_accuracy: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """All of them by name, the limits and the parts of the request each by its own."""
        named = asdict(self)
        parts: list[dict[str, Any]] = [named.pop("request"), named.pop("limits")]
        return parts[0] | parts[1] | named


@dataclass(frozen=True, slots=True)
class Workers:
    """Who reads: `count` processes of this machine, or the Dask cluster `at` an address.

    Each process may use `memory_bytes`.
    """

    count: int
    memory_bytes: int
    at: str | None = None

    @property
    def expected(self) -> int:
        """For how many to cut shards: of a cluster nobody knows how large it will be."""
        return max(self.count, _EXPECTED_IN_A_CLUSTER) if self.at else self.count


_EXPECTED_IN_A_CLUSTER = 64


class Batch:
    """A batch that was begun in the folder `results`; `DataError` if none was."""

    def __init__(self, results: Path) -> None:
        state = read_state(results)
        if state is None:
            raise DataError(f"{results}: no batch was begun there")
        self.results = results
        self.state = state
        self.manifest = Manifest(results / MANIFEST)
        self.shards = Shards(results, state["options"]["format"])

    @property
    def models(self) -> Models:
        """The models that read it."""
        return Models(self.state["models"]["digits"], self.state["models"]["lines"])

    def files_read(self) -> int:
        """How many files the committed shards have."""
        return sum(map(self.manifest.count, self.shards.committed()))

    def read(
        self, workers: Workers, advance: Callable[[int], None], say: Callable[[str], None]
    ) -> None:
        """Read what is not read yet; `advance` is told how many files each commit adds.

        Raises what `engine.read_shards` does, and `OSError` where a shard cannot be written.
        """
        from inkdigits.batch.engine import cluster_at, local_cluster, read_shards

        self.shards.clean()
        done = self.shards.committed()
        todo = [shard for shard in range(self.manifest.shards) if shard not in done]
        if not todo:
            return

        def commit(shard: Shard, content: bytes) -> None:
            self.shards.commit(shard.number, content)
            advance(len(shard.files))

        few = min(workers.count, len(todo))
        cluster = cluster_at(workers.at) if workers.at else local_cluster(few, workers.memory_bytes)
        with cluster as client:
            read_shards(client, self._work(workers), self._load(todo), commit, say)

    def _load(self, shards: list[int]) -> Iterator[Shard]:
        from inkdigits.batch.engine import Shard

        return (Shard(number, self.manifest.shard(number)) for number in shards)

    def _work(self, workers: Workers) -> Work:
        options = self.state["options"]
        return Work(
            base=self.state["started_in"],
            models=self.models,
            models_sha256=self.state["models"]["sha256"],
            inkdigits=self.state["inkdigits"],
            request=RequestText(**{each.name: options[each.name] for each in fields(RequestText)}),
            limits=Limits(**{field.name: options[field.name] for field in fields(Limits)}),
            format=options["format"],
            memory_bytes=workers.memory_bytes,
            template=options["template"],
            template_sha256=options["template_sha256"],
            min_accuracy=options["min_accuracy"],
        )


def begin_or_go_on(
    results: Path,
    inputs: Inputs,
    table: Listing,
    options: Options,
    models: Models,
    expected: int,
) -> Batch:
    """The batch of the listing `table`, begun for `expected` workers if none is in the folder.

    Raises `DataError` if another batch is: of other inputs, options, models or version.
    """
    if read_state(results) is None:
        return _begin(results, inputs, table, options, models, expected)
    batch = Batch(results)
    _check(batch, options.to_dict(), models)
    check_same(results, batch.state, {"started_in": os.getcwd()})
    check_same(results, batch.state["inputs"], _named(inputs))
    if batch.state["manifest"]["sha256"] != digest(table):
        raise DataError(_what_differs(batch, table))
    return batch


def go_on(results: Path, options: Options, models: Models) -> Batch:
    """The batch in the folder, whatever its inputs are like now.

    Raises `DataError` if there is none, or if it was begun with another value of what `options`
    set, or with other models.
    """
    batch = Batch(results)
    usual = Options().to_dict()
    given = {name: value for name, value in options.to_dict().items() if value != usual[name]}
    _check(batch, given, models)
    return batch


def plan(table: Listing, options: Options, expected: int) -> list[int]:
    """How many files each shard is to have, for `expected` workers."""
    return cut(sizes_of(table), expected, options.shard_size)


def _begin(
    results: Path, inputs: Inputs, table: Listing, options: Options, models: Models, expected: int
) -> Batch:
    shards = Shards(results, options.format)
    if shards.committed():
        raise DataError(f"{shards.folder}: holds the rows of no batch: choose another --out")
    named = options.to_dict()
    counts = plan(table, options, expected)
    state: State = {
        "version": VERSION,
        "rows": rows.VERSION,
        "inkdigits": __version__,
        "begun": datetime.now(UTC).isoformat(timespec="seconds"),
        "started_in": os.getcwd(),
        "inputs": _named(inputs),
        "options": named,
        "options_sha256": fingerprint(named),
        "models": {
            "digits": _place(models.digits),
            "lines": None if models.lines is None else _place(models.lines),
            "sha256": models_hash(models),
        },
        "manifest": {"files": len(table), "shards": len(counts), "sha256": digest(table)},
    }
    write_manifest(results / MANIFEST, table, counts)
    write_state(results, state)
    return Batch(results)


def _place(name_or_path: str) -> str:
    """A bundle as it is found from any folder."""
    folder = find_bundle(name_or_path)
    return name_or_path if folder.parent == SHIPPED else str(folder.absolute())


def _named(inputs: Inputs) -> dict[str, Any]:
    # A list, not a tuple: to be compared with what JSON gives back.
    return asdict(inputs) | {"sources": list(inputs.sources)}


def _check(batch: Batch, options: dict[str, Any], models: Models) -> None:
    begun, results = batch.state, batch.results
    check_same(results, begun, {"inkdigits": __version__})
    check_same(results, begun["options"], options)
    if begun["models"]["sha256"] != models_hash(models):
        raise DataError(
            f"{results}: was begun with other models than {_shown(models)} are now "
            f"({_shown(batch.models)}, sha256 {begun['models']['sha256'][:12]}): "
            "go on with those, or choose another --out"
        )


def _shown(models: Models) -> str:
    return f"{models.digits} and {models.lines or 'no line model'}"


def _what_differs(batch: Batch, table: Listing) -> str:
    found = difference(batch.manifest.table(), table)
    kinds = zip(found[:3], ("gone", "changed", "new"), found.examples, strict=True)
    said = ", ".join(f"{count:,} {kind} ({example})" for count, kind, example in kinds if count)
    return (
        f"{batch.results}: the files are not as they were when it was begun: "
        f"{said or 'in another order'}; "
        f"inkdigits batch --out {batch.results}  goes on with what was listed then, and "
        f"--since {batch.results} --out OTHER  reads what is new or changed"
    )
