"""What a request got wrong, in one sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from inkdigits.server.errors import Problem


def problem_of_validation(errors: Sequence[Mapping[str, Any]]) -> Problem:
    """The first of the errors that pydantic found; what was sent is not repeated."""
    first = errors[0]
    where = ".".join(str(part) for part in first["loc"])
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    said = str(first["msg"]).removeprefix("Value error, ")
    return Problem(
        "invalid_request", f"{where or 'the request'}: {said[:1].lower()}{said[1:]}{more}"
    )
