"""A shard whose worker died is read in child processes: which file it was is found by halving.

A decoder that crashes or takes all memory ends the process that it runs in. Here that is a child,
so the worker lives, the other files of the shard are read, and the one is a row that says how the
child ended.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import BinaryIO, TypeAlias, cast

import pyarrow as pa

from inkdigits.batch.bounds import bound_memory
from inkdigits.batch.rows import error_row, table_of
from inkdigits.batch.sources import File
from inkdigits.batch.work import Work, model_title, read_shard
from inkdigits.errors import InkdigitsError
from inkdigits.imaging.decode import Limits
from inkdigits.recognition.models import Models
from inkdigits.recognition.request import RequestText

KILLED = "ReaderKilled"
"""The `error` of a file that ends the process that reads it."""

TRIES = 2
"""How often a file must end a child that reads it alone: anybody may kill a process once."""

Attempt: TypeAlias = Callable[[Work, Sequence[File]], "pa.Table | str"]
"""Reads files in a process of their own: their rows, or how the process ended before its time."""


def read_guarded(work: Work, files: Sequence[File], attempt: Attempt | None = None) -> pa.Table:
    """As `read_shard`, but a file that kills its reader is a row with the error `ReaderKilled`.

    Raises `ModelError` as `read_shard` does, and `InkdigitsError` if a process ends here even when
    it has nothing to read.
    """
    return pa.concat_tables(_halves(work, files, attempt or read_in_child))


def _halves(work: Work, files: Sequence[File], attempt: Attempt) -> list[pa.Table]:
    for _ in range(TRIES if len(files) == 1 else 1):
        result = attempt(work, files)
        if not isinstance(result, str):
            return [result]
    if len(files) > 1:
        middle = len(files) // 2
        return _halves(work, files[:middle], attempt) + _halves(work, files[middle:], attempt)
    if isinstance(attempt(work, []), str):
        raise InkdigitsError(f"a process that reads nothing is ended all the same: {result}")
    path = files[0].path
    message = f"{path}: ends the process that reads it: {result}"
    return [table_of([error_row(path, model_title(work), KILLED, message, None)])]


def read_in_child(work: Work, files: Sequence[File]) -> pa.Table | str:
    """Read `files` in a new process: their rows, or how it ended. It ends when this one does."""
    command = [sys.executable, "-m", "inkdigits.batch.quarantine"]
    pipe = subprocess.PIPE
    child = subprocess.Popen(  # noqa: S603 - our own interpreter
        command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
    )
    to_child, from_child = cast("BinaryIO", child.stdin), cast("BinaryIO", child.stdout)
    with from_child, suppress(BrokenPipeError), to_child:  # broken if it ended before
        to_child.write(json.dumps([asdict(work), files]).encode() + b"\n")
        to_child.flush()
        answer = from_child.read()
        # Only then is its standard input closed, which tells it that nobody waits: see `main`.
        child.wait()
    status = child.wait()
    return _how_it_ended(status) if status else pa.ipc.open_stream(answer).read_all()


def _how_it_ended(status: int) -> str:
    return signal.strsignal(-status) or f"signal {-status}" if status < 0 else f"status {status}"


def main() -> None:
    """Read what standard input asks for, and write the rows to standard output."""
    out = os.dup(1)
    os.dup2(2, 1)  # what a library prints is no row
    fields, files = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    nested = {
        "request": RequestText(**fields["request"]),
        "limits": Limits(**fields["limits"]),
        "models": Models(**fields["models"]),
    }
    work = Work(**fields | nested)
    bound_memory(work.memory_bytes)
    table = read_shard(work, [File(*file) for file in files])
    with os.fdopen(out, "wb") as stream, pa.ipc.new_stream(stream, table.schema) as writer:
        writer.write_table(table)


def _end_with_parent() -> None:
    # Nothing more is ever written to it: this returns when the parent closes it or is gone. It is
    # read without its buffer, whose lock would be held when the interpreter ends.
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    main()
