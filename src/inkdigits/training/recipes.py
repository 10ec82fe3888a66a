"""The recipes there are, and those that users bring: a Python file with `RECIPE = Recipe(...)`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from inkdigits.data.augmentation import Augmentation
from inkdigits.errors import RecipeError
from inkdigits.training.recipe import HANDWRITING, LINES, Recipe
from inkdigits.training.source import is_source, load_source

CNN_32_64 = Recipe(
    name="cnn-32-64",
    network="cnn-32-64",
    epochs=8,
    batch=256,
    learning_rate=3e-3,
    schedule="cosine",
    warm_up=0.1,
    precision="mixed_bfloat16",
)

MLP = Recipe(
    name="mlp",
    network="mlp",
    epochs=3,
    batch=128,
    learning_rate=2e-3,
    schedule="cosine",
    warm_up=0.1,
)

LENET = Recipe(
    name="lenet",
    network="lenet",
    epochs=8,
    batch=256,
    learning_rate=2e-3,
    schedule="cosine",
    warm_up=0.1,
    precision="mixed_bfloat16",
)

CNN_64_32_DROPOUT = Recipe(
    name="cnn-64-32-dropout",
    network="cnn-64-32-dropout",
    epochs=10,
    batch=60,
    validation_split=0.3,
)
"""As published, with Adam as Keras has it."""

CNN_MIXED_KERNELS = Recipe(
    name="cnn-mixed-kernels",
    network="cnn-mixed-kernels",
    epochs=10,
    batch=128,
    loss="one-hot",
    learning_rate=2e-3,
    schedule="cosine",
    warm_up=0.1,
    precision="mixed_bfloat16",
)

FAST = Recipe(
    name="fast",
    network="fast",
    epochs=1,
    batch=256,
    learning_rate=0.01,
    schedule="cosine",
    warm_up=0.3,
    beta_1=0.7,
    beta_2=0.9,
    precision="mixed_bfloat16",
    validation_split=0.08,
)
"""Chosen on the last 5,000 training images of MNIST; rates and momenta as published (see there)."""

COMPACT = Recipe(
    name="compact",
    network="compact",
    data=HANDWRITING,
    epochs=50,
    batch=128,
    loss="one-hot",
    optimizer="adamw",
    learning_rate=3e-3,
    schedule="cosine",
    warm_up=0.05,
    weight_decay=0.02,
    label_smoothing=0.03,
    average=0.999,
    calm=0.16,
    seed=2,
    augmentation=Augmentation(
        rotate_deg=13,
        scale=0.15,
        stretch=0.15,
        shear=0.2,
        shift_px=2.0,
        bend_px=0.6,
        pen=0.4,
        blur=0.15,
        fade=0.25,
        noise=0.1,
        cut=0.06,
        erase=0.25,
    ),
)

COMPACT_MNIST = replace(
    COMPACT,
    name="compact-mnist",
    data="mnist",
    epochs=40,
    precision="mixed_bfloat16",
    validation_split=0.02,
    seed=1,
    augmentation=Augmentation(
        rotate_deg=12,
        scale=0.12,
        stretch=0.1,
        shear=0.15,
        shift_px=2.0,
        bend_px=0.6,
        pen=0.2,
        erase=0.25,
    ),
)
"""The network in the package, trained on MNIST alone to read MNIST alone."""

LINE = Recipe(
    name="line",
    network="line",
    data=LINES,
    epochs=60,
    batch=32,
    loss="ctc",
    optimizer="adamw",
    learning_rate=1.5e-3,
    schedule="cosine",
    warm_up=0.04,
    weight_decay=0.02,
    average=0.999,
    precision="mixed_bfloat16",
)
"""The model in the package that reads whole lines. The last 40 % of its epochs see real cheques."""

RECIPES = {
    recipe.name: recipe
    for recipe in (
        CNN_32_64,
        MLP,
        LENET,
        CNN_64_32_DROPOUT,
        CNN_MIXED_KERNELS,
        FAST,
        COMPACT,
        COMPACT_MNIST,
        LINE,
    )
}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a reference design says of itself on MNIST's test set."""

    design: str
    figures: str


CLAIMS = {
    "cnn-32-64": Claim("A", "-"),
    "mlp": Claim("B", "97-98 %"),
    "lenet": Claim("C", "-"),
    "cnn-64-32-dropout": Claim("D", "99.00 %, loss 0.0241"),
    "cnn-mixed-kernels": Claim("E", "99.2 %"),
}


def find_recipe(name_or_path: str) -> Recipe:
    """The recipe of that name, or the `RECIPE` of the Python file at that path.

    A file is run to read it. `RecipeError` lists the recipes there are, or says what is wrong with
    the file and in which line.
    """
    if not is_source(name_or_path):
        if name_or_path not in RECIPES:
            raise RecipeError(
                f"no recipe is called {name_or_path!r}: choose one of {', '.join(RECIPES)}, "
                "or name a Python file with a recipe in it"
            )
        return RECIPES[name_or_path]
    recipe = getattr(load_source(Path(name_or_path)), "RECIPE", None)
    if not isinstance(recipe, Recipe):
        raise RecipeError(f"{name_or_path} has no RECIPE: write  RECIPE = Recipe(...)  into it")
    return recipe
