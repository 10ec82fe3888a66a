"""Drawing: what is on the sheet is read, by whatever hand it came."""

import base64
import io
import re
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from inkdigits.imaging.strokes import Drawing, Stroke, render
from tests.web.pages import Service, open_page, place_of, wait_for_answer
from tests.web.writing import (
    FOUR,
    ONE,
    SCRIBBLE,
    SEVEN,
    along,
    draw_with_finger,
    draw_with_mouse,
    placed,
    replay,
    write,
)


def answer(page: Page) -> str:
    wait_for_answer(page)
    return page.locator("#answer-text").inner_text()


def test_a_blank_sheet_is_blank(page: Page) -> None:
    expect(page.locator("#answer")).to_have_attribute("data-state", "blank")
    expect(page.locator("#answer-note")).to_have_text("The sheet is blank.")
    for name in ("undo", "redo", "clear", "keep", "copy-answer"):
        expect(page.locator(f"#{name}")).to_be_disabled()


def test_a_digit_by_mouse(page: Page) -> None:
    write(page, SEVEN)
    assert answer(page) == "7"
    expect(page.locator("#answer")).to_have_attribute("data-state", "accepted")


def test_a_digit_by_finger(page: Page) -> None:
    draw_with_finger(page, [along(stroke) for stroke in placed(page, FOUR)])
    assert answer(page) == "4"


def test_pressure_makes_the_line_of_a_pen_wider(page: Page) -> None:
    (line,) = placed(page, [np.array([[0, 0], [100, 0.0]])], height=0.9)
    replay(page, [along(line, 40)], pressure=(0.2, 0.8))
    heights = page.evaluate("""async () => {
      await new Promise(requestAnimationFrame);
      const pad = document.getElementById("pad");
      const { width, height } = pad;
      const { data } = pad.getContext("2d").getImageData(0, 0, width, height);
      const column = (share) => {
        let count = 0;
        for (let y = 0; y < height; y += 1) {
          count += data[4 * (y * width + Math.round(share * width)) + 3] > 127;
        }
        return count;
      };
      return [column(0.25), column(0.75)];
    }""")
    assert 5 < heights[0] < 0.75 * heights[1]


def test_points_between_two_frames_are_not_lost(page: Page) -> None:
    """A fast hand: one event of the browser brings many points along."""
    replay(page, [along(stroke) for stroke in placed(page, SEVEN)])
    assert answer(page) == "7"


def test_a_browser_that_tells_of_moves_once_a_frame(
    context: BrowserContext, service: Service
) -> None:
    context.add_init_script("delete window.onpointerrawupdate;")
    with open_page(context, service.origin) as page:
        assert not page.evaluate("() => 'onpointerrawupdate' in window")
        write(page, SEVEN)
        assert answer(page) == "7"


def test_the_answer_changes_while_the_pen_is_down(page: Page) -> None:
    (stroke,) = placed(page, SEVEN)
    page.mouse.move(*stroke[0])
    page.mouse.down()
    page.mouse.move(*stroke[1], steps=8)
    assert answer(page) != "7"
    page.mouse.move(*stroke[2], steps=8)
    expect(page.locator("#answer-text")).to_have_text("7")
    page.mouse.up()


def test_several_digits_are_a_number(page: Page) -> None:
    for strokes, x in ((SEVEN, 0.2), (FOUR, 0.45), (ONE, 0.65)):
        write(page, strokes, (x, 0.5))
    assert answer(page) == "741"
    chips = page.locator("#chips button")
    expect(chips).to_have_text(["7", "4", "1"])
    expect(chips.nth(2)).to_have_attribute("aria-pressed", "true")
    chips.nth(0).click()
    expect(chips.nth(0)).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#bars .best .name")).to_have_text("7")
    expect(page.locator("#pad-boxes .chosen")).to_have_count(1)


