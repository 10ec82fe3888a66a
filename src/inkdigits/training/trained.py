"""Networks that were trained before, to start from: a bundle, or the folder of a run."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import keras

from inkdigits.data.augmentation import Augmentation
from inkdigits.errors import CorruptModel, RecipeError
from inkdigits.recognition.bundle import WEIGHTS, find_bundle, load_bundle
from inkdigits.recognition.contract import Contract
from inkdigits.training.network import builder
from inkdigits.training.onnx_weights import set_weights_from
from inkdigits.training.source import is_source

_OF_A_RUN = "model.keras"
_NETWORK_OF_A_RUN = "network.py"


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained network: its contract, and where it lies.

    `network` is the name of one in `architectures` or the path of the user's file that builds it;
    `keras_file` holds it with its weights, None where a bundle is all there is.
    """

    contract: Contract
    bundle: Path
    network: str
    keras_file: Path | None

    @property
    def augmentation(self) -> Augmentation:
        """The augmentation that it was trained with."""
        recorded = self.contract.recipe.get("augmentation", {})
        return Augmentation(
            **{f.name: recorded[f.name] for f in fields(Augmentation) if f.name in recorded}
        )


def find_trained(name_or_path: str) -> Trained:
    """The bundle of that name in the package, or the bundle or the run folder at that path.

    Raises `ModelNotFound`, `CorruptModel` or `IncompatibleModel` as for a bundle, `RecipeError` if
    nobody knows what builds its network.
    """
    folder = Path(name_or_path)
    of_a_run = folder / _OF_A_RUN
    bundle = find_bundle(folder / "bundle" if of_a_run.is_file() else name_or_path)
    contract = load_bundle(bundle).contract
    # Bundles of version 0.1 call it an architecture.
    network = contract.recipe.get("network", contract.recipe.get("architecture"))
    if not isinstance(network, str):
        raise RecipeError(f"{bundle}: its contract does not say which network it is")
    if is_source(network):
        network = str(folder / _NETWORK_OF_A_RUN)
        if not of_a_run.is_file():
            raise RecipeError(
                f"{bundle}: its network is a file of your own: start from the folder of its run"
            )
    return Trained(contract, bundle, network, of_a_run if of_a_run.is_file() else None)


def load_trained(trained: Trained) -> keras.Model:
    """The network with its weights: images uint8 `(N, *shape)` -> logits, one a label."""
    contract = trained.contract
    model = builder(trained.network, len(contract.labels), contract.shape)()
    if trained.keras_file is None:
        set_weights_from((trained.bundle / WEIGHTS).read_bytes(), model)
        return model
    try:
        model.set_weights(_load(trained.keras_file).get_weights())
    except (ValueError, TypeError, OSError, KeyError, zipfile.BadZipFile) as error:
        raise CorruptModel(
            f"{trained.keras_file} cannot be loaded: start from {trained.bundle}"
        ) from error
    return model


def _load(path: Path) -> Any:
    # Safe mode: nothing in the file is run.
    return keras.saving.load_model(path, compile=False, safe_mode=True)
