"""`inkdigits batch`: very many images into tables, on all cores or on a cluster."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from inkdigits.cli.batch_report import plan_text, print_report
from inkdigits.cli.console import EXIT_INTERRUPTED, EXIT_OK, UsageError, complain
from inkdigits.cli.inputs import IMAGE_SUFFIXES
from inkdigits.cli.progress import ERASE_LINE, Progress
from inkdigits.cli.reading_options import (
    add_reading_options,
    limits_of,
    models_of,
    positive,
    positive_count,
    request_of,
    template_of,
)
from inkdigits.errors import DataError

if TYPE_CHECKING:
    from inkdigits.batch.inputs import Inputs
    from inkdigits.batch.manifest import Listing
    from inkdigits.batch.run import Batch, Options, Workers

USAGE = """\
inkdigits batch SCANS... --out RESULTS [options]
       inkdigits batch --from-list FILE --out RESULTS [options]
       inkdigits batch --out RESULTS               go on with what was listed
       inkdigits batch status RESULTS [--json]
       inkdigits batch merge RESULTS OUT.parquet   or OUT.csv, OUT.jsonl"""

DESCRIPTION = """\
Read very many images into tables, on all cores or on a Dask cluster. Kill it at any
moment and give the same command again: it goes on where it was, and every image is
in the result exactly once. It needs the extra [batch]."""

EPILOG = """\
examples:
  inkdigits batch scans/ --out results/                all images in a folder, at any depth
  inkdigits batch 's3://forms/2026/*.png' --out results/
  inkdigits batch scans.zip --out results/ --format csv
  find /archive -name '*.tif' | inkdigits batch --from-list - --out results/
  inkdigits batch scans/ --out new/ --since results/   what is new or changed since then
  inkdigits batch scans/ --out results/ --scheduler tcp://10.0.0.5:8786

the folder RESULTS:
  rows/         a file a shard, each whole: read them all as one table
  report.json   the figures at the end (status prints them at any time)
  manifest.parquet, batch.json   what was listed, and how it is read

An image that cannot be read is a row with its error. What the columns mean, and how to
size a run: docs/batch.md.