def test_a_scribble_is_no_digit(page: Page) -> None:
    write(page, SCRIBBLE)
    assert answer(page) == "Not a digit"
    expect(page.locator("#answer")).to_have_attribute("data-state", "refused")
    expect(page.locator("#copy-answer")).to_be_disabled()
    expect(page.locator("#bars .best .name")).to_have_text("none")


def test_ten_bars_and_one_for_none_sum_to_one(page: Page) -> None:
    write(page, SEVEN)
    wait_for_answer(page)
    widths = page.locator("#bars .fill").evaluate_all(
        "fills => fills.map(fill => fill.getBoundingClientRect().width"
        " / fill.parentElement.getBoundingClientRect().width)"
    )
    assert len(widths) == 11
    assert sum(widths) == pytest.approx(1, abs=0.01)
    assert max(widths) == widths[7]


def inked(page: Page, canvas: str) -> int:
    """How many of the 28x28 points of a picture differ from its ground."""
    return int(
        page.locator(canvas).evaluate("""canvas => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, 28, 28);
          let count = 0;
          for (let i = 0; i < data.length; i += 4) {
            count += [0, 1, 2].some((c) => Math.abs(data[i + c] - data[c]) > 60);
          }
          return count;
        }""")
    )


def test_what_the_model_saw_and_which_ink_decided(page: Page) -> None:
    assert inked(page, "#seen") == 0
    write(page, SEVEN)
    expect(page.locator("#evidence")).to_have_attribute("aria-label", WHAT_MADE_IT_7)
    assert 20 < inked(page, "#seen") < 200
    assert 0 < inked(page, "#evidence") < 200


WHAT_MADE_IT_7 = re.compile("What made it 7: most of all the ink at the ")


def test_undo_redo_and_clear(page: Page) -> None:
    write(page, SEVEN, (0.3, 0.5))
    write(page, ONE, (0.6, 0.5))
    assert answer(page) == "71"
    page.locator("#undo").click()
    assert answer(page) == "7"
    page.locator("#undo").click()
    expect(page.locator("#answer")).to_have_attribute("data-state", "blank")
    expect(page.locator("#undo")).to_be_disabled()
    page.locator("#redo").click()
    page.locator("#redo").click()
    assert answer(page) == "71"
    page.locator("#clear").click()
    expect(page.locator("#answer-note")).to_have_text("The sheet is blank.")
    page.locator("#undo").click()
    assert answer(page) == "71"


def test_ink_after_undo_forgets_what_was_undone(page: Page) -> None:
    write(page, SEVEN)
    page.locator("#undo").click()
    write(page, FOUR)
    expect(page.locator("#redo")).to_be_disabled()
    assert answer(page) == "4"


def test_an_answer_to_ink_that_is_gone_is_dropped(page: Page) -> None:
    """The service is slow, and the sheet is cleared before it answers."""
    write(page, SEVEN)
    assert answer(page) == "7"
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/v1/classify*", hold)
    write(page, ONE, (0.75, 0.5))
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "true")
    page.locator("#clear").click()
    expect(page.locator("#answer")).to_have_attribute("data-state", "blank")
    for route in held:
        route.fulfill(json=AN_EIGHT)
    page.wait_for_timeout(200)
    expect(page.locator("#answer-text")).not_to_contain_text("8")


AN_EIGHT = {
    "results": [
        {
            "file": "", "page": 1, "width": 600, "height": 400, "rotation": 0, "text": "8",
            "model": "any", "numbers": [{
                "text": "8", "line": 0, "confidence": 1, "accepted": True, "reason": "",
                "box": [0, 0, 9, 9], "digits": [{
                    "value": "8", "guess": "8", "confidence": 1, "reason": "",
                    "box": [0, 0, 9, 9], "alternatives": [],
                }],
            }],
        }
    ]
}  # fmt: skip


