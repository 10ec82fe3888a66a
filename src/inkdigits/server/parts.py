"""What the routes of one service share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import Request

from inkdigits.recognition.bundle import Bundle
from inkdigits.recognition.reader import Reader
from inkdigits.server.batching import Batcher
from inkdigits.server.bodies import Gate
from inkdigits.server.metrics import Metrics
from inkdigits.server.pool import Pool
from inkdigits.server.schemas import ErrorAnswer
from inkdigits.server.settings import Settings


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a service, made when the application is built."""

    settings: Settings
    reader: Reader
    pool: Pool
    batcher: Batcher
    gate: Gate
    metrics: Metrics

    @property
    def bundle(self) -> Bundle:
        """The model of single digits, which classifies arrays."""
        return self.reader.bundle


def parts_of(request: Request) -> Parts:
    """The parts of the service that a request came to."""
    parts: Parts = request.app.state.parts
    return parts


def failures(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The answers of a route that are no success, for its description."""
    return {status: {"model": ErrorAnswer} for status in sorted(statuses)}
