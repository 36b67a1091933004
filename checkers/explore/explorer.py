"""Exhaustive exploration: every reachable state of a machine at a size, breadth first.

States are counted as TLC counts them: generated = initial states plus every successor of every
distinct state, duplicates and self-loops included. With symmetry, distinct states are classes.
"""

import os
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import attrs
import numpy as np

from checkers.explore.certificate import states_digest, text_digest, versions
from checkers.explore.checkpoint import Checkpoint
from checkers.explore.columns import Columns
from checkers.explore.kernel import Kernel
from checkers.explore.keys import Keys, contains, to_words
from checkers.explore.search import RunSearch, Search, TableSearch, cores
from checkers.explore.symmetry import Symmetry, composed, inverse, renamed
from checkers.traces.trace import Trace, counted, named_past, natural, replay, sized
from spec.notation import MachineError, Scope
from spec.notation.batch import Batch, Step, Words
from spec.notation.machine import Machine

S = TypeVar("S")

Engine = Literal["numpy", "numba"]
Ended = Literal["complete", "decided", "bounded"]

DEADLOCK_FREE = "some step is possible until the end"
_CHUNK = 1 << 15  # states looked at together
_BRIEF = 60  # characters
_FORMAT = 2  # of what is kept beside the levels in a folder


@attrs.frozen
class Violation(Generic[S]):
    """A property that does not hold, with a shortest trace to a state that shows it."""

    property: str
    trace: Trace[S]


@attrs.frozen
class Exploration(Generic[S]):
    """What an exploration found.

    Attributes:
        distinct_states: the states visited; with symmetry, their classes.
        depth: the number of levels after the initial states.
        cut: successors left out because a number would have passed its size.
        ended: complete; decided, once all that was asked for was refuted; or bounded by a limit,
            after every state within `depth` steps was visited.
        violations: of `always` and `refuted` properties, and of numbers falling below zero.
        witnesses: for each `sometimes` property that was reached, a shortest trace.
        unreached: the `sometimes` properties that no state shows.
        left_out: constants that lie past the sizes, each with a text that names it.
        stuck: the states in which nothing is possible, not even what leads past a size.
        standstill: a shortest way to one of these.
        symmetric_states: with symmetry, the states that the classes stand for.
    """

    machine: Machine[S]
    scope: Scope
    distinct_states: int
    generated_states: int
    depth: int
    cut: int
    ended: Ended
    seconds: float
    violations: Sequence[Violation[S]]
    witnesses: Sequence[Violation[S]]
    unreached: Sequence[str]
    left_out: Mapping[int, str] = attrs.field(factory=dict)
    stuck: int = 0
    standstill: Trace[S] | None = None
    symmetric_states: int | None = None

    @property
    def complete(self) -> bool:
        """Whether every reachable state was visited."""
        return self.ended == "complete"

    @property
    def exhaustive(self) -> bool:
        """Whether every reachable state was visited, at sizes that leave out nothing named."""
        return self.complete and not self.left_out

    @property
    def extent(self) -> str:
        """How far this went, in words: what it is worth that nothing was found."""
        return self._extent(sized(self.scope))

    @property
    def brief(self) -> str:
        """The same for a line under a heading that names the sizes, where they are many."""
        sizes = sized(self.scope)
        return self._extent(sizes if len(sizes) < _BRIEF else "these sizes")

    def _extent(self, sizes: str) -> str:
        if not self.complete:
            return f"bounded to depth {self.depth}"
        if self.left_out:
            return f"bounded by {sizes}, which leave out {named_past(self.left_out)}"
        if self.cut:
            return f"exhaustive within {sizes}; {counted(self.cut, 'step')} cut"
        return f"exhaustive at {sizes}" if sizes else "exhaustive"


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
        """For people."""
        rest = f"about {self.remaining:,} to come" if self.remaining is not None else "growing"
        return (
            f"level {self.level}: {self.distinct:,} states, {self.generated:,} generated, "
            f"{self.distinct / max(self.seconds, 1e-9):,.0f}/s, {self.expanded:,} of "
            f"{self.frontier:,} expanded, {_used_memory() >> 20:,} MiB, {rest}"
        )


