"""What `inkdigits batch` says of a batch: before it is read, and at its end."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from inkdigits.atomic import replacing
from inkdigits.cli.console import EXIT_FAILED, EXIT_OK

if TYPE_CHECKING:
    from inkdigits.batch.manifest import Listing
    from inkdigits.batch.report import Report
    from inkdigits.batch.run import Batch


def plan_text(table: Listing, counts: list[int]) -> str:
    """What would be read: `12 files, 3.4 MB, in 2 shards of up to 8`."""
    from inkdigits.batch.manifest import sizes_of

    size = sizes_of(table).sum() / 1e6
    return (
        f"{len(table):,} files, {size:,.1f} MB, in {len(counts):,} shards of up to {max(counts):,}"
    )


def print_report(batch: Batch, seconds: float | None, before: int, *, as_json: bool) -> int:
    """Print the report of what is committed; returns the exit status.

    If it is of a run, of so many `seconds` and with `before` files read already, it is written to
    `report.json` too.
    """
    from inkdigits.batch.report import summarize

    report = summarize(batch.manifest, batch.shards)
    values = report.to_dict()
    rate = None
    if seconds is not None:
        rate = (report.files - before) / seconds
        values |= {"seconds": round(seconds, 3), "files_per_second": round(rate, 2)}
        with replacing(batch.results / "report.json") as file:
            file.write((json.dumps(values, indent=1) + "\n").encode())
    print(json.dumps(values) if as_json else "\n".join(_lines(report, rate)))
    return EXIT_FAILED if report.failed else EXIT_OK


def _lines(report: Report, rate: float | None) -> Iterable[str]:
    yield from _counted("files", report.files)
    yield from _counted("pages", report.pages)
    yield from _counted("numbers", report.numbers)
    yield from _counted("accepted", report.accepted)
    for reason, count in report.refused.most_common():
        yield from _counted(f"refused: {reason}", count)
    for name, count in report.errors.most_common():
        yield from _counted(f"error: {name}", count)
    if rate:
        yield f"{'files a second':<40} {rate:>12,.1f}"
    if report.core_seconds:
        yield f"{'files a second and core':<40} {report.files_per_core_second:>12,.1f}"
        yield f"{'time spent decoding':<40} {report.decoding_share:>12.0%}"


def _counted(name: str, count: int) -> Iterable[str]:
    yield f"{name:<40} {count:>12,}"
