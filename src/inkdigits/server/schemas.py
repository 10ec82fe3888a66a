"""What goes in and comes out, as the OpenAPI description tells it.

Readings are written as `Reading.to_dict` gives them, never through these classes; a test holds that
the two agree.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from inkdigits.imaging.normalize import SIDE
from inkdigits.imaging.strokes import USUAL_PRESSURE
from inkdigits.recognition.reader import LayoutKind

MAX_ARRAYS = 256
MAX_SIDE_PX = 4096
MAX_CANVAS_PIXELS = 4_000_000
MAX_STROKES = 2_000
MAX_POINTS = 20_000

_PEN_WIDTH = f"In pixels of the canvas, at a pressure of {USUAL_PRESSURE}."

Include = Literal["seen", "evidence"]
LAYOUTS = get_args(LayoutKind)

Share = Annotated[float, Field(ge=0, le=1)]
Pixel = Annotated[int, Field(ge=0, le=255)]
Row = Annotated[list[Pixel], Field(min_length=SIDE, max_length=SIDE)]
Array = Annotated[list[Row], Field(min_length=SIDE, max_length=SIDE)]
Coordinate = Annotated[float, Field(ge=-1e6, le=1e6)]


class Strict(BaseModel):
    """Takes numbers for numbers only, and no field that it does not know."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Point(Strict):
    """Where the pen was, in pixels of the canvas, and how hard it pressed."""

    x: Coordinate
    y: Coordinate
    pressure: Share = USUAL_PRESSURE
    t: Annotated[float, Field(description="When; not used.")] = 0.0


PointArray = Annotated[
    list[Coordinate], Field(min_length=2, max_length=3, description="[x, y] or [x, y, pressure]")
]
Points = Annotated[list[PointArray | Point], Field(min_length=1, max_length=MAX_POINTS)]
PenWidth = Annotated[float, Field(ge=0.5, le=200, description=_PEN_WIDTH)]


class Stroke(Strict):
    """A line with a pen of its own; without a width it is that of the drawing."""

    points: Points
    pen_width: PenWidth | None = None


class Drawing(Strict):
    """Strokes of a round pen on a canvas; points may lie off it."""

    width: Annotated[int, Field(ge=1, le=MAX_SIDE_PX)]
    height: Annotated[int, Field(ge=1, le=MAX_SIDE_PX)]
    pen_width: PenWidth
    strokes: Annotated[list[Points | Stroke], Field(max_length=MAX_STROKES)]

    @model_validator(mode="after")
    def _within_limits(self) -> Drawing:
        if self.width * self.height > MAX_CANVAS_PIXELS:
            raise ValueError(f"a canvas has at most {MAX_CANVAS_PIXELS:,} pixels")
        if sum(len(points) for _, points in self.lines()) > MAX_POINTS:
            raise ValueError(f"a drawing has at most {MAX_POINTS:,} points")
        return self

    def lines(self) -> list[tuple[float, list[PointArray | Point]]]:
        """The strokes as the width of the pen and the points."""
        return [
            (stroke.pen_width or self.pen_width, stroke.points)
            if isinstance(stroke, Stroke)
            else (self.pen_width, stroke)
            for stroke in self.strokes
        ]

    def to_dict(self) -> dict[str, Any]:
        """As a reading process takes it: a stroke is a width and points of x, y and pressure."""
        strokes = [(width, [_triple(point) for point in points]) for width, points in self.lines()]
        return {"width": self.width, "height": self.height, "strokes": strokes}


def _triple(point: PointArray | Point) -> list[float]:
    if isinstance(point, Point):
        return [point.x, point.y, point.pressure]
    return point if len(point) == 3 else [*point, USUAL_PRESSURE]


class DrawingRequest(Strict):
    """A drawing to read as a page of the canvas's size, black on white."""

    drawing: Drawing


class ArraysRequest(Strict):
    """Digits cut out and made as MNIST's were: 28 rows of 28 numbers, 0 for paper, 255 for ink."""

    images: Annotated[list[Array], Field(min_length=1, max_length=MAX_ARRAYS)]


