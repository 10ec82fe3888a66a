"""What every command shares in talking to its user: one-line complaints and the exit status."""

from __future__ import annotations

import sys
from contextlib import suppress

EXIT_OK = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141


class UsageError(Exception):
    """Options that do not go together; the message says what to write instead."""


def single_line(text: str) -> str:
    """`text` with control characters, newlines among them, written as escapes."""
    return "".join(c if c.isprintable() or c == " " else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    # Bytes that are no valid text arrive as lone surrogates; the stream escapes those itself.
    if 0xD800 <= ord(character) <= 0xDFFF:
        return character
    return character.encode("unicode_escape").decode("ascii")


def complain(message: str) -> None:
    """Write `inkdigits: message` as one line to standard error, if anybody listens there."""
    if sys.stderr is None:  # closed: `print` would write to standard output instead
        return
    with suppress(OSError):
        print(f"inkdigits: {single_line(message)}", file=sys.stderr, flush=True)
