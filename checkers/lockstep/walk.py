"""Walks: many random steps in lockstep, and how much of the machine they saw.

Hypothesis chooses well and is slow; a walk chooses in a plain loop, and goes far. Where the graph
of the machine is small enough to be explored, a walk says which share of its edges it took at
random, and then goes to those that are left.
"""

import random
import time
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

from checkers.host.telling import Tell, silent
from checkers.lockstep.driver import Setup
from checkers.lockstep.graph import Graph
from checkers.lockstep.run import (
    BELOW_ZERO,
    OUTSIDE,
    RESTART,
    Divergence,
    Lockstep,
    Run,
    Step,
    Tally,
)
from checkers.lockstep.sample import Walk
from checkers.lockstep.shrink import settle
from checkers.lockstep.trial import try_kept
from spec.notation import MachineError
from spec.notation.arguments import checked
from spec.notation.machine import Machine

S = TypeVar("S")

_RESTARTS = 1 / 32  # for each step that is accepted


class Walker(Generic[S]):
    """Takes random steps in lockstep.

    Args:
        lockstep: the machine and the implementation.
        seed: of the choices; equal seeds make equal walks.
        graph: where the steps are marked.

    Attributes:
        drawn: edges of the graph that random runs took.
        steps: every action with every choice of parameters.
        tally: what was taken.
    """

    def __init__(self, lockstep: Lockstep[S], seed: int, graph: Graph[S] | None = None) -> None:
        self.lockstep = lockstep
        self.graph = graph
        self.random = random.Random(seed)
        self.steps: list[Step[S]] = []
        self.groups: list[range] = []
        for act in lockstep.actions:
            first = len(self.steps)
            self.steps += [(act, args) for args in act.instances(lockstep.scope)]
            self.groups.append(range(first, len(self.steps)))
        self.tally = Tally()
        self.drawn = 0
        self._nearness = {
            (name, reason): nearness
            for name, reasons in lockstep.reasons.items()
            for reason, nearness in _nearness(reasons).items()
        }

    def wander(self, length: int) -> None:
        """A random run of so many accepted steps, or until none is possible, and a restart.

        Whatever was accepted is so seen to be kept, also where few runs are drawn; and in each way
        to restart, where there are several, for the next run begins with one restart more or less.
        """
        self._shuffle()
        path: list[int] = []
        with self.lockstep.run(self.tally) as run:
            for _ in range(self.tally.runs % len(self.lockstep.setup.restarts)):
                run.take((RESTART, ()))
            while len(path) < length and self._step(run, path):
                if self.random.random() < _RESTARTS:
                    run.take((RESTART, ()))
            run.take((RESTART, ()))
        if self.graph:
            self._mark(self.graph, path)

    def _mark(self, graph: Graph[S], path: Sequence[int]) -> None:
        state = graph.start
        for number in path:
            self.drawn += number in graph.left[state]
            state = graph.take(state, number)

    def _shuffle(self) -> None:
        """A new order in which steps are tried."""
        order = self.random.sample(range(len(self.steps)), len(self.steps))
        self._circle = order * 2
        self._place = {number: place for place, number in enumerate(order)}

    def _step(self, run: Run[S], path: list[int]) -> bool:
        """Take a random step that is accepted, if there is one, and one that is refused before."""
        draw, steps = self.random.random, self.steps
        group = self.groups[int(draw() * len(self.groups))]  # every action is as likely
        start = self._place[group[int(draw() * len(group))]]
        refuse = True
        for number in self._circle[start : start + len(steps)]:
            step = steps[number]
            said = run.attempt(step)
            if said is None:
                path.append(number)
                run.follow(step, said)
                return True
            if said == BELOW_ZERO:
                run.follow(step, said)  # no implementation can do as the specification does
            self.tally.cut += said == OUTSIDE
            if refuse and draw() < self._nearness.get((step[0].name, said), 0):
                refuse = False
                run.follow(step, said)
        return False

    def complete(self, graph: Graph[S], length: int, most: int) -> None:
        """Runs of so many steps to edges that are left, of about so many steps together at most."""
        while most > 0 and (way := graph.first()):
            most -= self._seek(graph, way, length)

    def _seek(self, graph: Graph[S], way: Sequence[int], length: int) -> int:
        """One run by way of edges that are left; its length."""
        state = graph.start
        with self.lockstep.run(self.tally) as run:
            while way:
                for number in way:
                    said = run.take(self.steps[number])
                    assert said is None  # the graph allows it
                    state = graph.take(state, number)
                way = graph.nearest(state) if len(run.steps) < length else []
        return len(run.steps)


def _nearness(reasons: Sequence[str]) -> Mapping[str, float]:
    """For each reason to refuse an action, one in so many guards as then are not known to hold.

    Most refusals are by the first guard. One by the last is of a step that is nearly possible, and
    says more.
    """
    return {reason: 1 / left for left, reason in enumerate(reversed(reasons), 1)}


@checked
def walk(
    machine: Machine[S],
    setup: Setup,
    *,
    runs: int = 100,
    steps: int = 50,
    seed: int = 0,
    targeted: int | None = None,
    max_states: int = 10_000,
    progress: Tell = silent,
) -> Walk:
    """Walk a machine and an implementation in lockstep, until they diverge.

    A machine of the project is taken through the trials that are kept of it before.

    Args:
        machine: the specification.
        setup: how the implementation is driven.
        runs: how many random runs.
        steps: of each run that are accepted; refused ones and restarts come on top.
        seed: of the choices; equal seeds make equal walks.
        targeted: about how many steps may then go to edges that are left; None for as many again.
        max_states: of a graph that coverage is measured in; 0 to measure none.
        progress: called before each run with a line that says which.

    Raises:
        MachineError: the setup does not fit the machine, or there are no runs or steps to take.
    """
    for name, number in (("runs", runs), ("steps", steps)):
        if number < 1:
            raise MachineError(f"{number} {name}: give 1 or more")
    started = time.perf_counter()
    lockstep = Lockstep(machine, setup)
    graph = _graph(lockstep, max_states)
    walker = Walker(lockstep, seed, graph if isinstance(graph, Graph) else None)
    divergence = None
    try:
        try_kept(lockstep, walker.tally)
        for run in range(runs):
            progress(f"{run:,} of {runs:,} runs")
            walker.wander(steps)
        if walker.graph:
            progress("steps that no run has taken yet")
            walker.complete(walker.graph, steps, runs * steps if targeted is None else targeted)
    except Divergence as found:
        divergence = settle(lockstep, found)
    return Walk(
        machine=machine,
        setup=setup,
        length=steps,
        reasons=lockstep.reasons,
        tally=walker.tally,
        divergence=divergence,
        seconds=time.perf_counter() - started,
        seed=seed,
        coverage=graph.coverage(walker.drawn) if isinstance(graph, Graph) else graph,
    )


def _graph(lockstep: Lockstep[S], max_states: int) -> Graph[S] | str:
    """The graph; or why there is none."""
    if not max_states:
        return "nobody asked for it"
    try:
        return Graph(lockstep, max_states)
    except MachineError as error:
        return str(error)
