"""`GET /v1/model`: which models read, and what may be sent to it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request

from inkdigits import __version__
from inkdigits.imaging.decode import FORMATS
from inkdigits.server.parts import failures, parts_of
from inkdigits.server.schemas import LAYOUTS, LimitsAnswer, LineModelAnswer, ModelAnswer
from inkdigits.server.seeing import INCLUDES

router = APIRouter()


@router.get("/v1/model", summary="Describe the models", responses=failures(401, 403, 429))
async def model(request: Request) -> ModelAnswer:
    """Name, labels, thresholds, measured figures of the models, and the service's limits."""
    parts = parts_of(request)
    settings, contract = parts.settings, parts.bundle.contract.to_dict()
    shown = ("name", "version", "labels", "input", "thresholds", "measured")
    fields: dict[str, Any] = {name: contract[name] for name in shown}
    lines = parts.reader.lines
    return ModelAnswer(
        inkdigits=__version__,
        title=parts.reader.title,
        line_model=None
        if lines is None
        else LineModelAnswer(
            name=lines.contract.name,
            version=lines.contract.version,
            measured=dict(lines.contract.measured),
        ),
        formats=list(FORMATS),
        layouts=list(LAYOUTS),
        includes=list(INCLUDES),
        limits=LimitsAnswer(
            max_body_bytes=settings.max_body_bytes,
            max_images=settings.max_images,
            max_bytes=settings.limits.max_bytes,
            max_pixels=settings.limits.max_pixels,
            max_frames=settings.limits.max_frames,
            timeout_s=settings.read_timeout,
        ),
        **fields,
    )
