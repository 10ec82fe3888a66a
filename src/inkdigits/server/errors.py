"""The one table from what went wrong to the answer: status, code, and a sentence.

Every answer that is not a success has the body
`{"error": {"status", "code", "message", "request_id"}}`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from inkdigits.errors import (
    FieldError,
    ImageTooLarge,
    InkdigitsError,
    NotOnPage,
    TemplateError,
    UnreadableImage,
    UnsupportedFormat,
)

STATUS_OF: Mapping[str, int] = {
    "malformed_request": 400,
    "key_needed": 401,
    "foreign_host": 403,
    "foreign_origin": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "too_slow": 408,
    "too_large": 413,
    "unsupported_format": 415,
    "unreadable_image": 422,
    "not_on_page": 422,
    "invalid_request": 422,
    "too_many_requests": 429,
    "internal_error": 500,
    "busy": 503,
    "timed_out": 504,
}
"""The HTTP status of each code."""

CODE_OF: tuple[tuple[type[InkdigitsError], str], ...] = (
    (ImageTooLarge, "too_large"),
    (UnsupportedFormat, "unsupported_format"),
    (UnreadableImage, "unreadable_image"),
    (NotOnPage, "not_on_page"),
    (FieldError, "invalid_request"),
    (TemplateError, "invalid_request"),
)
"""The code of each error that an image, or what is asked of it, may cause; any other is our own."""

ENDED_BY_IMAGE = "reading it ended the process that read it, twice; save it anew"
INTERNAL = "something went wrong in the service; its log says more under this request's id"


class Problem(Exception):
    """A request that is not answered as it asks for, by code.

    `retry_after` is in seconds. With `hang_up` the connection ends with the answer, as what is
    still to come of the request is not wanted.
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        retry_after: float | None = None,
        hang_up: bool = False,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retry_after = retry_after
        self.hang_up = hang_up

    @property
    def status(self) -> int:
        return STATUS_OF[self.code]

    @property
    def headers(self) -> dict[str, str]:
        """What the answer's head says of it."""
        headers = {}
        if self.retry_after is not None:
            headers["Retry-After"] = str(max(1, math.ceil(self.retry_after)))
        if self.hang_up:
            headers["Connection"] = "close"
        if self.code == "key_needed":
            headers["WWW-Authenticate"] = "Bearer"
        return headers

    def to_dict(self) -> dict[str, Any]:
        return {"status": self.status, "code": self.code, "message": self.message}


def problem_of(error: InkdigitsError) -> Problem:
    """The answer to one of our errors."""
    for kind, code in CODE_OF:
        if isinstance(error, kind):
            return Problem(code, str(error))
    return Problem("internal_error", INTERNAL)
