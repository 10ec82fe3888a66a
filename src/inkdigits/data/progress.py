"""How far a long piece of work on data is, for whoever watches it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """How far `what` is ("fetching a.gz"), in `unit` (`bytes`, `images`).

    `total` is `None` where nobody knows it.
    """

    what: str
    done: int
    total: int | None
    unit: str


Watch = Callable[[Step], None]
"""Is told of every step."""


def unwatched(_: Step) -> None:
    """Watch nothing."""
