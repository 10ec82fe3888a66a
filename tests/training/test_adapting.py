"""A trained network learns other images from few, and keeps what it knows of classes by name."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest

from inkdigits.data.sets import LabelledArrays
from inkdigits.errors import DataError, InkdigitsError, ModelNotFound, RecipeError
from inkdigits.recognition.bundle import load_bundle
from inkdigits.training.adapting import HEAD, adapting_recipe, with_learnt_head
from inkdigits.training.data import Shuffled, TrainingData
from inkdigits.training.fitting import fit
from inkdigits.training.network import builder
from inkdigits.training.onnx_weights import weighted_layers
from inkdigits.training.recipe import Recipe
from inkdigits.training.run import train
from inkdigits.training.trained import find_trained, load_trained
from inkdigits.training.watching import StepReport, Unmoved
from tests.training import tiny

OWN_NETWORK = """
import keras
from keras import layers
from inkdigits.training.recipe import Recipe

def build(classes, shape):
    images = keras.Input((*shape, 1))
    x = layers.Flatten()(layers.MaxPooling2D(4)(images))
    return keras.Sequential([images, layers.MaxPooling2D(4), layers.Flatten(),
                             layers.Dense(20, activation="relu"), layers.Dense(classes)])

RECIPE = Recipe(name="own", network=__file__, epochs=1, batch=32)
"""


def stripes(count: int, seed: int, names: str = "0123456789") -> LabelledArrays:
    arrays = tiny.stripes("stripes", count, seed, range(len(names)))
    return replace(arrays, classes=tuple(names))


def of(arrays: LabelledArrays) -> TrainingData:
    return TrainingData(Shuffled(arrays), arrays, arrays.classes, meaning=arrays.meaning)


def saved(folder: Path, arrays: LabelledArrays) -> str:
    path = folder / "own.npz"
    np.savez(path, images=arrays.images, labels=arrays.labels)
    return str(path)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of a network that knows its stripes."""
    folder = tmp_path_factory.mktemp("known")
    recipe = replace(tiny.PLAIN, epochs=12, data=saved(folder, stripes(600, 1)))
    train(recipe, folder / "run", folder / "run" / "bundle", Unmoved())
    return folder / "run"


def right(model: keras.Model, arrays: LabelledArrays) -> float:
    scores = model.predict(arrays.images, verbose=0)
    return float(np.mean(scores.argmax(1) == arrays.labels))


