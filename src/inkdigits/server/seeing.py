"""What is told beyond the reading itself: what the model saw, and which ink decided."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.recognition.confidence import digit_columns, probabilities
from inkdigits.recognition.evidence import evidence
from inkdigits.recognition.reader import Examined, Reader
from inkdigits.recognition.symbols import Symbol

INCLUDES = ("seen", "evidence")
"""What an answer may include, if it is asked for; evidence comes with what was seen."""


def answer_of(examined: Examined, include: Sequence[str], reader: Reader) -> dict[str, Any]:
    """The reading as every surface tells it, and under `seen` what `include` asks for."""
    answer = examined.reading.to_dict()
    if include:
        explained = "evidence" in include
        answer["seen"] = [
            [_seen(symbol, reader, explained) for symbol in symbols] for symbols in examined.symbols
        ]
    return answer


def _seen(symbol: Symbol, reader: Reader, explained: bool) -> dict[str, Any]:
    columns = digit_columns(reader.bundle.contract)
    best = columns[int(symbol.row[columns].argmax())]
    seen = {"pixels": _text(symbol.image), **shares(symbol.row, columns)}
    if explained:

        def score(images: NDArray[np.uint8]) -> NDArray[np.float32]:
            # One look: of a hundred pictures with a square hidden, only their differences count.
            return probabilities(reader.bundle.scores(images), reader.bundle.contract)

        seen["evidence"] = _text(evidence(symbol.image, best, score))
    return seen


def shares(row: NDArray[np.float32], columns: Sequence[int]) -> dict[str, Any]:
    """The probabilities of the ten digits, and of no digit, which are 1 together."""
    digits = row[list(columns)]
    return {
        "probabilities": [round(float(share), 6) for share in digits],
        "not_a_digit": round(max(0.0, 1 - float(digits.sum())), 6),
    }


def _text(image: NDArray[np.uint8]) -> str:
    return b64encode(image.tobytes()).decode("ascii")
