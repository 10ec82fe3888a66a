"""Which ink decided: how much an answer loses when a part of its picture is hidden.

Occlusion sensitivity (Zeiler and Fergus 2014): a small square of paper is laid over the symbol,
place by place, and the probability of the answer is looked at again. The loss is taken in nats, so
that a sure answer, which no single square can shake, tells as much as a doubtful one.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from inkdigits.imaging.normalize import SIDE

PATCH = 6
"""Side of the square that hides ink, in pixels: wider than most strokes, which it has to break."""

STEP = 2
"""From one place of the square to the next, in pixels; it divides the side of the square, so that
all pixels are hidden equally often."""

_LEAST_PROBABILITY = 1e-6
_LEAST_LOSS = 1e-3

Score = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""From images uint8 `(N, 28, 28)` to probabilities float32 `(N, K)`."""


def evidence(image: NDArray[np.uint8], label: int, score: Score) -> NDArray[np.uint8]:
    """How much each pixel of `image`, uint8 `(28, 28)`, speaks for the answer in column `label`.

    Returns uint8 `(28, 28)`: 255 where hiding the ink costs the answer most, 0 where there is no
    ink or hiding it costs nothing. It compares places of one image, not one image with another.
    """
    masks = _masks()
    masks = masks[(masks & (image > 0)).any((1, 2))]
    if not len(masks):
        return np.zeros_like(image)
    hidden = np.where(masks, np.uint8(0), image)
    scores = score(np.concatenate([image[np.newaxis], hidden]))[:, label]
    nats = np.log(np.maximum(scores, _LEAST_PROBABILITY))
    loss = np.maximum(nats[0] - nats[1:], 0)
    share = np.tensordot(loss, masks, 1) * (image > 0)
    # Where nothing costs anything, rounding errors are not to be blown up into evidence.
    strongest = max(float(share.max()), _LEAST_LOSS)
    return np.rint(share * (255 / strongest)).astype(np.uint8)


def _masks() -> NDArray[np.bool_]:
    """Where the square lies, one place after the other: bool `(P, 28, 28)`, every pixel covered."""
    inside = np.arange(SIDE)
    # From beyond the edge, so that pixels there are covered as often as others.
    starts = np.arange(1 - PATCH, SIDE, STEP)[:, np.newaxis]
    spans = (inside >= starts) & (inside < starts + PATCH)
    return (spans[:, np.newaxis, :, np.newaxis] & spans[np.newaxis, :, np.newaxis]).reshape(
        -1, SIDE, SIDE
    )
