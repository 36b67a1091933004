"""The graph of what lockstep can reach, with numbers for elements, and which edges were taken."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Generic, TypeVar

import numpy as np

from checkers.explore.keys import Keys, contains, distinct, to_keys, to_words
from checkers.lockstep.run import Lockstep
from checkers.lockstep.sample import Coverage
from checkers.traces.trace import place
from spec.notation import MachineError, Scope
from spec.notation.batch import Batch, Words
from spec.notation.sorts import Field, Value

S = TypeVar("S")

_NEAR = 64  # states looked at before a run is given up for one from the start


class Graph(Generic[S]):
    """The states that lockstep can reach, and the steps that they allow, by number.

    Attributes:
        after: per state, the state after each step that it allows.
        left: per state, the steps that were not taken yet.
        start: the state in which lockstep starts.

    Raises:
        MachineError: there are more than `max_states`, or the batch domain cannot hold them.
    """

    def __init__(self, lockstep: Lockstep[S], max_states: int) -> None:
        compiled = Batch(lockstep.machine, lockstep.scope.numbered)
        words = compiled.layout.words
        self.steps = [s for s in compiled.steps if s.action in lockstep.actions]
        start = to_keys(compiled.layout.pack([contents(lockstep)]))
        states = self._reachable(start, words, max_states)
        self.after = self._edges(states, to_words(states, words))
        self.left = [set(after) for after in self.after]
        self.start = int(np.searchsorted(states, start)[0])
        self._last: dict[int, tuple[int, int]] = {}
        self._order = list(self._spread(self.start, self._last))[::-1]

    def _reachable(self, start: Keys, words: int, max_states: int) -> Keys:
        seen = frontier = start
        while len(frontier):
            before = to_words(frontier, words)
            after = [to_keys(step.effect(before[:, step.allowed(before)])) for step in self.steps]
            found = distinct(np.concatenate(after))
            frontier = found[~contains(seen, found)]
            seen = np.sort(np.concatenate([seen, frontier]))
            if len(seen) > max_states:
                raise MachineError(f"it has more than {max_states:,} states")
        return seen

    def _edges(self, states: Keys, words: Words) -> list[dict[int, int]]:
        edges: list[dict[int, int]] = [{} for _ in states]
        for number, step in enumerate(self.steps):
            before = np.flatnonzero(step.allowed(words))
            after = np.searchsorted(states, to_keys(step.effect(words[:, before])))
            for state, then in zip(before.tolist(), after.tolist(), strict=True):
                edges[state][number] = then
        return edges

    def take(self, state: int, step: int) -> int:
        """Note that a step was taken in a state; the state after it."""
        self.left[state].discard(step)
        return self.after[state][step]

    def _spread(self, start: int, last: dict[int, tuple[int, int]]) -> Iterator[int]:
        """The states from one on, nearest first, and the last edge of a shortest way to each."""
        reached = [start]
        for state in reached:  # it grows
            yield state
            for step, after in self.after[state].items():
                if after not in last:
                    last[after] = state, step
                    reached.append(after)

    def first(self) -> list[int]:
        """A shortest way from the start to a step that is left, it included; none if none is."""
        while self._order and not self.left[self._order[-1]]:
            self._order.pop()
        if not self._order:
            return []
        state = self._order[-1]
        return [*_way(self._last, self.start, state), min(self.left[state])]

    def nearest(self, start: int) -> list[int]:
        """A shortest way from a state to a step that is left, it included; none if none is near."""
        last: dict[int, tuple[int, int]] = {}
        for state in islice(self._spread(start, last), _NEAR):
            if self.left[state]:
                return [*_way(last, start, state), min(self.left[state])]
        return []

    @property
    def taken(self) -> int:
        """How many edges were taken."""
        return sum(map(len, self.after)) - sum(map(len, self.left))

    def coverage(self, drawn: int) -> Coverage:
        """What was taken so far, `drawn` edges of it at random."""
        possible = {self.steps[number].action.name for after in self.after for number in after}
        names = dict.fromkeys(step.action.name for step in self.steps)
        return Coverage(
            states=len(self.after),
            edges=sum(map(len, self.after)),
            drawn=drawn,
            taken=self.taken,
            impossible=[name for name in names if name not in possible],
        )


def _way(last: Mapping[int, tuple[int, int]], start: int, end: int) -> list[int]:
    """The steps from one state to another; the last edge to each on the way is known."""
    way = []
    while end != start:
        end, step = last[end]
        way.append(step)
    return way[::-1]


def contents(lockstep: Lockstep[S]) -> Mapping[tuple[str, tuple[Value, ...]], int]:
    """The state in which lockstep starts, cell by cell, with numbers for elements."""
    scope, numbers = lockstep.scope, lockstep.scope.numbered
    found = {}
    for name, field in lockstep.machine.fields.items():
        for key, number in zip(scope.keys(field), numbers.keys(field), strict=True):
            value = lockstep.machine.cell(lockstep.start, field, key)
            found[name, number] = _number(scope, field, key, value)
    return found


def _number(scope: Scope, field: Field, key: tuple[Value, ...], value: Value) -> int:
    try:
        return scope.elements(field.sort).index(value)
    except ValueError:
        cell = place(scope, field, key)
        raise MachineError(f"{cell} is no {field.sort.__name__} of those that are listed") from None
