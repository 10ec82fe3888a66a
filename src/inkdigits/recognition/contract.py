"""What `model.json` says of the weights beside it, checked field by field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inkdigits.errors import CorruptModel, IncompatibleModel
from inkdigits.imaging.normalize import SIDE

FORMAT = 1
"""The version of the contract's layout that this code writes and reads."""

THRESHOLDS = ("digit", "confidence", "min_height_px")
"""The names in a contract's `thresholds`: see `recognition/confidence.py`."""

_MAX_CONTRACT_BYTES = 2**20

_DIGITS = tuple("0123456789")

# The type of each field as JSON gives it, and how a message calls it.
_FIELDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "format": ((int,), "a whole number"),
    "name": ((str,), "text"),
    "version": ((str,), "text"),
    "input": ((dict,), "an object"),
    "output": ((str,), "text"),
    "labels": ((list,), "a list"),
    "reject": ((int, type(None)), "a whole number or null"),
    "temperature": ((int, float), "a number"),
    "thresholds": ((dict,), "an object"),
    "sha256": ((str,), "text"),
    "recipe": ((dict,), "an object"),
    "data": ((list,), "a list"),
    "measured": ((dict,), "an object"),
    "inkdigits": ((str,), "text"),
}

# A name and a version become parts of file names and of one line of output.
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")


@dataclass(frozen=True, slots=True)
class Contract:
    """What `model.json` says of the weights beside it.

    `labels` name the scores in order; `reject` is the index of the label for what is not a digit,
    or None. `temperature` divides the logits before the softmax (Guo 2017). `thresholds` are the
    reader's: see `recognition/confidence.py`. `recipe`, `data` and `measured` record where the
    model comes from and what it reached.
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

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"

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
        }


def read_contract(folder: Path) -> Contract:
    """Read and check `model.json`; raises `CorruptModel` or `IncompatibleModel`."""
    path = folder / "model.json"
    fields = _read_json(path)
    if not isinstance(fields, dict) or fields.get("format") != FORMAT:
        raise IncompatibleModel(
            f"{path}: this version reads contracts of format {FORMAT}: train the model again, "
            "or use the version of inkdigits that made it"
        )
    for name, (types, kind) in _FIELDS.items():
        if name not in fields or type(fields[name]) not in types:
            raise CorruptModel(f"{path}: {name} is missing or not {kind}: restore the bundle")
    if unknown := fields.keys() - _FIELDS.keys():
        raise IncompatibleModel(
            f"{path}: this version does not know the field {min(unknown)!a}: "
            "use the version of inkdigits that made it"
        )
    _check_values(path, fields)
    _check_kind(path, fields)
    named = {name: fields[name] for name in Contract.__slots__}
    return Contract(
        **named
        | {
            "labels": tuple(fields["labels"]),
            "data": tuple(fields["data"]),
            "temperature": float(fields["temperature"]),
        }
    )


def _read_json(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            text = file.read(_MAX_CONTRACT_BYTES + 1)
        if len(text) > _MAX_CONTRACT_BYTES:
            raise CorruptModel(f"{path} is far too large for a contract: restore the bundle")
        return json.loads(text)
    except OSError as error:
        raise CorruptModel(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise CorruptModel(f"{path} is not JSON ({error}): restore the bundle") from error


def _check_values(path: Path, fields: Mapping[str, Any]) -> None:
    """Each field for itself, where its type does not say all."""
    thresholds, data = fields["thresholds"], fields["data"]
    sound = {
        "name": _PLAIN.fullmatch(fields["name"]),
        "version": _PLAIN.fullmatch(fields["version"]),
        "labels": all(isinstance(label, str) for label in fields["labels"]),
        "reject": fields["reject"] is None or fields["reject"] in range(len(fields["labels"])),
        "temperature": 1e-3 <= fields["temperature"] <= 1e3,
        "thresholds": thresholds.keys() == set(THRESHOLDS)
        and all(type(value) in (int, float) and 0 <= value < 1e6 for value in thresholds.values()),
        "data": all(isinstance(source, dict) for source in data),
    }
    wrong = [name for name, right in sound.items() if not right]
    if wrong:
        raise CorruptModel(f"{path}: {wrong[0]} has a value that cannot be: restore the bundle")


def _check_kind(path: Path, fields: Mapping[str, Any]) -> None:
    """Whether it is a model as this version runs them: 28x28 images to the logits of digits."""
    given = fields["input"]
    labels = [label for i, label in enumerate(fields["labels"]) if i != fields["reject"]]
    fits = (
        (given.get("shape"), given.get("dtype")) == ([SIDE, SIDE], "uint8")
        and fields["output"] == "logits"
        and tuple(labels) == _DIGITS
    )
    if not fits:
        raise IncompatibleModel(
            f"{path}: this version runs models that take uint8 images of {SIDE}x{SIDE} to logits "
            "of the digits 0 to 9, in this order: use the version of inkdigits that made it"
        )
