"""Exhaustive exploration: every reachable state of a machine at a size, breadth first.

States are counted as TLC counts them: generated = initial states plus every successor of every
distinct state, duplicates and self-loops included.
"""

import os
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from checkers.trace import Trace, replay
from spec.notation import MachineError, Scope
from spec.notation.batch import Batch, Step, Words
from spec.notation.machine import Machine

S = TypeVar("S")

Keys = npt.NDArray[np.generic]
"""A set of packed states as one sortable column: uint64, or bytes where a state has more words."""

_COPIES = 3  # of the states seen, at most: as levels, as sorted runs, and while runs are merged
_CHUNK = 1 << 15  # states expanded at once: their columns stay in the cache
_PENDING = 1 << 23  # successors held before they are sorted together


@attrs.frozen
class Violation(Generic[S]):
    """A property that does not hold, with a shortest trace to a state that shows it."""

    property: str
    trace: Trace[S]


@attrs.frozen
class Exploration(Generic[S]):
    """What an exploration found.

    Attributes:
        depth: the number of levels after the initial states.
        cut: successors left out because a number would have passed its size.
        violations: of `always` and `refuted` properties, and of numbers falling below zero.
        witnesses: for each `sometimes` property that was reached, a shortest trace.
        unreached: the `sometimes` properties that no state shows.
    """

    machine: Machine[S]
    scope: Scope
    distinct_states: int
    generated_states: int
    depth: int
    cut: int
    complete: bool
    seconds: float
    violations: Sequence[Violation[S]]
    witnesses: Sequence[Violation[S]]
    unreached: Sequence[str]


def to_keys(words: Words) -> Keys:
    """Packed states as a sortable column."""
    if len(words) == 1:
        return words[0]  # type: ignore[no-any-return]  # numpy: a row of a matrix is Any
    rows = np.ascontiguousarray(words.T.astype(">u8"))
    keys: Keys = rows.view(f"S{8 * len(words)}").ravel()
    return keys


def to_words(keys: Keys, count: int) -> Words:
    """The packed states of a sortable column; `count` is the number of words of a state."""
    if count == 1:
        return keys.astype(np.uint64, copy=False).reshape(1, -1)
    return np.ascontiguousarray(keys.view(">u8").reshape(-1, count).T, dtype=np.uint64)


def distinct(keys: Keys) -> Keys:
    """The distinct keys, sorted. Sorts in place."""
    keys.sort()
    if len(keys) < 2:
        return keys
    new = np.empty(len(keys), np.bool_)
    new[0] = True
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return keys[new]


class Seen:
    """The states seen so far, as sorted runs of doubling length, so that few are merged often."""

    def __init__(self) -> None:
        self.runs: list[Keys] = []

    def __len__(self) -> int:
        return sum(map(len, self.runs))

    def new(self, keys: Keys) -> Keys:
        """Those of some sorted keys that were not seen."""
        for run in self.runs:
            if len(keys):
                place = np.searchsorted(run, keys)
                place[place == len(run)] = 0
                keys = keys[run[place] != keys]
        return keys

    def add(self, keys: Keys) -> None:
        """Add sorted keys that were not seen."""
        self.runs.append(keys)
        while len(self.runs) > 1 and len(self.runs[-2]) < 2 * len(self.runs[-1]):
            merged = np.concatenate([self.runs.pop(), self.runs.pop()])
            merged.sort()
            self.runs.append(merged)


