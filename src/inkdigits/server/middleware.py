"""What happens to every request, whatever it asks for: checked, answered for, logged, measured."""

from __future__ import annotations

import logging
import re
import time
import traceback
import uuid
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkdigits.server import logs, safety
from inkdigits.server.errors import INTERNAL, Problem
from inkdigits.server.metrics import Metrics
from inkdigits.server.settings import Settings

REQUEST_ID = "X-Request-ID"
_CLIENT_GONE = 499
_PLAIN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Surroundings:
    """Around the application: safety before it, and the log, the figures and the headers after."""

    def __init__(self, app: ASGIApp, settings: Settings, metrics: Metrics) -> None:
        self._app = app
        self._settings = settings
        self._metrics = metrics
        self._rate = safety.RateLimit(settings.rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = _Visit(scope, send)
        try:
            self._check(scope)
            await self._app(scope, receive, visit.send)
        except Problem as problem:
            await refuse(problem, scope)(scope, receive, visit.send)
        except ClientDisconnect:
            visit.status = _CLIENT_GONE
        except Exception:
            logs.event(logging.ERROR, "fault", id=visit.id, exception=traceback.format_exc())
            if not visit.status:
                fault = Problem("internal_error", INTERNAL)
                await refuse(fault, scope)(scope, receive, visit.send)
        finally:
            self._tell(visit, scope)

    def _check(self, scope: Scope) -> None:
        headers, path = Headers(scope=scope), scope["path"]
        safety.check_host(headers.get("host", ""), self._settings)
        safety.check_origin(headers, scope["method"], path)
        if path.startswith(safety.PROTECTED):
            self._rate.check(scope["client"][0] if scope["client"] else "")
            safety.check_key(headers, self._settings)

    def _tell(self, visit: _Visit, scope: Scope) -> None:
        seconds = time.perf_counter() - visit.started
        # The path as the routes name it: names that callers make up would have no end.
        route = getattr(scope.get("route"), "path", "other")
        self._metrics.requests.labels(route, str(visit.status)).inc()
        self._metrics.seconds.labels(route).observe(seconds)
        level = logging.ERROR if visit.status >= 500 and visit.status != 503 else logging.INFO
        logs.event(
            level,
            "request",
            id=visit.id,
            client=scope["client"][0] if scope["client"] else "",
            method=scope["method"],
            path=scope["path"],
            status=visit.status,
            ms=round(seconds * 1000, 1),
        )


class _Visit:
    """One request on its way, and the head of its answer."""

    def __init__(self, scope: Scope, send: Send) -> None:
        given = Headers(scope=scope).get(REQUEST_ID, "")
        self.id = given if _PLAIN_ID.fullmatch(given) else uuid.uuid4().hex
        self.started = time.perf_counter()
        self.status = 0
        self._send = send
        scope.setdefault("state", {})["request_id"] = self.id

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers[REQUEST_ID] = self.id
            headers.setdefault("Cache-Control", "no-store")
            for name, value in safety.HEADERS.items():
                headers[name] = value
        await self._send(message)


def refuse(problem: Problem, scope: Scope) -> JSONResponse:
    """The answer that tells a problem."""
    error: dict[str, Any] = problem.to_dict()
    error["request_id"] = scope["state"]["request_id"]
    return JSONResponse({"error": error}, problem.status, problem.headers)
