"""A PDF is read page by page, and whatever it does to PDFium is one error."""

import io
import os
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigits.errors import (
    ImageError,
    ImageTooLarge,
    MissingExtra,
    NotOnPage,
    UnreadableImage,
)
from inkdigits.imaging import pdf
from inkdigits.imaging.decode import Limits, Page, decode, decode_first, decode_pages
from tests.imaging.documents import (
    barred_pdf,
    encrypted_pdf,
    endless_pdf,
    greedy_pdf,
    pdf_of,
)

pytest.importorskip("pypdfium2")


def bars_on(page: Page) -> int:
    """How many black bars cross the middle of a page."""
    dark = page.pixels[page.pixels.shape[0] // 2, :, 0] < 128
    return int(np.count_nonzero(np.diff(dark.astype(int)) == 1))


def test_each_page_is_rendered_under_its_number() -> None:
    pages = decode(barred_pdf(3))
    assert [(page.number, bars_on(page)) for page in pages] == [(1, 1), (2, 2), (3, 3)]
    for page in pages:
        assert page.pixels.dtype == np.uint8
        assert page.pixels.flags.c_contiguous
        assert not page.pixels.flags.writeable
        assert page.pixels.shape == (417, 834, 3)  # 200 x 100 points at 300 dpi


def test_only_the_chosen_pages_are_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    rendered: list[int] = []
    render = pdf._Renderer.page

    def noting(self: pdf._Renderer, number: int) -> object:
        rendered.append(number)
        return render(self, number)

    monkeypatch.setattr(pdf._Renderer, "page", noting)
    pages = decode(barred_pdf(6), pages="2,4-5")
    assert [(page.number, bars_on(page)) for page in pages] == [(2, 2), (4, 4), (5, 5)]
    assert bars_on(decode_first(barred_pdf(6))) == 1
    assert rendered == [2, 4, 5, 1]


def test_colours_come_as_they_are() -> None:
    file = io.BytesIO()
    Image.new("RGB", (50, 50), (200, 30, 90)).save(file, "PDF")
    middle = decode_first(file.getvalue()).pixels[100, 100].astype(int)
    assert np.abs(middle - (200, 30, 90)).max() < 8


def test_a_turned_page_stands_upright() -> None:
    turned = barred_pdf(1).replace(
        b"/MediaBox [0 0 200 100]", b"/Rotate 90 /MediaBox [0 0 200 100]"
    )
    assert decode_first(turned).pixels.shape == (834, 417, 3)


def test_a_large_page_is_rendered_coarser_to_fit() -> None:
    (page,) = decode(barred_pdf(1, (14_400, 7_200)), Limits(max_pixels=1_000_000))
    assert 900_000 < page.pixels.shape[0] * page.pixels.shape[1] <= 1_000_000
    assert page.pixels.shape[1] == pytest.approx(2 * page.pixels.shape[0], abs=2)


def test_a_thread_of_a_page_keeps_the_limit_too() -> None:
    (page,) = decode(barred_pdf(1, (14_400, 1)), Limits(max_pixels=30_000))
    assert page.pixels.shape[0] * page.pixels.shape[1] <= 30_000


def test_the_header_may_stand_a_little_later() -> None:
    assert bars_on(decode_first(b"from the printer\n" + barred_pdf(2))) == 1


@pytest.mark.parametrize(
    ("data", "error", "told"),
    [
        (encrypted_pdf(), UnreadableImage, "is encrypted; save it without a password"),
        (barred_pdf(0), UnreadableImage, "has no pages"),
        (b"%PDF-1.7\n", UnreadableImage, "broken or truncated"),
        (barred_pdf(2)[:150], UnreadableImage, "broken or truncated"),
        (pdf_of([b"<< /Type /Catalog >>"]), UnreadableImage, "image: "),
        (barred_pdf(101), ImageTooLarge, "over 100 pages to read; choose some of them"),
    ],
)
def test_what_cannot_be_read_is_one_error(data: bytes, error: type[ImageError], told: str) -> None:
    with pytest.raises(error, match=told) as raised:
        decode(data)
    assert str(raised.value).isprintable()


def test_a_page_past_the_last_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(barred_pdf(2))
    with pytest.raises(NotOnPage, match=f"^{path}: has 2 pages, and no page 3"):
        decode(path, pages="3-")


def test_of_a_thousand_pages_one_at_a_time_is_in_memory() -> None:
    pages = decode_pages(barred_pdf(1000), Limits(max_frames=1000))
    assert [bars_on(next(pages)) for _ in range(3)] == [1, 2, 3]
    (process,) = children()
    assert resident_bytes(process) < 150e6
    del pages
    assert children() == []


def test_the_last_page_of_a_thousand_costs_no_others() -> None:
    (page,) = decode(barred_pdf(1000), pages="1000")
    assert (page.number, bars_on(page)) == (1000, 1)


def test_a_page_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "TIMEOUT_S", 0.5)
    with pytest.raises(UnreadableImage, match=r"page 1: not rendered within 0.5 s; print it"):
        decode(endless_pdf())
    assert children() == []


def test_a_picture_of_thousands_of_megapixels_is_left_out_or_refused() -> None:
    """Whichever PDFium does, it is not this process that finds the memory."""
    found: list[object] = []
    with suppress(ImageTooLarge, UnreadableImage):
        found = [page.pixels.shape for page in decode(greedy_pdf())]
    assert found in ([], [(417, 834, 3)])
    assert children() == []


def test_a_crash_is_an_error_and_the_pages_before_it_are_given() -> None:
    pages = decode_pages(barred_pdf(3))
    assert next(pages).number == 1
    (process,) = children()
    os.kill(process, 9)
    with pytest.raises(UnreadableImage, match="page 2: ends the process that renders it"):
        next(pages)
    assert children() == []


def test_pdfium_is_told_apart_from_its_absence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda _: None)
    with pytest.raises(MissingExtra, match=r"a PDF needs the extra \[pdf\]: run  pip install"):
        decode(barred_pdf(1))


def test_threads_may_read_documents_at_a_time() -> None:
    found: list[list[int]] = []

    def read() -> None:
        found.append([bars_on(page) for page in decode(barred_pdf(3))])

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[1, 2, 3]] * 3


def test_the_process_ends_with_the_one_that_asked() -> None:
    """Even if that one is killed while a page is rendered."""
    code = (
        "import sys; from inkdigits.imaging.decode import decode_first\n"
        "print('started', flush=True); decode_first(sys.stdin.buffer.read())"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    with parent.stdin:
        parent.stdin.write(endless_pdf())
    assert parent.stdout.readline() == b"started\n"
    renderer = eventually_one_child_of(parent.pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    while is_rendering(renderer):  # else the test hangs, and says where
        threading.Event().wait(0.02)


def children(of: int | None = None) -> list[int]:
    """The processes that a process has started and that are not gone."""
    of = of or os.getpid()
    place = Path(f"/proc/{of}/task")
    if not place.is_dir():
        pytest.skip("children are found in /proc")
    pids: list[str] = []
    for task in place.iterdir():
        with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has just ended
            pids += (task / "children").read_text().split()
    return [int(pid) for pid in pids if is_rendering(int(pid))]


def is_rendering(pid: int) -> bool:
    """Whether it is there, and no zombie, whose command line is empty."""
    try:
        return b"pdf_process" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def eventually_one_child_of(pid: int) -> int:
    while not (found := children(pid)):
        threading.Event().wait(0.02)
    return found[0]


def resident_bytes(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return 1024 * int(status.partition("VmRSS:")[2].split()[0])
