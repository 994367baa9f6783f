"""What is counted for whoever watches: `/metrics`, in Prometheus's words. Nothing of anybody, no label without a bound.

It answers only with the key of TRYON_METRICS_KEY; without one there is nothing at the address.
"""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tryon.engine.pool import Ended
from tryon.errors import TryonError
from tryon.server.bodies import bearer
from tryon.server.endpoints import Answer, Endpoint

MIME = "text/plain; version=0.0.4; charset=utf-8"
LAG_EVERY_S = 0.5
SECONDS = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)

Vitals = Callable[[], Mapping[str, Mapping[str, Any]]]
"What each running session last said of itself; see LocalPool.vitals."
Waiting = Callable[[], tuple[int, float]]
"How many lines wait in the outbox, and how old the oldest is, in seconds. It blocks, and may raise TryonError."


class Watch:
    """Counters of one server."""

    def __init__(self, key: str, free: Callable[[], int], vitals: Vitals, waiting: Waiting) -> None:
        self._key = key
        self._waiting = waiting
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.registry.register(_Sessions(free, vitals))
        self._requests = Counter(
            "tryon_http_requests", "Requests, by route.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "tryon_http_seconds", "How long they took.", ("route",), buckets=SECONDS, registry=self.registry
        )
        self._opened = Counter("tryon_sessions_opened", "Mirrors that were opened.", registry=self.registry)
        self._ended = Counter("tryon_sessions_ended", "And how they ended.", ("reason",), registry=self.registry)
        self._refused = Counter("tryon_refused", "What was refused, and why.", ("reason",), registry=self.registry)
        self._consents = Counter("tryon_consents", "Answers of wearers.", ("event",), registry=self.registry)
        self._hooks = Counter(
            "tryon_hook_tries", "What shops' servers were told, by how that went.", ("result",), registry=self.registry
        )
        self._lag = Gauge("tryon_loop_lag_seconds", "How late the event loop is.", registry=self.registry)
        self._pending = Gauge("tryon_outbox_pending", "Letters that wait.", registry=self.registry)
        self._oldest = Gauge("tryon_outbox_oldest_seconds", "How long the oldest has waited.", registry=self.registry)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request is over. `route`: as the table has it, never as it was asked for."""
        self._requests.labels(method if method in METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def refused(self, reason: str) -> None:
        """Something was refused."""
        self._refused.labels(reason).inc()

    def opened(self) -> None:
        """A mirror."""
        self._opened.inc()

    def ended(self, ended: Ended) -> None:
        """A session."""
        self._ended.labels(ended.reason).inc()

    def consent(self, event: str) -> None:
        """`given`, `widened` or `withdrawn`."""
        self._consents.labels(event).inc()

    def hooked(self, status: int, trouble: str) -> None:
        """A shop's server was told something: what it answered, or why it did not."""
        self._hooks.labels(trouble or f"{status // 100}xx").inc()

    async def feel(self) -> None:
        """Measures how late the event loop is, until cancelled."""
        while True:
            began_s = time.monotonic()
            await asyncio.sleep(LAG_EVERY_S)
            self._lag.set(max(0.0, time.monotonic() - began_s - LAG_EVERY_S))

    async def metrics(self, request: Request) -> Response:
        """All of it."""
        if not self._key or not hmac.compare_digest(bearer(request).encode(), self._key.encode()):
            raise HTTPException(404)
        try:
            pending, oldest_s = await asyncio.to_thread(self._waiting)
        except TryonError:
            pending, oldest_s = -1, -1.0  # the store is away, which /readyz says in words
        self._pending.set(pending)
        self._oldest.set(oldest_s)
        return Response(await asyncio.to_thread(generate_latest, self.registry), media_type=MIME)

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        return [
            Endpoint(
                "GET",
                "/metrics",
                self.metrics,
                "What is counted; only with the key of TRYON_METRICS_KEY",
                (Answer(200, "Prometheus's text format", MIME.partition(";")[0]),),
                ("not_found",),
                bearer="metrics",
            )
        ]


METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class _Sessions(Collector):
    """Asked when it is looked at, so that it never lies."""

    def __init__(self, free: Callable[[], int], vitals: Vitals) -> None:
        self._free, self._vitals = free, vitals

    def collect(self) -> Iterator[Metric]:
        """See Collector."""
        running = [vitals for vitals in self._vitals().values() if vitals]
        rates = [float(vitals["fps"]) for vitals in running if vitals.get("connected")]
        yield GaugeMetricFamily("tryon_sessions_active", "Mirrors that run.", len(running))
        yield GaugeMetricFamily("tryon_sessions_connected", "Of them, with somebody there.", len(rates))
        yield GaugeMetricFamily("tryon_session_slots_free", "How many more could be opened.", self._free())
        slowest = min(rates, default=float("nan"))
        yield GaugeMetricFamily("tryon_frame_rate_slowest", "Pictures a second of the slowest mirror.", slowest)
