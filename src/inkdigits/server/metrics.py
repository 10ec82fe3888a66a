"""What can be measured from outside, in the text format of Prometheus."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_SECONDS = (0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class Metrics:
    """The figures of one service, in a registry of its own."""

    def __init__(self) -> None:
        registry = CollectorRegistry()
        self._registry = registry
        self.requests = Counter(
            "inkdigits_requests", "Requests answered", ("route", "status"), registry=registry
        )
        self.seconds = Histogram(
            "inkdigits_request_seconds",
            "Time from a request's head to its answer",
            ("route",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.images = Counter(
            "inkdigits_images", "Images and drawings by outcome", ("outcome",), registry=registry
        )
        self.batch = Histogram(
            "inkdigits_batch_images",
            "Arrays that went through the model together",
            buckets=_SIZES,
            registry=registry,
        )
        self.replaced = Counter(
            "inkdigits_workers_replaced",
            "Reading processes ended and replaced",
            ("why",),
            registry=registry,
        )

    def watch(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        """Show `value()` as it is whenever somebody looks."""
        Gauge(f"inkdigits_{name}", meaning, registry=self._registry).set_function(value)

    def render(self) -> bytes:
        """All figures as text."""
        return generate_latest(self._registry)
