"""Who may call, and what browsers are told.

A service on the user's own machine can be reached by every page that the user visits. Three checks
keep those out, each on its own: the name that it was called by (`Host`; DNS rebinding makes a name
of the attacker's point here), the page that calls (`Origin`), and what the browser says of the two
(`Sec-Fetch-Site`). No other origin is ever allowed, so nothing is said of CORS.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import time
from collections import OrderedDict
from collections.abc import Mapping

from inkdigits.server.errors import Problem
from inkdigits.server.settings import Settings, address_of

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        "media-src 'self' blob:; connect-src 'self'; font-src 'self'; worker-src 'self'; "
        "manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": (
        "camera=(self), clipboard-write=(self), display-capture=(), geolocation=(), microphone=(), "
        "payment=(), usb=()"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
"""What every answer tells the browser."""

PROTECTED = ("/v1/", "/v2", "/metrics")
"""The paths that need the key, if there is one, and count against the rate."""

# RFC 9110, section 7.2: a name or an IPv4 address, or an IPv6 address in brackets; then a port.
_HOST = re.compile(r"(?:(?P<name>[A-Za-z0-9._-]+)|\[(?P<address>[0-9A-Fa-f:.]+)\])(?::[0-9]+)?")

_MOST_CLIENTS = 10_000


def check_host(host: str, settings: Settings) -> None:
    """Refuse a request that was sent to a name which is not ours; raises `Problem`.

    An IP address cannot be rebound, so each is accepted, but from the machine itself only its own.
    """
    match = _HOST.fullmatch(host)
    name = (match["name"] or match["address"]).lower() if match else ""
    if name == "localhost" or name in settings.hosts:
        return
    address = address_of(name)
    if address is None or (settings.is_local and not address.is_loopback):
        raise Problem(
            "foreign_host",
            "the service is not known by this name; call it by its address, or start it with "
            "--allow-host NAME",
        )


def check_origin(headers: Mapping[str, str], method: str, path: str) -> None:
    """Refuse a request that a page of another origin makes; raises `Problem`.

    Only a link to the page itself may be followed from anywhere.
    """
    site = headers.get("sec-fetch-site", "none")
    visit = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
    followed = visit and not path.startswith(PROTECTED)
    origin = headers.get("origin")
    foreign = origin is not None and not _is_same(origin, headers.get("host", ""))
    if foreign or (site not in ("same-origin", "none") and not followed):
        raise Problem("foreign_origin", "no page but the service's own may call it")


def _is_same(origin: str, host: str) -> bool:
    # Not the scheme: behind a proxy that adds TLS, the service does not see what the browser does.
    scheme, separator, rest = origin.partition("://")
    return bool(separator) and scheme in ("http", "https") and rest.lower() == host.lower()


def check_key(headers: Mapping[str, str], settings: Settings) -> None:
    """Refuse a request without the key, if there is one; raises `Problem`."""
    if not settings.api_key:
        return
    scheme, _, key = headers.get("authorization", "").partition(" ")
    right = hmac.compare_digest(key.strip().encode(), settings.api_key.encode())
    if scheme.lower() != "bearer" or not right:
        raise Problem("key_needed", "send the key of the service: Authorization: Bearer KEY")


class RateLimit:
    """So many requests a second for each client, and twice as many at once (a token bucket)."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._burst = max(1.0, 2 * rate)
        self._tokens: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def check(self, client: str) -> None:
        """Count one request of `client`, an IP address; raises `Problem` past the rate."""
        if not self._rate:
            return
        now = time.monotonic()
        name = _network_of(client)
        left, last = self._tokens.pop(name, (self._burst, now))
        left = min(self._burst, left + (now - last) * self._rate)
        allowed = left >= 1
        self._tokens[name] = (left - allowed, now)
        if len(self._tokens) > _MOST_CLIENTS:
            self._tokens.popitem(last=False)  # who has been silent longest
        if not allowed:
            message = f"more than {self._rate:g} requests a second; wait a little"
            raise Problem("too_many_requests", message, retry_after=(1 - left) / self._rate)


def _network_of(client: str) -> str:
    """One household has one IPv4 address, but an IPv6 network of 64 bits."""
    address = address_of(client)
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((address, 64), strict=False))
    return client


def warnings_for(settings: Settings) -> list[str]:
    """What whoever starts the service had better know of its settings."""
    if settings.is_local:
        return []
    warnings = []
    if not settings.api_key:
        warnings.append(
            f"everybody who reaches {settings.host} can use the service: set INKDIGITS_API_KEY"
        )
    if not settings.rate:
        warnings.append("one client can keep the service busy: set --rate")
    return warnings