@attrs.frozen
class _Finding:
    """A state that decides a property, and its level."""

    property: str
    level: int
    state: Words


class Explorer(Generic[S]):
    """Explores a machine at a size.

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
    """

    def __init__(
        self,
        machine: Machine[S],
        scope: Scope,
        progress: Callable[[Status], None] | None = None,
        until: Collection[str] = (),
        *,
        engine: Engine = "numpy",
        workers: int | None = None,
        symmetry: bool = False,
        folder: Path | None = None,
        limit_states: int | None = None,
        limit_seconds: float | None = None,
        within: Callable[[S], bool] | None = None,
    ) -> None:
        self.machine = machine = machine.exemplary
        self.batch = Batch(machine, scope)
        self.scope = scope
        self.progress = progress
        self.until = set(until)
        self.limit_states = limit_states
        self.limit_seconds = limit_seconds
        self.symmetry = Symmetry(self.batch) if symmetry else None
        self.levels: list[Keys] = []
        self._checkpoint = self._opened(folder) if folder else None
        compiled = Kernel(self.batch) if engine == "numba" else Columns(self.batch)
        compiled.expand(np.empty((self.batch.layout.words, 0), np.uint64))  # numba compiles it now
        self.search = self._search(compiled, workers or cores(), folder)
        claims = (*machine.always, *machine.refuted)
        self._must_hold = {text.__name__: compiled.predicate(text) for text in claims}
        ending = machine.ending
        self._has_ended = compiled.predicate(ending.reached) if ending else None
        self._within = compiled.predicate(within) if within else None
        self._must_show = {text.__name__: compiled.predicate(text) for text in machine.sometimes}
        self._violated: list[_Finding] = []
        self._shown: list[_Finding] = []
        self._stuck = 0
        self._standstill: _Finding | None = None
        self._started = time.perf_counter()

    def _opened(self, folder: Path) -> Checkpoint:
        identity: Mapping[str, object] = {
            "version": versions()["tallystick"],
            "text": text_digest(self.machine, self.scope),
            "sizes": {sort.__name__: n for sort, n in self.scope.sizes.items()},
            "symmetry": self._symmetric,
            "format": _FORMAT,
        }
        return Checkpoint(folder, identity, self.batch.layout.words)

    @property
    def _symmetric(self) -> list[str]:
        """The sorts whose elements are not told apart here."""
        return [sort.__name__ for sort in self.symmetry.sorts] if self.symmetry else []

    def _search(
        self, compiled: Kernel[S] | Columns[S], workers: int, folder: Path | None
    ) -> Search:
        canonical = self.symmetry.canonical if self.symmetry else lambda words: words
        shape = self.batch.layout.words, len(self.batch.steps), workers
        if isinstance(compiled, Kernel) and folder is None:
            return TableSearch(compiled, canonical, *shape)
        return RunSearch(compiled, canonical, *shape, folder)

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
            sum(map(len, self.levels)),
            self.search.counts.generated,
            self._depth(ended),
            self.search.counts.cut,
            ended,
            time.perf_counter() - self._started,
            [Violation(f.property, self._trace(f)) for f in self._violated],
            [Violation(f.property, self._trace(f)) for f in self._shown],
            list(self._must_show),
            dict(self.batch.left_out),
            self._stuck,
            self._trace(self._standstill) if self._standstill else None,
            self._orbit_sum() if self.symmetry else None,
        )

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
                self._report_stuck()
                if self._past_limit() and (expanded < len(level) or self.search.found()):
                    self._visited(self.search.take())
                    return "bounded"
            self._report_below_zero()
            level = self.search.take()
            if len(level):
                level = self._saved(level)
        return "complete"

    def _inside(self, level: Keys) -> Keys:
        """The states of a level from which to go on."""
        if self._within is None or not len(level):
            return level
        inside = [self._within(words) for words in self.chunks(level)]
        return level.compress(np.concatenate(inside))

    def _first(self) -> Keys:
        for words in self.batch.initial():
            self.search.counts.generated += words.shape[1]
            self.search.start(words)
        self.search.counts.cut += self.batch.cut_starts
        return self._saved(self.search.take())

    def _resumed(self) -> Keys:
        """What a folder holds already; the last level is still to be expanded."""
        assert self._checkpoint
        self.levels = list(self._checkpoint.levels)
        for level in self.levels:
            self.search.add(level)
        state = self._checkpoint.state
        self.search.counts.generated, self.search.counts.cut = state["generated"], state["cut"]
        self._violated, self._shown, standstill = (
            [
                _Finding(name, number, np.array(words, np.uint64).reshape(-1, 1))
                for name, number, words in state[kind]
            ]
            for kind in ("violated", "shown", "standstill")
        )
        self._stuck, self._standstill = state["stuck"], next(iter(standstill), None)
        for finding in (*self._violated, *self._shown):
            self._must_hold.pop(finding.property, None)
            self._must_show.pop(finding.property, None)
        return self.levels[-1]

    def _saved(self, level: Keys) -> Keys:
        """A complete level: looked at, and saved where there is a folder for it."""
        self._visited(level)
        self._tell(level, 0)
        if self._checkpoint:
            state = {
                "generated": self.search.counts.generated,
                "cut": self.search.counts.cut,
                "violated": [_written(finding) for finding in self._violated],
                "shown": [_written(finding) for finding in self._shown],
                "stuck": self._stuck,
                "standstill": [_written(self._standstill)] if self._standstill else [],
            }
            self.levels[-1] = self._checkpoint.save(level, state)
        return self.levels[-1]

    def _visited(self, level: Keys) -> None:
        self.levels.append(level)
        self._inspect(level)

    @property
    def _decided(self) -> bool:
        """Whether all that was asked for is refuted, or reached."""
        return bool(self.until) and self.until <= {
            f.property for f in (*self._violated, *self._shown)
        }

    def _past_limit(self) -> bool:
        seconds = time.perf_counter() - self._started
        states = sum(map(len, self.levels)) + self.search.found()
        return (self.limit_states is not None and states >= self.limit_states) or (
            self.limit_seconds is not None and seconds >= self.limit_seconds
        )

    def _tell(self, level: Keys, expanded: int) -> None:
        if self.progress:
            distinct = sum(map(len, self.levels)) + self.search.found()
            previous = len(self.levels[-2]) if len(self.levels) > 1 else 0
            seconds = time.perf_counter() - self._started
            generated = self.search.counts.generated
            self.progress(
                Status(
                    len(self.levels), distinct, generated, len(level), expanded, seconds, previous
                )
            )

    def _check_memory(self, level: Keys) -> None:
        free = _available_memory()
        if self.search.reserve() + 4 * level.nbytes > free:
            raise MachineError(
                f"{self.machine.name}: {sum(map(len, self.levels)):,} states at depth "
                f"{len(self.levels) - 1} and more to come do not fit in the {free >> 20:,} MiB of "
                "free memory; give smaller sizes, or a folder to keep them in"
            )

    def _report_stuck(self) -> None:
        """Count where nothing is possible; it is a deadlock where the machine has not ended."""
        stuck, self.search.counts.stuck = self.search.counts.stuck, []
        self._stuck += sum(words.shape[1] for words in stuck)
        if stuck and self._standstill is None:
            self._standstill = _Finding("", len(self.levels) - 1, stuck[0][:, :1])
        known = any(finding.property == DEADLOCK_FREE for finding in self._violated)
        if self._has_ended is None or known:
            return
        for words in stuck:
            rows = np.flatnonzero(~self._has_ended(words))
            if len(rows):
                state = words[:, rows[:1]]
                self._violated.append(_Finding(DEADLOCK_FREE, len(self.levels) - 1, state))
                return

    def _report_below_zero(self) -> None:
        for index, state in self.search.counts.below_zero.items():
            name = natural(self.batch.steps[index].action.name)
            if all(finding.property != name for finding in self._violated):
                self._violated.append(_Finding(name, len(self.levels) - 1, state))

    def _inspect(self, level: Keys) -> None:
        """Look at new states for violations and witnesses; the first found is a shortest."""
        for findings in self.search.pool.map(self._found_in, self.chunks(level)):
            for finding in findings:
                if self._must_hold.pop(finding.property, None):
                    self._violated.append(finding)
                elif self._must_show.pop(finding.property, None):
                    self._shown.append(finding)

    def _found_in(self, words: Words) -> list[_Finding]:
        """The first of some states that decides each property that is undecided."""
        found = []
        for wanted, pending in ((False, self._must_hold), (True, self._must_show)):
            for name, predicate in list(pending.items()):
                rows = np.flatnonzero(predicate(words) == wanted)
                if len(rows):
                    found.append(_Finding(name, len(self.levels) - 1, words[:, rows[:1]]))
        return found

    def chunks(self, keys: Keys) -> Iterator[Words]:
        """The states of a level, some at a time."""
        for start in range(0, len(keys), _CHUNK):
            yield to_words(keys[start : start + _CHUNK], self.batch.layout.words)

    def _orbit_sum(self) -> int:
        assert self.symmetry
        sizes = (
            self.symmetry.orbit_sizes(words)
            for level in self.levels
            for words in self.chunks(level)
        )
        return int(sum(size.sum() for size in sizes))

    def certificate(self) -> dict[str, object]:
        """What anyone who visits the same states finds: counts and digests, as JSON."""
        return {
            "machine": self.machine.name,
            "text": text_digest(self.machine, self.scope),
            "sizes": {sort.__name__: n for sort, n in self.scope.sizes.items()},
            "symmetry": self._symmetric,
            "levels": [len(level) for level in self.levels],
            "distinct_states": sum(map(len, self.levels)),
            "generated_states": self.search.counts.generated,
            "states": states_digest(self.levels, self.batch.layout.words),
            "versions": versions(),
        }

    def way_to_any(self, targets: Keys) -> tuple[Keys, Trace[S]] | None:
        """Of some sorted states, one of the first level that has any, and a shortest way there.

        Without symmetry: with it, a state that was visited stands for others.
        """
        for number, level in enumerate(self.levels):
            there = level[contains(targets, level)][:1]
            if len(there):
                words = to_words(there, self.batch.layout.words)
                return there, self._trace(_Finding("", number, words))
        return None

    # Traces: backwards through the levels, then forwards in the concrete domain.

    def taking(self, step: Step[S], level: int, state: Words) -> Trace[S]:
        """A shortest way to a state of a level, and a step that it allows."""
        return self._trace(_Finding("", level, state), step)

    def _trace(self, finding: _Finding, *last: Step[S]) -> Trace[S]:
        """A shortest way to a state of a level, by searching each level for a parent."""
        steps = list(last)
        befores = [finding.state for _ in last]
        target = finding.state
        for level in reversed(self.levels[: finding.level]):
            step, target = self._parent(level, target)
            steps.insert(0, step)
            befores.insert(0, target)
        start = self.batch.state(target, 0)
        taken = [(step.action, step.args) for step in steps]
        if self.symmetry:
            taken = self._renamed(self.symmetry, steps, befores)
        return replay(self.machine, self.scope, start, taken)

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


def _written(finding: _Finding) -> list[object]:
    return [finding.property, finding.level, [int(word) for word in finding.state[:, 0]]]


def _available_memory() -> int:
    """Bytes of memory that can be had now, the page cache's included where the system says."""
    try:
        with open("/proc/meminfo") as lines:
            kilobytes = dict(line.split(":", 1) for line in lines)["MemAvailable"]
        return int(kilobytes.split()[0]) << 10
    except (OSError, KeyError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")


def _used_memory() -> int:
    """Bytes of memory that this process holds."""
    try:
        pages = Path("/proc/self/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def explore(
    machine: Machine[S],
    scope: Scope,
    progress: Callable[[Status], None] | None = None,
    until: Collection[str] = (),
    **options: Any,  # Explorer's, which says what each is
) -> Exploration[S]:
    """Visit every reachable state of a machine at a size, or until some properties are refuted.

    Raises:
        MachineError: a sort has no size, or the machine does not fit.
    """
    return Explorer(machine, scope, progress, until, **options).run()
