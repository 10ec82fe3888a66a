"""The template of a form that comes with the images of a request, and the picture beside it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from inkdigits.errors import TemplateError
from inkdigits.imaging.alignment import Reference
from inkdigits.imaging.decode import Limits, decode_first
from inkdigits.imaging.sources import label_of
from inkdigits.recognition.template import Template, parse_template
from inkdigits.server.bodies import Upload
from inkdigits.server.errors import Problem

TEMPLATE, REFERENCE = "template", "reference"
"""The parts of a form that are no images to read."""


class SentTemplate(NamedTuple):
    """A template as it was sent: its name, its JSON, and the picture of the empty form, if any."""

    name: str
    text: bytes
    picture: bytes | None

    def to_head(self) -> dict[str, Any]:
        """What a reading process is told of the bytes that `packed` puts before an image."""
        sizes = [len(self.text), None if self.picture is None else len(self.picture)]
        return {"name": self.name, "sizes": sizes}

    def packed(self, image: bytes) -> bytes:
        """An image with the template before it, as `unpacked` takes them apart."""
        return b"".join((self.text, self.picture or b"", image))

    def load(self, limits: Limits) -> Template:
        """The template; raises `TemplateError` that names it. The last one is kept."""
        return _load(self, limits)


def sent_template(uploads: Sequence[Upload]) -> tuple[SentTemplate | None, list[Upload]]:
    """The template among the parts of a request, if there is one, and the images.

    Raises `Problem` where a part is there twice, or a picture of a form without its template.
    """
    own: dict[str, Upload] = {}
    for upload in uploads:
        if upload.part in (TEMPLATE, REFERENCE):
            if upload.part in own:
                raise Problem(
                    "invalid_request", f"the form has two parts {upload.part!r}: send one"
                )
            own[upload.part] = upload
    images = [upload for upload in uploads if upload.part not in own]
    picture = own.get(REFERENCE)
    if TEMPLATE not in own:
        if picture is not None:
            raise Problem(
                "invalid_request", f"the part {REFERENCE!r} goes with a {TEMPLATE!r}: send it too"
            )
        return None, images
    text = own[TEMPLATE]
    return SentTemplate(text.name, text.data, picture and picture.data), images


def unpacked(head: dict[str, Any], body: bytes) -> tuple[SentTemplate, bytes]:
    """What `to_head` and `packed` made of a template and an image."""
    first, second = head["sizes"]
    end = first + (second or 0)
    picture = None if second is None else body[first:end]
    return SentTemplate(head["name"], body[:first], picture), body[end:]


# All images of a request have one template, and finding the features of a form takes a while.
@lru_cache(maxsize=1)
def _load(sent: SentTemplate, limits: Limits) -> Template:
    def open_picture(_: str) -> Reference:
        if sent.picture is None:
            raise TemplateError(f"send the picture that it names as the part {REFERENCE!r}")
        return Reference(decode_first(sent.picture, limits).pixels)

    try:
        template = parse_template(sent.text, open_picture)
        if sent.picture is not None and template.reference is None:
            raise TemplateError('the part "reference" was sent, but it names no "reference"')
    except TemplateError as error:
        raise TemplateError(f"{label_of(sent.name or TEMPLATE)}: {error}") from error
    return template
