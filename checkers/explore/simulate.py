"""Random runs, many at once: each column of the batch domain is a walk of its own.

At every step each walk takes one of the actions that it can take, each parameter choice being as
likely as any other; a walk that can take none has ended.
"""

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

import attrs
import numpy as np
import numpy.typing as npt

from checkers.explore.cases import by_property
from checkers.explore.columns import Columns
from checkers.explore.engine import Engine
from checkers.explore.kernel import Kernel
from checkers.explore.simulation import Simulation
from checkers.host.resources import cores
from checkers.host.telling import Tell, silent
from checkers.traces.trace import Trace, natural, replay
from spec.notation import MachineError, Scope
from spec.notation.arguments import checked
from spec.notation.batch import Batch, Mask, Words
from spec.notation.machine import Machine

S = TypeVar("S")

_TOGETHER = 1 << 13  # walks side by side: their columns stay in the cache


class Simulator(Generic[S]):
    """Walks a machine at random.

    Args:
        machine: the machine.
        scope: a size for each of its sorts.
        runs: how many walks.
        seed: of the random choices; equal seeds give equal runs, however many threads there are.
        engine: numpy, or numba, which compiles the machine and makes other choices.
    """

    def __init__(
        self, machine: Machine[S], scope: Scope, runs: int, seed: int, engine: Engine = "numpy"
    ) -> None:
        if runs < 1:
            raise MachineError(f"{runs} runs: there must be 1 or more")
        if seed < 0:
            raise MachineError(f"seed {seed}: give 0 or more")
        machine = machine.exemplary(scope)
        self.batch = Batch(machine, scope)
        self.compiled = Kernel(self.batch) if engine == "numba" else Columns(self.batch)
        if isinstance(self.compiled, Kernel):  # compile it now
            no_words, no_seeds = np.empty((self.batch.layout.words, 0), np.uint64), np.empty(0)
            self.compiled.choose(no_words, no_seeds.astype(np.uint64))
        claims = (*machine.always, *machine.refuted)
        self.claims = _Claims(
            {text.__name__: self.compiled.predicate(text) for text in claims},
            {text.__name__: self.compiled.predicate(text) for text in machine.sometimes},
            {
                (text.__name__, number, place): holds
                for text in claims
                for number, (place, holds) in enumerate(self.batch.premises(text))
            },
        )
        self.machine = machine
        self.scope = scope
        self.runs = runs
        self.seed = seed

    def run(self, depth: int, progress: Tell = silent) -> Simulation[S]:
        """Take up to `depth` steps in every run; `progress` is told how many are done."""
        if depth < 1:
            raise MachineError(f"depth {depth}: give 1 step or more")
        started = time.perf_counter()
        starts = np.concatenate([w for w in self.batch.initial() if w.shape[1]], axis=1)
        sizes = [min(_TOGETHER, self.runs - at) for at in range(0, self.runs, _TOGETHER)]
        seeds = np.random.SeedSequence(self.seed).spawn(len(sizes))
        walks = [
            _Walks(self.compiled, self.claims, starts, size, seed)
            for size, seed in zip(sizes, seeds, strict=True)
        ]
        done = 0
        progress(f"0 of {self.runs:,} runs")
        with ThreadPoolExecutor(cores()) as pool:
            for walk in pool.map(lambda walk: walk.run(depth), walks):
                done += walk.runs
                progress(f"{done:,} of {self.runs:,} runs")
        taken = np.sum([walk.taken for walk in walks], axis=0)
        met = {name for walk in walks for name in walk.met}
        violations = self._violations(walks)
        return Simulation(
            self.machine,
            self.scope,
            self.runs,
            int(taken.sum()),
            time.perf_counter() - started,
            self.seed,
            self._by_action(taken),
            violations,
            [t.__name__ for t in self.machine.sometimes if t.__name__ in met],
            sum(walk.cut for walk in walks),
            self.batch.left_out,
            self._vacuous(walks, violations),
        )

    def _vacuous(
        self, walks: "Sequence[_Walks[S]]", violations: Collection[str]
    ) -> dict[str, list[str]]:
        met = {premise for walk in walks for premise in walk.met}
        unmet = [premise for premise in self.claims.suppose if premise not in met]
        return by_property((name, place) for name, _, place in unmet if name not in violations)

    def _violations(self, walks: "Sequence[_Walks[S]]") -> dict[str, Trace[S]]:
        """Per property that failed, the trace of the run that met it in the fewest steps."""
        found: dict[str, _Walks[S]] = {}
        for walk in walks:
            for name, (step, _) in walk.violated.items():
                if name not in found or step < found[name].violated[name][0]:
                    found[name] = walk
        return {name: self._trace(walk, *walk.violated[name]) for name, walk in found.items()}

    def _trace(self, walk: "_Walks[S]", length: int, run: int) -> Trace[S]:
        chosen = [int(step[run]) for step in walk.history[:length]]
        steps = [self.batch.steps[index] for index in chosen]
        start = self.batch.state(walk.start[:, [run]], 0)
        return replay(self.machine, self.scope, start, [(s.action, s.args) for s in steps])

    def _by_action(self, taken: npt.NDArray[np.int64]) -> dict[str, int]:
        counts = {act.name: 0 for act in self.machine.actions}
        for step, count in zip(self.batch.steps, taken, strict=True):
            counts[step.action.name] += int(count)
        return counts


