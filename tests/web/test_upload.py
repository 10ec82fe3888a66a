"""Images given to the page: how they come, what is shown of them, corrected and exported."""

import base64
import csv
import io
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page, Route, expect

from inkdigits import Field, Reader
from inkdigits.cli.formats import CSV_COLUMNS, render_csv
from tests.recognition.drawing import boxed_page
from tests.web.pages import SAMPLES, Service, place_of, results, upload

PHOTO = SAMPLES / "photo.jpg"
LETTERS = SAMPLES / "letters.jpg"
PENCIL = SAMPLES / "pencil.png"


@pytest.fixture
def page(page: Page) -> Page:
    page.locator(".tabs a", has_text="Upload").click()
    return page


def numbers(page: Page) -> list[str]:
    inputs = page.locator(".number input")
    return [inputs.nth(i).input_value() for i in range(inputs.count())]


def exported(page: Page, kind: str) -> str:
    with page.expect_download() as download:
        page.locator(f"#export-{kind}").click()
    assert download.value.suggested_filename == f"inkdigits.{kind}"
    return Path(download.value.path()).read_text(encoding="utf-8")


def reading_of(path: Path) -> dict[str, Any]:
    return Reader().read(path).to_dict() | {"file": path.name}


def test_many_files_from_the_picker(page: Page) -> None:
    upload(page, PHOTO, PENCIL, LETTERS)
    names = page.locator(".result .name")
    expect(names).to_have_text(["photo.jpg", "pencil.png", "letters.jpg"])
    assert numbers(page) == ["507", "42", "1986", "3", "70215", "5", "???", "??"]
    expect(page.locator("#results-sum")).to_have_text("3 pages · 2 numbers in doubt")


def test_the_answers_are_those_of_the_reader(page: Page) -> None:
    files = [PHOTO, PENCIL, LETTERS, SAMPLES / "mnist-size.png"]
    upload(page, *files)
    assert json.loads(exported(page, "json")) == [reading_of(path) for path in files]


def test_boxes_lie_over_the_image(page: Page) -> None:
    upload(page, PENCIL)
    reading = reading_of(PENCIL)
    left, top, right, bottom = reading["numbers"][0]["digits"][0]["box"]
    image, frame = place_of(page, ".thumb img"), place_of(page, ".thumb .frame")
    scale = image.width / reading["width"]
    assert image.height == pytest.approx(reading["height"] * scale, abs=1)
    assert frame.x - image.x == pytest.approx(left * scale, abs=2)
    assert frame.y - image.y == pytest.approx(top * scale, abs=2)
    assert frame.width == pytest.approx((right - left) * scale, abs=4)
    assert frame.height == pytest.approx((bottom - top) * scale, abs=4)


def test_a_broken_file_says_why_and_the_others_are_read(page: Page, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(PENCIL.read_bytes()[:200])
    text = tmp_path / "notes.txt"
    text.write_text("no image")
    upload(page, broken, PENCIL, text)
    asked = page.request.post("/v1/read?file=broken.png", data=broken.read_bytes())
    message = asked.json()["error"]["message"]
    failed = page.locator(".result[data-state=failed]")
    expect(failed).to_have_count(2)
    expect(failed.nth(0).locator(".problem")).to_have_text(f"Not read. {message}")
    expect(page.locator("#results-sum")).to_have_text("1 page · 2 files not read")
    expect(page.locator("#live")).to_have_text("1 image read, 2 could not be.")
    assert numbers(page) == ["5"]


def test_a_file_that_is_too_large_is_not_sent(page: Page, tmp_path: Path) -> None:
    expect(page.locator("#limits")).to_contain_text("MB each")
    limit = page.evaluate("async () => (await (await fetch('v1/model')).json()).limits.max_bytes")
    huge = tmp_path / "huge.png"
    with huge.open("wb") as file:
        file.truncate(limit + 1)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url))
    upload(page, huge)
    expect(page.locator(".problem")).to_contain_text("make it smaller")
    assert not [url for url in sent if "v1/read" in url]