def test_one_request_is_in_flight_at_a_time(page: Page) -> None:
    flying = {"now": 0, "most": 0, "all": 0}

    def count(change: int) -> None:
        flying["now"] += change
        flying["most"] = max(flying["most"], flying["now"])
        flying["all"] += change > 0

    asks = "/v1/classify"
    page.on("request", lambda request: count(+1) if asks in request.url else None)
    page.on("requestfinished", lambda request: count(-1) if asks in request.url else None)
    page.on("requestfailed", lambda request: count(-1) if asks in request.url else None)
    write(page, FOUR)
    wait_for_answer(page)
    assert flying["all"] > 2
    # The end of a request and the start of the next may be told in either order.
    assert flying["most"] <= 2


def test_the_pen_has_a_width(page: Page) -> None:
    def width_of_a_dot() -> float:
        (dot,) = placed(page, [np.array([[0, 0.0]])])
        draw_with_mouse(page, [dot])
        return float(
            page.locator("#pad").evaluate("""async pad => {
              await new Promise(requestAnimationFrame);
              const { data } = pad.getContext("2d").getImageData(0, 0, pad.width, pad.height);
              let count = 0;
              for (let i = 3; i < data.length; i += 4) count += data[i] > 127;
              return 2 * Math.sqrt(count / Math.PI) / devicePixelRatio;
            }""")
        )

    assert width_of_a_dot() == pytest.approx(14, abs=1)
    page.locator("#clear").click()
    page.locator("#pen").fill("30")
    assert width_of_a_dot() == pytest.approx(30, abs=1)


def test_the_drawing_fits_where_the_window_changes(page: Page) -> None:
    write(page, SEVEN, (0.8, 0.5))
    assert answer(page) == "7"
    page.set_viewport_size({"width": 360, "height": 700})
    box, pad = place_of(page, "#pad-boxes .frame"), place_of(page, "#pad")
    assert box.width > 0
    assert box.x + box.width <= pad.x + pad.width
    write(page, ONE, (0.3, 0.3))
    assert sorted(answer(page)) in ([" ", "1", "7"], ["1", "7"])


def test_what_is_kept_goes_to_the_results(page: Page) -> None:
    write(page, SEVEN)
    wait_for_answer(page)
    page.locator("#keep").click()
    result = page.locator(".result")
    expect(result.locator(".name")).to_have_text("drawing 1")
    expect(result.locator(".number input")).to_have_value("7")
    expect(page.locator("#answer")).to_have_attribute("data-state", "blank")


IMAGE_OF_THE_RESULT = """async () => {
  const image = document.querySelector(".thumb img");
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas.toDataURL("image/png").split(",")[1];
}"""


def test_what_is_on_the_sheet_is_what_is_read(page: Page) -> None:
    """The service draws the strokes anew, and must draw what the user sees."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.post_data else None)
    replay(page, placed(page, SEVEN, (0.3, 0.5)))
    pressed = [along(stroke) for stroke in placed(page, FOUR, (0.7, 0.5))]
    replay(page, pressed, pressure=(0.3, 0.7))
    wait_for_answer(page)
    page.locator("#keep").click()
    expect(page.locator(".thumb img")).to_be_visible()
    png = base64.b64decode(page.evaluate(IMAGE_OF_THE_RESULT))
    body = sent[-1].post_data_json
    assert body is not None
    image = Image.open(io.BytesIO(png)).convert("L")
    seen, read = np.asarray(image) < 128, rendered(body["drawing"]) < 128
    assert np.count_nonzero(read) > 1000
    assert not (seen & ~grown(read)).any()
    assert not (read & ~grown(seen)).any()


def grown(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The ink and what is within two pixels of it."""
    return np.asarray(cv2.dilate(ink.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0)


def rendered(drawing: dict[str, Any]) -> NDArray[np.uint8]:
    """The page that the service reads: uint8 (height, width)."""
    strokes = [
        Stroke(np.array(stroke["points"], np.float32), stroke["pen_width"])
        for stroke in drawing["strokes"]
    ]
    return render(Drawing(drawing["width"], drawing["height"], strokes))[..., 0]


def test_the_answer_is_announced_once_the_hand_rests(page: Page) -> None:
    write(page, SEVEN)
    expect(page.locator("#live")).to_contain_text("Reads 7. ")
