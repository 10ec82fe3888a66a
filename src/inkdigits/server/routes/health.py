"""For those who run the service: whether it lives, whether it can read, and its figures."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from inkdigits.server.errors import Problem
from inkdigits.server.metrics import CONTENT_TYPE
from inkdigits.server.parts import failures, parts_of
from inkdigits.server.schemas import StatusAnswer

router = APIRouter()


@router.get("/healthz", summary="Is it alive?", responses=failures(403))
async def alive() -> StatusAnswer:
    """Answers as long as the service answers anything."""
    return StatusAnswer(status="ok")


@router.get("/readyz", summary="Can it read?", responses=failures(403, 503))
async def ready(request: Request) -> StatusAnswer:
    """Answers 200 while there is a process that can read."""
    if not parts_of(request).pool.pids:
        raise Problem("busy", "no reading process is ready; try again", retry_after=1)
    return StatusAnswer(status="ok")


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **failures(401, 403, 429),
    },
    response_class=Response,
)
async def metrics(request: Request) -> Response:
    """Requests, times, images, batches and reading processes."""
    return Response(parts_of(request).metrics.render(), media_type=CONTENT_TYPE)