def test_a_busy_service_is_asked_again(page: Page) -> None:
    answers: list[int] = []

    def busy_at_first(route: Route) -> None:
        answers.append(1)
        if len(answers) > 1:
            route.continue_()
            return
        error = {"status": 503, "code": "busy", "message": "Busy."}
        route.fulfill(status=503, headers={"Retry-After": "1"}, json={"error": error})

    page.route("**/v1/read*", busy_at_first)
    upload(page, PENCIL)
    assert numbers(page) == ["5"]
    assert len(answers) == 2


def test_progress_of_many_files_and_stopping_them(page: Page) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/v1/read*", hold)
    page.locator("#files").set_input_files([str(PENCIL)] * 5)
    expect(page.locator("#queue-text")).to_have_text("0 of 5 read")
    expect(page.locator(".result .meta")).to_have_text(["is being read …"] * 2 + ["waiting"] * 3)
    page.locator("#queue-stop").click()
    expect(page.locator(".result")).to_have_count(2)
    for route in held:
        route.continue_()
    expect(results(page)).to_have_count(2)
    expect(page.locator("#queue")).to_be_hidden()


TRANSFER = """files => {
  const transfer = new DataTransfer();
  for (const [name, type, base64] of files) {
    const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
    transfer.items.add(new File([bytes], name, { type }));
  }
  return transfer;
}"""


def transfer_of(*paths: Path) -> list[list[str]]:
    return [
        [path.name, "image/png", base64.b64encode(path.read_bytes()).decode()] for path in paths
    ]


def test_drop_on_any_view(page: Page) -> None:
    page.locator(".tabs a", has_text="Draw").click()
    transfer = page.evaluate_handle(TRANSFER, transfer_of(PENCIL, PHOTO))
    page.dispatch_event("#pad", "dragover", {"dataTransfer": transfer})
    expect(page.locator("#drop-veil")).to_be_visible()
    page.dispatch_event("#pad", "drop", {"dataTransfer": transfer})
    expect(page.locator("#drop-veil")).to_be_hidden()
    expect(page.locator("#view-upload")).to_be_visible()
    expect(results(page)).to_have_count(2)
    assert numbers(page)[0] == "5"


def test_paste_from_the_clipboard(page: Page, service: Service) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=service.origin)
    page.evaluate(
        """async (base64) => {
          const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
          const blob = new Blob([bytes], { type: "image/png" });
          await navigator.clipboard.write([new ClipboardItem({ "image/png": blob })]);
        }""",
        base64.b64encode(PENCIL.read_bytes()).decode(),
    )
    page.keyboard.press("Control+V")
    expect(results(page)).to_have_count(1)
    expect(page.locator(".result .name")).to_have_text("pasted 1")
    assert numbers(page) == ["5"]


def test_pasting_what_is_no_image_says_so(page: Page) -> None:
    page.evaluate("() => document.dispatchEvent(new ClipboardEvent('paste'))")
    expect(page.locator("#live")).to_have_text("There is no image on the clipboard.")


def test_phones_offer_their_camera(page: Page) -> None:
    expect(page.locator(".capture")).to_be_hidden()
    assert page.locator("#capture").get_attribute("capture") == "environment"
    page.context.new_cdp_session(page).send(
        "Emulation.setEmulatedMedia", {"features": [{"name": "pointer", "value": "coarse"}]}
    )
    page.context.new_cdp_session(page).send(
        "Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 5}
    )
    expect(page.locator(".capture")).to_be_visible()


