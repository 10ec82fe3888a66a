"""Lattices for tests, and what they hold, worked out path by path."""

from collections import defaultdict
from itertools import groupby, product

import numpy as np
from numpy.typing import NDArray

from inkdigits.recognition.lattice import BLANK, LABELS

Scores = NDArray[np.float32]


def log_softmax(scores: NDArray[np.floating]) -> Scores:
    top = scores.max(1, keepdims=True, initial=-1e9)
    return np.asarray(scores - top - np.log(np.exp(scores - top).sum(1, keepdims=True)), np.float32)


def random_scores(seed: int, frames: int, spread: float = 2.0) -> Scores:
    """Log-probabilities `(frames, 12)` of any labels; a greater spread makes them surer."""
    return log_softmax(np.random.default_rng(seed).normal(size=(frames, LABELS)) * spread)


def small_scores(seed: int, frames: int) -> Scores:
    """Log-probabilities `(frames, 12)` of the digits 0 to 2, other ink and the blank only.

    A fifth of these is impossible, but for the blank.
    """
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(frames, LABELS)) * 2
    scores[rng.random(scores.shape) < 0.2] = -np.inf
    scores[:, 3:10] = -np.inf
    scores[:, BLANK] = rng.normal(size=frames)
    return log_softmax(scores)


def writing(text: str, rng: np.random.Generator, confusion: float, frames: int = 4) -> Scores:
    """What a model may say of a number: a peak for each digit, sometimes with a rival as strong."""
    scores = np.full((frames * len(text), LABELS), -7.0)
    scores[:, BLANK] = 0.0
    for place, digit in enumerate(text):
        seen = scores[frames * place + 1]
        seen[:10] = rng.normal(-5.0, 1.0, 10)
        seen[int(digit)] = 0.0
        seen[BLANK] = -3.0
        if rng.random() < confusion:
            seen[rng.integers(10)] = rng.normal(0.0, 0.7)
    return log_softmax(scores)


def paths(scores: Scores) -> dict[tuple[int, ...], float]:
    """The log-probability of every possible path through the frames."""
    possible = [label for label in range(LABELS) if np.isfinite(scores[:, label]).any()]
    every = product(possible, repeat=len(scores))
    return {
        path: float(sum(float(scores[frame, label]) for frame, label in enumerate(path)))
        for path in every
    }


def read(path: tuple[int, ...]) -> str:
    """The digits of a path: repeated labels once, other ink as the blank, blanks left out."""
    labels = (label if label < 10 else BLANK for label in path)
    return "".join(str(label) for label, _ in groupby(labels) if label != BLANK)


def every_string(scores: Scores) -> dict[str, float]:
    """The probability of every string that has one."""
    total: dict[str, float] = defaultdict(float)
    for path, log_probability in paths(scores).items():
        total[read(path)] += float(np.exp(log_probability))
    return {text: probability for text, probability in total.items() if probability}
