"""Reading pages: the answer, where it stands, and that nothing changes by asking."""

import io
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from inkdigits.data.synthesis import draw_digit
from inkdigits.errors import ImageTooLarge, IncompatibleModel, UnsupportedFormat
from inkdigits.imaging.decode import Limits, Page, decode
from inkdigits.imaging.ink import MAX_SIDE
from inkdigits.reading import Box, Reading
from inkdigits.recognition.confidence import AMONG_OTHERS, NOT_A_DIGIT
from inkdigits.recognition.field import Field
from inkdigits.recognition.reader import LayoutKind, Reader
from tests.imaging.drawn import vignette
from tests.recognition.conftest import MakeBundle, tiny_graph
from tests.recognition.drawing import Ink, Pixels, clean_digit, draw_page, to_pixels

LAYOUTS: tuple[LayoutKind, ...] = ("auto", "digit", "line", "page")
LINES = ["0123 45", "6789", "27 016"]
# Digits that no turn of the page makes into others.
ONE_WAY_UP = ["3747 43", "7344", "437"]
WITH_BARE_ONES = ["4137", "7314 43"]
JSON_KEYS = {
    "page": {
        *("file", "page", "width", "height", "rotation", "text", "model", "reason", "numbers"),
        "box_rows",
    },
    "number": {
        *("text", "line", "confidence", "accepted", "reason", "box"),
        *("unconstrained", "alternatives", "digits"),
    },
    "digit": {"value", "guess", "confidence", "reason", "box", "alternatives"},
}

Drawn = tuple[Pixels, list[list[Box]]]


@pytest.fixture(scope="session")
def written(reader: Reader) -> Drawn:
    return draw_page(reader, LINES, seed=1)


@pytest.fixture(scope="session")
def one_way_up(reader: Reader) -> Drawn:
    return draw_page(reader, ONE_WAY_UP, seed=2)


def boxes_of(reading: Reading) -> list[list[Box]]:
    """The boxes of the digits, by line."""
    lines: dict[int, list[Box]] = {}
    for number in reading.numbers:
        lines.setdefault(number.line, []).extend(digit.box for digit in number.digits)
    return [lines[line] for line in sorted(lines)]


def assert_boxes(reading: Reading, expected: list[list[Box]], within_px: float) -> None:
    found = boxes_of(reading)
    assert [len(line) for line in found] == [len(line) for line in expected]
    for line, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(np.array(line), np.array(wanted), atol=within_px)


def assert_on_page(reading: Reading) -> None:
    for number in reading.numbers:
        for box in (number.box, *(digit.box for digit in number.digits)):
            assert 0 <= box.left < box.right <= reading.width
            assert 0 <= box.top < box.bottom <= reading.height


def turned_box(box: Box, shape: tuple[int, ...]) -> Box:
    """Where a box on a page (height, width, …) is once the page is turned clockwise once."""
    return Box(shape[0] - box.bottom, box.left, shape[0] - box.top, box.right)


# What reads


@pytest.mark.parametrize(
    "changes",
    [
        {"labels": [*"1234567890", "not a digit"]},
        {"labels": [*"0123456789", "other"], "reject": None},
        {"labels": [*"01234567", "not a digit", "8", "9"], "reject": 10},
        {"labels": [*"abcdefghijk"], "reject": None, "thresholds": {}},
    ],
    ids=["order", "one class more", "another class", "letters"],
)
def test_a_model_of_other_classes_reads_no_digits(
    make_bundle: MakeBundle, changes: dict[str, Any]
) -> None:
    with pytest.raises(
        IncompatibleModel, match=r"tiny 1\.2 does not read digits.*inkdigits predict"
    ):
        Reader(make_bundle(**changes))


def test_a_model_of_digits_in_another_size_reads_none(make_bundle: MakeBundle) -> None:
    graph = tiny_graph(images=("N", 32, 32))
    larger = {"shape": [32, 32], "dtype": "uint8"}
    with pytest.raises(IncompatibleModel, match="inkdigits predict"):
        Reader(make_bundle(graph, input=larger))


# What is read