exit status:
  0 all was read (finding no digit is a reading), 1 some rows are errors, or the batch
  could not go on, 2 wrong usage: nothing was read
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the options of `batch` to its parser."""
    parser.usage, parser.description, parser.epilog = USAGE, DESCRIPTION, EPILOG
    add = parser.add_argument
    add(
        "scans", metavar="SCANS", nargs="*",
        help="a folder, a pattern in quotes, a zip or tar archive, a file, or a URL of one",
    )  # fmt: skip
    add("--out", metavar="RESULTS", help="the folder for the result; made if need be")
    add(
        "--from-list", metavar="FILE", help="read the files that its lines name (-: standard input)"
    )
    add("--since", metavar="WHEN", help="only files newer than a date, or than an earlier RESULTS")
    add("--limit", metavar="N", type=positive_count, help="only the first N files")
    add("--hash", action="store_true", help="know files by their content's hash, not their time")
    add(
        "--format", choices=("parquet", "csv", "jsonl"), default="parquet",
        help="of the result (default: parquet)",
    )  # fmt: skip
    add_reading_options(parser)
    add("--workers", metavar="N", type=positive_count, help="processes (default: one a core)")
    add(
        "--memory", metavar="GB", type=positive, default=2.0,
        help="what each of them may use (default: %(default)g)",
    )  # fmt: skip
    add("--scheduler", metavar="ADDRESS", help="of a Dask cluster to use instead: tcp://HOST:PORT")
    add(
        "--shard-size", metavar="N", type=positive_count, help="files a shard (default: up to 1000)"
    )
    add("--dry-run", action="store_true", help="say what would be read, and write nothing")
    add("--json", action="store_true", help="print the report as JSON")


def run(args: argparse.Namespace) -> int:
    """Read, or show or merge what was read."""
    if args.out is not None:
        return _read(args, Path(args.out))
    match args.scans:
        case ["status", results]:
            return _status(Path(results), args.json)
        case ["merge", results, out]:
            return _merge(Path(results), Path(out))
        case ["status", *_]:
            raise UsageError("name one result folder: inkdigits batch status RESULTS")
        case ["merge", *_]:
            raise UsageError("name a result folder and a file: inkdigits batch merge RESULTS OUT")
    raise UsageError("say where the result goes: --out RESULTS")


def _read(args: argparse.Namespace, results: Path) -> int:
    from inkdigits.batch.state import locked

    workers = _workers(args)
    options = _options(args)
    with _as_usage():
        inputs, table = _list(args)
    if table is None and not results.is_dir():
        raise UsageError(f"{results}: no batch was begun there: say what to read")
    if table is not None and not len(table):
        complain("there is nothing to read")
        return EXIT_OK
    if args.dry_run:
        return _dry_run(args, options, inputs, table)
    results.mkdir(parents=True, exist_ok=True)
    with locked(results):
        with _as_usage():
            batch = _open(args, options, inputs, table)
        del table  # of a million files it is large
        done, started = batch.files_read(), time.monotonic()
        if done:
            complain(f"{results}: going on; {_so_far(batch)} already")
        try:
            _read_rest(batch, workers, batch.manifest.files - done)
        except KeyboardInterrupt:
            complain(f"interrupted; {_how_to_go_on(batch)}")
            return EXIT_INTERRUPTED
        except OSError as error:
            said = f"{error.filename or results}: {error.strerror or error}"
            raise DataError(f"{said}; {_how_to_go_on(batch)}") from error
        return print_report(batch, time.monotonic() - started, done, as_json=args.json)


def _list(args: argparse.Namespace) -> tuple[Inputs, Listing | None]:
    """What is asked for, and all its files; None if it is to go on with what was listed."""
    from inkdigits.batch.inputs import Inputs, list_inputs

    if args.scans and args.from_list is not None:
        raise UsageError("give SCANS or --from-list, not both")
    inputs = Inputs(tuple(args.scans), args.from_list, args.since, args.limit, args.hash)
    if inputs.sources or inputs.from_list is not None:
        with _listing() as watch:
            return inputs, list_inputs(inputs, IMAGE_SUFFIXES, watch)
    if inputs != Inputs():
        raise UsageError("--since, --limit and --hash choose among files: name SCANS too")
    return inputs, None


def _open(
    args: argparse.Namespace, options: Options, inputs: Inputs, table: Listing | None
) -> Batch:
    from inkdigits.batch.run import Batch, begin_or_go_on, go_on
    from inkdigits.recognition.models import SHIPPED_MODELS

    results = Path(args.out)
    if table is None:
        return go_on(results, options, models_of(args, Batch(results).models))
    models = models_of(args, SHIPPED_MODELS)
    return begin_or_go_on(results, inputs, table, options, models, _workers(args).expected)


def _options(args: argparse.Namespace) -> Options:
    from inkdigits.batch.run import Options

    request, template = request_of(args), template_of(args)
    return Options(
        request=request,
        limits=limits_of(args),
        format=args.format,
        shard_size=args.shard_size,
        template=args.template,
        template_sha256=None if template is None else template.sha256,
        min_accuracy=args.min_accuracy,
    )


def _workers(args: argparse.Namespace) -> Workers:
    from inkdigits.batch.bounds import MIN_BYTES
    from inkdigits.batch.engine import usable_cores
    from inkdigits.batch.run import Workers

    if args.scheduler and args.workers:
        raise UsageError("--workers are of this machine, a cluster at --scheduler has its own")
    memory_bytes = round(args.memory * 1e9)
    if memory_bytes < MIN_BYTES:
        raise UsageError(f"--memory {args.memory:g}: a reader needs {MIN_BYTES / 1e9:g} GB")
    return Workers(args.workers or usable_cores(), memory_bytes, args.scheduler)


def _read_rest(batch: Batch, workers: Workers, left: int) -> None:
    with Progress(left, sys.stderr) as progress:

        def advance(files: int) -> None:
            for _ in range(files):
                progress.advance()

        def say(message: str) -> None:
            progress.hide()
            complain(message)

        batch.read(workers, advance, say)


def _dry_run(
    args: argparse.Namespace, options: Options, inputs: Inputs, table: Listing | None
) -> int:
    from inkdigits.batch.run import plan
    from inkdigits.batch.state import read_state

    with _as_usage():
        if table is None or read_state(Path(args.out)) is not None:
            batch = _open(args, options, inputs, table)
            print(f"{args.out}: {_so_far(batch)}; the rest would be read")
        else:
            counts = plan(table, options, _workers(args).expected)
            print(plan_text(table, counts))
    return EXIT_OK


def _status(results: Path, as_json: bool) -> int:
    from inkdigits.batch.run import Batch
    from inkdigits.batch.state import is_locked

    with _as_usage():
        batch = Batch(results)
    if not as_json:
        at_work = "a batch is at work there" if is_locked(results) else "no batch is at work there"
        print(f"{results}: {_so_far(batch)}; {at_work}\n")
    return print_report(batch, None, batch.manifest.files, as_json=as_json)


def _merge(results: Path, out: Path) -> int:
    from inkdigits.batch.report import merge
    from inkdigits.batch.run import Batch

    with _as_usage():
        batch = Batch(results)
        count = merge(batch.manifest, batch.shards, out)
    print(f"wrote {out}: {count:,} rows")
    return EXIT_OK


def _so_far(batch: Batch) -> str:
    return f"{batch.files_read():,} of {batch.manifest.files:,} files are read"


def _how_to_go_on(batch: Batch) -> str:
    return f"{_so_far(batch)}; give the same command again to go on"


@contextmanager
def _listing() -> Iterator[Callable[[int], None] | None]:
    """What shows on a terminal how many files are listed, and takes it away at the end."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    try:
        yield lambda files: print(f"{ERASE_LINE}listing: {files:,} files", end="", file=sys.stderr)
    finally:
        print(ERASE_LINE, end="", file=sys.stderr, flush=True)


@contextmanager
def _as_usage() -> Iterator[None]:
    """What is wrong before anything is read is wrong usage."""
    try:
        yield
    except DataError as error:
        raise UsageError(str(error)) from error
