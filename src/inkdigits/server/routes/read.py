"""`POST /v1/read`: the handwritten numbers in images."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from inkdigits.errors import ImageError
from inkdigits.recognition.reader import LayoutKind
from inkdigits.server.bodies import Upload, unless_gone, uploads
from inkdigits.server.errors import Problem, problem_of
from inkdigits.server.parts import Parts, failures, parts_of
from inkdigits.server.pool import Job
from inkdigits.server.schemas import Include, ReadAnswer

router = APIRouter()

_FORM = {
    "type": "object",
    "properties": {
        "image": {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
    },
    "required": ["image"],
}
_BODY = {
    "required": True,
    "content": {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        "image/*": {"schema": {"type": "string", "format": "binary"}},
        "multipart/form-data": {"schema": _FORM},
    },
}


class Options(NamedTuple):
    """How to read: as on the command line, and what else to tell."""

    layout: str
    include: Sequence[str]


def options(
    layout: Annotated[
        LayoutKind, Query(description="What an image holds; auto finds out.")
    ] = "auto",
    include: Annotated[
        Sequence[Include],
        Query(
            max_length=2,
            description="What else to tell of each digit: what the model has `seen`, and its "
            "`evidence`, the ink that decided.",
        ),
    ] = (),
) -> Options:
    """The options of a request, from its query."""
    return Options(layout, include)


@router.post(
    "/v1/read",
    summary="Read images",
    responses={
        200: {"model": ReadAnswer},
        **failures(400, 401, 403, 408, 413, 415, 422, 429, 503, 504),
    },
    openapi_extra={"requestBody": _BODY},
)
async def read(
    request: Request,
    options: Annotated[Options, Depends(options)],
    file: Annotated[str, Query(description="The name of the image, if it is the body.")] = "",
) -> Response:
    """Read one image, sent as the body, or several, sent as the files of a form.

    The answer has one result for each page of each image, as `inkdigits read --format json` prints
    them. Of several images, one that cannot be read has an error in its place.
    """
    del file  # `uploads` takes it from the query, where there is no form
    parts = parts_of(request)
    with parts.gate.holding() as held:
        images = await uploads(request, held, parts.settings)
        with parts.gate.work():
            return await unless_gone(request, _read_all(parts, images, options))


async def _read_all(parts: Parts, images: Sequence[Upload], options: Options) -> Response:
    # One request never has more images under way than there are processes.
    turns = asyncio.Semaphore(parts.settings.workers)

    async def one(image: Upload) -> bytes:
        async with turns:
            try:
                return await read_job(parts, job_of(image, options))
            except Problem as problem:
                if len(images) == 1:
                    raise
                failed = {"file": image.name, "error": problem.to_dict()}
                return json.dumps(failed).encode()

    return results(await asyncio.gather(*map(one, images)))


def job_of(image: Upload, options: Options) -> Job:
    """What a reading process is asked."""
    return Job({"kind": "image", "file": image.name, **options._asdict()}, image.data)


async def read_job(parts: Parts, job: Job) -> bytes:
    """The readings of one image or drawing, counted; raises `Problem`."""
    try:
        answer = await parts.pool.read(job)
    except ImageError as error:
        problem = problem_of(error)
        parts.metrics.images.labels(problem.code).inc()
        raise problem from error
    except Problem as problem:
        parts.metrics.images.labels(problem.code).inc()
        raise
    parts.metrics.images.labels("read").inc()
    return answer


def results(answers: Sequence[bytes]) -> Response:
    """Answers, in JSON already, as one."""
    return Response(b'{"results": [' + b", ".join(answers) + b"]}", media_type="application/json")