@checked
def simulate(
    machine: Machine[S],
    scope: Scope | None = None,
    *,
    runs: int = 10_000,
    depth: int = 50,
    seed: int = 0,
    engine: Engine = "numpy",
    progress: Tell = silent,
) -> Simulation[S]:
    """Walk a machine at random, many runs at once.

    Args:
        machine: the machine.
        scope: a size for each of its sorts; its own sizes unless given.
        runs: how many runs.
        depth: steps of each run, at most.
        seed: of the random choices; equal seeds give equal runs.
        engine: numpy, or numba, which compiles the machine first.
        progress: called now and then with a line that says how far it is.

    Raises:
        MachineError: the machine cannot be run at this size, or a number is out of range.
    """
    progress(f"compiling {machine.name} for {engine}")
    return Simulator(machine, scope or machine.scope(), runs, seed, engine).run(depth, progress)


@attrs.frozen
class _Claims:
    """What must hold in every state, what some state must show, and what is supposed, compiled."""

    hold: Mapping[str, Callable[[Words], Mask]]
    show: Mapping[str, Callable[[Words], Mask]]
    suppose: Mapping[tuple[str, int, str], Callable[[Words], Mask]]


class _Walks(Generic[S]):
    """Some walks side by side.

    Attributes:
        taken: how often each step was taken.
        cut: how often one was not, because a number would have passed its size.
        violated: per property that failed, after how many steps, and in which run first.
        met: the `sometimes` properties and the premises that held in some run.
        history: per step of the walks, the step that each run took; -1 where it has ended.
    """

    def __init__(
        self,
        compiled: Kernel[S] | Columns[S],
        claims: "_Claims",
        starts: Words,
        runs: int,
        seed: np.random.SeedSequence,
    ) -> None:
        self.batch = compiled.batch
        self.compiled = compiled
        self.runs = runs
        self.random = np.random.default_rng(seed)
        self.start = starts[:, self.random.integers(starts.shape[1], size=runs)]
        self.seeds = self.random.integers(1, 1 << 63, size=runs, dtype=np.uint64)
        self.taken = np.zeros(len(self.batch.steps), np.int64)
        self.cut = 0
        self.violated: dict[str, tuple[int, int]] = {}
        self.met: set[object] = set()
        self.history: list[npt.NDArray[np.int64]] = []
        self._must_hold = dict(claims.hold)
        self._to_meet = [*claims.show.items(), *claims.suppose.items()]

    def run(self, depth: int) -> "_Walks[S]":
        words = self.start
        self._inspect(words)
        for _ in range(depth):
            words, chosen = self._step(words)
            if (chosen < 0).all():
                break
            self.taken += np.bincount(chosen[chosen >= 0], minlength=len(self.taken))
            self.history.append(chosen)
            self._inspect(words)
        return self

    def _step(self, words: Words) -> tuple[Words, npt.NDArray[np.int64]]:
        """The states after one more step of each run, and which steps these were."""
        if isinstance(self.compiled, Kernel):
            after, chosen, cut, below = self.compiled.choose(words, self.seeds)
            self.cut += cut
            for index, run in below.items():
                self._note_below_zero(index, run)
            return after, chosen
        chosen = self._choose(words)
        return self._take(words, chosen), chosen

    def _note_below_zero(self, index: int, run: int) -> None:
        name = natural(self.batch.steps[index].action.name)
        self.violated.setdefault(name, (len(self.history), run))

    def _choose(self, words: Words) -> npt.NDArray[np.int64]:
        """Per run, the index of a step that it can take, each as likely; -1 where there is none."""
        can = [self._can(index, words) for index in range(len(self.batch.steps))]
        possible = np.zeros(self.runs, np.int32)
        for one in can:
            possible += one
        before = (self.random.random(self.runs) * possible).astype(np.int32)
        chosen = np.full(self.runs, -1)
        for index, one in enumerate(can):
            chosen[one & (before == 0)] = index
            before -= one
        return chosen

    def _can(self, index: int, words: Words) -> Mask:
        """Per run, whether it can take a step; what stops one but a guard is noted."""
        step = self.batch.steps[index]
        can = step.guarded(words)
        if step.further:
            runs = np.flatnonzero(can)
            failing = step.failing(words[:, runs])
            can[runs] = failing == -1
            self.cut += int(np.count_nonzero(step.cuts[failing]))
            for number, check in enumerate(step.checks):
                if check.kind == "low" and (failing == number).any():
                    self._note_below_zero(index, int(runs[np.argmax(failing == number)]))
        return can

    def _take(self, words: Words, chosen: npt.NDArray[np.int64]) -> Words:
        after = words.copy()
        for index, step in enumerate(self.batch.steps):
            rows = np.flatnonzero(chosen == index)
            if len(rows):
                after[:, rows] = step.effect(words[:, rows])
        return after

    def _inspect(self, words: Words) -> None:
        for name, predicate in list(self._must_hold.items()):
            rows = np.flatnonzero(~predicate(words))
            if len(rows):
                del self._must_hold[name]
                self.violated[name] = len(self.history), int(rows[0])
        self.met |= {what for what, shows in self._to_meet if shows(words).any()}
        self._to_meet = [(what, shows) for what, shows in self._to_meet if what not in self.met]
