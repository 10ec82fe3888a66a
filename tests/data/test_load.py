"""A name finds its set in INKDIGITS_DATA, then in the cache, then on a mirror; a path is a path."""

import gzip
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inkdigits.data.catalogue import CATALOGUE, DataSet, Download, Part, PartFiles
from inkdigits.data.image_folder import ImageForm
from inkdigits.data.load import has_test, load_set, place_of, warning_of
from inkdigits.data.progress import Step
from inkdigits.data.sets import LabelledArrays
from inkdigits.errors import DataError
from inkdigits.recognition.contract import SYMBOL
from tests.data.mirrors import Mirror, serving
from tests.data.served import CONTENT, FILES, IMAGES, LABELS, idx, offer


def test_a_set_is_downloaded_once(small: DataSet, small_mirror: Mirror, cache: Path) -> None:
    steps: list[Step] = []
    assert place_of(small, "train") is None
    arrays = load_set("small", watch=steps.append)
    np.testing.assert_array_equal(arrays.images, IMAGES, strict=True)
    np.testing.assert_array_equal(arrays.labels, LABELS, strict=True)
    assert (arrays.name, arrays.split, arrays.meaning) == ("small", "train", SYMBOL)
    assert arrays.classes == tuple("0123456789")
    assert {step.what for step in steps} == {"fetching train-images.gz", "fetching train-labels.gz"}
    assert place_of(small, "train") == cache
    again = load_set("small", watch=steps.append)
    assert again.sha256 == arrays.sha256 == CONTENT
    assert len(small_mirror.asked) == 2


def test_what_lies_in_the_data_folder_comes_first(
    small: DataSet, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data" / "small"
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(content)
    monkeypatch.setenv("INKDIGITS_DATA", str(folder.parent))
    cache.mkdir(parents=True)
    for name in FILES:
        (cache / name).write_bytes(b"never looked at")
    assert place_of(small, "train") == folder
    assert len(load_set("small")) == 4


def test_a_data_folder_that_is_none_is_an_error(
    small: DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("INKDIGITS_DATA", "/nowhere/at/all")
    with pytest.raises(DataError, match="INKDIGITS_DATA"):
        load_set("small")


def test_idx_files_of_another_content_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "usps"
    folder.mkdir()
    for kind, array in (("images-idx3", IMAGES), ("labels-idx1", LABELS)):
        (folder / f"train-{kind}-ubyte.gz").write_bytes(gzip.compress(idx(array)))
    monkeypatch.setenv("INKDIGITS_DATA", str(tmp_path))
    with pytest.raises(DataError, match=r"usps: not the published content.*give its path"):
        load_set("usps")
    assert load_set(str(folder)).classes == ("0", "1", "2", "3")


def test_a_mirror_with_another_file_is_refused(
    small: DataSet, small_mirror: Mirror, cache: Path
) -> None:
    small_mirror.files["train-labels.gz"] = gzip.compress(idx(LABELS[::-1]))
    with pytest.raises(DataError, match="another file than the published one"):
        load_set("small")
    assert not (cache / "train-labels.gz").exists()


def test_a_truncated_file_is_refused(small: DataSet, small_mirror: Mirror) -> None:
    small_mirror.files["train-images.gz"] = FILES["train-images.gz"][:-5]
    with pytest.raises(DataError, match="another file than the published one"):
        load_set("small")


def test_what_was_put_there_by_hand_is_checked(small: DataSet, cache: Path) -> None:
    cache.mkdir(parents=True)
    for name, content in FILES.items():
        (cache / name).write_bytes(content)
    assert len(load_set("small")) == 4
    (cache / "train-labels.gz").write_bytes(gzip.compress(idx(LABELS[::-1])))
    with pytest.raises(DataError, match=r"train-labels\.gz: not the published content"):
        load_set("small")


def test_without_a_hash_of_the_file_its_content_is_checked(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for optdigits and semeion, which lie in a zip on one mirror and bare on another."""
    images, labels = 255 * (IMAGES[:, :16, :16] % 2), LABELS
    rows = [
        " ".join(map(str, [*(image.ravel() // 255), *(digit == label for digit in range(10))]))
        for image, label in zip(images, labels, strict=True)
    ]
    good = "\n".join(rows).replace("True", "1").replace("False", "0").encode()
    content = LabelledArrays("", "", np.ascontiguousarray(images), labels).sha256
    with (
        serving({"semeion.data": good[:-1] + b"1"}) as bad,
        serving({"semeion.data": good}) as right,
    ):
        download = Download("semeion.data", (bad.url("semeion.data"), right.url("semeion.data")))
        parts: dict[Part, PartFiles] = {"train": PartFiles(4, (download,), content)}
        offer(monkeypatch, replace(CATALOGUE["semeion"], parts=parts))
        assert load_set("semeion").sha256 == content
        assert len(bad.asked) == len(right.asked) == 1


def test_a_part_that_there_is_not_is_an_error(small: DataSet) -> None:
    assert not has_test("small")
    with pytest.raises(DataError, match="small has no test part: use train"):
        load_set("small", "test")


def test_a_named_set_takes_no_form(small: DataSet) -> None:
    with pytest.raises(DataError, match="a size of its own"):
        load_set("small", form=ImageForm(size=(32, 32)))


def test_what_is_neither_a_name_nor_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"mnits: no data set is called so.*fashion-mnist"):
        load_set("mnits")
    with pytest.raises(DataError, match="nothing is at that path"):
        has_test(str(tmp_path / "nothing"))


def test_names_say_whether_they_have_a_test_part() -> None:
    assert [has_test(name) for name in ("mnist", "usps", "semeion")] == [True, True, False]


def test_warnings_are_those_of_the_catalogue(small: DataSet, tmp_path: Path) -> None:
    assert warning_of("small") == "it is small"
    assert warning_of(str(tmp_path)) == ""


def test_real_sets_load_as_published(data_dir: Path) -> None:
    for name in ("mnist", "fashion-mnist", "optdigits", "semeion", "usps"):
        arrays = load_set(name)
        assert arrays.sha256 == CATALOGUE[name].parts["train"].sha256
        assert arrays.meaning == CATALOGUE[name].meaning