@pytest.mark.parametrize("value", range(10))
@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_digit_is_read_under_every_layout(
    reader: Reader, value: int, layout: LayoutKind
) -> None:
    page = to_pixels(np.pad(clean_digit(reader, value, seed=value), ((90, 40), (50, 120))))
    reading = reader.read(page, layout)
    assert reading.text == str(value)
    ((box,),) = boxes_of(reading)
    np.testing.assert_allclose(box, (50, 90, page.shape[1] - 120, page.shape[0] - 40), atol=4)


@pytest.mark.parametrize("layout", ["auto", "line", "page"])
def test_a_row_is_read_left_to_right(reader: Reader, layout: LayoutKind) -> None:
    page, boxes = draw_page(reader, ["9075 183"], seed=3)
    reading = reader.read(page, layout)
    assert reading.text == "9075 183"
    assert [number.line for number in reading.numbers] == [0, 0]
    assert_boxes(reading, boxes, within_px=4)


@pytest.mark.parametrize("layout", ["auto", "page"])
def test_a_page_is_read_in_lines(reader: Reader, written: Drawn, layout: LayoutKind) -> None:
    page, boxes = written
    reading = reader.read(page, layout)
    assert reading.text == "\n".join(LINES)
    assert [number.line for number in reading.numbers] == [0, 0, 1, 2, 2]
    assert (reading.height, reading.width) == page.shape[:2]
    assert reading.rotation == 0
    assert_boxes(reading, boxes, within_px=4)


def test_every_number_is_in_the_text_of_the_page(reader: Reader, written: Drawn) -> None:
    reading = reader.read(written[0])
    for number in reading.numbers:
        assert number.accepted
        assert number.reason == ""
        assert number.text == "".join(digit.guess for digit in number.digits)
        assert number.box == Box.around([digit.box for digit in number.digits])
        assert 0 < number.confidence <= min(digit.confidence for digit in number.digits)
        for digit in number.digits:
            assert digit.value == digit.guess
            assert sum(share for _, share in digit.alternatives) <= 1 - digit.confidence + 1e-6


def test_an_array_as_mnist_has_it_is_read_as_it_is_classified(reader: Reader) -> None:
    small = cv2.resize(clean_digit(reader, 4, seed=4), (14, 20), interpolation=cv2.INTER_AREA)
    image = np.zeros((28, 28), np.uint8)
    image[4:24, 7:21] = np.rint(small * 255)
    assert reader.read(image).text == "4"
    assert reader.classify(image[np.newaxis]).argmax() == 4


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize("size", [(28, 28), (1, 1), (300, 200), (3, 4_000)])
def test_blank_paper_has_no_numbers(
    reader: Reader, layout: LayoutKind, level: int, size: tuple[int, int]
) -> None:
    reading = reader.read(np.full(size, level, np.uint8), layout)
    assert reading.numbers == ()
    assert reading.text == ""
    assert reading.rotation == 0


SHADOWS: dict[str, NDArray[np.floating]] = {
    "gradient": np.linspace(120, 240, 600)[np.newaxis] * np.ones((400, 1)),
    "steep gradient": np.linspace(60, 240, 400)[:, np.newaxis] * np.ones((1, 600)),
    "vignette": 235 * vignette((400, 600), 0.7),
}


