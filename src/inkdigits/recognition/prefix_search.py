"""The most probable strings of a lattice that an automaton allows.

Prefixes are searched best first (Graves 2006, section 3.2): the probability of all strings that
begin with a prefix bounds that of each. Here it counts only strings that the automaton allows, as
far as that is affordable, so the search goes straight for them and never into a dead end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush, nsmallest
from typing import NamedTuple

import numpy as np

from inkdigits.recognition.automaton import DIGITS, Automaton
from inkdigits.recognition.lattice import (
    NOTHING,
    Array,
    Lattice,
    extend,
    rest,
    rest_allowed,
)
from inkdigits.recognition.states import DEAD

_MOST_PREFIXES = 1_000
"""Prefixes that are read on before the search narrows to a beam, about 0.1 s; fewer where…"""

_MOST_FRAMES = 1_000_000
"""…the frames of all of them come to more than this."""

_BEAM = 4
"""Prefixes of each length that the beam keeps; one, once it has read as many as came before it."""

_HOPELESS = 10.0
"""The beam gives up what is less probable by this much, in nats, than the best string it found."""

_MOST_CELLS = 4_000_000
"""Frames times states times labels up to which it is worked out what a field still allows."""

_EACH_DIGIT = np.arange(10)

ANYTHING = Automaton(np.zeros((1, 10), np.int32), np.ones(1, np.bool_))
"""The automaton of every number."""


class _Entry(NamedTuple):
    """A prefix that waits to be read on, or a whole string; the first of them in order is next.

    `cost` is the negative log-probability of the string, or of all that may come of the prefix.
    """

    cost: float
    is_prefix: bool
    text: str
    state: int
    starts: Array


@dataclass(frozen=True, slots=True, eq=False)
class Search:
    """The strings of a lattice that an automaton allows.

    `ahead` is what `rest_allowed` gives, or an upper bound of it of the same shape.
    """

    lattice: Lattice
    automaton: Automaton
    ahead: Array

    @property
    def total(self) -> float:
        """The log-probability of all strings together, or an upper bound of it."""
        return float(self.ahead[0, 0, 10])

    @property
    def patience(self) -> int:
        """How many prefixes are read on before the search narrows."""
        return min(_MOST_PREFIXES, _MOST_FRAMES // (self.lattice.frames + 1))

    def strings(self) -> Iterator[tuple[str, float]]:
        """The strings and their log-probabilities, best first, as far as the search is exact."""
        queue = [_Entry(-self.total, True, "", 0, NOTHING)]
        patience = self.patience
        told = set()
        while queue and patience:
            entry = heappop(queue)
            if entry.is_prefix:
                patience -= 1
                for new in self.read_on(entry):
                    heappush(queue, new)
            else:
                told.add(entry.text)
                yield entry.text, -entry.cost
        if queue:
            costs = {entry.text: entry.cost for entry in self.beam(queue)}
            for text in sorted(costs.keys() - told, key=lambda text: (costs[text], text)):
                yield text, -costs[text]

    def beam(self, queue: list[_Entry]) -> list[_Entry]:
        """Whole strings, from where the search stands: of the prefixes of each length the best few.

        What the most probable path reads is among them, if it is allowed.
        """
        whole = [*(entry for entry in queue if not entry.is_prefix), *self.most_probable_path()]
        waiting: dict[int, list[_Entry]] = {}
        for entry in queue:
            if entry.is_prefix:
                waiting.setdefault(len(entry.text), []).append(entry)
        least = min((entry.cost for entry in whole), default=np.inf)
        length = min(waiting, default=0)
        patience = self.patience
        while waiting:
            for entry in nsmallest(_BEAM if patience > 0 else 1, waiting.pop(length, [])):
                if entry.cost > least + _HOPELESS:
                    break
                patience -= 1
                for new in self.read_on(entry):
                    if new.is_prefix:
                        waiting.setdefault(length + 1, []).append(new)
                    else:
                        whole.append(new)
                        least = min(least, new.cost)
            length += 1
        return whole

    def most_probable_path(self) -> Iterator[_Entry]:
        """The string of the most probable label of each frame, if it is allowed."""
        entry = _Entry(0.0, True, "", 0, NOTHING)
        for digit in self.lattice.most_probable_path():
            text, state = entry.text + DIGITS[digit], int(self.automaton.step[entry.state, digit])
            if state < 0:
                return
            starts = extend(self.lattice, entry.text, entry.starts).starts[digit]
            entry = _Entry(0.0, True, text, state, starts)
        yield from (new for new in self.read_on(entry) if not new.is_prefix)

    def read_on(self, entry: _Entry) -> Iterator[_Entry]:
        """The prefix as a whole string, if it is allowed, and with each digit that may follow."""
        extended = extend(self.lattice, entry.text, entry.starts)
        least = self.lattice.impossible / 2
        if self.automaton.accepts[entry.state] and extended.log_probability > least:
            yield _Entry(-extended.log_probability, False, entry.text, entry.state, NOTHING)
        if not extended.starts.size:
            return
        states = self.automaton.step[entry.state]
        paths = extended.starts + self.ahead[len(entry.text) + 1 :, states, _EACH_DIGIT].T
        top = paths.max(1)
        masses = top + np.log(np.exp(paths - top[:, np.newaxis]).sum(1))
        # As plain numbers: taken from an array one by one, each takes as long as all of the above.
        for digit, state, mass, starts in zip(
            DIGITS, states.tolist(), masses.tolist(), extended.starts, strict=True
        ):
            if state != DEAD and mass > least:
                yield _Entry(-mass, True, entry.text + digit, state, starts)


def search_under(lattice: Lattice, automaton: Automaton = ANYTHING) -> Search:
    """The search for the strings of a lattice that an automaton allows."""
    states = len(automaton.accepts)
    if automaton is not ANYTHING and (lattice.frames + 1) * (states + 1) * 11 <= _MOST_CELLS:
        return Search(lattice, automaton, rest_allowed(lattice, automaton))
    # Of anything that may follow, what the field allows is a part: an upper bound.
    ahead = rest(lattice)
    shape = (len(ahead), states + 1, 11)
    return Search(lattice, automaton, np.broadcast_to(ahead[:, np.newaxis, np.newaxis], shape))
