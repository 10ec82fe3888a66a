"""The application: routes, what surrounds them, and the processes and the model that they use."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from inkdigits import __version__
from inkdigits.recognition.reader import Reader
from inkdigits.server import logs
from inkdigits.server.batching import Batcher
from inkdigits.server.bodies import Gate
from inkdigits.server.errors import Problem
from inkdigits.server.metrics import Metrics
from inkdigits.server.middleware import Surroundings, refuse
from inkdigits.server.page import page_router
from inkdigits.server.parts import Parts
from inkdigits.server.pool import Pool
from inkdigits.server.routes import classify, health, inference, model, read
from inkdigits.server.settings import Settings
from inkdigits.server.validation import problem_of_validation

DESCRIPTION = """\
Reads handwritten numbers in images. Every answer that is not a success is
`{"error": {"status", "code", "message", "request_id"}}`."""


def build_app(settings: Settings) -> FastAPI:
    """The service as an ASGI application; its processes run from its startup to its shutdown.

    Raises `ModelError` if the model cannot be used.
    """
    parts = _parts(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await parts.pool.start()
        try:
            yield
        finally:
            await parts.pool.stop()
            parts.batcher.close()

    app = FastAPI(
        title="inkdigits",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        # Its pages load scripts from elsewhere; the description itself stays at /openapi.json.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.parts = parts
    for router in (read.router, classify.router, model.router, inference.router, health.router):
        app.include_router(router)
    app.include_router(page_router())
    app.add_middleware(Surroundings, settings=settings, metrics=parts.metrics)
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid_request)
    app.add_exception_handler(HTTPException, _on_http_exception)
    app.openapi = lambda: _describe(app)  # type: ignore[method-assign]  # FastAPI's own way
    return app


def _parts(settings: Settings) -> Parts:
    # Reading is done in processes of its own; were it not for this one, none of them could start
    # where a model is wrong, and nobody say why.
    reader = Reader(
        settings.models.digits,
        line_model=settings.models.lines,
        limits=settings.limits,
        threads=1,
        min_accuracy=settings.min_accuracy,
    )
    metrics = Metrics()

    def report(why: str) -> None:
        metrics.replaced.labels(why).inc()
        logs.event(logging.WARNING, "reading process replaced", why=why)

    pool = Pool(settings, report)
    batcher = Batcher(reader.bundle.settled_scores, metrics.batch.observe)
    gate = Gate(settings)
    metrics.watch("workers", "Reading processes that are alive", lambda: len(pool.pids))
    metrics.watch("workers_idle", "Reading processes with nothing to do", lambda: pool.idle)
    metrics.watch("requests_in_work", "Requests waiting or worked on", lambda: gate.requests)
    metrics.watch("held_bytes", "Bytes of bodies in memory", lambda: gate.held_bytes)
    return Parts(settings, reader, pool, batcher, gate, metrics)


async def _on_problem(request: Request, problem: Exception) -> JSONResponse:
    if not isinstance(problem, Problem):
        raise problem
    return refuse(problem, request.scope)


async def _on_invalid_request(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, RequestValidationError):
        raise error
    return refuse(problem_of_validation(error.errors()), request.scope)


async def _on_http_exception(request: Request, error: Exception) -> JSONResponse:
    """What Starlette says of itself: no such path, or no such method there."""
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 405:
        problem = Problem("method_not_allowed", f"{request.method} cannot be done here")
    elif error.status_code == 404:
        problem = Problem("not_found", "nothing is here; /openapi.json tells what is")
    else:
        problem = Problem("malformed_request", str(error.detail))
    answer = refuse(problem, request.scope)
    answer.headers.update(error.headers or {})
    return answer


def _describe(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, with the bodies that the routes take apart themselves."""
    if app.openapi_schema is None:
        description = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        kinds: list[type[BaseModel]] = [*classify.REQUESTS, inference.InferenceRequest]
        _, bodies = models_json_schema(
            [(kind, "validation") for kind in kinds],
            ref_template="#/components/schemas/{model}",
        )
        description["components"]["schemas"] |= bodies["$defs"]
        app.openapi_schema = description
    return app.openapi_schema
