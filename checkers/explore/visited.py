"""The states that an exploration visited, and shortest ways to them.

A way is found backwards, by searching each level for a parent, and then run forwards in the
concrete domain.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from checkers.explore.keys import Keys, contains, to_words
from checkers.explore.symmetry import Symmetry, composed, inverse, renamed
from checkers.traces.trace import Trace, replay
from spec.notation.batch import Batch, Step, Words

S = TypeVar("S")

_CHUNK = 1 << 15  # states looked at together


class Visited(Generic[S]):
    """The states visited so far, by how many steps lead to them.

    Args:
        batch: the machine at a size.
        symmetry: by which a state that was visited stands for others, if it does.

    Attributes:
        levels: after each number of steps, the states that fewer do not lead to, sorted.
    """

    def __init__(self, batch: Batch[S], symmetry: Symmetry[S] | None = None) -> None:
        self.batch = batch
        self.symmetry = symmetry
        self.levels: list[Keys] = []

    @property
    def states(self) -> int:
        """How many states were visited."""
        return sum(map(len, self.levels))

    @property
    def symmetric(self) -> list[str]:
        """The sorts whose elements are not told apart."""
        return [sort.__name__ for sort in self.symmetry.sorts] if self.symmetry else []

    def chunks(self, level: Keys) -> Iterator[Words]:
        """The states of a level, some at a time."""
        for start in range(0, len(level), _CHUNK):
            yield to_words(level[start : start + _CHUNK], self.batch.layout.words)

    def words(self) -> Iterator[Words]:
        """Every state, some at a time, those of early levels first."""
        for level in self.levels:
            yield from self.chunks(level)

    def symmetric_states(self) -> int | None:
        """With symmetry, how many states those that were visited stand for."""
        if self.symmetry is None:
            return None
        return sum(int(self.symmetry.orbit_sizes(words).sum()) for words in self.words())

    def way_to_any(self, targets: Keys) -> tuple[Keys, Trace[S]] | None:
        """Of some sorted states, one of the first level that has any, and a shortest way there.

        Without symmetry: with it, a state that was visited stands for others.
        """
        for number, level in enumerate(self.levels):
            there = level[contains(targets, level)][:1]
            if len(there):
                return there, self.way(number, to_words(there, self.batch.layout.words))
        return None

    def way(self, level: int, state: Words, *last: Step[S]) -> Trace[S]:
        """A shortest way to a state of a level, and on by a last step, if one is given."""
        steps = list(last)
        befores = [state for _ in last]
        target = state
        for before in reversed(self.levels[:level]):
            step, target = self._parent(before, target)
            steps.insert(0, step)
            befores.insert(0, target)
        start = self.batch.state(target, 0)
        taken = [(step.action, step.args) for step in steps]
        if self.symmetry:
            taken = self._renamed(self.symmetry, steps, befores)
        return replay(self.batch.machine, self.batch.scope, start, taken)

    def _parent(self, level: Keys, target: Words) -> tuple[Step[S], Words]:
        for words in self.chunks(level):
            for step in self.batch.steps:
                before = words[:, step.allowed(words)]
                after = step.effect(before)
                if self.symmetry:
                    after = self.symmetry.canonical(after)
                hits = np.flatnonzero((after == target).all(axis=0))
                if len(hits):
                    return step, before[:, hits[:1]]
        raise AssertionError("a state of a level has a parent in the level before it")

    def _renamed(
        self, symmetry: Symmetry[S], steps: Sequence[Step[S]], befores: Sequence[Words]
    ) -> list[tuple[Any, tuple[Any, ...]]]:  # actions and arguments of any sort
        """Steps between representatives as steps of one run: each leads on from the last."""
        # The run is at `naming` of the representative: what the elements are called in it.
        naming = symmetry.identity
        taken = []
        for step, before in zip(steps, befores, strict=True):
            sorts = tuple(step.action.parameters.values())
            taken.append((step.action, renamed(step.args, sorts, naming)))
            back = inverse(symmetry.to_canonical(step.effect(before)))
            naming = composed(back, naming)
        return taken
