"""The log: one line of JSON an event, on standard error. Nothing of an image is ever in it."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

NAME = "inkdigits.server"
"""The logger of the service."""

FIELDS = "fields"
"""The attribute of a record with what else the line tells."""


class JsonLines(logging.Formatter):
    """A record as one JSON object: `time`, `level`, `event`, then the fields of the event."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **getattr(record, FIELDS, {}),
        }
        if record.exc_info:  # of uvicorn
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def event(level: int, message: str, **fields: Any) -> None:
    """Log one event with its fields."""
    logging.getLogger(NAME).log(level, message, extra={FIELDS: fields})


def configure(quiet: bool) -> None:
    """Log to standard error, requests that went well only if not `quiet`. For whole programs."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    for name, level in ((NAME, logging.INFO), ("uvicorn", logging.WARNING)):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(max(level, logging.WARNING if quiet else logging.INFO))
