"""`POST /v1/classify`: arrays as MNIST has them, and drawings of a pen on a screen."""

from __future__ import annotations

import json
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from inkdigits.imaging.normalize import SIDE
from inkdigits.recognition.confidence import digit_columns, judge, probabilities
from inkdigits.server.bodies import unless_gone, whole_body
from inkdigits.server.errors import Problem
from inkdigits.server.parts import Parts, failures, parts_of
from inkdigits.server.pool import Job
from inkdigits.server.routes.read import Options, options, read_job, results
from inkdigits.server.schemas import (
    ArraysAnswer,
    ArraysRequest,
    DrawingRequest,
    ReadAnswer,
    Strict,
)
from inkdigits.server.seeing import shares
from inkdigits.server.validation import problem_of_validation

router = APIRouter()

MAX_JSON_BYTES = 2 * 2**20
"""So much JSON is taken apart without keeping others waiting."""

REQUESTS: tuple[type[Strict], ...] = (DrawingRequest, ArraysRequest)

_DRAWN_SEVEN = {
    "width": 280,
    "height": 280,
    "pen_width": 14,
    "strokes": [[{"x": 80, "y": 70}, {"x": 200, "y": 70}, {"x": 130, "y": 220}]],
}
_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {
                "oneOf": [{"$ref": f"#/components/schemas/{kind.__name__}"} for kind in REQUESTS]
            },
            "examples": {
                "drawing": {"summary": "A seven", "value": {"drawing": _DRAWN_SEVEN}},
                "images": {
                    "summary": "An empty array",
                    "value": {"images": [[[0] * SIDE] * SIDE]},
                },
            },
        }
    },
}


@router.post(
    "/v1/classify",
    summary="Classify arrays, or read a drawing",
    responses={
        200: {"model": ReadAnswer | ArraysAnswer},
        **failures(400, 401, 403, 408, 413, 415, 422, 429, 503, 504),
    },
    openapi_extra={"requestBody": _BODY},
)
async def classify(request: Request, options: Annotated[Options, Depends(options)]) -> Response:
    """Say which digits 28x28 arrays show, or read a drawing.

    A drawing is drawn here and read as an image is: several digits on it become a number. The query
    is for drawings.
    """
    parts = parts_of(request)
    with parts.gate.holding() as held:
        timeout = parts.settings.body_timeout
        asked = _parse(request, await whole_body(request, held, MAX_JSON_BYTES, timeout))
        with parts.gate.work():
            if isinstance(asked, DrawingRequest):
                head = {"kind": "drawing", **options.to_dict()}
                job = Job(head, json.dumps(asked.drawing.to_dict()).encode())
                return results([await unless_gone(request, read_job(parts, job))])
            return await unless_gone(request, _classify(parts, asked))


def _parse(request: Request, body: bytes) -> DrawingRequest | ArraysRequest:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        message = f"not a format that is read here: {kind[:80]!a}; send application/json"
        raise Problem("unsupported_format", message)
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Problem("malformed_request", f"not JSON: {error}") from None
    drawn = isinstance(fields, dict) and "drawing" in fields
    try:
        return (DrawingRequest if drawn else ArraysRequest).model_validate(fields)
    except ValidationError as error:
        raise problem_of_validation(error.errors()) from None


async def _classify(parts: Parts, asked: ArraysRequest) -> Response:
    contract = parts.bundle.contract
    columns = digit_columns(contract)
    logits = await parts.batcher.scores(np.array(asked.images, np.uint8))
    answers = []
    for row in probabilities(logits, contract):
        verdict = judge(row, SIDE, contract)
        alternatives = [[label, round(share, 4)] for label, share in verdict.alternatives]
        answers.append(
            {
                "value": verdict.value,
                "guess": verdict.guess,
                "confidence": round(verdict.confidence, 4),
                "reason": verdict.reason,
                "alternatives": alternatives,
                **shares(row, columns),
            }
        )
    answer: dict[str, Any] = {"model": contract.title, "results": answers}
    return Response(json.dumps(answer), media_type="application/json")
