"""Exhaustive exploration: every reachable state of a machine at a size, breadth first.

States are counted as TLC counts them: generated = initial states, each once, plus every successor
of every distinct state, duplicates and self-loops included. With symmetry, distinct states are
classes.
"""

import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Generic, TypedDict, TypeVar, Unpack

import attrs
import numpy as np

from checkers.explore.cases import cases
from checkers.explore.certificate import certificate, identity, versions
from checkers.explore.checkpoint import Checkpoint
from checkers.explore.compiled import Compiled, compiled
from checkers.explore.engine import Engine
from checkers.explore.exploration import Ended, Exploration, Violation
from checkers.explore.findings import Finding, Findings
from checkers.explore.keys import Keys
from checkers.explore.search import RunSearch, Search, TableSearch
from checkers.explore.symmetry import Symmetry
from checkers.explore.visited import Visited
from checkers.host.resources import available_memory, cores, used_memory
from checkers.host.telling import Tell, silent
from checkers.traces.trace import Trace
from spec.notation import MachineError, Scope
from spec.notation.arguments import checked
from spec.notation.batch import Batch, Mask, Words
from spec.notation.machine import Machine

S = TypeVar("S")

_FORMAT = 4  # of what is kept beside the levels in a folder


class Options(TypedDict, total=False):
    """How an exploration is made, whatever it is to find out.

    Attributes:
        engine: numpy, unless given; or numba, which compiles the machine and is several times
            faster.
        workers: threads; one per core unless given.
        symmetry: visit one state of each class that the machine's symmetric sorts make.
        folder: keep the states on disk, there, and go on from what it holds.
        limit_states: end as bounded once so many states were found.
        limit_seconds: end as bounded after so many seconds.
    """

    engine: Engine
    workers: int | None
    symmetry: bool
    folder: Path | None
    limit_states: int | None
    limit_seconds: float | None


@attrs.frozen
class Status:
    """How far an exploration is."""

    level: int
    distinct: int
    generated: int
    frontier: int
    expanded: int
    seconds: float
    previous: int

    @property
    def remaining(self) -> int | None:
        """States still to come, if the levels go on shrinking as they do; None if they grow."""
        if self.frontier >= self.previous:
            return None
        return self.frontier * self.frontier // (self.previous - self.frontier)

    def line(self) -> str:
        """One line for people who wait."""
        rest = f"about {self.remaining:,} to come" if self.remaining is not None else "growing"
        return (
            f"level {self.level}: {self.distinct:,} states, {self.generated:,} generated, "
            f"{self.distinct / max(self.seconds, 1e-9):,.0f}/s, {self.expanded:,} of "
            f"{self.frontier:,} expanded, {used_memory() >> 20:,} MiB, {rest}"
        )


