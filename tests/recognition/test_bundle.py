"""A bundle is run only if everything in it fits; what does not fit is one clear error."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from onnx import TensorProto, numpy_helper

from inkdigits.errors import CorruptModel, IncompatibleModel, ModelError, ModelNotFound
from inkdigits.recognition import bundle as rooms
from inkdigits.recognition.bundle import BATCH, DEFAULT, SHIPPED, load_bundle
from inkdigits.recognition.contract import PICTURE
from inkdigits.recognition.contract_file import read_contract
from tests.recognition.conftest import ABSENT, CONTRACT, MakeBundle, tiny_graph, write_bundle

REQUIRED = [*CONTRACT, "sha256"]
JSON_VALUES = [None, [], {}, "", "x", 3, -1, True, 0.5, 1e400, 10**400, [None], {"a": None}]
# What JSON may hold there without contradiction.
FITTING: dict[str, list[Any]] = {
    "name": ["x"],
    "version": ["x"],
    "reject": [None, 3],
    "temperature": [3, 0.5],
    "recipe": [{}, {"a": None}],
    "data": [[]],
    "measured": [{}, {"a": None}],
    "inkdigits": ["", "x"],
}


def said(folder: Path | str, error: type[ModelError]) -> str:
    """The one line with which a bundle is refused."""
    with pytest.raises(ModelError) as caught:
        load_bundle(folder)
    assert type(caught.value) is error
    message = str(caught.value)
    assert message.isprintable()
    assert 20 < len(message) < 400 + len(str(folder))
    return message


def test_a_bundle_scores_images(make_bundle: MakeBundle) -> None:
    bundle = load_bundle(make_bundle(tiny_graph({3: 2.0})))
    scores = bundle.scores(np.zeros((3, 28, 28), np.uint8))
    assert scores.dtype == np.float32
    np.testing.assert_allclose(scores, np.tile([0, 0, 0, 2, *[0] * 7], (3, 1)))


@pytest.mark.parametrize("count", [0, 1, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH + 3])
def test_any_number_of_images_is_scored_each_for_itself(
    make_bundle: MakeBundle, count: int
) -> None:
    bundle = load_bundle(make_bundle())
    images = np.random.default_rng(0).integers(0, 256, (count, 28, 28), np.uint8)
    scores = bundle.scores(images)
    assert scores.shape == (count, 11)
    for image, row in zip(images, scores, strict=True):
        np.testing.assert_allclose(bundle.scores(image[np.newaxis])[0], row, atol=1e-6)


def test_views_of_images_are_scored_as_their_copies(make_bundle: MakeBundle) -> None:
    bundle = load_bundle(make_bundle())
    images = np.random.default_rng(0).integers(0, 256, (8, 28, 28), np.uint8)
    for view in (images[::2], images[:, ::-1], images.transpose(0, 2, 1)):
        np.testing.assert_array_equal(bundle.scores(view), bundle.scores(view.copy()))


def test_the_contract_is_what_was_written(make_bundle: MakeBundle) -> None:
    folder = make_bundle()
    contract = read_contract(folder)
    assert contract.title == "tiny 1.2"
    assert contract.to_dict() == json.loads((folder / "model.json").read_text(encoding="utf-8"))


def test_a_model_without_a_label_for_other_ink_is_run(make_bundle: MakeBundle) -> None:
    bundle = load_bundle(make_bundle(tiny_graph(labels=10), labels=[*"0123456789"], reject=None))
    assert bundle.scores(np.zeros((1, 28, 28), np.uint8)).shape == (1, 10)


def test_the_label_for_other_ink_may_stand_anywhere(make_bundle: MakeBundle) -> None:
    bundle = load_bundle(make_bundle(labels=["other", *"0123456789"], reject=0))
    assert bundle.contract.reject == 0


@pytest.mark.parametrize("shape", [(28, 28), (16, 24), (8, 8, 3), (1, 1)], ids=str)
def test_a_model_of_any_classes_and_any_shape_scores_images(
    make_bundle: MakeBundle, shape: tuple[int, ...]
) -> None:
    graph = tiny_graph({1: 3.0}, images=("N", *shape), labels=2)
    bundle = load_bundle(
        make_bundle(
            graph,
            input={"shape": [*shape], "dtype": "uint8", "meaning": PICTURE},
            labels=["a shoe", "<b>'\n\u202eno shoe"],
            reject=None,
            thresholds={},
        )
    )
    assert bundle.contract.shape == shape
    assert bundle.contract.meaning == PICTURE
    assert bundle.contract.classes == ("a shoe", "<b>'\n\u202eno shoe")
    assert not bundle.contract.reads_digits
    scores = bundle.scores(np.zeros((BATCH + 1, *shape), np.uint8))
    np.testing.assert_allclose(scores, np.tile([0, 3], (BATCH + 1, 1)))


def test_classes_are_the_labels_but_the_one_for_what_is_none(make_bundle: MakeBundle) -> None:
    contract = read_contract(make_bundle(labels=["other", *"0123456789"], reject=0))
    assert contract.classes == tuple("0123456789")
    assert contract.reads_digits


def test_only_a_model_that_reads_digits_needs_thresholds(make_bundle: MakeBundle) -> None:
    assert "thresholds" in said(make_bundle(thresholds={}), CorruptModel)
    assert not read_contract(make_bundle(labels=[*"abcdefghijk"], thresholds={})).thresholds
    larger = {"shape": [32, 32], "dtype": "uint8"}
    assert not read_contract(make_bundle(input=larger, thresholds={})).thresholds


def test_the_shipped_model_fits_its_contract() -> None:
    bundle = load_bundle()
    assert bundle.contract.name == DEFAULT
    assert bundle.contract.labels[:10] == tuple("0123456789")
    weights = SHIPPED / DEFAULT / "model.onnx"
    assert weights.stat().st_size <= 2 * 10**6, "the model is promised to take 2 MB at most"
    assert (SHIPPED / DEFAULT / "CARD.md").stat().st_size > 0


@pytest.mark.parametrize("name", ["model.json", "model.onnx"])
def test_a_part_that_is_missing_is_named(make_bundle: MakeBundle, name: str) -> None:
    folder = make_bundle()
    (folder / name).unlink()
    assert name in said(folder, CorruptModel)


@pytest.mark.parametrize("name", ["model.json", "model.onnx"])
def test_a_part_that_is_a_folder_is_named(make_bundle: MakeBundle, name: str) -> None:
    folder = make_bundle()
    (folder / name).unlink()
    (folder / name).mkdir()
    assert name in said(folder, CorruptModel)


@pytest.mark.parametrize("name", ["model.json", "model.onnx"])
def test_a_part_that_may_not_be_read_is_named(
    make_bundle: MakeBundle, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_bundle()
    original = Path.open

    def closed(self: Path, *args: Any, **options: Any) -> Any:
        if self.name == name:
            raise PermissionError(13, "Permission denied", str(self))
        return original(self, *args, **options)

    monkeypatch.setattr(Path, "open", closed)
    monkeypatch.setattr(Path, "read_bytes", lambda self: closed(self, "rb").read())
    message = said(folder, CorruptModel)
    assert name in message
    assert "Permission denied" in message


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"not JSON",
        b"\xff\xfe\xfd",
        b"\x00",
        b"[" * 100_000,
        b'{"format": ' + b"9" * 10_000 + b"}",
        b" " * 2**20 + b"{}",
    ],
    ids=["empty", "cut", "text", "bytes", "null", "deep", "long number", "huge"],
)
def test_a_contract_that_is_no_json(make_bundle: MakeBundle, text: bytes) -> None:
    folder = make_bundle()
    (folder / "model.json").write_bytes(text)
    assert "model.json" in said(folder, CorruptModel)


@pytest.mark.parametrize("value", ["[]", "null", "3", '"x"', "{}", "NaN"])
def test_a_contract_that_is_none(make_bundle: MakeBundle, value: str) -> None:
    folder = make_bundle()
    (folder / "model.json").write_text(value)
    assert "format 1" in said(folder, IncompatibleModel)


@pytest.mark.parametrize("number", [2, 0, None, "1", [1], ABSENT])
def test_another_format_names_the_one_that_is_read(make_bundle: MakeBundle, number: object) -> None:
    assert "format 1" in said(make_bundle(format=number), IncompatibleModel)


@pytest.mark.parametrize("field", REQUIRED)
def test_every_field_is_needed(make_bundle: MakeBundle, field: str) -> None:
    folder = make_bundle(**{field: ABSENT})
    assert field in said(folder, IncompatibleModel if field == "format" else CorruptModel)


@pytest.mark.parametrize("field", REQUIRED)
def test_a_field_of_another_kind_is_refused(make_bundle: MakeBundle, field: str) -> None:
    for value in JSON_VALUES:
        folder = make_bundle(**{field: value})
        if any(value is fit or (value == fit) for fit in FITTING.get(field, [])):
            load_bundle(folder)
            continue
        with pytest.raises((CorruptModel, IncompatibleModel)) as caught:
            load_bundle(folder)
        assert str(caught.value).isprintable(), value


def test_an_unknown_field_is_refused(make_bundle: MakeBundle) -> None:
    assert "'colour\\n'" in said(make_bundle(**{"colour\n": "red"}), IncompatibleModel)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "../outside"},
        {"name": "two\nlines"},
        {"name": "\ud800"},
        {"name": "x" * 65},
        {"version": "1/2"},
        {"reject": 11},
        {"reject": -1},
        {"reject": 10.0},
        {"temperature": 0},
        {"temperature": -1.0},
        {"temperature": float("nan")},
        {"temperature": 1e-300},
        {"thresholds": {"digit": 0.5, "confidence": 0.5}},
        {"thresholds": {"digit": "0.5", "confidence": 0.5, "min_height_px": 7}},
        {"thresholds": {"digit": float("nan"), "confidence": 0.5, "min_height_px": 7}},
        {"thresholds": {"digit": 0.5, "confidence": 0.5, "min_height_px": 7, "new": 1}},
        {"labels": [*range(10), "not a digit"]},
        {"labels": [*"0123456788", "not a digit"]},
        {"labels": ["", *"123456789", "not a digit"]},
        {"labels": ["\ud800", *"123456789", "not a digit"]},
        {"labels": ["x" * 201, *"123456789", "not a digit"]},
        {"data": ["mnist"]},
        {"sha256": "0" * 64},
    ],
    ids=str,
)
def test_a_value_that_cannot_be_is_refused(
    make_bundle: MakeBundle, changes: dict[str, Any]
) -> None:
    said(make_bundle(**changes), CorruptModel)


@pytest.mark.parametrize(
    "changes",
    [
        {"input": {}},
        {"input": {"shape": [32, 32], "dtype": "uint8"}},
        {"input": {"shape": [28, 28], "dtype": "float32"}},
        {"input": {"shape": [28, 28, 1], "dtype": "uint8"}},
        {"input": {"shape": [28, 28, 4], "dtype": "uint8"}},
        {"input": {"shape": [784], "dtype": "uint8"}},
        {"input": {"shape": [28, 0], "dtype": "uint8"}},
        {"input": {"shape": [28, True], "dtype": "uint8"}},
        {"input": {"shape": [28, 1025], "dtype": "uint8"}},
        {"input": {"shape": "28x28", "dtype": "uint8"}},
        {"input": {"shape": [28, 28], "dtype": "uint8", "meaning": 3}},
        {"output": "probabilities"},
        {"labels": ["shirt", "shoe"], "reject": None},
        {"labels": [], "reject": None},
        {"labels": ["shirt"], "reject": None},
        {"labels": ["shirt", "no shirt"], "reject": 1},
    ],
    ids=str,
)
def test_a_model_of_another_kind_is_refused(
    make_bundle: MakeBundle, changes: dict[str, Any]
) -> None:
    said(make_bundle(**changes), IncompatibleModel)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)


@examples(max_examples=150)
@given(changes=st.dictionaries(st.sampled_from(REQUIRED), json_values, min_size=1, max_size=3))
def test_whatever_a_contract_holds_only_errors_of_ours_come(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[str, Any]
) -> None:
    folder = tmp_path_factory.getbasetemp() / "fuzzed"
    write_bundle(folder, tiny_graph(), **changes)
    with suppress(CorruptModel, IncompatibleModel):
        contract = read_contract(folder)
        assert contract.to_dict()["labels"] == changes.get("labels", CONTRACT["labels"])
        assert len(contract.classes) >= 2


@pytest.mark.parametrize("kept", [0, 1, 100, -1])
def test_weights_that_are_cut_off_do_not_match_their_hash(
    make_bundle: MakeBundle, kept: int
) -> None:
    folder = make_bundle()
    weights = (folder / "model.onnx").read_bytes()
    (folder / "model.onnx").write_bytes(weights[:kept])
    assert "restore" in said(folder, CorruptModel)


@pytest.mark.parametrize("graph", [b"\0", tiny_graph()[:2_000], b"\x08" * 9_999])
def test_weights_that_are_no_graph_are_refused_without_a_word_of_their_own(
    make_bundle: MakeBundle, graph: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    said(make_bundle(graph), CorruptModel)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "graph",
    [
        tiny_graph(images=("N", 32, 32)),
        tiny_graph(images=("N", 784)),
        tiny_graph(images=("N", 28, 28, 1)),
        tiny_graph(images=(1, 28, 28)),
        tiny_graph(labels=10),
        tiny_graph(labels=12),
        tiny_graph(dtypes=(TensorProto.FLOAT, TensorProto.FLOAT)),
        tiny_graph(dtypes=(TensorProto.UINT8, TensorProto.DOUBLE)),
    ],
    ids=["size", "flat", "channel", "one at a time", "few", "many", "float input", "double output"],
)
def test_a_graph_that_is_not_what_its_contract_says(make_bundle: MakeBundle, graph: bytes) -> None:
    said(make_bundle(graph), IncompatibleModel)


def test_scores_that_are_no_numbers_are_found_at_load(make_bundle: MakeBundle) -> None:
    said(make_bundle(tiny_graph({4: float("nan")})), CorruptModel)


def test_weights_outside_of_the_graph_are_not_loaded(
    make_bundle: MakeBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = onnx.load_from_string(tiny_graph())
    onnx.save_model(
        model, tmp_path / "m.onnx", save_as_external_data=True, location="w", size_threshold=0
    )
    assert (tmp_path / "w").stat().st_size > 0
    folder = make_bundle((tmp_path / "m.onnx").read_bytes())
    monkeypatch.chdir(tmp_path)
    said(folder, CorruptModel)
    (folder / "w").write_bytes((tmp_path / "w").read_bytes())
    said(folder, CorruptModel)


def test_a_graph_that_fails_when_it_runs_is_found_at_load(make_bundle: MakeBundle) -> None:
    model = onnx.load_from_string(tiny_graph())
    shape = next(array for array in model.graph.initializer if array.name == "shape")
    shape.CopyFrom(numpy_helper.from_array(np.array([-1, 785]), "shape"))
    with pytest.raises((CorruptModel, IncompatibleModel)):
        load_bundle(make_bundle(model.SerializeToString()))


@pytest.mark.parametrize(
    "name",
    ["", "nothing", "../compact", "compact/..", "a/b", "nul\0", "two\nlines", "x" * 5_000, "~"],
    ids=lambda name: ascii(name)[:20],
)
def test_a_model_that_is_not_there_says_which_are(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "deep" / "er"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    write_bundle(tmp_path / "shipped" / "mine", tiny_graph())
    monkeypatch.setattr(rooms, "SHIPPED", tmp_path / "shipped")
    message = said(name, ModelNotFound)
    assert "too long" in message or "use mine or the folder" in message


def test_a_folder_of_something_else_is_no_bundle(tmp_path: Path) -> None:
    assert "model.json" in said(tmp_path, CorruptModel)


def test_no_model_in_the_package_is_an_error_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "SHIPPED", tmp_path / "none")
    monkeypatch.chdir(tmp_path)
    said("compact", ModelNotFound)


def test_a_file_is_no_bundle(make_bundle: MakeBundle) -> None:
    folder = make_bundle()
    said(folder / "model.onnx", ModelNotFound)
    said(folder / "model.onnx" / "below", ModelNotFound)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root opens every folder")
def test_a_folder_that_is_closed_to_us(make_bundle: MakeBundle) -> None:
    folder = make_bundle()
    folder.chmod(0)
    try:
        assert "denied" in said(folder, CorruptModel)
    finally:
        folder.chmod(0o700)


def test_a_name_is_looked_up_in_the_package_before_the_working_folder(
    make_bundle: MakeBundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_bundle(tmp_path / "shipped" / "mine", tiny_graph(), name="shipped")
    write_bundle(tmp_path / "here" / "mine", tiny_graph(), name="here")
    monkeypatch.setattr(rooms, "SHIPPED", tmp_path / "shipped")
    monkeypatch.chdir(tmp_path / "here")
    assert load_bundle("mine").contract.name == "shipped"
    assert load_bundle("./mine").contract.name == "here"
    assert load_bundle(Path("mine")).contract.name == "here"


@pytest.mark.parametrize("threads", [-1, rooms.MAX_THREADS + 1, 10**9, 2**40])
def test_threads_are_as_many_as_there_can_be(make_bundle: MakeBundle, threads: int) -> None:
    folder = make_bundle()
    load_bundle(folder, threads=2)
    with pytest.raises(ValueError, match=f"threads is 1 to 1024, .* not {threads}"):
        load_bundle(folder, threads=threads)