def adapting(start: Path | str, **changes: object) -> Recipe:
    return replace(adapting_recipe(str(start), "mnist"), **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("part", ["", "bundle"])
def test_a_run_and_its_bundle_give_the_network_that_was_trained(part: str, known: Path) -> None:
    images = stripes(50, 2).images
    scores = load_trained(find_trained(str(known / part))).predict(images, verbose=0)
    np.testing.assert_allclose(scores, load_bundle(known / "bundle").scores(images), atol=1e-3)


def test_the_network_in_the_package_can_be_started_from() -> None:
    trained = find_trained("compact")
    assert trained.network == "compact"
    assert trained.augmentation.rotate_deg > 0
    assert load_trained(trained).output.shape == (None, 11)


def test_classes_that_are_all_new_are_learnt_for_longer_and_faster(
    known: Path, tmp_path: Path
) -> None:
    usual, clothes = (adapting_recipe(str(known), name) for name in ("mnist", "fashion-mnist"))
    assert (clothes.epochs, clothes.learning_rate) > (usual.epochs, usual.learning_rate)
    for name in ("7", "comma", "dot"):
        (tmp_path / "marks" / name).mkdir(parents=True)
    assert adapting_recipe(str(known), str(tmp_path / "marks")).epochs == usual.epochs
    (tmp_path / "marks" / "7").rmdir()
    assert adapting_recipe(str(known), str(tmp_path / "marks")).epochs == clothes.epochs


def test_classes_that_are_known_keep_their_part_of_the_last_layer(
    known: Path, tmp_path: Path
) -> None:
    classes = "7a0"
    recipe = adapting(known, head_epochs=0)
    model = with_learnt_head(recipe, of(stripes(30, 3, classes)), tmp_path, Unmoved())()
    before = load_trained(find_trained(str(known)))
    *body, head = weighted_layers(model)
    *body_before, head_before = weighted_layers(before)
    for layer, source in zip(body, body_before, strict=True):
        for value, same in zip(layer.get_weights(), source.get_weights(), strict=True):
            np.testing.assert_array_equal(value, same)
    kernel, bias = head.get_weights()
    kernel_before, bias_before = head_before.get_weights()
    np.testing.assert_array_equal(kernel[:, [0, 2]], kernel_before[:, [7, 0]])
    np.testing.assert_array_equal(bias[[0, 2]], bias_before[[7, 0]])
    assert not any(np.array_equal(kernel[:, 1], column) for column in kernel_before.T)


def test_first_the_last_layer_alone_learns(known: Path, tmp_path: Path) -> None:
    data = of(stripes(60, 3, "abcdefghij"))
    model = with_learnt_head(adapting(known, head_epochs=3), data, tmp_path, Unmoved())()
    fresh = with_learnt_head(adapting(known, head_epochs=0), data, tmp_path, Unmoved())()
    *body, head = weighted_layers(model)
    *body_fresh, head_fresh = weighted_layers(fresh)
    for layer, source in zip(body, body_fresh, strict=True):
        for value, same in zip(layer.get_weights(), source.get_weights(), strict=True):
            np.testing.assert_array_equal(value, same)
    assert not np.array_equal(head.get_weights()[0], head_fresh.get_weights()[0])
    assert len((tmp_path / HEAD / "history.csv").read_text().splitlines()) == 4


def test_then_all_layers_learn_but_batch_statistics_stay(known: Path, tmp_path: Path) -> None:
    data = of(stripes(60, 3))
    recipe = adapting(known, head_epochs=1, epochs=1)
    build = with_learnt_head(recipe, data, tmp_path, Unmoved())
    before, after = build(), fit(recipe, build, data, tmp_path, Unmoved())
    changed = {
        type(layer).__name__: not np.array_equal(layer.get_weights()[-1], then.get_weights()[-1])
        or not np.array_equal(layer.get_weights()[0], then.get_weights()[0])
        for layer, then in zip(weighted_layers(before), weighted_layers(after), strict=True)
    }
    assert changed == {"Conv2D": True, "BatchNormalization": False, "Dense": True}


def test_few_images_of_new_classes_teach_it_more_than_they_teach_a_new_network(
    known: Path, tmp_path: Path
) -> None:
    few, many = stripes(40, 5, "abcdefghij"), stripes(300, 6, "abcdefghij")
    recipe = adapting(known, head_epochs=5, epochs=5)
    build = with_learnt_head(recipe, of(few), tmp_path, Unmoved())
    adapted = fit(recipe, build, of(few), tmp_path, Unmoved())
    nothing = replace(recipe, start="", head_epochs=0, epochs=10)
    (tmp_path / "new").mkdir()
    new = fit(nothing, builder("tiny", 10, (28, 28)), of(few), tmp_path / "new", Unmoved())
    assert right(adapted, many) > right(new, many) + 0.1


def test_a_training_that_starts_from_a_run_records_from_which(known: Path, tmp_path: Path) -> None:
    recipe = replace(
        adapting_recipe(str(known), saved(tmp_path, stripes(150, 7))), head_epochs=1, epochs=2
    )
    out = tmp_path / "out"
    contract = train(recipe, out, out / "bundle", Unmoved())
    of_start = load_bundle(known / "bundle").contract
    started = {"name": of_start.title, "sha256": of_start.sha256}
    assert json.loads((out / "run.json").read_text())["recipe"]["start"] == started
    assert contract.recipe["start"] == started
    assert str(known) not in (out / "bundle" / "model.json").read_text()
    assert find_trained(str(out)).network == "tiny"


def test_what_was_interrupted_ends_as_an_unbroken_training(known: Path, tmp_path: Path) -> None:
    class Interrupting(Unmoved):
        def __init__(self, in_epoch: int, after_notes: int) -> None:
            self.in_epoch, self.notes_left = in_epoch, after_notes

        def note(self, message: str) -> None:
            self.notes_left -= bool(message)

        def step(self, report: StepReport) -> None:
            if self.notes_left <= 0 and report.epoch == self.in_epoch:
                raise KeyboardInterrupt

    recipe = replace(
        adapting_recipe(str(known), saved(tmp_path, stripes(150, 7))), head_epochs=2, epochs=3
    )
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(recipe, whole, whole / "bundle", Unmoved())
    for interrupting in (Interrupting(2, 1), Interrupting(3, 2)):  # the last layer's, then all
        with pytest.raises(KeyboardInterrupt):
            train(recipe, parts, parts / "bundle", interrupting, resume=True)
    train(recipe, parts, parts / "bundle", Unmoved(), resume=True)
    images = stripes(20, 8).images
    np.testing.assert_array_equal(
        load_bundle(parts / "bundle").scores(images), load_bundle(whole / "bundle").scores(images)
    )
    other = replace(recipe, start="compact", network="compact")
    with pytest.raises(DataError, match="another recipe"):
        train(other, parts, parts / "bundle", Unmoved(), resume=True)


def test_a_network_in_a_file_of_ones_own_starts_from_its_run(tmp_path: Path) -> None:
    source = tmp_path / "own.py"
    source.write_text(OWN_NETWORK)
    recipe = Recipe("own", str(source), 1, 32, data=saved(tmp_path, stripes(150, 1)))
    run = tmp_path / "run"
    train(recipe, run, run / "bundle", Unmoved())
    source.unlink()
    model = load_trained(find_trained(str(run)))
    images = stripes(9, 2).images
    np.testing.assert_allclose(
        model.predict(images, verbose=0), load_bundle(run / "bundle").scores(images), atol=1e-3
    )
    with pytest.raises(RecipeError, match="start from the folder of its run"):
        find_trained(str(run / "bundle"))


@pytest.mark.parametrize(
    ("act", "error", "said"),
    [
        (lambda _: find_trained("nobody"), ModelNotFound, "no model is called"),
        (
            lambda folder: with_learnt_head(
                adapting("compact"),
                of(replace(stripes(30, 1), images=np.zeros((30, 16, 16), np.uint8))),
                folder,
                Unmoved(),
            ),
            DataError,
            "images of 16x16, but compact takes 28x28",
        ),
    ],
)
def test_what_cannot_be_started_from_is_refused(
    act: Callable[[Path], object], error: type[InkdigitsError], said: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=said):
        act(tmp_path)