class Explorer(Generic[S]):
    """An exploration, made of its parts; `prepare` puts them together.

    Args:
        search: takes the steps, and knows what was seen.
        visited: where the states go that are visited.
        findings: what they decide.
        checkpoint: where they are kept on disk, and what it holds already.
        within: go on only from the states of which this holds.
        until: end once these properties are refuted or reached, before every state is visited.
        progress: called now and then, and after each level.
        limit_states, limit_seconds: end as bounded after so many.
    """

    def __init__(
        self,
        search: Search,
        visited: Visited[S],
        findings: Findings[S],
        *,
        checkpoint: Checkpoint | None = None,
        within: Callable[[Words], Mask] | None = None,
        until: Collection[str] = (),
        progress: Tell = silent,
        limit_states: int | None = None,
        limit_seconds: float | None = None,
    ) -> None:
        self.search = search
        self.visited = visited
        self.levels = visited.levels
        self.batch = visited.batch
        self.machine, self.scope = self.batch.machine, self.batch.scope
        self.until = set(until)
        self.progress = progress
        self.limit_states = limit_states
        self.limit_seconds = limit_seconds
        self._findings = findings
        self._checkpoint = checkpoint
        self._within = within
        self._started = time.perf_counter()

    def run(self) -> Exploration[S]:
        """Visit every reachable state."""
        self._started = time.perf_counter()
        try:
            ended = self._visit()
        finally:
            self.search.close()
            if self._checkpoint:
                self._checkpoint.close()
        return Exploration(
            self.machine,
            self.scope,
            self.visited.states,
            self.search.counts.generated,
            self._depth(ended),
            self.search.counts.cut,
            ended,
            time.perf_counter() - self._started,
            [Violation(f.property, self._way(f)) for f in self._findings.violated],
            [Violation(f.property, self._way(f)) for f in self._findings.reached],
            self._findings.unreached,
            dict(self.batch.left_out),
            self._findings.stuck,
            next(map(self._way, self._findings.standstill), None),
            self.visited.symmetric_states(),
        )

    def _way(self, finding: Finding) -> Trace[S]:
        self.progress(f"a shortest way to a state of level {finding.level + 1}")
        return self.visited.way(finding.level, finding.state)

    def _depth(self, ended: Ended) -> int:
        """The levels after the first; one that a limit left incomplete does not count."""
        return len(self.levels) - 1 - (ended == "bounded")

    def _visit(self) -> Ended:
        level = self._resumed() if self._checkpoint and self._checkpoint.levels else self._first()
        while len(level):
            if self._decided:
                return "decided"
            self._check_memory(level)
            for expanded in self.search.expand(self._inside(level)):
                self._tell(level, expanded)
                self._note_stuck()
                if self._past_limit() and (expanded < len(level) or self.search.found()):
                    self._add(self.search.take())
                    return "bounded"
            self._note_below_zero()
            level = self.search.take()
            if len(level):
                level = self._saved(level)
        return "complete"

    def _inside(self, level: Keys) -> Keys:
        """The states of a level from which to go on."""
        if self._within is None or not len(level):
            return level
        inside = [self._within(words) for words in self.visited.chunks(level)]
        return level.compress(np.concatenate(inside))

    def _first(self) -> Keys:
        for words in self.batch.initial():
            self.search.start(words)
        self.search.counts.cut += self.batch.cut_starts
        level = self.search.take()
        self.search.counts.generated += len(level)
        return self._saved(level)

    def _resumed(self) -> Keys:
        """What a folder holds already; the last level is still to be expanded."""
        assert self._checkpoint
        self.levels += self._checkpoint.levels
        for level in self.levels:
            self.search.add(level)
        state = self._checkpoint.state
        self.search.counts.generated, self.search.counts.cut = state["generated"], state["cut"]
        self._findings.read(state)
        return self.levels[-1]

    def _saved(self, level: Keys) -> Keys:
        """A complete level: looked at, and saved where there is a folder for it."""
        self._add(level)
        self._tell(level, 0)
        if self._checkpoint:
            state = {
                "generated": self.search.counts.generated,
                "cut": self.search.counts.cut,
                **self._findings.written(),
            }
            self.levels[-1] = self._checkpoint.save(level, state)
        return self.levels[-1]

    def _add(self, level: Keys) -> None:
        self.levels.append(level)
        chunks = self.visited.chunks(level)
        self._findings.look_at(len(self.levels) - 1, chunks, self.search.pool)

    @property
    def _decided(self) -> bool:
        """Whether all that was asked for is refuted, or reached."""
        return bool(self.until) and self.until <= self._findings.decided

    def _past_limit(self) -> bool:
        seconds = time.perf_counter() - self._started
        states = self.visited.states + self.search.found()
        return (self.limit_states is not None and states >= self.limit_states) or (
            self.limit_seconds is not None and seconds >= self.limit_seconds
        )

    def _tell(self, level: Keys, expanded: int) -> None:
        distinct = self.visited.states + self.search.found()
        previous = len(self.levels[-2]) if len(self.levels) > 1 else 0
        seconds = time.perf_counter() - self._started
        generated = self.search.counts.generated
        status = Status(
            len(self.levels), distinct, generated, len(level), expanded, seconds, previous
        )
        self.progress(status.line())

    def _check_memory(self, level: Keys) -> None:
        free = available_memory()
        if self.search.reserve() + 4 * level.nbytes > free:
            raise MachineError(
                f"{self.machine.name}: {self.visited.states:,} states at depth "
                f"{len(self.levels) - 1} and more to come do not fit in the {free >> 20:,} MiB of "
                "free memory; give smaller sizes, or a folder to keep them in"
            )

    def _note_stuck(self) -> None:
        stuck, self.search.counts.stuck = self.search.counts.stuck, []
        self._findings.note_stuck(len(self.levels) - 1, stuck)

    def _note_below_zero(self) -> None:
        for index, state in self.search.counts.below_zero.items():
            action = self.batch.steps[index].action.name
            self._findings.note_below_zero(len(self.levels) - 1, action, state)


