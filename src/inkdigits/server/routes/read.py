"""`POST /v1/read`: the handwritten numbers in images."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query, Request, Response

from inkdigits.errors import FieldError, ImageError, TemplateError, UnreadableImage
from inkdigits.imaging.pages import parse_pages
from inkdigits.imaging.region import parse_region
from inkdigits.recognition.reader import LayoutKind
from inkdigits.recognition.request import RequestText
from inkdigits.server.bodies import Upload, unless_gone, uploads
from inkdigits.server.errors import Problem, problem_of
from inkdigits.server.forms import REFERENCE, TEMPLATE, SentTemplate, sent_template
from inkdigits.server.parts import Parts, failures, parts_of
from inkdigits.server.pool import Job
from inkdigits.server.schemas import Include, ReadAnswer

router = APIRouter()

_FORM = {
    "type": "object",
    "properties": {
        "image": {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1},
        TEMPLATE: {
            "type": "string",
            "contentMediaType": "application/json",
            "description": "A form: where its fields are, and what each may hold.",
        },
        REFERENCE: {
            "type": "string",
            "format": "binary",
            "description": "The picture of the empty form that the template names, if it does.",
        },
    },
    "required": ["image"],
}
_BODY = {
    "required": True,
    "content": {
        "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        "image/*": {"schema": {"type": "string", "format": "binary"}},
        "application/pdf": {"schema": {"type": "string", "format": "binary"}},
        "multipart/form-data": {"schema": _FORM},
    },
}


class Options(NamedTuple):
    """How to read: as on the command line, and what else to tell."""

    request: RequestText
    include: Sequence[str]

    def to_dict(self) -> dict[str, Any]:
        """As a reading process takes it."""
        return {"request": asdict(self.request), "include": self.include}

    def check_with_template(self) -> None:
        """Raises `Problem` for an option that a template says for each of its fields."""
        usual = RequestText(pages=self.request.pages)
        given = [
            name for name, text in asdict(self.request).items() if text != getattr(usual, name)
        ]
        if self.include:
            given.append("include")
        if given:
            message = f"{given[0]} goes with no template, which says what is read: leave it out"
            raise Problem("invalid_request", message)


class Part(NamedTuple):
    """Which part of a document is read."""

    pages: str | None
    region: str | None


class Constraints(NamedTuple):
    """What its numbers may be."""

    length: str | None
    pattern: str | None
    choices: str | None
    check: str | None


async def part(
    pages: Annotated[
        str | None,
        Query(max_length=400, description="Of a PDF or TIFF, only these: 3, 2-5, 2- or 1,4-6."),
    ] = None,
    region: Annotated[
        str | None,
        Query(
            max_length=100,
            description="Only this part of each page: left,top,right,bottom in pixels or percent.",
        ),
    ] = None,
) -> Part:
    """The part that a request asks for, from its query."""
    try:
        if pages is not None:
            parse_pages(pages)
        if region is not None:
            parse_region(region)
    except ValueError as error:
        raise Problem("invalid_request", str(error)) from None
    return Part(pages, region)


async def constraints(
    length: Annotated[
        str | None,
        Query(max_length=20, description="Every line is one number of so many digits: 5, or 3-6."),
    ] = None,
    pattern: Annotated[
        str | None,
        Query(max_length=400, description="A regular expression over digits that it matches."),
    ] = None,
    choices: Annotated[
        str | None,
        Query(
            # With all else it has to fit into the head of a request, of 64 kB.
            max_length=10_000,
            pattern="^[0-9, ]+$",
            description="The numbers that it may be, with commas between.",
        ),
    ] = None,
    check: Annotated[
        str | None, Query(max_length=20, description="The check digit that it has, such as luhn.")
    ] = None,
) -> Constraints:
    """What a request says of its numbers, from its query."""
    return Constraints(length, pattern, choices, check)


async def options(
    part: Annotated[Part, Depends(part)],
    constraints: Annotated[Constraints, Depends(constraints)],
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
    return Options(RequestText(layout, *part, *constraints), include)


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
    """Read one image or document, sent as the body, or several, sent as the files of a form.

    The answer has one result for each page of each image, as `inkdigits read --format json` prints
    them: with a `template`, its fields by their names. Of several images, one that cannot be read
    has an error in its place.
    """
    del file  # `uploads` takes it from the query, where there is no form
    parts = parts_of(request)
    with parts.gate.holding() as held:
        sent = await uploads(request, held, parts.settings, (TEMPLATE, REFERENCE))
        template, images = sent_template(sent)
        if template is not None:
            options.check_with_template()
        with parts.gate.work():
            return await unless_gone(request, _read_all(parts, images, options, template))


async def _read_all(
    parts: Parts, images: Sequence[Upload], options: Options, template: SentTemplate | None
) -> Response:
    if template is not None:  # what is wrong with it is no fault of any image
        await _check(parts, template, options)
    # One request never has more images under way than there are processes.
    turns = asyncio.Semaphore(parts.settings.workers)

    async def one(image: Upload) -> bytes:
        async with turns:
            try:
                return await read_job(parts, job_of(image, options, template))
            except Problem as problem:
                if len(images) == 1:
                    raise
                failed = {"file": image.name, "error": problem.to_dict()}
                return json.dumps(failed).encode()

    return results(await asyncio.gather(*map(one, images)))


def job_of(image: Upload, options: Options, template: SentTemplate | None) -> Job:
    """What a reading process is asked."""
    head = {"kind": "image", "file": image.name, **options.to_dict()}
    if template is None:
        return Job(head, image.data)
    return Job({**head, "template": template.to_head()}, template.packed(image.data))


async def _check(parts: Parts, template: SentTemplate, options: Options) -> None:
    """Raises `Problem` where a template is none, before any image is read."""
    head = {"kind": "template", "file": template.name, "template": template.to_head()}
    try:
        await parts.pool.read(Job({**head, **options.to_dict()}, template.packed(b"")))
    except TemplateError as error:
        raise problem_of(error) from error
    except UnreadableImage as error:  # it ended the process that looked at it
        raise Problem("invalid_request", str(error)) from error


async def read_job(parts: Parts, job: Job) -> bytes:
    """The readings of one image or drawing, counted; raises `Problem`."""
    try:
        answer = await parts.pool.read(job)
    except (ImageError, FieldError) as error:
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
