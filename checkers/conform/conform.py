"""Conforming: any program, held to a machine by vectors and by runs that are chosen.

First the vectors, with many requests under way. Then runs beside the specification, one request at
a time: random ones, those that Hypothesis chooses, and such as lead to edges of the graph that
nobody took. What differs is shrunk, with the program as oracle.
"""

import shlex
import time
from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from checkers.conform.conformance import Conformance
from checkers.conform.gather import Gatherer, Sources
from checkers.conform.program import Faulty, Patience
from checkers.conform.replaying import Otherwise, Replayed, Replayer
from checkers.conform.stage import Stage
from checkers.conform.vectors import Vectors, steps_of
from checkers.conform.wire import Hello, Session
from checkers.host.telling import Tell, silent
from checkers.lockstep.driver import Setup
from checkers.lockstep.fuzz import Endings, drive, state_machine
from checkers.lockstep.graph import Graph
from checkers.lockstep.run import Divergence, Lockstep, Tally
from checkers.lockstep.shrink import settle
from checkers.lockstep.walk import Walker
from spec.notation import MachineError
from spec.notation.arguments import checked
from spec.notation.machine import Machine

S = TypeVar("S")

_STARTING = 5
"""Times the patience for an answer, for the first one."""
_MEND = "name a program that is there and may be run, by its path or as PATH has it"
_STATES = 10_000
"""Of a graph whose edges are looked for, at most."""


class Conforming(Generic[S]):
    """Holds one program to a machine.

    Args:
        session: with the program.
        vectors: of the machine.
        runs: how many runs are drawn, and how many Hypothesis chooses.
        steps: of each run, at most.
        seed: of the choices.
        progress: called now and then with a line that says how far it is.
    """

    def __init__(
        self,
        session: Session[S],
        vectors: Vectors,
        *,
        runs: int,
        steps: int,
        seed: int,
        progress: Tell,
    ) -> None:
        self.session = session
        self.vectors = vectors
        self.runs = runs
        self.steps = steps
        self.seed = seed
        self.progress = progress
        self.hello: Hello | None = None
        self.replayed = Replayed()
        self.tally = Tally()
        self.divergence: Divergence | None = None
        self.faults: list[Faulty] = []

    def run(self) -> Conformance:
        """All that it came to. Raises MachineError if there is no such program."""
        started = time.perf_counter()
        try:
            self.hello = self.session.hello()
        except Faulty as fault:
            if fault.fault == "not started":  # which says nothing of any program
                tried = shlex.join(self.session.command)
                raise MachineError(f"{fault}; tried was: {tried}; {_MEND}") from None
            self.faults.append(fault)
        else:
            self._hold(self.hello)
        return Conformance(
            machine=self.session.stage.machine.name,
            hello=self.hello,
            vectors=self.vectors,
            replayed=self.replayed,
            tally=self.tally,
            divergence=self.divergence,
            faults=[*self.faults, *self.replayed.faults],
            seed=self.seed,
            seconds=time.perf_counter() - started,
        )

    def _hold(self, hello: Hello) -> None:
        lockstep = Lockstep(self.session.stage.machine, self.session.setup(hello))
        replayer = Replayer(self.session, hello, self.vectors, lockstep)
        self.replayed = replayer.replay(self.progress)
        try:
            if self.replayed.otherwise:
                self._settle(lockstep, self._diverged(lockstep, self.replayed.otherwise))
            elif not self.replayed.faults:
                self._choose(lockstep)
        except Divergence as found:
            self._settle(lockstep, found)

    def _settle(self, lockstep: Lockstep[S], found: Divergence | None) -> None:
        self.progress("the simplest run in which the program differs")
        self.divergence = settle(lockstep, found) if found else None

    def _diverged(self, lockstep: Lockstep[S], otherwise: Sequence[Otherwise]) -> Divergence | None:
        """The shortest vector that shows again, one step at a time, that the program differs."""
        for one in sorted(otherwise, key=lambda one: one.step):
            steps = steps_of(one.vector, self.session.stage)
            if found := lockstep.replay(steps[: one.step + 1]):
                return found
        return None

    def _choose(self, lockstep: Lockstep[S]) -> None:
        """Runs that are chosen, one step at a time. Raises Divergence."""
        graph = self._graph(lockstep)
        walker = Walker(lockstep, self.seed, graph)
        walker.tally = self.tally
        runs = max(self.runs, len(lockstep.setup.restarts))
        for number in range(runs):
            self.progress(f"{number:,} of {runs:,} random runs")
            walker.wander(self.steps)
        if graph:
            self.progress("steps that no run has taken yet")
            walker.complete(graph, self.steps, self.runs * self.steps)
        self.progress(f"{self.runs:,} runs that Hypothesis chooses")
        endings = Endings()
        made = state_machine(lockstep, self.tally, endings)
        try:
            drive(made, self.runs, self.steps, self.seed)
        except BaseException:
            if not endings:
                raise
            raise endings[0] from None

    def _graph(self, lockstep: Lockstep[S]) -> Graph[S] | None:
        """The graph of the machine, if it is small enough."""
        try:
            return Graph(lockstep, _STATES)
        except MachineError:
            return None


@checked
def conform(
    machine: Machine[S],
    command: Sequence[str],
    *,
    setup: Setup | None = None,
    runs: int = 50,
    steps: int = 30,
    seed: int = 0,
    patience: float = 2.0,
    progress: Tell = silent,
) -> Conformance:
    """Hold a program in any language to a machine (docs/formats/wire.md).

    Args:
        machine: the specification, at its own sizes, with the functions of its example; what it
            leaves open is drawn.
        command: the program and its arguments.
        setup: of a driver at whose sizes and with whose functions the program is asked instead.
        runs: how many are drawn, and how many Hypothesis chooses, after the machine's vectors.
        steps: of each run, at most.
        seed: of the choices, and of what is drawn; equal seeds choose the same.
        patience: seconds that the program has for an answer; for the first one, five times as many.
        progress: called now and then with a line that says how far it is.

    Raises:
        MachineError: the setup does not fit the machine, there are no runs, steps or seconds, or
            the program cannot be started.
    """
    stage = Stage.of(machine, setup, seed)
    vectors = Gatherer(stage, Sources()).gather(progress)
    return hold(
        stage,
        command,
        vectors,
        runs=runs,
        steps=steps,
        seed=seed,
        patience=patience,
        progress=progress,
    )


def hold(
    stage: Stage[Any],
    command: Sequence[str],
    vectors: Vectors,
    *,
    runs: int = 50,
    steps: int = 30,
    seed: int = 0,
    patience: float = 2.0,
    progress: Tell = silent,
) -> Conformance:
    """Hold a program to a machine at a size, by vectors that there are; else as `conform`.

    Raises:
        MachineError: the vectors are of another machine or size, or as `conform`.
    """
    for name, number in (("runs", runs), ("steps", steps)):
        if number < 1:
            raise MachineError(f"{number} {name}: give 1 or more")
    if not 0 < patience < float("inf"):
        raise MachineError(f"patience is {patience}; give seconds, and an end")
    if not command:
        raise MachineError("there is no command: give a program, and its arguments")
    if vectors.opening != stage.opening:
        sizes = " ".join(f"{sort}={size}" for sort, size in stage.sizes.items())
        mend = "give the sizes and the seed with which they were written"
        raise MachineError(f"these are no vectors of {stage.machine.name} at {sizes}: {mend}")
    with Session(command, stage, Patience(patience, _STARTING * patience)) as session:
        return Conforming(
            session, vectors, runs=runs, steps=steps, seed=seed, progress=progress
        ).run()
