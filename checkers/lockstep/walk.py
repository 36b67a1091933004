"""Walks: many random steps in lockstep, and how much of the machine they saw.

Hypothesis chooses well and is slow; a walk chooses in a plain loop, and goes far. Where the graph
of the machine is small enough to be explored, a walk says which share of its edges it took at
random, and then goes to those that are left.
"""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Generic, TypeVar

import numpy as np

from checkers.explore.keys import Keys, contains, distinct, to_keys, to_words
from checkers.lockstep.driver import Setup
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
from checkers.lockstep.sample import Coverage, Walk
from checkers.lockstep.shrink import settle
from checkers.traces.trace import place
from spec.notation import MachineError, Scope, batch
from spec.notation.machine import Machine
from spec.notation.sorts import Field, Value

S = TypeVar("S")

_NEAR = 64  # states looked at before a run is given up for one from the start
_RESTARTS = 1 / 32  # for each step that is accepted


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
        compiled = batch.Batch(lockstep.machine, counted(lockstep.scope))
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

    def _edges(self, states: Keys, words: batch.Words) -> list[dict[int, int]]:
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


def counted(scope: Scope) -> Scope:
    """The scope in which numbers stand for elements."""
    return Scope({**scope.sizes, **{sort: len(values) for sort, values in scope.universe.items()}})


def contents(lockstep: Lockstep[S]) -> Mapping[tuple[str, tuple[Value, ...]], int]:
    """The state in which lockstep starts, cell by cell, with numbers for elements."""
    scope, numbered = lockstep.scope, counted(lockstep.scope)
    found = {}
    for name, field in lockstep.machine.fields.items():
        for key, number in zip(scope.keys(field), numbered.keys(field), strict=True):
            value = lockstep.machine.cell(lockstep.start, field, key)
            found[name, number] = _number(scope, field, key, value)
    return found


def _number(scope: Scope, field: Field, key: tuple[Value, ...], value: Value) -> int:
    try:
        return scope.elements(field.sort).index(value)
    except ValueError:
        cell = place(scope, field, key)
        raise MachineError(f"{cell} is no {field.sort.__name__} of those that are listed") from None


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
        """A random run of so many accepted steps, or until none is possible."""
        self._shuffle()
        path: list[int] = []
        with self.lockstep.run(self.tally) as run:
            while len(path) < length and self._step(run, path):
                if self.random.random() < _RESTARTS:
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


def walk(
    machine: Machine[S],
    setup: Setup,
    *,
    runs: int = 100,
    steps: int = 50,
    seed: int = 0,
    targeted: int | None = None,
    max_states: int = 10_000,
    progress: Callable[[int, int], None] | None = None,
) -> Walk:
    """Walk a machine and an implementation in lockstep, until they diverge.

    Args:
        machine: the specification.
        setup: how the implementation is driven.
        runs: how many random runs.
        steps: of each run that are accepted; refused ones and restarts come on top.
        seed: of the choices; equal seeds make equal walks.
        targeted: about how many steps may then go to edges that are left; None for as many again.
        max_states: of a graph that coverage is measured in; 0 to measure none.
        progress: called after each random run with (run, of how many).

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
        for run in range(runs):
            walker.wander(steps)
            if progress:
                progress(run + 1, runs)
        if walker.graph:
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