def with_grain(shadow: NDArray[np.floating], noise: float) -> Pixels:
    grain = np.random.default_rng(6).normal(0, noise, shadow.shape)
    return np.clip(shadow + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", SHADOWS)
@pytest.mark.parametrize("noise", [0, 1, 3])
@pytest.mark.parametrize("layout", ["auto", "line", "page"])
def test_grain_and_shadow_are_no_numbers(
    reader: Reader, name: str, noise: int, layout: LayoutKind
) -> None:
    assert reader.read(with_grain(SHADOWS[name], noise), layout).numbers == ()


def test_a_cross_is_refused_and_said_to_be_no_digit(reader: Reader) -> None:
    page = np.full((200, 200, 3), 255, np.uint8)
    for start, end in (((60, 60), (140, 140)), ((60, 140), (140, 60)), ((40, 100), (160, 100))):
        cv2.line(page, start, end, (0, 0, 0), 6)
    reading = reader.read(page, "digit")
    assert reading.text == ""
    ((digit,),) = (number.digits for number in reading.numbers)
    assert digit.value is None
    assert digit.guess in set("0123456789")
    assert digit.reason == "not a digit"


def test_a_page_of_letters_is_refused_as_a_whole(reader: Reader) -> None:
    """Single letters look like digits: o, l, z, b. In their word they are none."""
    page = np.full((460, 900, 3), 255, np.uint8)
    for line, text in enumerate(("Handwritten", "words and", "names")):
        at = (40, 120 + 120 * line)
        cv2.putText(page, text, at, cv2.FONT_HERSHEY_SIMPLEX, 2.5, (0, 0, 0), 4, cv2.LINE_AA)
    reading = reader.read(page)
    assert reading.text == ""
    reasons = [digit.reason for number in reading.numbers for digit in number.digits]
    assert NOT_A_DIGIT in reasons
    assert AMONG_OTHERS in reasons


def test_a_refused_symbol_leaves_the_others_in_the_text(make_bundle: MakeBundle) -> None:
    picky = Reader(make_bundle(tiny_graph({7: 9.0}), thresholds=thresholds(min_height_px=40)))
    page = to_pixels(np.zeros((200, 400), np.float32))
    for left, height in ((60, 60), (100, 35), (140, 60)):
        page[160 - height : 160, left : left + 20] = 0
    (number,) = picky.read(page, "line").numbers
    assert number.text == "77"
    assert not number.accepted
    assert number.reason == "too small: 35 px high"
    assert [digit.value for digit in number.digits] == ["7", None, "7"]
    assert number.digits[1].guess == "7"
    assert picky.read(page, "line").text == "77"


def thresholds(**changes: float) -> dict[str, float]:
    return {"digit": 0.5, "confidence": 0.5, "min_height_px": 7, **changes}


def test_height_is_measured_on_the_page_and_the_way_it_is_read(
    sevens: Reader, make_bundle: MakeBundle
) -> None:
    page = np.full((2 * MAX_SIDE, MAX_SIDE, 3), 255, np.uint8)
    page[1_000:1_200, 1_000:1_100] = 0
    picky = Reader(make_bundle(tiny_graph({7: 9.0}), thresholds=thresholds(min_height_px=190)))
    assert sevens.read(page, "page").text == "7"
    assert picky.read(page, "page").text == "7"
    picky = Reader(make_bundle(tiny_graph({7: 9.0}), thresholds=thresholds(min_height_px=210)))
    assert picky.read(page, "page").text == ""


# Where it stands


@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_a_turned_page_is_read_the_same(
    reader: Reader, one_way_up: Drawn, quarter_turns: int
) -> None:
    page, boxes = one_way_up
    for _ in range(quarter_turns):
        boxes = [[turned_box(box, page.shape) for box in line] for line in boxes]
        page = np.rot90(page, -1)
    reading = reader.read(page)
    assert reading.text == "\n".join(ONE_WAY_UP)
    assert reading.rotation == (360 - 90 * quarter_turns) % 360
    assert (reading.height, reading.width) == page.shape[:2]
    assert_boxes(reading, boxes, within_px=4)


@pytest.mark.parametrize("quarter_turns", [0, 1, 2, 3])
def test_a_turned_page_with_bare_ones_is_read(reader: Reader, quarter_turns: int) -> None:
    """A bare 1 on its side is as long as a rule: the page is turned before it is parted."""
    page, boxes = draw_page(reader, WITH_BARE_ONES, seed=5)
    for box in (boxes[0][1], boxes[1][2]):  # each 1 becomes a plain bar
        page[box.top : box.bottom, box.left : box.right] = 255
        middle = (box.left + box.right) // 2
        page[box.top : box.bottom, middle - 3 : middle + 3] = 0
    reading = reader.read(np.rot90(page, -quarter_turns))
    assert reading.text == "\n".join(WITH_BARE_ONES)
    assert reading.rotation == (360 - 90 * quarter_turns) % 360


@pytest.mark.parametrize("quarter_turns", [0, 1])
def test_boxes_of_a_large_page_are_in_its_own_pixels(
    reader: Reader, one_way_up: Drawn, quarter_turns: int
) -> None:
    page, boxes = one_way_up
    for _ in range(quarter_turns):
        boxes = [[turned_box(box, page.shape) for box in line] for line in boxes]
        page = np.rot90(page, -1)
    factor = 3.7
    large = cv2.resize(np.ascontiguousarray(page), None, fx=factor, fy=factor)
    assert max(large.shape) > MAX_SIDE
    reading = reader.read(large)
    assert reading.text == "\n".join(ONE_WAY_UP)
    assert_on_page(reading)
    enlarged = [[Box(*(round(edge * factor) for edge in box)) for box in line] for line in boxes]
    assert_boxes(reading, enlarged, within_px=4 * factor)


@pytest.mark.parametrize("shape", [(3, 9_000), (9_001, 5), (2_003, 3_001), (41, 2_999), (45, 30)])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_boxes_stay_on_pages_of_any_shape(
    sevens: Reader, shape: tuple[int, int], layout: LayoutKind
) -> None:
    page = np.full(shape, 255, np.uint8)
    height, width = shape
    page[height // 3 :, width // 3 : width // 3 + max(2, height // 2)] = 0
    page[: height // 2, -max(1, width // 8) :] = 0
    assert_on_page(sevens.read(page, layout))


@examples(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.sampled_from(LAYOUTS))
def test_boxes_stay_on_pages_of_any_ink(sevens: Reader, seed: int, layout: LayoutKind) -> None:
    rng = np.random.default_rng(seed)
    page = np.full(rng.integers(1, 400, 2), 255, np.uint8)
    for _ in range(rng.integers(1, 12)):
        top, left = (rng.integers(0, side) for side in page.shape)
        page[top : top + rng.integers(1, 90), left : left + rng.integers(1, 60)] = 0
    reading = sevens.read(page, layout)
    assert_on_page(reading)
    lines = [number.line for number in reading.numbers]
    assert lines == sorted(lines)


# What must not matter


@dataclass(frozen=True)
class Picture:
    """How a digit is put on paper; margins are top, bottom, left, right, of its height."""

    scale: float
    margins: tuple[float, float, float, float]
    light_on_dark: bool

    def draw(self, ink: Ink) -> Pixels:
        how = cv2.INTER_AREA if self.scale < 1 else cv2.INTER_CUBIC
        scaled = cv2.resize(ink, None, fx=self.scale, fy=self.scale, interpolation=how).clip(0, 1)
        top, bottom, left, right = (round(scaled.shape[0] * share) for share in self.margins)
        page = to_pixels(np.pad(scaled, ((top, bottom), (left, right))))
        return np.asarray(255 - page if self.light_on_dark else page, np.uint8)


pictures = st.builds(
    Picture, st.floats(0.5, 4), st.tuples(*[st.floats(0.25, 1.5)] * 4), st.booleans()
)


@examples(max_examples=40)
@given(value=st.integers(0, 9), seed=st.integers(0, 3), picture=pictures)
@pytest.mark.parametrize("layout", ["auto", "digit"])
def test_moving_scaling_and_inverting_change_no_digit(
    reader: Reader, layout: LayoutKind, value: int, seed: int, picture: Picture
) -> None:
    page = picture.draw(clean_digit(reader, value, seed))
    assert reader.read(page, layout).text == str(value)


@pytest.mark.parametrize("paper", [255, 200, 120])
@pytest.mark.parametrize("light_on_dark", [False, True])
def test_a_page_is_read_on_any_paper_in_both_polarities(
    reader: Reader, written: Drawn, paper: int, light_on_dark: bool
) -> None:
    page = (written[0].astype(np.float32) * (paper / 255)).astype(np.uint8)
    assert reader.read(255 - page if light_on_dark else page).text == "\n".join(LINES)


def as_png(page: Pixels) -> bytes:
    file = io.BytesIO()
    Image.fromarray(page).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    "wrap",
    [as_png, lambda page: io.BytesIO(as_png(page)), Image.fromarray, lambda page: page],
    ids=["bytes", "file object", "PIL", "array"],
)
def test_every_source_gives_the_same_reading(
    reader: Reader, written: Drawn, wrap: Callable[[Pixels], Any], tmp_path: Path
) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(as_png(written[0]))
    from_path = reader.read(path).to_dict()
    assert from_path.pop("file") == str(path)
    assert reader.read(str(path)).to_dict() == {**from_path, "file": str(path)}
    assert reader.read(wrap(written[0])).to_dict() == {**from_path, "file": ""}


# As a camera held that way stores the page: the inverse of Exif 2.32, tag 274.
STORED = (
    *(None, Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180),
    *(Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.TRANSPOSE, Image.Transpose.ROTATE_90),
    *(Image.Transpose.TRANSVERSE, Image.Transpose.ROTATE_270),
)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_eight_orientations_read_the_same(
    reader: Reader, written: Drawn, orientation: int
) -> None:
    upright = Image.fromarray(written[0])
    way = STORED[orientation - 1]
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = io.BytesIO()
    (upright if way is None else upright.transpose(way)).save(file, "PNG", exif=exif)
    assert reader.read(file.getvalue()) == reader.read(written[0])


def test_the_pages_of_an_image_begin_with_the_one_that_is_read(
    reader: Reader, written: Drawn
) -> None:
    assert reader.read_pages(written[0]) == [reader.read(written[0])]


def test_a_page_that_was_decoded_is_read_as_its_source(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "page.png"
    path.write_bytes(as_png(draw_page(reader, ["37 4"], seed=1)[0]))
    (page,) = decode(path)
    for layout in LAYOUTS:
        assert reader.read_page(page, layout) == reader.read(path, layout)
    assert reader.read_page(replace(page, source="scan", number=2)) == replace(
        reader.read(path), source="scan", page=2
    )


def test_only_the_first_of_many_pages_is_read(
    sevens: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = [Page("film", number, np.full((50, 60, 3), 255, np.uint8)) for number in (1, 2, 3)]
    monkeypatch.setattr("inkdigits.recognition.reader.decode_pages", lambda *_: iter(pages))
    monkeypatch.setattr("inkdigits.recognition.reader.decode_first", lambda *_: pages[0])
    read: list[int] = []
    whole = sevens.read_page

    def noting(page: Page, layout: LayoutKind = "auto", field: Field | None = None) -> Reading:
        read.append(page.number)
        return whole(page, layout, field)

    monkeypatch.setattr(sevens, "read_page", noting)
    assert sevens.read("film").page == 1
    assert read == [1]
    assert [reading.page for reading in sevens.read_pages("film")] == [1, 2, 3]


def test_threads_may_share_a_reader(reader: Reader, written: Drawn, one_way_up: Drawn) -> None:
    pages = [written[0], one_way_up[0], 255 - written[0], np.rot90(one_way_up[0])] * 4
    alone = [reader.read(page) for page in pages[:4]]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(reader.read, pages)) == alone * 4


def test_a_call_changes_neither_reader_nor_image(reader: Reader, written: Drawn) -> None:
    before, kept = dict(vars(reader)), written[0].copy()
    first = reader.read(written[0])
    reader.read(np.full((50, 50), 255, np.uint8), "digit")
    reader.classify(np.zeros((2, 28, 28), np.uint8))
    with pytest.raises(UnsupportedFormat):
        reader.classify(np.zeros((28, 28), np.uint8))
    assert dict(vars(reader)) == before
    np.testing.assert_array_equal(written[0], kept)
    assert reader.read(written[0]) == first


# How it is told


def test_a_reading_is_plain_json(reader: Reader, written: Drawn) -> None:
    reading = reader.read(written[0])
    told = json.loads(json.dumps(reading.to_dict(), allow_nan=False))
    assert told == reading.to_dict()
    assert told.keys() == JSON_KEYS["page"]
    assert told["model"] == reader.title
    for number in told["numbers"]:
        assert number.keys() == JSON_KEYS["number"]
        for digit in number["digits"]:
            assert digit.keys() == JSON_KEYS["digit"]


@pytest.mark.parametrize("layout", ["", "row", "Digit", None, 3])
def test_a_layout_that_does_not_exist_names_those_that_do(reader: Reader, layout: Any) -> None:
    with pytest.raises(ValueError, match="auto, digit, line, page"):
        reader.read(np.zeros((9, 9), np.uint8), layout)


def test_limits_are_the_readers(make_bundle: MakeBundle) -> None:
    small = Reader(make_bundle(), limits=Limits(max_pixels=99))
    small.read(np.zeros((9, 11), np.uint8))
    with pytest.raises(ImageTooLarge):
        small.read(np.zeros((10, 10), np.uint8))


# Arrays


def test_a_batch_is_classified_as_single_calls(reader: Reader) -> None:
    rng = np.random.default_rng(8)
    images = np.where(rng.random((150, 28, 28)) < 0.2, rng.integers(0, 256, (150, 28, 28)), 0)
    images = images.astype(np.uint8)
    batch = reader.classify(images)
    assert batch.shape == (150, 10)
    assert batch.dtype == np.float32
    single = np.concatenate([reader.classify(image[np.newaxis]) for image in images])
    np.testing.assert_allclose(batch, single, atol=1e-5)


def test_what_a_row_lacks_to_one_is_no_digit(make_bundle: MakeBundle) -> None:
    graph = tiny_graph({10: float(np.log(5)), 2: float(np.log(5))})  # 5 + 5 + 9 · 1
    row = Reader(make_bundle(graph)).classify(np.zeros((1, 28, 28), np.uint8))[0]
    np.testing.assert_allclose(row, [1 / 19, 1 / 19, 5 / 19, *[1 / 19] * 7], rtol=1e-5)
    assert 1 - row.sum() == pytest.approx(5 / 19, rel=1e-4)


def test_columns_are_the_digits_wherever_the_other_label_stands(make_bundle: MakeBundle) -> None:
    folder = make_bundle(tiny_graph({4: 9.0}), labels=["other", *"0123456789"], reject=0)
    assert Reader(folder).classify(np.zeros((1, 28, 28), np.uint8)).argmax() == 3


def test_no_images_give_no_rows(reader: Reader) -> None:
    assert reader.classify(np.zeros((0, 28, 28), np.uint8)).shape == (0, 10)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((28, 28), np.uint8),
        np.zeros((1, 28, 28, 1), np.uint8),
        np.zeros((1, 27, 28), np.uint8),
        np.zeros((1, 784), np.uint8),
        np.zeros((1, 28, 28), np.float32),
        np.zeros((1, 28, 28), np.int8),
        np.zeros((1, 28, 28), bool),
        np.array("text"),
    ],
    ids=lambda array: f"{array.dtype} {array.shape}",
)
def test_arrays_of_other_shapes_and_types_are_not_classified(reader: Reader, array: Any) -> None:
    with pytest.raises(UnsupportedFormat, match="uint8"):
        reader.classify(array)


@pytest.mark.parametrize(
    "rows", [[[1, 2], [3]], [np.zeros(3), np.zeros((2, 2))], [[[0] * 28] * 28]]
)
def test_lists_that_are_no_such_array_are_not_classified(reader: Reader, rows: Any) -> None:
    with pytest.raises(UnsupportedFormat, match="uint8"):
        reader.classify(rows)


@pytest.mark.parametrize("light_on_dark", [False, True])
@pytest.mark.parametrize(
    ("value", "seed"),
    [(0, 37), (2, 22), (3, 11), (4, 41), (5, 20), (6, 0), (7, 0), (8, 4), (9, 1)],
)
def test_a_thick_pen_may_fill_the_picture(value: int, seed: int, light_on_dark: bool) -> None:
    """Cut out without a margin there is more ink than paper: measured, these are dark on light."""
    digit = draw_digit(np.random.default_rng(seed), value, 200)
    rows, columns = np.flatnonzero(digit.any(1)), np.flatnonzero(digit.any(0))
    tight = digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    thick = cv2.dilate(tight, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13)))
    grey = np.rint(255 * np.clip(thick if light_on_dark else 1 - thick, 0, 1)).astype(np.uint8)
    assert Reader().read(grey, layout="digit").text == str(value)
