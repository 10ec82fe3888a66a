"""`run.json`: what a run was made of, so that it can be made again, and what it reached."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras

import inkdigits
from inkdigits.atomic import replacing
from inkdigits.errors import DataError
from inkdigits.evaluation.report import environment
from inkdigits.training.checkpoint import checkpoints
from inkdigits.training.data import TrainingData
from inkdigits.training.history import read_history
from inkdigits.training.recipe import Recipe
from inkdigits.training.source import digest, is_source
from inkdigits.training.trained import find_trained

FILE = "run.json"

_IDENTITY = ("recipe", "network_sha256", "data")
"""The fields that make a training this one and no other."""


@dataclass(frozen=True, slots=True)
class Record:
    """The `run.json` of a run folder, which belongs to one recipe, one seed and one content."""

    run: Path
    recipe: Recipe

    def check(self, resume: bool) -> None:
        """Raise `DataError` if the folder holds another training, or one and `resume` is false."""
        if not checkpoints(self.run / "checkpoints"):
            return
        if not resume:
            raise DataError(
                f"{self.run} holds a training already: add --resume, or choose another --out"
            )
        self._compare(self._described())

    def begin(self, data: TrainingData, model_parameters: int, precision: str) -> None:
        """Write what is known before the first epoch; `DataError` if the data is other data."""
        fields = {
            **self._described(),
            "data": data.to_list(),
            "classes": list(data.classes),
            "split": dict(data.split),
            "parameters": model_parameters,
            "precision": precision,
        }
        if checkpoints(self.run / "checkpoints"):
            self._compare(fields)
        before = self.read()
        fields |= {
            "seed": self.recipe.seed,
            "versions": _versions(),
            "machine": environment()["machine"],
            "git_revision": _git_revision(),
            "started": before.get("started") or datetime.now(UTC).isoformat(timespec="seconds"),
        }
        self._write({**fields, "finished": False})

    def end(self, measured: dict[str, Any], finished: bool) -> None:
        """Add what was reached, and the seconds that all epochs took together."""
        history = read_history(self.run / "history.csv")
        reached = {
            "finished": finished,
            "epochs": len(history),
            "seconds": round(sum(float(row["seconds"]) for row in history), 1),
            "measured": measured,
        }
        self._write(self.read() | reached)

    def read(self) -> dict[str, Any]:
        """The fields as they are on disk; none if the file is not there or broken."""
        try:
            fields = json.loads((self.run / FILE).read_bytes())
        except (OSError, ValueError):
            return {}
        return fields if isinstance(fields, dict) else {}

    def _described(self) -> dict[str, Any]:
        fields: dict[str, Any] = {"recipe": described(self.recipe)}
        if is_source(self.recipe.network):
            fields["network_sha256"] = digest(Path(self.recipe.network))
        return fields

    def _compare(self, fields: dict[str, Any]) -> None:
        before = self.read()
        for name in _IDENTITY:
            if name in fields and fields[name] != before.get(name):
                what = "other data" if name == "data" else "another recipe or seed"
                raise DataError(f"{self.run} holds a training by {what}: choose another --out")

    def _write(self, fields: dict[str, Any]) -> None:
        with replacing(self.run / FILE) as file:
            file.write((json.dumps(fields, indent=1, ensure_ascii=False) + "\n").encode())


def described(recipe: Recipe) -> dict[str, Any]:
    """A recipe as it is recorded: of a network in a file only the file's name, not its folder.

    Of the trained network that it starts from, its name, its version and the hash of its weights.
    """
    fields = recipe.to_dict()
    if recipe.start:
        contract = find_trained(recipe.start).contract
        fields["start"] = {"name": contract.title, "sha256": contract.sha256}
    if is_source(recipe.network):
        fields["network"] = Path(recipe.network).name
    return fields


def _versions() -> dict[str, str]:
    backend = keras.backend.backend()
    known = environment()
    return {name: known[name] for name in ("inkdigits", "python", "numpy", "onnxruntime")} | {
        "keras": keras.__version__,
        backend: version(backend),
    }


def _git_revision() -> str | None:
    """The revision of the source that trains, `-dirty` if it was changed; None outside of git."""
    folder = Path(inkdigits.__file__).parent
    ours = _git(folder, "ls-files", "--error-unmatch", "__init__.py")
    return _git(folder, "describe", "--always", "--dirty", "--abbrev=40") if ours else None


def _git(folder: Path, *command: str) -> str | None:
    try:
        # The user's own git, with arguments that nobody gives us.
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(folder), *command],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip() or None