def test_a_correction_is_noted_beside_what_the_model_said(page: Page) -> None:
    upload(page, PHOTO)
    field = page.locator(".number input").nth(1)
    field.fill("49")
    expect(page.locator(".number").nth(1)).to_have_attribute("data-state", "corrected")
    expect(page.locator(".number .says").nth(1)).to_have_text("the model read 42")
    (reading,) = json.loads(exported(page, "json"))
    assert reading["corrected_text"] == "507 49\n1986 3\n70215"
    assert reading["numbers"][1].pop("corrected") == "49"
    del reading["corrected_text"]
    assert reading == reading_of(PHOTO)


def test_a_click_on_a_box_lets_one_digit_be_typed_over(page: Page) -> None:
    upload(page, PHOTO)
    page.locator(".thumb .frame").nth(1).click()
    page.keyboard.type("8")
    assert numbers(page)[0] == "587"


def test_only_digits_can_be_typed(page: Page) -> None:
    upload(page, PENCIL)
    field = page.locator(".number input")
    field.press("End")
    field.press_sequentially("a1 b2")
    assert numbers(page) == ["512"]


def test_a_correction_can_be_taken_back(page: Page) -> None:
    upload(page, PENCIL)
    page.locator(".number input").fill("6")
    page.get_by_role("button", name="Back to what the model read: 5").click()
    expect(page.locator(".number")).to_have_attribute("data-state", "accepted")
    assert json.loads(exported(page, "json")) == [reading_of(PENCIL)]


def test_a_correction_settles_a_doubt(page: Page) -> None:
    upload(page, LETTERS)
    expect(page.locator(".number").nth(0)).to_have_attribute("data-state", "refused")
    expect(page.locator(".number .says").nth(0)).to_have_text("not a digit")
    page.locator(".number input").nth(0).fill("")
    expect(page.locator(".number .says").nth(0)).to_have_text("taken out; the model read ???")
    expect(page.locator("#results-sum")).to_have_text("1 page · 1 number in doubt")


def test_a_page_without_digits_says_why(page: Page, tmp_path: Path) -> None:
    Image.new("L", (300, 200), 240).save(tmp_path / "blank.png")
    upload(page, tmp_path / "blank.png")
    expect(page.locator(".empty-note")).to_have_text(
        "No digits were found. Blank: no ink, or no more than specks."
    )


def test_a_missed_number_can_be_added(page: Page) -> None:
    upload(page, PENCIL)
    page.get_by_role("button", name="Add a number").click()
    page.keyboard.type("77")
    (reading,) = json.loads(exported(page, "json"))
    assert reading["added"] == ["77"]
    assert reading["corrected_text"] == "5\n77"


def test_csv_has_the_columns_of_the_command_and_the_corrections(page: Page, tmp_path: Path) -> None:
    odd = tmp_path / 'a "b", c.png'
    odd.write_bytes(PENCIL.read_bytes())
    upload(page, odd, LETTERS)
    page.locator(".number input").nth(0).fill("6")
    page.locator(".number input").nth(1).fill("")
    rows = list(csv.DictReader(io.StringIO(exported(page, "csv"))))
    (number,) = reading_of(PENCIL)["numbers"]
    left, top, right, bottom = map(str, number["box"])
    assert rows[0] == {
        "file": odd.name, "page": "1", "line": "0", "number": "0", "text": "5",
        "confidence": str(number["confidence"]), "accepted": "true", "reason": "",
        "left": left, "top": top, "right": right, "bottom": bottom, "boxes": "",
        "corrected": "6",
    }  # fmt: skip
    assert [row["corrected"] for row in rows] == ["6", "-", ""]
    assert [row["accepted"] for row in rows] == ["true", "false", "false"]


def test_boxes_of_a_form_show_what_is_empty(page: Page, tmp_path: Path) -> None:
    form = tmp_path / "form.png"
    Image.fromarray(boxed_page(Reader(threads=1), "507     ", "      ").pixels).save(form)
    upload(page, form)
    expect(page.locator(".result .meta")).to_contain_text("1 field empty")
    expect(page.locator(".number .says")).to_contain_text("in its boxes 507_____")
    rows = [row[:-1] for row in csv.reader(io.StringIO(exported(page, "csv")))]
    command = [CSV_COLUMNS, *csv.reader(io.StringIO(render_csv(Reader().read(form), False)))]
    assert [row[1:] for row in rows] == [[*row[1:]] for row in command]


