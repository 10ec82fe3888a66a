"""Transfer: a network that was trained before learns other images, or other classes, from few.

First the last layer alone learns, on what the layers before it already see; then all layers learn,
at a smaller rate. Classes that the network knows by their names keep their part of the last layer;
new ones get a new one. Batch statistics stay as they are: a few images have no better ones.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from keras import layers

from inkdigits.data.catalogue import CATALOGUE
from inkdigits.data.idx import find_pair
from inkdigits.data.image_folder import ImageForm
from inkdigits.data.lines import LineShares
from inkdigits.data.own import folder_classes
from inkdigits.errors import DataError, RecipeError
from inkdigits.recognition.contract import SYMBOL, Contract
from inkdigits.training.checkpoint import checkpoints
from inkdigits.training.data import TrainingData
from inkdigits.training.fitting import fit
from inkdigits.training.network import Builder, builder
from inkdigits.training.onnx_weights import weighted_layers
from inkdigits.training.recipe import LINES, Recipe
from inkdigits.training.recipes import LINE
from inkdigits.training.trained import Trained, find_trained, load_trained
from inkdigits.training.watching import Watcher

HEAD = "head"
"""The folder in a run with the history of the last layer's epochs."""

HEAD_FASTER = 5.0
"""The last layer alone learns at this many times the rate of all layers."""

_KNOWN_CLASSES = (30, 1e-3)
_NEW_CLASSES = (50, 3e-3)
_LINES = (22, 6e-4)
"""Epochs, and the rate of all layers. A higher rate costs what a network knows of other writers; of
things that it has never seen it knows nothing that could be lost."""


def adapting_recipe(start: str, data: str) -> Recipe:
    """How a trained network, a bundle's name or the path of a bundle or a run, learns `data`.

    Its images are augmented as those that the network learnt from, and image files of one's own
    become what it takes. Where all of the classes are new, by the names of a set that is known or
    of folders, it learns for longer and at a higher rate. A line model goes on with `LINES`, all of
    its epochs with real strips among them. Raises what `find_trained` does, and `RecipeError` for a
    line model and any other data.
    """
    trained = find_trained(start)
    if trained.contract.reads_lines:
        if data != LINES:
            raise RecipeError(
                f"{start}: a line model learns from lines alone, which no data set is: use "
                f"--data {LINES}"
            )
        epochs, rate = _LINES
        return replace(
            LINE,
            name=trained.contract.name,
            start=start,
            epochs=epochs,
            learning_rate=rate,
            warm_up=0.1,
            lines=LineShares(composed_only=0),
        )
    names = _named_classes(data)
    all_new = names and set(names).isdisjoint(trained.contract.labels)
    epochs, rate = _NEW_CLASSES if all_new else _KNOWN_CLASSES
    return Recipe(
        name=f"{trained.contract.name}-adapted",
        network=trained.network,
        data=data,
        form=_form_for(trained.contract) if _is_image_files(data) else ImageForm(),
        start=start,
        head_epochs=10,
        epochs=epochs,
        batch=16,
        learning_rate=rate,
        schedule="cosine",
        warm_up=0.1,
        validation_split=0.2,
        augmentation=trained.augmentation,
    )


def with_learnt_head(recipe: Recipe, data: TrainingData, run: Path, watch: Watcher) -> Builder:
    """Let the last layer learn, and return what builds the network with which all layers go on.

    `run/head` keeps the history. Where all layers have begun already nothing is learnt. Raises
    `DataError` for images of another shape than the network takes.
    """
    trained = find_trained(recipe.start)
    shape = trained.contract.shape
    if data.shape != shape:
        raise DataError(
            f"{recipe.data}: images of {_by(data.shape)}, but {recipe.start} takes {_by(shape)}: "
            "start from another network, or from nothing with --recipe"
        )
    known = load_trained(trained)

    def begin() -> keras.Model:
        model = builder(trained.network, len(data.classes), shape)()
        return _started(model, known, trained, data.classes)

    def begin_head() -> keras.Model:
        model = begin()
        for layer in weighted_layers(model)[:-1]:
            layer.trainable = False
        return model

    if not recipe.head_epochs or checkpoints(run / "checkpoints"):
        return begin
    watch.note(f"the last layer learns first, for {recipe.head_epochs} epochs")
    of_head = replace(
        recipe,
        epochs=recipe.head_epochs,
        learning_rate=HEAD_FASTER * recipe.learning_rate,
    )
    folder = run / HEAD
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    learnt = fit(of_head, begin_head, data, folder, watch).get_weights()
    shutil.rmtree(folder / "checkpoints")
    watch.note("now all layers learn")

    def go_on() -> keras.Model:
        model = begin()
        model.set_weights(learnt)
        return model

    return go_on


def _named_classes(data: str) -> tuple[str, ...]:
    """The classes that a set's name or its folders tell; none where only the arrays know."""
    if data in CATALOGUE:
        return CATALOGUE[data].classes
    return folder_classes(Path(data)) if _is_image_files(data) else ()


def _is_image_files(data: str) -> bool:
    """Whether data lies there as image files; all else is arrays, which are as they are."""
    return data not in CATALOGUE and Path(data).is_dir() and find_pair(Path(data), "train") is None


def _form_for(contract: Contract) -> ImageForm:
    height, width, *colours = contract.shape
    return ImageForm((height, width), bool(colours), symbols=contract.meaning == SYMBOL)


def _started(
    model: keras.Model, known: keras.Model, trained: Trained, classes: tuple[str, ...]
) -> keras.Model:
    """`model` with the weights of `known`, as far as its last layer has classes of those names.

    Of lines there are enough for batch statistics of their own.
    """
    *body, head = weighted_layers(model)
    *known_body, known_head = weighted_layers(known)
    if not hasattr(head, "kernel") or head.kernel.shape[-1] != len(classes):
        raise RecipeError(
            f"{trained.network}: its last layer with weights is not one score a class"
        )
    for layer, source in zip(body, known_body, strict=True):
        layer.set_weights(source.get_weights())
        if isinstance(layer, layers.BatchNormalization) and not trained.contract.reads_lines:
            layer.trainable = False
    labels = trained.contract.labels
    pairs = [(new, labels.index(name)) for new, name in enumerate(classes) if name in labels]
    weights = [np.array(value) for value in head.get_weights()]
    for value, source in zip(weights, known_head.get_weights(), strict=True):
        for new, old in pairs:
            value[..., new] = source[..., old]
    head.set_weights(weights)
    return model


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
