"""A report holds the figures and the pictures, fetches nothing, and cannot be broken by names."""

import base64
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from inkdigits.errors import DataError
from inkdigits.evaluation.report_folder import MOST_MISTAKES, write_report
from tests.evaluation.answers import answering, arrays_of

HOSTILE = ("<script>alert(1)</script>", "\"><img src=x onerror='x'>", "\u202eevil\0\n", "&amp;")
ALL = {
    *("report.html", "report.json", "predictions.npz"),
    *("confusion.png", "calibration.png", "coverage.png", "mistakes.png"),
}


class Elements(HTMLParser):
    """Collects the elements of a page, and what of it would be fetched."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in {"meta", "img", "br", "use", "path"}:
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            if name in {"src", "href", "xlink:href", "action", "data", "srcset"}:
                self.fetched.append(value or "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"meta", "img", "br", "use", "path"}:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(folder: Path) -> str:
    return (folder / "report.html").read_text(encoding="utf-8")


def test_a_report_holds_everything(tmp_path: Path) -> None:
    arrays = arrays_of([0, 0, 1, 1], ("cat", "dog"))
    rows = answering([0, 1, 1, 1], 2)
    figures = write_report(tmp_path / "report", "a title", arrays, rows, facts={"model": "tiny 1"})
    assert {path.name for path in (tmp_path / "report").iterdir()} == ALL
    report = json.loads((tmp_path / "report" / "report.json").read_bytes())
    assert report["title"] == "a title"
    assert report["facts"]["model"] == "tiny 1"
    assert report["data"] == {
        "name": "noise",
        "split": "validation",
        "count": 4,
        "sha256": arrays.sha256,
    }
    assert report["accuracy"] == figures.accuracy.value == 0.75
    assert report["classes"] == ["cat", "dog"]
    assert report["confusion"] == [[1, 1], [0, 2]]
    (mistake,) = report["mistakes"]
    assert (mistake["image"], mistake["truth"], mistake["answer"]) == (1, "cat", "dog")
    with np.load(tmp_path / "report" / "predictions.npz") as kept:
        np.testing.assert_array_equal(kept["probabilities"], rows)
        np.testing.assert_array_equal(kept["labels"], arrays.labels)


def test_the_page_tells_the_figures(tmp_path: Path) -> None:
    arrays = arrays_of([0, 0, 1, 1], ("cat", "dog"))
    write_report(tmp_path, "a title", arrays, answering([0, 1, 1, 1], 2), facts={"model": "tiny 1"})
    page = Elements(page_of(tmp_path))
    for told in ("a title", "tiny 1", "75.00 %", "one is not", "cat taken for dog", "image 1"):
        assert told in page.text, told
    assert page.tags.count("svg") == 3
    assert page.tags.count("img") == 1


@pytest.mark.parametrize("shape", [(28, 28), (16, 24, 3), (300, 200)], ids=str)
def test_a_page_fetches_nothing_and_no_name_breaks_it(
    tmp_path: Path, shape: tuple[int, ...]
) -> None:
    arrays = arrays_of([0, 1, 2, 3] * 5, HOSTILE, shape)
    arrays = replace(arrays, name=HOSTILE[0], split=HOSTILE[1])
    write_report(
        tmp_path, HOSTILE[1], arrays, answering([1] * 20, 4), facts={HOSTILE[0]: HOSTILE[2]}
    )
    text = page_of(tmp_path)
    page = Elements(text)
    assert page.open == []
    assert "script" not in page.tags
    assert page.tags.count("img") == 15
    assert all(re.match("data:image/png;base64,|#", value) for value in page.fetched)
    assert "url(" not in re.sub(r"url\(#", "", text)
    assert "@import" not in text
    assert "default-src 'none'" in text
    assert HOSTILE[0] in page.text
    assert "&amp;" in page.text
    assert not re.search("[\u202e\0]", text)


def test_pictures_in_a_page_are_small(tmp_path: Path) -> None:
    arrays = arrays_of([0, 1] * 40, ("a", "b"), (600, 600, 3))
    write_report(tmp_path, "t", arrays, answering([1, 0] * 40, 2))
    pictures = re.findall('data:image/png;base64,([^"]+)', page_of(tmp_path))
    assert len(pictures) == MOST_MISTAKES
    assert max(len(base64.b64decode(picture)) for picture in pictures) < 60_000


def test_without_a_mistake_none_is_shown(tmp_path: Path) -> None:
    arrays = arrays_of([0, 0, 1, 1], ("cat", "dog"))
    write_report(tmp_path, "t", arrays, answering([0, 1, 1, 1], 2))
    write_report(tmp_path, "t", arrays, answering([0, 0, 1, 1], 2))
    assert {path.name for path in tmp_path.iterdir()} == ALL - {"mistakes.png"}
    page = Elements(page_of(tmp_path))
    assert "not one mistake" in page.text
    assert "img" not in page.tags


def test_the_curves_are_in_the_page_of_a_training(tmp_path: Path) -> None:
    history = tmp_path / "history.csv"
    history.write_text("epoch,loss,accuracy\n1,2,.5\n2,1,.6\n", encoding="utf-8")
    arrays = arrays_of([0, 1], ("cat", "dog"))
    write_report(tmp_path / "report", "t", arrays, answering([0, 1], 2), history)
    assert "Loss by epoch" in page_of(tmp_path / "report")


def test_a_report_of_a_hundred_classes(tmp_path: Path) -> None:
    names = tuple(f"class {n}" for n in range(100))
    labels = [n % 100 for n in range(1_000)]
    answers = [label if n % 9 else (label + 1) % 100 for n, label in enumerate(labels)]
    write_report(tmp_path, "t", arrays_of(labels, names, (8, 8)), answering(answers, 100))
    page = Elements(page_of(tmp_path))
    assert all(name in page.text for name in names)
    assert (tmp_path / "report.html").stat().st_size < 2_000_000


def test_classes_without_names_are_called_by_their_numbers(tmp_path: Path) -> None:
    arrays = arrays_of([0, 1, 2], ())
    assert write_report(tmp_path, "t", arrays, answering([0, 1, 2], 3)).classes == ("0", "1", "2")


def test_what_does_not_fit_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    arrays = arrays_of([0, 1, 2], ("a", "b"))
    with pytest.raises(DataError, match="a label is 2"):
        write_report(tmp_path / "report", "t", arrays, answering([0, 1, 1], 2))
    arrays = arrays_of([0, 1], ("a", "b"))
    with pytest.raises(DataError, match=r"history\.csv"):
        write_report(
            tmp_path / "report", "t", arrays, answering([0, 1], 2), tmp_path / "history.csv"
        )
    assert not (tmp_path / "report").exists()


def test_a_full_answer_is_not_rounded_up(tmp_path: Path) -> None:
    """One mistake in 100,000 is not 100 %."""
    labels = [0, 1] * 50_000
    answers = [1, *labels[1:]]
    write_report(tmp_path, "t", arrays_of(labels, ("a", "b"), (2, 2)), answering(answers, 2))
    text = Elements(page_of(tmp_path)).text
    assert "99.99 % of 100,000" in text
