"""How far confidence can be trusted: what is wrong among the surest, and what that promises.

Every set is read as users would read it, and each image answers one question: was the whole number
right, and how sure was the reader? A number that is refused, in part too, or not found is accepted
at no confidence.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inkdigits.data.sets import LabelledArrays
from inkdigits.evaluation.measuring import Curve, DigitReader, Sample
from inkdigits.recognition.trust import Promise, Trust

TARGETS = (0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9998)
"""The accuracies for which a promise is looked for."""

LEVEL = 0.05
"""A promise that does not hold is made with at most this probability."""

_BEGIN = 0.5
"""Promises are looked for from the surest half of all numbers on."""

_POINTS = 40
"""A curve has about so many points beside those of its mistakes."""

_LENGTHS = (2, 3, 4, 5, 6, 8, 10, 12)
"""The digits of one hand, 50 in a row, make numbers of these lengths."""

_GAP_PX = 8
_MARGIN_PX = 12


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a reader made of N numbers: `confidence` and `right`, `(N,)`; 0 is never accepted."""

    name: str
    confidence: NDArray[np.float64]
    right: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.right)


def answers_to(
    reader: DigitReader, name: str, samples: Iterable[Sample], layout: str = "digit"
) -> Answers:
    """Read images of one number each."""
    confidence, right = [], []
    for sample in samples:
        numbers = reader.read(sample.image, layout=layout).numbers
        accepted = len(numbers) == 1 and numbers[0].accepted
        confidence.append(numbers[0].confidence if accepted else 0.0)
        guess = "".join(digit.guess for number in numbers for digit in number.digits)
        right.append(guess == sample.truth)
    return Answers(name, np.array(confidence, np.float64), np.array(right, np.bool_))


def together(name: str, parts: Sequence[Answers]) -> Answers:
    """Several sets as one."""
    return Answers(
        name,
        np.concatenate([part.confidence for part in parts]),
        np.concatenate([part.right for part in parts]),
    )


def risk_curve(answers: Answers) -> Curve:
    """The share wrong among those accepted, by the share accepted, surest first.

    Points `(accepted, wrong)`, both 0 to 1: before and after each mistake, and some between.
    What is never accepted is in no point. Those of one confidence are accepted only together.
    """
    accepted, wrong = _counts(answers)
    more = np.diff(wrong, prepend=0) > 0
    keep = more | np.append(more[1:], True)
    keep |= np.diff(accepted * _POINTS // len(answers), prepend=0) > 0
    return tuple(
        (int(n) / len(answers), int(w) / int(n))
        for n, w in zip(accepted[keep], wrong[keep], strict=True)
    )


def accepted_at(answers: Answers, risk: float) -> float:
    """The largest share, 0 to 1, that can be accepted with at most the share `risk` wrong in it."""
    accepted, wrong = _counts(answers)
    # 0.001 of 3000 must allow 3, whatever binary makes of it.
    return float(accepted[wrong <= risk * accepted + 1e-9].max(initial=0)) / len(answers)


def measured_trust(parts: Sequence[Answers], targets: Sequence[float] = TARGETS) -> Trust:
    """What can be promised on all sets together: see `promise`; targets out of reach are left out.

    A stricter target never has the lower threshold.
    """
    everything = together("all", parts)
    found = [promise(everything, target) for target in targets]
    return Trust(
        tuple(one for one in found if one is not None), {part.name: len(part) for part in parts}
    )


def promise(answers: Answers, target: float) -> Promise | None:
    """The lowest confidence from which on at least `target` is right, or None if none shows it.

    Beginning with the surest half, ever more is accepted for as long as the one-sided 95 % bound on
    the share wrong (Clopper and Pearson 1934) stays within 1 - target. Since this stops at the
    first failure, the bound holds for the threshold that is found, as it would for one that was
    fixed beforehand (testing in a fixed sequence: Angelopoulos et al. 2021, arXiv:2110.01052).
    """
    accepted, wrong = _counts(answers)
    if not len(accepted):
        return None
    holds = at_most(wrong, accepted, 1 - target) <= LEVEL
    # With fewer, not even a clean sheet would show it.
    fewest = max(_BEGIN * len(answers), math.log(LEVEL) / math.log(target))
    begin = int(np.searchsorted(accepted, fewest))
    failing = np.flatnonzero(~holds[begin:])
    end = begin + (int(failing[0]) if len(failing) else len(accepted) - begin)
    if end == begin:
        return None
    surest = -np.sort(-answers.confidence)
    # Rounded down, so that the same are accepted.
    threshold = math.floor(surest[accepted[end - 1] - 1] * 1e6) / 1e6
    inside = answers.confidence >= threshold
    return Promise(target, threshold, int(inside.sum()), int((~answers.right[inside]).sum()))


def at_most(
    wrong: NDArray[np.int64], accepted: NDArray[np.int64], rate: float
) -> NDArray[np.float64]:
    """The probability of no more than `wrong` mistakes in `accepted` at the rate given, `(M,)`."""
    most = int(accepted.max(initial=0))
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, most + 1)))])
    total = np.zeros(len(accepted))
    for mistakes in range(int(wrong.max(initial=0)) + 1):
        here = wrong >= mistakes
        of = accepted[here]
        ways = log_factorial[of] - log_factorial[mistakes] - log_factorial[of - mistakes]
        chance = mistakes * math.log(rate) + (of - mistakes) * math.log1p(-rate)
        total[here] += np.exp(ways + chance)
    return np.minimum(total, 1.0)


def strings_of(arrays: LabelledArrays, seed: int = 0) -> Iterator[Sample]:
    """Numbers of 2 to 12 digits set side by side, each of 50 digits that follow in `arrays`.

    In `digilets` these are of one hand, and so are their mistakes. Images uint8 `(h, w)`, bright
    on black, digits `(h, w)` in `arrays`.
    """
    rng = np.random.default_rng(seed)
    for start in range(0, len(arrays) - sum(_LENGTHS) + 1, sum(_LENGTHS)):
        order = start + rng.permutation(sum(_LENGTHS))
        for part in np.split(order, np.cumsum(_LENGTHS)[:-1]):
            truth = "".join(str(arrays.labels[n]) for n in part)
            yield Sample(f"{arrays.name} {truth}", truth, _side_by_side(arrays.images[part]))


def _side_by_side(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height = images.shape[1]
    cells = []
    for image in images:
        columns = np.flatnonzero(image.any(0))
        cells += [np.zeros((height, _GAP_PX), np.uint8), image[:, columns[0] : columns[-1] + 1]]
    return np.pad(np.concatenate(cells[1:], axis=1), _MARGIN_PX)


def _counts(answers: Answers) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """How many are accepted from each confidence on, `(M,)`, rising, and how many are wrong."""
    order = np.argsort(-answers.confidence, kind="stable")
    order = order[answers.confidence[order] > 0]
    last: NDArray[Any] = np.diff(answers.confidence[order], append=-1.0) < 0
    accepted, wrong = np.arange(1, len(order) + 1), np.cumsum(~answers.right[order])
    return accepted[last], wrong[last]