class Answer(BaseModel):
    """An answer: no field is ever left out, and none is there that is not described."""

    model_config = ConfigDict(extra="forbid")


Box = Annotated[
    list[int],
    Field(min_length=4, max_length=4, description="[left, top, right, bottom], half-open"),
]
Alternatives = list[tuple[str, Share]]
Pixels = Annotated[str, Field(description="28x28 bytes, row by row, in base64")]
Shares = Annotated[list[Share], Field(min_length=10, max_length=10)]


class DigitAnswer(Answer):
    """One symbol; `value` is null where it is refused."""

    value: str | None
    guess: str
    confidence: Share
    reason: str
    box: Box
    alternatives: Alternatives


class NumberAnswer(Answer):
    """Digits that stand together on a line."""

    text: str
    line: int
    confidence: Share
    accepted: bool
    reason: str
    box: Box
    unconstrained: str
    alternatives: list[tuple[str, Share]]
    digits: list[DigitAnswer]


class BoxRowAnswer(Answer):
    """Printed boxes side by side: `""` is an empty one, null one that somebody has to look at."""

    each: Literal["digit", "number"]
    box: Box
    values: list[str | None]
    reason: str
    numbers: list[int]
    boxes: list[Box]


class SeenAnswer(Answer):
    """What the model saw of a digit, what it gave each of the ten, and which ink decided."""

    pixels: Pixels
    probabilities: Shares
    not_a_digit: Share
    evidence: Pixels = ""


class ReadingAnswer(Answer):
    """One page, as `inkdigits read --format json` prints it; `seen` only if it was asked for."""

    file: str
    page: int
    width: int
    height: int
    rotation: Literal[0, 90, 180, 270]
    text: str
    model: str
    reason: str
    numbers: list[NumberAnswer]
    box_rows: list[BoxRowAnswer]
    seen: list[list[SeenAnswer]] = []


class FieldAnswer(Answer):
    """What stands in one field of a form."""

    text: str
    confidence: Share | None
    accepted: bool
    reason: str
    box: Box
    numbers: list[NumberAnswer]
    box_rows: list[BoxRowAnswer]


class FormAnswer(Answer):
    """One page of a form: in `values`, `""` is an empty field and null a doubtful one."""

    file: str
    page: int
    width: int
    height: int
    model: str
    fit: Share | None
    values: dict[str, str | None]
    fields: dict[str, FieldAnswer]


class Failure(Answer):
    """What went wrong, for programs (`code`) and for people (`message`)."""

    status: int
    code: str
    message: str


class FailureWithId(Failure):
    """What went wrong, and the request's name in the log."""

    request_id: str


class ErrorAnswer(Answer):
    """The body of every answer that is not a success."""

    error: FailureWithId


class FailedImage(Answer):
    """An image among several that could not be read."""

    file: str
    error: Failure


class ReadAnswer(Answer):
    """One result for each page of each image, in the order sent."""

    results: list[ReadingAnswer | FormAnswer | FailedImage]


class ArrayAnswer(Answer):
    """What one array is; `value` is null where it is refused."""

    value: str | None
    guess: str
    confidence: Share
    reason: str
    alternatives: Alternatives
    probabilities: Shares
    not_a_digit: Share


class ArraysAnswer(Answer):
    """One result for each array, in the order sent."""

    model: str
    results: list[ArrayAnswer]


class LimitsAnswer(Answer):
    """What one request may ask for."""

    max_body_bytes: int
    max_images: int
    max_bytes: int
    max_pixels: int
    max_frames: int
    timeout_s: float


class LineModelAnswer(Answer):
    """The model that reads rows as a whole."""

    name: str
    version: str
    measured: dict[str, Any]


class ModelAnswer(Answer):
    """The models that read, and what may be sent to them; `title` names both, as readings do."""

    inkdigits: str
    name: str
    version: str
    title: str
    labels: list[str]
    input: dict[str, Any]
    thresholds: dict[str, float]
    measured: dict[str, Any]
    line_model: LineModelAnswer | None
    formats: list[str]
    layouts: list[str]
    includes: list[str]
    limits: LimitsAnswer


class StatusAnswer(Answer):
    """How the service is."""

    status: str
