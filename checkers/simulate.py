"""Random runs, many at once: each column of the batch domain is a walk of its own.

At every step each walk takes one of the actions that it can take, each parameter choice being as
likely as any other; a walk that can take none has ended.
"""

import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from checkers.trace import Trace, replay
from spec.notation import MachineError, Scope
from spec.notation.batch import Batch, Mask, Step, Words
from spec.notation.machine import Machine

S = TypeVar("S")


@attrs.frozen
class Simulation(Generic[S]):
    """What random runs met.

    Attributes:
        steps: actions taken, over all runs.
        taken: how often each action was taken; one that never was is worth a look.
        violations: per property that failed, the trace of a run that met it first.
        witnessed: the `sometimes` properties that some run showed.
    """

    machine: Machine[S]
    scope: Scope
    runs: int
    steps: int
    seconds: float
    seed: int
    taken: dict[str, int]
    violations: dict[str, Trace[S]]
    witnessed: Sequence[str]


class Simulator(Generic[S]):
    """Walks a machine at random.

    Args:
        machine: the machine.
        scope: a size for each of its sorts.
        runs: walks at a time.
        seed: of the random choices; equal seeds give equal runs.
    """

    def __init__(self, machine: Machine[S], scope: Scope, runs: int, seed: int) -> None:
        if runs < 1:
            raise MachineError(f"{runs} runs: there must be 1 or more")
        if seed < 0:
            raise MachineError(f"seed {seed}: give 0 or more")
        self.batch = Batch(machine, scope)
        self.machine = machine
        self.scope = scope
        self.runs = runs
        self.seed = seed
        self.random = np.random.default_rng(seed)
        self._must_hold = {
            text.__name__: self.batch.predicate(text)
            for text in (*machine.always, *machine.refuted)
        }
        self._must_show = {t.__name__: self.batch.predicate(t) for t in machine.sometimes}
        self._violations: dict[str, Trace[S]] = {}
        self._history: list[npt.NDArray[np.int64]] = []

    def run(self, depth: int, progress: Callable[[int, int], None] | None = None) -> Simulation[S]:
        """Take up to `depth` steps in every run; `progress` is told (step, of how many)."""
        if depth < 1:
            raise MachineError(f"depth {depth}: give 1 step or more")
        started = time.perf_counter()
        states = [words for words in self.batch.initial() if words.shape[1]]
        every = np.concatenate(states, axis=1)
        self._start = every[:, self.random.integers(every.shape[1], size=self.runs)]
        words = self._start
        taken = np.zeros(len(self.batch.steps), np.int64)
        self._inspect(words)
        for number in range(depth):
            chosen = self._choose(words)
            if (chosen < 0).all():
                break
            words = self._take(words, chosen)
            taken += np.bincount(chosen[chosen >= 0], minlength=len(taken))
            self._history.append(chosen)
            self._inspect(words)
            if progress:
                progress(number + 1, depth)
        return Simulation(
            self.machine,
            self.scope,
            self.runs,
            int(taken.sum()),
            time.perf_counter() - started,
            self.seed,
            self._by_action(taken),
            self._violations,
            [t.__name__ for t in self.machine.sometimes if t.__name__ not in self._must_show],
        )

    def _choose(self, words: Words) -> npt.NDArray[np.int64]:
        """Per run, the index of a step that it can take, each as likely; -1 where there is none."""
        chosen = np.full(self.runs, -1)
        possible = np.zeros(self.runs, np.int64)
        for index, step in enumerate(self.batch.steps):
            can = self._can(step, words)
            possible += can
            # The n-th possible step replaces the one chosen so far once in n times.
            chosen[can & (self.random.random(self.runs) * possible < 1)] = index
        return chosen

    def _can(self, step: Step[S], words: Words) -> Mask:
        can = step.guarded(words)
        if step.ranges:
            rows = np.flatnonzero(can)
            can[rows] = step.failing(words[:, rows]) == -1
        return can

    def _take(self, words: Words, chosen: npt.NDArray[np.int64]) -> Words:
        after = words.copy()
        for index in np.unique(chosen[chosen >= 0]):
            rows = np.flatnonzero(chosen == index)
            after[:, rows] = self.batch.steps[index].effect(words[:, rows])
        return after

    def _inspect(self, words: Words) -> None:
        for name, predicate in list(self._must_hold.items()):
            rows = np.flatnonzero(~predicate(words))
            if len(rows):
                del self._must_hold[name]
                self._violations[name] = self._trace(int(rows[0]))
        for name, predicate in list(self._must_show.items()):
            if predicate(words).any():
                del self._must_show[name]

    def _trace(self, run: int) -> Trace[S]:
        chosen = [int(step[run]) for step in self._history]
        steps = [self.batch.steps[index] for index in chosen if index >= 0]
        start = self.batch.state(self._start[:, [run]], 0)
        return replay(self.machine, self.scope, start, [(s.action, s.args) for s in steps])

    def _by_action(self, taken: npt.NDArray[np.int64]) -> dict[str, int]:
        counts = {act.name: 0 for act in self.machine.actions}
        for step, count in zip(self.batch.steps, taken, strict=True):
            counts[step.action.name] += int(count)
        return counts
