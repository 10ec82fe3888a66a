"""What a service is told when it starts, and never changes afterwards."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field

from inkdigits.imaging.decode import Limits
from inkdigits.recognition.models import SHIPPED_MODELS, Models

API_KEY_VARIABLE = "INKDIGITS_API_KEY"
"""The environment variable with the API key; an option would show it to all who see processes."""

_MIB = 2**20

SERVICE_LIMITS = Limits(max_bytes=32 * _MIB)
"""What one image may be: as for the command, but smaller files, as many may come at once."""


def _cores() -> int:
    """The cores that this process may run on, which may be fewer than the machine has."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a service; times in seconds.

    - `host`, `port`: where it listens; port 0 is any free one.
    - `hosts`: names that it may be called by, beside its IP addresses and `localhost`.
    - `api_key`: what callers of `/v1`, `/v2` and `/metrics` must show; `""`: nothing.
    - `rate`: requests a second that one client may make for long, 0 for any number.
    - `models`, `limits`, `min_accuracy`: those of the `Reader`.
    - `workers`: processes that read images, one at a time each.
    - `max_body_bytes`, `max_images`: the most that one request may bring.
    - `max_waiting`: requests that may wait or be worked on at a time.
    - `max_held_bytes`: what the bodies of all requests together may take of the memory.
    - `head_timeout`, `body_timeout`: for the head and the body of a request to arrive;
      `read_timeout`: for an image to wait for a worker, and once more for it to be read;
      `stop_timeout`: for what is in flight at the stop.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    hosts: tuple[str, ...] = ()
    api_key: str = field(default="", repr=False)
    rate: float = 0.0
    models: Models = SHIPPED_MODELS
    limits: Limits = SERVICE_LIMITS
    min_accuracy: float | None = None
    workers: int = field(default_factory=_cores)
    max_body_bytes: int = 64 * _MIB
    max_images: int = 32
    max_waiting: int = 64
    max_held_bytes: int = 256 * _MIB
    head_timeout: float = 10.0
    body_timeout: float = 30.0
    read_timeout: float = 10.0
    stop_timeout: float = 20.0

    @property
    def is_local(self) -> bool:
        """Whether only programs on the same machine can reach it."""
        return self.host == "localhost" or is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether `host` is an IP address of the machine to itself."""
    address = address_of(host)
    return address is not None and address.is_loopback


def address_of(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The IP address that `host` spells out; `None` for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
