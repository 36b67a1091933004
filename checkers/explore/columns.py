"""The successors of packed states, column by column with numpy."""

from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

import attrs
import numpy as np

from spec.notation.batch import Batch, Failing, Mask, Step, Words

S = TypeVar("S")


@attrs.frozen
class Successors:
    """The states after some states.

    Attributes:
        words: those that differ from the state before; a step back to the same state is only
            counted.
        generated: how many steps were taken.
        cut: how many were not, because a number would have passed its size.
        below_zero: per step (by index) that was not, because one would have fallen below zero, a
            state.
        stuck: the states in which no step is possible, one that would pass a size included.
    """

    words: Words
    generated: int
    cut: int
    below_zero: Mapping[int, Words]
    stuck: Words


class Columns(Generic[S]):
    """A machine's steps, each taken on whole columns."""

    def __init__(self, batch: Batch[S]) -> None:
        self.batch = batch

    def predicate(self, text: Callable[[S], bool]) -> Callable[[Words], Mask]:
        """A property: per state, whether it holds."""
        return self.batch.predicate(text)

    def expand(self, words: Words) -> Successors:
        """The states after each of some states."""
        found: list[Words] = []
        generated = cut = 0
        below: dict[int, Words] = {}
        stuck = np.ones(words.shape[1], np.bool_)
        for index, step in enumerate(self.batch.steps):
            possible = step.guarded(words)
            before = words.compress(possible, axis=1)  # twice as fast as words[:, possible]
            if step.further:
                failing = step.failing(before)
                refused = step.refuses[failing]
                possible[possible] = ~refused
                cut += int(np.count_nonzero(step.cuts[failing]))
                self._note_below_zero(index, step, before, failing, below)
                before = before.compress(failing == -1, axis=1)
            stuck &= ~possible
            after = step.effect(before)
            generated += after.shape[1]
            moved = after[0] != before[0]
            for k in range(1, len(words)):
                moved |= after[k] != before[k]
            found.append(after.compress(moved, axis=1))
        empty = np.empty((len(words), 0), np.uint64)
        after = np.concatenate([*found, empty], axis=1)
        return Successors(after, generated, cut, below, words[:, stuck])

    def _note_below_zero(
        self, index: int, step: Step[S], words: Words, failing: Failing, below: dict[int, Words]
    ) -> None:
        for number, check in enumerate(step.checks):
            if check.kind == "low" and len(stopped := np.flatnonzero(failing == number)):
                below.setdefault(index, words[:, stopped[:1]])