class Explorer(Generic[S]):
    """Explores a machine at a size.

    Args:
        machine: the machine.
        scope: a size for each of its sorts.
        progress: called after each level with (level, distinct, generated, frontier).
        until: end once these properties are refuted, before every state is visited.
    """

    def __init__(
        self,
        machine: Machine[S],
        scope: Scope,
        progress: Callable[[int, int, int, int], None] | None = None,
        until: Collection[str] = (),
    ) -> None:
        self.batch = Batch(machine, scope)
        self.machine = machine
        self.scope = scope
        self.progress = progress
        self.until = set(until)
        self.memory = _available_memory()
        self.levels: list[Keys] = []
        self.seen = Seen()
        self.generated = 0
        self.cut = 0
        self.violations: list[Violation[S]] = []
        self.witnesses: list[Violation[S]] = []
        self._must_hold = {
            text.__name__: self.batch.predicate(text)
            for text in (*machine.always, *machine.refuted)
        }
        self._must_show = {t.__name__: self.batch.predicate(t) for t in machine.sometimes}

    def run(self) -> Exploration[S]:
        """Visit every reachable state."""
        started = time.perf_counter()
        frontier = self._collected(to_keys(words) for words in self._initial())
        while len(frontier):
            self.levels.append(frontier)
            self.seen.add(frontier)
            self._inspect(frontier)
            if self.progress:
                self.progress(len(self.levels), len(self.seen), self.generated, len(frontier))
            if self._decided:
                break
            self._check_memory()
            frontier = self._collected(self._successors(frontier))
        return Exploration(
            self.machine,
            self.scope,
            len(self.seen),
            self.generated,
            len(self.levels) - 1,
            self.cut,
            complete=not self._decided,
            seconds=time.perf_counter() - started,
            violations=self.violations,
            witnesses=self.witnesses,
            unreached=list(self._must_show),
        )

    @property
    def _decided(self) -> bool:
        """Whether all that was asked for is refuted."""
        return bool(self.until) and self.until <= {v.property for v in self.violations}

    def _check_memory(self) -> None:
        needed = _COPIES * sum(keys.nbytes for keys in self.levels)
        if needed > self.memory:
            raise MachineError(
                f"{self.machine.name}: {len(self.seen):,} states at depth {len(self.levels) - 1} "
                f"and more to come do not fit in the {self.memory >> 20:,} MiB of free memory; "
                "give smaller sizes"
            )

    def _initial(self) -> Iterator[Words]:
        for words in self.batch.initial():
            self.generated += words.shape[1]
            yield words

    def _collected(self, chunks: Iterable[Keys]) -> Keys:
        """The distinct unseen keys of some chunks."""
        found: list[Keys] = []
        pending: list[Keys] = []
        for keys in chunks:
            pending.append(distinct(keys))
            if sum(map(len, pending)) > _PENDING:
                found.append(self.seen.new(distinct(np.concatenate(pending))))
                pending = []
        if pending:
            found.append(self.seen.new(distinct(np.concatenate(pending))))
        return distinct(np.concatenate(found)) if found else np.empty(0, np.uint64)

    def _successors(self, keys: Keys) -> Iterator[Keys]:
        for words in self._chunks(keys):
            after = [to_keys(self._after(step, words)) for step in self.batch.steps]
            self.generated += sum(map(len, after))
            if after:
                yield np.concatenate(after)

    def _chunks(self, keys: Keys) -> Iterator[Words]:
        for start in range(0, len(keys), _CHUNK):
            yield to_words(keys[start : start + _CHUNK], self.batch.layout.words)

    def _after(self, step: Step[S], words: Words) -> Words:
        """The successors of states by a step; what a range check stops is counted or reported."""
        before = words[:, step.guarded(words)]
        if step.ranges:
            failing = step.failing(before)
            for index, check in enumerate(step.checks):
                stopped = np.flatnonzero(failing == index)
                self.cut += len(stopped)
                if check.kind == "low" and len(stopped):
                    self._below_zero(step, before[:, stopped[:1]])
            before = before[:, failing == -1]
        return step.effect(before)

    def _below_zero(self, step: Step[S], state: Words) -> None:
        name = f"{step.action.name} stays above zero"
        if all(violation.property != name for violation in self.violations):
            self.violations.append(Violation(name, self._trace(state)))

    def _inspect(self, frontier: Keys) -> None:
        """Look at new states for violations and witnesses; the first found is a shortest."""
        for words in self._chunks(frontier):
            for wanted, pending, found in (
                (False, self._must_hold, self.violations),
                (True, self._must_show, self.witnesses),
            ):
                for name, predicate in list(pending.items()):
                    rows = np.flatnonzero(predicate(words) == wanted)
                    if len(rows):
                        del pending[name]
                        found.append(Violation(name, self._trace(words[:, rows[:1]])))

    def _trace(self, target: Words) -> Trace[S]:
        """A shortest way to a state of the last level, by searching each level for a parent."""
        steps: list[Step[S]] = []
        for level in reversed(self.levels[:-1]):
            step, target = self._parent(level, target)
            steps.insert(0, step)
        start = self.batch.state(target, 0)
        return replay(self.machine, self.scope, start, [(s.action, s.args) for s in steps])

    def _parent(self, level: Keys, target: Words) -> tuple[Step[S], Words]:
        for words in self._chunks(level):
            for step in self.batch.steps:
                before = words[:, step.guarded(words)]
                if step.ranges:
                    before = before[:, step.failing(before) == -1]
                hits = np.flatnonzero((step.effect(before) == target).all(axis=0))
                if len(hits):
                    return step, before[:, hits[:1]]
        raise AssertionError("a state of a level has a parent in the level before it")


def _available_memory() -> int:
    """Bytes of memory that are free now."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")


def explore(
    machine: Machine[S],
    scope: Scope,
    progress: Callable[[int, int, int, int], None] | None = None,
    until: Collection[str] = (),
) -> Exploration[S]:
    """Visit every reachable state of a machine at a size, or until some properties are refuted.

    Raises:
        MachineError: a sort has no size, or the machine does not fit.
    """
    return Explorer(machine, scope, progress, until).run()