def test_copy_takes_the_corrected_text(page: Page, service: Service) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=service.origin)
    upload(page, PHOTO, PENCIL)
    page.locator(".number input").nth(1).fill("49")
    page.locator("#copy-all").click()
    expect(page.locator("#copy-all")).to_have_text("Copied")
    assert page.evaluate("() => navigator.clipboard.readText()") == "507 49\n1986 3\n70215\n5"


def test_what_the_model_saw_of_each_digit(page: Page) -> None:
    upload(page, PHOTO)
    button = page.get_by_role("button", name="What the model saw")
    button.click()
    tiles = page.locator(".tiles button")
    expect(tiles).to_have_count(15)
    expect(tiles.nth(0)).to_contain_text("5")
    tiles.nth(2).click()
    page.keyboard.type("1")
    assert numbers(page)[0] == "501"
    button.click()
    expect(tiles.nth(0)).to_be_hidden()


def test_results_can_be_removed(page: Page) -> None:
    upload(page, PHOTO, PENCIL)
    page.get_by_role("button", name="Remove photo.jpg").click()
    expect(page.locator(".result .name")).to_have_text(["pencil.png"])
    page.locator("#remove-all").click()
    expect(page.locator("#results")).to_be_hidden()


@pytest.fixture
def two_pages(tmp_path: Path) -> Path:
    """A PDF: the photo of three rows, and a drawn five."""
    pytest.importorskip("pypdfium2")
    path = tmp_path / "scan.pdf"
    pages = [Image.open(place).convert("RGB") for place in (PHOTO, PENCIL)]
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=150)
    return path


def test_every_page_of_a_pdf_is_a_result(page: Page, two_pages: Path) -> None:
    page.locator("#files").set_input_files(two_pages)
    expect(page.locator(".result .name")).to_have_text(["scan.pdf", "scan.pdf"])
    expect(page.locator("#results-sum")).to_contain_text("2 pages")
    readings = json.loads(exported(page, "json"))
    expected = [
        reading.to_dict() | {"file": "scan.pdf"} for reading in Reader().read_pages(two_pages)
    ]
    assert readings == expected


def test_only_what_is_asked_for_is_read(page: Page, two_pages: Path) -> None:
    page.locator(".asked summary").click()
    page.get_by_label("Pages of a PDF or TIFF").fill("1")
    page.get_by_label("Part: left, top, right, bottom").fill(" 0,0,100%,40% ")
    page.get_by_label("Digits in a number").fill("3-5")
    page.get_by_label("Check digit").select_option("luhn")
    with page.expect_request("**/v1/read?*") as request:
        page.locator("#files").set_input_files(two_pages)
    query = parse_qs(urlsplit(request.value.url).query)
    del query["include"]
    assert query == {
        "file": ["scan.pdf"],
        "pages": ["1"],
        "region": ["0,0,100%,40%"],
        "length": ["3-5"],
        "check": ["luhn"],
    }
    (reading,) = json.loads(exported(page, "json"))
    field = Field(length=(3, 5), check="luhn")
    (expected,) = Reader().read_pages(two_pages, field=field, pages="1", region="0,0,100%,40%")
    assert reading == expected.to_dict() | {"file": "scan.pdf"}


def test_what_is_asked_wrongly_is_told_on_the_card(page: Page) -> None:
    page.locator(".asked summary").click()
    page.get_by_label("Pages of a PDF or TIFF").fill("x")
    page.locator("#files").set_input_files(PENCIL)
    expect(page.locator(".result")).to_contain_text("names no pages: write 3, 2-5")
