"""`/v2`: the Open Inference Protocol (KServe, version 2), for those who speak it already.

The model takes `images`, UINT8 `[N, 28, 28]`, digits bright on dark in MNIST's format, and gives
`probabilities`, FP32 `[N, 10]`; what a row lacks to 1 is the probability of not being a digit.
"""

from __future__ import annotations

import json
from math import prod
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from inkdigits import __version__
from inkdigits.imaging.normalize import SIDE
from inkdigits.recognition.confidence import digit_columns, probabilities
from inkdigits.server.bodies import unless_gone, whole_body
from inkdigits.server.errors import Problem
from inkdigits.server.parts import Parts, failures, parts_of
from inkdigits.server.routes.classify import MAX_JSON_BYTES
from inkdigits.server.routes.health import ready
from inkdigits.server.schemas import MAX_ARRAYS, Pixel
from inkdigits.server.validation import problem_of_validation

router = APIRouter(prefix="/v2", tags=["Open Inference Protocol"])

_INPUT = {"name": "images", "datatype": "UINT8", "shape": [-1, SIDE, SIDE]}
_OUTPUT = {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]}


class Tensor(BaseModel):
    """The input: `data` flat, row by row."""

    model_config = ConfigDict(strict=True)

    name: Literal["images"]
    datatype: Literal["UINT8"]
    shape: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=3, max_length=3)]
    data: Annotated[list[Pixel], Field(min_length=1, max_length=MAX_ARRAYS * SIDE * SIDE)]


class InferenceRequest(BaseModel):
    """A request of the protocol; what is not named here is not used."""

    model_config = ConfigDict(strict=True)

    id: Annotated[str, Field(max_length=255)] = ""
    inputs: Annotated[list[Tensor], Field(min_length=1, max_length=1)]


_BODY = {
    "required": True,
    "content": {
        "application/json": {
            "schema": {"$ref": f"#/components/schemas/{InferenceRequest.__name__}"},
            "example": {
                "inputs": [
                    {
                        "name": "images",
                        "datatype": "UINT8",
                        "shape": [1, SIDE, SIDE],
                        "data": [0] * SIDE * SIDE,
                    }
                ]
            },
        }
    },
}


@router.get("", summary="Describe the server", responses=failures(401, 403, 429))
async def server() -> dict[str, Any]:
    """The name and the version of the server."""
    return {"name": "inkdigits", "version": __version__, "extensions": []}


@router.get("/health/live", summary="Is it alive?", responses=failures(401, 403, 429))
async def live() -> dict[str, bool]:
    """Answers as long as the service answers anything."""
    return {"live": True}


@router.get("/health/ready", summary="Can it read?", responses=failures(401, 403, 429, 503))
async def server_ready(request: Request) -> dict[str, bool]:
    """Answers 200 while there is a process that can read."""
    await ready(request)
    return {"ready": True}


@router.get(
    "/models/{name}", summary="Describe the model", responses=failures(401, 403, 404, 422, 429)
)
async def metadata(request: Request, name: str) -> dict[str, Any]:
    """What the model takes and gives."""
    contract = _parts_of(request, name).bundle.contract
    return {
        "name": contract.name,
        "versions": [contract.version],
        "platform": "onnx",
        "inputs": [_INPUT],
        "outputs": [_OUTPUT],
    }


@router.get(
    "/models/{name}/ready",
    summary="Can the model be used?",
    responses=failures(401, 403, 404, 422, 429),
)
async def model_ready(request: Request, name: str) -> dict[str, Any]:
    """Answers 200 for the model that is loaded."""
    return {"name": _parts_of(request, name).bundle.contract.name, "ready": True}


@router.post(
    "/models/{name}/infer",
    summary="Classify arrays",
    responses=failures(400, 401, 403, 404, 408, 413, 422, 429, 503),
    openapi_extra={"requestBody": _BODY},
)
async def infer(request: Request, name: str) -> Response:
    """The probabilities of the ten digits for each array."""
    parts = _parts_of(request, name)
    with parts.gate.holding() as held:
        body = await whole_body(request, held, MAX_JSON_BYTES, parts.settings.body_timeout)
        asked = _parse(body)
        tensor = asked.inputs[0]
        images = np.array(tensor.data, np.uint8).reshape(-1, SIDE, SIDE)
        with parts.gate.work():
            logits = await unless_gone(request, parts.batcher.scores(images))
    contract = parts.bundle.contract
    shares = probabilities(logits, contract)[:, digit_columns(contract)]
    output = {**_OUTPUT, "shape": [*shares.shape], "data": shares.ravel().tolist()}
    answer: dict[str, Any] = {
        "model_name": contract.name,
        "model_version": contract.version,
        "outputs": [output],
    }
    if asked.id:
        answer["id"] = asked.id
    return Response(json.dumps(answer), media_type="application/json")


def _parse(body: bytes) -> InferenceRequest:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Problem("malformed_request", f"not JSON: {error}") from None
    try:
        asked = InferenceRequest.model_validate(fields)
    except ValidationError as error:
        raise problem_of_validation(error.errors()) from None
    shape, data = asked.inputs[0].shape, asked.inputs[0].data
    if shape[1:] != [SIDE, SIDE] or prod(shape) != len(data):
        message = f"inputs.0.shape: [N, {SIDE}, {SIDE}] has to be that of the data, not {shape}"
        raise Problem("invalid_request", message)
    return asked


def _parts_of(request: Request, name: str) -> Parts:
    parts = parts_of(request)
    if name != parts.bundle.contract.name:
        message = f"no model of that name; there is {parts.bundle.contract.name}"
        raise Problem("not_found", message)
    return parts
