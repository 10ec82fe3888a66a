"""Running a bundle on a data set, with what a user wants to see and to know meanwhile."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from inkdigits.cli.console import complain
from inkdigits.cli.data_options import StepDisplay

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from inkdigits.data.catalogue import Part
    from inkdigits.data.sets import LabelledArrays
    from inkdigits.recognition.classifier import Classifier


def measure(
    classifier: Classifier, source: str, part: Part
) -> tuple[LabelledArrays, NDArray[np.float32]]:
    """The data as the model takes it, and its probabilities `(N, K)`.

    Says on standard error what there is to know of the data, and when the model learnt from it.
    """
    from inkdigits.data.load import warning_of
    from inkdigits.evaluation.scoring import load_for, score, trained_on

    if warning := warning_of(source):
        complain(warning)
    contract = classifier.bundle.contract
    display = StepDisplay(sys.stderr)
    arrays = load_for(contract, source, part, display)
    display.hide()
    if trained_on(contract, arrays):
        complain(
            f"{contract.title} learnt from {arrays.name} ({part}): these figures flatter it; use "
            "data it has not seen"
        )
    probabilities = score(classifier, arrays, display)
    display.hide()
    return arrays, probabilities