def prepare(
    machine: Machine[S],
    scope: Scope,
    progress: Tell = silent,
    until: Collection[str] = (),
    *,
    engine: Engine = "numpy",
    workers: int | None = None,
    symmetry: bool = False,
    folder: Path | None = None,
    limit_states: int | None = None,
    limit_seconds: float | None = None,
    within: Callable[[S], bool] | None = None,
) -> Explorer[S]:
    """Put an exploration together.

    Args:
        machine: the machine.
        scope: a size for each of its sorts.
        progress: called now and then, and after each level.
        until: end once these properties are refuted or reached, before every state is visited.
        engine: numpy, or numba, which compiles the machine and is several times faster.
        workers: threads; None for one per core.
        symmetry: visit one state of each class that the machine's symmetric sorts make.
        folder: keep the states on disk, there, and go on from what it holds.
        limit_states, limit_seconds: end as bounded after so many.
        within: go on only from states of which this holds.

    Raises:
        MachineError: a sort has no size, the machine does not fit, or the folder cannot be used.
    """
    if within and folder:
        raise MachineError(
            f"{folder} keeps whole explorations, and this one is to leave states out"
        )
    progress(f"compiling {machine.name} for {engine}")
    batch = Batch(machine.exemplary(scope), scope)
    _check_known(batch.machine, until)
    visited = Visited(batch, Symmetry(batch) if symmetry else None)
    checkpoint = _checkpoint(visited, folder) if folder else None
    steps = compiled(batch, engine)
    return Explorer(
        _search(visited, steps, engine, workers or cores(), folder),
        visited,
        Findings(batch.machine, steps),
        checkpoint=checkpoint,
        within=steps.predicate(within) if within else None,
        until=until,
        progress=progress,
        limit_states=limit_states,
        limit_seconds=limit_seconds,
    )


def _check_known(machine: Machine[S], until: Collection[str]) -> None:
    """Refuse to wait for what is not looked for."""
    texts = (*machine.always, *machine.refuted, *machine.sometimes)
    known = [text.__name__ for text in texts]
    for name in until:
        if name not in known:
            there_are = ", ".join(known) or "none"
            raise MachineError(f"{machine.name} has no property {name}; it has {there_are}")


def _checkpoint(visited: Visited[S], folder: Path) -> Checkpoint:
    version = versions()["tallystick"]
    kept_for = {"version": version, **identity(visited), "format": _FORMAT}
    return Checkpoint(folder, kept_for, visited.batch.layout.words)


def _search(
    visited: Visited[S], steps: Compiled[S], engine: Engine, workers: int, folder: Path | None
) -> Search:
    canonical = visited.symmetry.canonical if visited.symmetry else lambda words: words
    shape = visited.batch.layout.words, len(visited.batch.steps), workers
    if engine == "numba" and folder is None:
        return TableSearch(steps, canonical, *shape)
    return RunSearch(steps, canonical, *shape, folder)


@checked
def explore(
    machine: Machine[S],
    scope: Scope | None = None,
    progress: Tell = silent,
    until: Collection[str] = (),
    *,
    certified: bool = False,
    **options: Unpack[Options],
) -> Exploration[S]:
    """Visit every reachable state of a machine at a size, and look at what a verdict rests on.

    Args:
        machine: the machine.
        scope: a size for each of its sorts; its own sizes unless given.
        progress: called now and then, and after each level.
        until: end once these properties are refuted or reached, before every state is visited.
        certified: also make a certificate, by which others can compare their exploration.
        options: the engine, workers, symmetry, a folder, and limits; see `Options`.

    Raises:
        MachineError: a sort has no size, the machine does not fit, or the folder cannot be used.
    """
    explorer = prepare(machine, scope or machine.scope(), progress, until, **options)
    found = explorer.run()
    visited = explorer.visited
    found = attrs.evolve(found, cases=cases(visited, progress, complete=found.complete))
    if not certified:
        return found
    progress(f"a digest of {visited.states:,} states")
    return attrs.evolve(found, certificate=certificate(visited, found.generated_states))
