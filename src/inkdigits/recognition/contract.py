"""What a model is: the contract beside its weights, and the words that it is written in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inkdigits.imaging.normalize import SIDE
from inkdigits.recognition.trust import Trust

FORMAT = 1
"""The version of the contract's layout that this code writes and reads."""

THRESHOLDS = ("digit", "confidence", "min_height_px")
"""The names in a contract's `thresholds`: see `recognition/confidence.py`."""

DIGITS = tuple("0123456789")

OTHER_INK = "other ink"
BLANK = "blank"
LINE_LABELS = (*DIGITS, OTHER_INK, BLANK)
"""The scores of a line model at every step of a strip: a digit, ink that is none, nothing new."""

SYMBOL = "one symbol bright on dark, made by imaging.normalize as MNIST was made"
STRIP = "one line of writing bright on dark, made by imaging.normalize"
OBJECT = "one object bright on dark, filling the image"
BRIGHT_ON_DARK = "bright on dark"
PICTURE = "a picture as it is"
"""What the pixels of an input show: the contract's `input["meaning"]`. It decides how a file
becomes an input: see `recognition/preparing.py`."""

MAX_SIDE_PX = 1024
"""The longest side of an input: more is no small picture of one thing."""

TRUST = "trust"
"""The one field that a contract may lack: see `recognition/trust.py`."""


@dataclass(frozen=True, slots=True)
class Contract:
    """What `model.json` says of the weights beside it.

    `input` holds `shape` (`[H, W]` grey or `[H, W, 3]` RGB), `dtype` (`"uint8"`) and `meaning`
    (`SYMBOL`, `OBJECT`, `BRIGHT_ON_DARK` or `PICTURE`). A model of lines has the meaning `STRIP`,
    the shape `[STRIP_HEIGHT, null]` (any width) and `LINE_LABELS`. `labels` name the scores in
    order; `reject` is the index of the label for what belongs to no class, or None. `temperature`
    divides the logits before the softmax (Guo 2017). `thresholds` are the reader's (see
    `recognition/confidence.py`), and empty for a model that reads no single digits.
    `recipe`, `data` and `measured` record where the model comes from and what it reached. `trust`
    is what its confidence was measured to be worth, None if it was not.
    """

    name: str
    version: str
    input: Mapping[str, Any]
    labels: tuple[str, ...]
    reject: int | None
    temperature: float
    thresholds: Mapping[str, float]
    sha256: str
    recipe: Mapping[str, Any]
    data: tuple[Mapping[str, Any], ...]
    measured: Mapping[str, Any]
    inkdigits: str
    trust: Trust | None = None

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of one input: `(H, W)`, or `(H, W, 3)` for RGB; W is 0 for any width."""
        return tuple(side or 0 for side in self.input["shape"])

    @property
    def meaning(self) -> str:
        """What the pixels of an input show."""
        return str(self.input.get("meaning", ""))

    @property
    def classes(self) -> tuple[str, ...]:
        """The labels but the one for what belongs to no class, in order."""
        return without(self.labels, self.reject)

    @property
    def reads_digits(self) -> bool:
        """Whether its classes are the digits 0 to 9, written as `imaging.normalize` makes them."""
        return self.classes == DIGITS and self.shape == (SIDE, SIDE)

    @property
    def reads_lines(self) -> bool:
        """Whether it reads whole lines, as `imaging.normalize` makes them."""
        return self.meaning == STRIP

    def to_dict(self) -> dict[str, Any]:
        """The contract as it is written to `model.json`."""
        return {
            "format": FORMAT,
            "name": self.name,
            "version": self.version,
            "input": dict(self.input),
            "output": "logits",
            "labels": list(self.labels),
            "reject": self.reject,
            "temperature": self.temperature,
            "thresholds": dict(self.thresholds),
            "sha256": self.sha256,
            "recipe": dict(self.recipe),
            "data": [dict(source) for source in self.data],
            "measured": dict(self.measured),
            "inkdigits": self.inkdigits,
        } | ({} if self.trust is None else {TRUST: self.trust.to_dict()})


def without(labels: Sequence[str], reject: int | None) -> tuple[str, ...]:
    """The labels but the one for what belongs to no class, in order."""
    return tuple(label for index, label in enumerate(labels) if index != reject)
