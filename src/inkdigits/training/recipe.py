"""A recipe says all that decides what a training gives; with the seed it is the whole answer."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from inkdigits.data.augmentation import Augmentation
from inkdigits.data.mixture import MixtureSize
from inkdigits.errors import DataError


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one model is trained.

    `learning_rate` is the highest: it rises over the first `warm_up` share of the steps and falls
    to zero along a cosine. `average` is the momentum of the moving average of the weights that is
    kept in the end (Polyak 1992). In the last `calm` share of the epochs images are augmented half
    as far, so that the network ends on writing as it comes. `seed` decides the initial weights,
    the pools and every epoch.
    """

    name: str
    architecture: str
    epochs: int
    batch: int
    learning_rate: float
    weight_decay: float
    label_smoothing: float
    average: float
    warm_up: float
    augmentation: Augmentation
    calm: float = 0.0
    mixture: MixtureSize = field(default_factory=MixtureSize)
    seed: int = 1

    def augmentation_of(self, epoch: int) -> Augmentation:
        """The augmentation of an epoch, counted from 0."""
        if epoch < round(self.epochs * (1 - self.calm)):
            return self.augmentation
        return self.augmentation.weakened(0.5)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


COMPACT = Recipe(
    name="compact",
    architecture="compact",
    epochs=50,
    batch=128,
    learning_rate=3e-3,
    weight_decay=0.02,
    label_smoothing=0.03,
    average=0.999,
    warm_up=0.05,
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

RECIPES = {recipe.name: recipe for recipe in (COMPACT,)}


def find_recipe(name: str) -> Recipe:
    """The recipe of that name; `DataError` lists those there are."""
    if name not in RECIPES:
        raise DataError(f"no recipe is called {name!r}: choose one of {', '.join(RECIPES)}")
    return RECIPES[name]
