"""A picture with one fault is told that fault, and a good one none."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from inkdigits.imaging.decode import decode
from inkdigits.imaging.ink import find_ink, turned
from inkdigits.imaging.layout import find_layout
from inkdigits.reading import Box
from inkdigits.recognition.confidence import CLOSE
from inkdigits.recognition.doubts import (
    BLANK,
    BLURRED,
    CUT_OFF,
    ONLY_CLUTTER,
    TOO_FAINT,
    TOO_FAINT_TO_FIND,
    fault_of,
    why_nothing,
)
from inkdigits.recognition.reader import Reader
from tests.recognition.conftest import tiny_graph, write_bundle

Pixels = NDArray[np.uint8]

PAPER = 235.0


@pytest.fixture(scope="module")
def undecided(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """A reader that refuses every symbol: it may be a 7, it may be a 1."""
    graph = tiny_graph({7: 10.0, 1: 9.8})
    strict = {"digit": 0.5, "confidence": 0.9, "min_height_px": 7}
    folder = tmp_path_factory.mktemp("undecided")
    return Reader(write_bundle(folder, graph, thresholds=strict), threads=1)


def page(side: int = 400, pen: int = 12, contrast: float = 0.8) -> NDArray[np.float32]:
    """A 5-like stroke, dark on light, in the middle of a square: float32 `(side, side)`."""
    ink = np.zeros((side, side), np.uint8)
    points = np.array([(62, 25), (40, 25), (38, 48), (58, 46), (64, 62), (50, 76), (36, 72)])
    stroke = (points * side / 100).round().astype(np.int32)
    cv2.polylines(ink, [stroke], False, 255, pen, cv2.LINE_AA)
    return np.asarray(PAPER * (1 - contrast * ink / 255.0), np.float32)


def pixels(grey: NDArray[np.float32], noise: float = 0.0, seed: int = 0) -> Pixels:
    """As a photo has it: with noise of that standard deviation, uint8 `(H, W, 3)`."""
    noisy = grey + np.random.default_rng(seed).normal(0, noise, grey.shape)
    return np.repeat(np.clip(np.rint(noisy), 0, 255).astype(np.uint8)[:, :, np.newaxis], 3, 2)


def fault(picture: Pixels) -> str:
    ink = find_ink(picture)
    layout = find_layout(ink, "digit")
    return fault_of(ink, layout.rows[0][0].box)


def reasons(reader: Reader, picture: Pixels, layout: str = "digit") -> list[str]:
    found = reader.read(picture, layout=layout)  # type: ignore[arg-type]
    return [digit.reason for number in found.numbers for digit in number.digits]


@pytest.mark.parametrize("side", [28, 60, 400, 2600])
@pytest.mark.parametrize("noise", [0.0, 3.0])
def test_a_good_picture_has_no_fault(side: int, noise: float) -> None:
    picture = pixels(page(side, max(2, side // 30)), noise)
    assert fault(picture) == ""
    assert fault(255 - picture) == ""


@pytest.mark.parametrize("pen", [4, 12, 40])
def test_a_fine_and_a_thick_pen_are_no_faults(pen: int) -> None:
    assert fault(pixels(page(pen=pen), 3)) == ""


@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_pencil_is_not_too_faint_and_a_trace_is(noise: float) -> None:
    assert fault(pixels(page(contrast=0.25), noise)) == ""
    assert fault(pixels(page(contrast=0.09), noise)) == TOO_FAINT


@pytest.mark.parametrize("contrast", [0.3, 0.8])
def test_out_of_focus_is_blurred(contrast: float) -> None:
    sharp = page(contrast=contrast)
    assert fault(pixels(cv2.GaussianBlur(sharp, (0, 0), 4), 1)) == ""
    assert fault(pixels(cv2.GaussianBlur(sharp, (0, 0), 16), 1)) == BLURRED


@pytest.mark.parametrize("degrees", [0, 45, 90])
def test_shaken_is_blurred_though_two_sides_stay_sharp(degrees: int) -> None:
    kernel = np.zeros((45, 45), np.float32)
    kernel[22] = 1 / 45
    turn = cv2.getRotationMatrix2D((22, 22), degrees, 1)
    kernel = cv2.warpAffine(kernel, turn, (45, 45))
    shaken = cv2.filter2D(page(pen=20), -1, kernel / kernel.sum(), borderType=cv2.BORDER_REPLICATE)
    assert fault(pixels(shaken, 1)) == BLURRED


def test_a_coarse_picture_is_not_blurred() -> None:
    """What was shrunk to 24 pixels is soft in every pixel, and as sharp as it can be."""
    small = cv2.resize(page(), (24, 24), interpolation=cv2.INTER_AREA)
    assert fault(pixels(small)) == ""


@pytest.mark.parametrize("window", [np.s_[140:], np.s_[:260], np.s_[:, 180:], np.s_[:, :220]])
def test_a_stroke_that_runs_out_of_the_picture_is_cut_off(window: tuple[slice, ...]) -> None:
    assert fault(pixels(np.ascontiguousarray(page()[window]))) == CUT_OFF


def test_ink_near_the_edge_is_not_cut_off() -> None:
    whole = page()
    rows, columns = np.nonzero(whole < PAPER - 1)
    near = whole[rows.min() - 3 : rows.max() + 4, columns.min() - 3 : columns.max() + 4]
    assert fault(pixels(np.ascontiguousarray(near))) == ""


def test_cut_off_is_found_on_a_turned_page_too() -> None:
    ink = find_ink(pixels(np.ascontiguousarray(page()[140:])))
    box = find_layout(ink, "digit").rows[0][0].box
    height = ink.strength.shape[0]
    beside = Box(height - box.bottom, box.left, height - box.top, box.right)
    assert fault_of(turned(ink, 1), beside) == CUT_OFF


# What a reader says


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (pixels(page()), ""),
        (pixels(page(contrast=0.09)), TOO_FAINT),
        (pixels(cv2.GaussianBlur(page(), (0, 0), 16)), BLURRED),
        (pixels(np.ascontiguousarray(page()[140:])), CUT_OFF),
    ],
    ids=["good", "faint", "blurred", "cut off"],
)
def test_a_refusal_begins_with_the_fault(undecided: Reader, picture: Pixels, said: str) -> None:
    closeness = f"{CLOSE}: 7 or 1"
    assert reasons(undecided, picture) == [f"{said}; {closeness}" if said else closeness]


def test_a_faulty_picture_that_is_read_has_no_reason(sevens: Reader) -> None:
    blurred = pixels(cv2.GaussianBlur(page(), (0, 0), 16))
    found = sevens.read(blurred, layout="digit")
    assert found.text == "7"
    assert found.numbers[0].reason == ""


# Nothing found


@pytest.mark.parametrize("paper", [255.0, 128.0, 12.0])
@pytest.mark.parametrize("noise", [0.0, 2.0, 6.0])
@pytest.mark.parametrize("side", [28, 300, 1200])
def test_a_blank_page_is_blank(paper: float, noise: float, side: int) -> None:
    picture = pixels(np.full((side, side), paper, np.float32), noise)
    assert why_nothing(find_ink(picture)) == BLANK


def test_a_blank_page_in_uneven_light_is_blank() -> None:
    across = np.linspace(-1, 1, 900, dtype=np.float32) ** 2
    falling = 240 - 40 * (across[:, np.newaxis] + across)
    assert why_nothing(find_ink(pixels(falling, 2))) == BLANK


@pytest.mark.parametrize("noise", [0.0, 2.0])
def test_what_is_hardly_told_from_the_paper_is_too_faint(noise: float) -> None:
    ink = find_ink(pixels(page(contrast=0.035), noise))
    assert why_nothing(ink) == TOO_FAINT_TO_FIND


def test_a_reading_without_numbers_says_why(reader: Reader) -> None:
    blank = np.full((300, 300), 240, np.uint8)
    ruled = blank.copy()
    ruled[150:153] = 20
    specks = blank.copy()
    specks[::60, ::60] = 0
    assert reader.read(specks).reason == BLANK
    assert reader.read(blank).reason == BLANK
    assert reader.read(ruled, layout="page").reason == ONLY_CLUTTER
    assert reader.read(pixels(page(contrast=0.035))).reason == TOO_FAINT_TO_FIND
    for picture in (blank, ruled, specks):
        found = reader.read(picture)
        assert bool(found.reason) == (not found.numbers)


def test_a_reading_with_numbers_has_no_reason(reader: Reader) -> None:
    samples = Path(__file__).parents[2] / "samples"
    for name in ("photo.jpg", "letters.jpg"):
        assert reader.read_page(decode(samples / name)[0]).reason == ""
