"""`model.json`, the file that holds a contract: written whole, and read field by field."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from inkdigits.atomic import replacing
from inkdigits.errors import CorruptModel, IncompatibleModel
from inkdigits.imaging.normalize import SIDE, STRIP_HEIGHT
from inkdigits.recognition.contract import (
    DIGITS,
    FORMAT,
    LINE_LABELS,
    MAX_SIDE_PX,
    STRIP,
    THRESHOLDS,
    TRUST,
    Contract,
    without,
)
from inkdigits.recognition.trust import Trust, read_trust

_MAX_LABEL = 200
_MAX_CONTRACT_BYTES = 2**20

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
    if unknown := fields.keys() - {*_FIELDS, TRUST}:
        raise IncompatibleModel(
            f"{path}: this version does not know the field {min(unknown)!a}: "
            "use the version of inkdigits that made it"
        )
    _check_values(path, fields)
    _check_kind(path, fields)
    named = {name: fields[name] for name in Contract.__slots__ if name != TRUST}
    return Contract(
        **named
        | {
            "labels": tuple(fields["labels"]),
            "data": tuple(fields["data"]),
            "temperature": float(fields["temperature"]),
            "trust": _trust(path, fields),
        }
    )


def write_contract(folder: Path, contract: Contract) -> None:
    """Write `model.json`, whole or not at all; raises `OSError`."""
    text = json.dumps(contract.to_dict(), indent=1, ensure_ascii=False) + "\n"
    with replacing(folder / "model.json") as file:
        file.write(text.encode())


def _trust(path: Path, fields: Mapping[str, Any]) -> Trust | None:
    if TRUST not in fields:
        return None
    try:
        return read_trust(fields[TRUST])
    except ValueError as error:
        raise CorruptModel(f"{path}: {error}: restore the bundle") from error


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
    sound = {
        "name": _PLAIN.fullmatch(fields["name"]),
        "version": _PLAIN.fullmatch(fields["version"]),
        "labels": _are_labels(fields["labels"]),
        "reject": fields["reject"] is None or fields["reject"] in range(len(fields["labels"])),
        "temperature": 1e-3 <= fields["temperature"] <= 1e3,
        "thresholds": _are_thresholds(fields["thresholds"]),
        "data": all(isinstance(source, dict) for source in fields["data"]),
    }
    wrong = [name for name, right in sound.items() if not right]
    if wrong:
        raise CorruptModel(f"{path}: {wrong[0]} has a value that cannot be: restore the bundle")


def _are_labels(labels: Sequence[Any]) -> bool:
    """Whether they are distinct names that can be written to a file."""
    return all(_is_label(label) for label in labels) and len(set(labels)) == len(labels)


def _is_label(label: Any) -> bool:
    if not isinstance(label, str) or not 0 < len(label) <= _MAX_LABEL:
        return False
    return not any("\ud800" <= character <= "\udfff" for character in label)


def _are_thresholds(thresholds: Mapping[str, Any]) -> bool:
    return not thresholds or (
        thresholds.keys() == set(THRESHOLDS)
        and all(type(value) in (int, float) and 0 <= value < 1e6 for value in thresholds.values())
    )


def _check_kind(path: Path, fields: Mapping[str, Any]) -> None:
    """Whether it is a model as this version runs them: images to the logits of classes."""
    given = fields["input"]
    if given.get("meaning") == STRIP:
        _check_line_model(path, fields)
        return
    classes = without(fields["labels"], fields["reject"])
    fits = (
        _is_shape(given.get("shape"))
        and given.get("dtype") == "uint8"
        and isinstance(given.get("meaning", ""), str)
        and fields["output"] == "logits"
        and len(classes) >= 2
    )
    if not fits:
        raise IncompatibleModel(
            f"{path}: this version runs models that take uint8 images, [H, W] or [H, W, 3] of up "
            f"to {MAX_SIDE_PX} pixels a side, to logits of two classes or more: use the version "
            "of inkdigits that made it"
        )
    if classes == DIGITS and given["shape"] == [SIDE, SIDE] and not fields["thresholds"]:
        raise CorruptModel(f"{path}: a model that reads digits needs thresholds: train it again")


def _check_line_model(path: Path, fields: Mapping[str, Any]) -> None:
    """Whether it is a line model as this version runs them: strips to the logits of each step."""
    given = fields["input"]
    fits = (
        given.get("shape") == [STRIP_HEIGHT, None]
        and given.get("dtype") == "uint8"
        and fields["output"] == "logits"
        and tuple(fields["labels"]) == LINE_LABELS
        and fields["reject"] is None
    )
    if not fits:
        raise IncompatibleModel(
            f"{path}: this version runs line models that take uint8 strips {STRIP_HEIGHT} pixels "
            f"high, of any width, to logits of {', '.join(LINE_LABELS)}: use the version of "
            "inkdigits that made it"
        )


def _is_shape(shape: Any) -> bool:
    return (
        isinstance(shape, list)
        and all(type(side) is int and 1 <= side <= MAX_SIDE_PX for side in shape)
        and (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3))
    )
