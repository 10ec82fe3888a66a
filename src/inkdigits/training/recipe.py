"""A recipe says all that decides what a training gives; with the seed it is the whole answer."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from inkdigits.data.augmentation import Augmentation
from inkdigits.data.image_folder import ImageForm
from inkdigits.data.lines import LineShares
from inkdigits.data.mixture import MixtureSize
from inkdigits.errors import RecipeError

HANDWRITING = "handwriting"
"""The `data` of the mixture that the shipped model learns from: `data/mixture.py`."""

LINES = "lines"
"""The `data` of the lines that the line model learns from: `data/lines.py`."""

LINE_NETWORK = "line"
"""The one network that learns from them."""

Loss = Literal["sparse", "one-hot", "ctc"]
Optimizer = Literal["adam", "adamw", "sgd"]
Schedule = Literal["constant", "cosine", "linear"]
Precision = Literal["float32", "mixed_bfloat16"]

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "loss": get_args(Loss),
    "optimizer": get_args(Optimizer),
    "schedule": get_args(Schedule),
    "precision": get_args(Precision),
}

_WHOLE = {
    "epochs": (1, 9_999),
    "head_epochs": (0, 9_999),
    "batch": (1, 65_536),
    "patience": (0, 9_999),
    "seed": (0, 2**32 - 1),
}

# Lowest and highest; the bounds themselves are allowed.
_SHARES = {
    "learning_rate": (1e-9, 1e3),
    "beta_1": (0.0, 0.999),
    "beta_2": (0.0, 0.99999),
    "weight_decay": (0.0, 10.0),
    "label_smoothing": (0.0, 0.9),
    "average": (0.0, 0.99999),
    "warm_up": (0.0, 0.9),
    "calm": (0.0, 1.0),
    "validation_split": (0.001, 0.9),
}


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one model is trained.

    - `network`: the name of one in `architectures`, or the path of a Python file with a function
      `build(classes, shape)`; in a recipe of your own, `__file__`.
    - `data`: the name or the path of a data set, or `HANDWRITING`. Of a data set a stratified
      `validation_split` is kept out; `HANDWRITING` and `LINES` have a part of their own for that.
      `mixture` says how much there is of the one, `lines` of the other. `form` says how image
      files of one's own become arrays.
    - `start`: what trained weights the network begins with: the name of a bundle in the package, or
      the path of a bundle or of a run; `""` for none. Its last layer then learns alone for the
      first `head_epochs`, which do not count as `epochs` (see `adapting.py`).
    - `loss`: `"sparse"` (labels are numbers) or `"one-hot"` categorical cross-entropy; they differ
      in that `label_smoothing` needs one-hot. `"ctc"` is for `LINES` and
      `LINE_NETWORK` (see `ctc.py`), and for nothing else.
    - `optimizer`: `"adam"`, `"adamw"` (with `weight_decay`) or `"sgd"` with Nesterov momentum 0.9.
      `beta_1` and `beta_2` are Adam's: how much of the mean of the gradients and of their squares
      each step keeps (Kingma 2015).
    - `learning_rate` is the highest: it rises over the first `warm_up` share of the steps, then
      stays or falls to zero as `schedule` says. A warm-up and a linear fall are the one-cycle
      policy (Smith 2018).
    - `average` is the momentum of the moving average of the weights that is kept in the end (Polyak
      1992), 0 for none.
    - `patience`: end when the validation loss has not improved for so many epochs, and keep the
      weights of the best; 0 trains all epochs and keeps the last.
    - In the last `calm` share of the epochs images are augmented half as far, so that the network
      ends on writing as it comes.
    - `precision`: `"mixed_bfloat16"` computes in 16 bits where the machine can, in float32 where it
      cannot; weights are kept in float32.
    - `seed` decides the split, the initial weights, the pools and every epoch.

    Raises `RecipeError` for values that cannot be, or not together.
    """

    name: str
    network: str
    epochs: int
    batch: int
    learning_rate: float = 1e-3
    data: str = "mnist"
    validation_split: float = 0.1
    form: ImageForm = field(default_factory=ImageForm)
    start: str = ""
    head_epochs: int = 0
    loss: Loss = "sparse"
    optimizer: Optimizer = "adam"
    schedule: Schedule = "constant"
    warm_up: float = 0.0
    beta_1: float = 0.9
    beta_2: float = 0.999
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    average: float = 0.0
    patience: int = 0
    augmentation: Augmentation = field(default_factory=Augmentation)
    calm: float = 0.0
    precision: Precision = "float32"
    mixture: MixtureSize = field(default_factory=MixtureSize)
    lines: LineShares = field(default_factory=LineShares)
    seed: int = 1

    def __post_init__(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                self._refuse(name, f"one of {', '.join(choices)}")
        for name, (low, high) in _WHOLE.items():
            value = getattr(self, name)
            if type(value) is not int or not low <= value <= high:
                self._refuse(name, f"a whole number from {low} to {high}")
        for name, (least, most) in _SHARES.items():
            value = getattr(self, name)
            number = type(value) in (int, float) and math.isfinite(value)
            if not number or not least <= value <= most:
                self._refuse(name, f"a number from {least:g} to {most:g}")
        self._check_together()

    def augmentation_of(self, epoch: int) -> Augmentation:
        """The augmentation of an epoch, counted from 0."""
        if epoch < round(self.epochs * (1 - self.calm)):
            return self.augmentation
        return self.augmentation.weakened(0.5)

    def to_dict(self) -> dict[str, Any]:
        """The recipe as plain JSON types; `mixture` and `lines` are None for other data."""
        fields: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        of_other_data = {HANDWRITING: "mixture", LINES: "lines"}
        return fields | {name: None for data, name in of_other_data.items() if data != self.data}

    def _check_together(self) -> None:
        if not self.name or not self.network or not self.data:
            raise RecipeError("a recipe needs a name, a network and data")
        if self.label_smoothing and self.loss != "one-hot":
            raise RecipeError(f"{self.name}: label_smoothing needs the loss one-hot")
        if len({self.network == LINE_NETWORK, self.loss == "ctc", self.data == LINES}) > 1:
            raise RecipeError(
                f"{self.name}: the network {LINE_NETWORK}, the loss ctc and the data {LINES} "
                "belong together"
            )
        if self.weight_decay and self.optimizer == "adam":
            raise RecipeError(f"{self.name}: weight_decay needs the optimizer adamw or sgd")

    def _refuse(self, name: str, may_be: str) -> None:
        raise RecipeError(f"{self.name}: {name} is {may_be}, not {getattr(self, name)!r}")
