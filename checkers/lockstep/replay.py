"""Replay: what refutes a property of the specification happens in an implementation as well.

A counterexample is found at small sizes, where elements are numbers and functions are tables. An
implementation has real values and real functions. So its actions are taken again, in their order,
with real parameters: of all those with which the specification accepts them, some must lead to a
state in which the property is false. That run is taken by both sides, in lockstep; and then the
property is evaluated on the state that the implementation shows.
"""

from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from functools import cached_property
from typing import Generic, TypeVar

import attrs
import numpy as np

from checkers.explore.keys import Keys, distinct, to_keys, to_words
from checkers.lockstep.driver import Setup
from checkers.lockstep.graph import contents
from checkers.lockstep.run import Lockstep, Run
from checkers.lockstep.run import Step as Taken
from checkers.traces.trace import Trace
from checkers.traces.trace import replay as run_again
from spec.notation import MachineError, Scope
from spec.notation.batch import Batch, Step, Words
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Field, Fun, Map, SortType, Value

S = TypeVar("S")

_BEYOND = 16
"""Values that functions give and nobody lists: more of one sort are too many to look at."""


@attrs.frozen
class Replayed(Generic[S]):
    """A counterexample in an implementation.

    Attributes:
        trace: what both sides took.
        refuted: whether the property is false of what the implementation shows.
    """

    trace: Trace[S]
    refuted: bool


class Replayer(Generic[S]):
    """Takes the actions of traces that refute claims on an implementation, in lockstep.

    Args:
        machine: of which they are claimed.
        traces: at least one; all of one size.
        setup: how the implementation is driven.
    """

    def __init__(self, machine: Machine[S], traces: Collection[Trace[S]], setup: Setup) -> None:
        self.machine = machine
        self.traces = traces
        self.setup = setup

    def replay(self, claim: Callable[[S], bool], trace: Trace[S]) -> Replayed[S]:
        """Take the actions of one of the traces, which refutes a claim.

        Raises:
            MachineError: with no real parameters do these actions refute the claim.
            Divergence: the implementation differs on the way.
        """
        machine, lockstep = self.machine, self._lockstep
        steps = self._retracing.steps(claim, [act.name for act, _ in trace.steps])
        with lockstep.run() as run:
            for step in steps:
                run.take(step)
            shown = _shown(run)
            refuted = not machine.holds(claim, shown, lockstep.scope)
        start = machine.copy(lockstep.start)
        return Replayed(run_again(machine, lockstep.scope, start, steps), refuted)

    @cached_property
    def _lockstep(self) -> Lockstep[S]:
        scope = closed(self.machine, self.setup)
        return Lockstep(self.machine, attrs.evolve(self.setup, scope=scope))

    @cached_property
    def _retracing(self) -> "_Retracing[S]":
        machine, counts = self.machine, next(iter(self.traces)).scope
        few = _as_far_as(machine, counts, self._lockstep.scope)
        listed = _as_far_as(machine, counts, self.setup.scope or machine.scope())
        driven = Lockstep(machine, attrs.evolve(self.setup, scope=few))
        names = {act.name for trace in self.traces for act, _ in trace.steps}
        return _Retracing(driven, listed.numbered, names)


def closed(machine: Machine[S], setup: Setup) -> Scope:
    """The setup's scope, with the values that its functions give and that it does not list.

    Nobody names these; but they can come about.

    Raises:
        MachineError: there is no end of them.
    """
    scope = setup.scope or machine.scope()
    functions = [field for field in machine.fields.values() if field.kind is Fun]
    while beyond := _beyond(functions, setup, scope):
        listed = {sort: [*scope.elements(sort), *values] for sort, values in beyond.items()}
        scope = attrs.evolve(scope, universe={**scope.universe, **listed})
        for sort, values in listed.items():
            if len(values) > len((setup.scope or scope).elements(sort)) + _BEYOND:
                raise MachineError(
                    f"{machine.name}: functions give ever more {sort.__name__}; drive it with "
                    "values of which they make few"
                )
    return scope


def _beyond(
    functions: Sequence[Field], setup: Setup, scope: Scope
) -> Mapping[SortType, Sequence[Hashable]]:
    """By sort, the values that functions give and that a scope does not list."""
    found: dict[SortType, dict[Hashable, None]] = {}
    for field in functions:
        function = setup.functions.get(field.name)
        if callable(function) and field.sort in scope.universe:
            listed = scope.universe[field.sort]
            values = (function(*key) for key in scope.keys(field))
            found.setdefault(field.sort, {}).update((v, None) for v in values if v not in listed)
    return {sort: list(values) for sort, values in found.items() if values}


@attrs.frozen
class Listed(Action[S]):
    """An action that is taken with those parameters only that a scope lists."""

    listed: Scope

    def instances(self, scope: Scope) -> list[tuple[Value, ...]]:
        return self.listed.choices(self.parameters.values())


def _as_far_as(machine: Machine[S], counts: Scope, scope: Scope) -> Scope:
    """A scope that counts no further than another, but for numbers that functions give."""
    given = {field.sort for field in machine.fields.values() if field.kind is Fun}
    sizes = {
        sort: min(size, counts.size(sort)) if sort in machine.sorts and sort not in given else size
        for sort, size in scope.sizes.items()
    }
    return attrs.evolve(scope, sizes=sizes)


class _Retracing(Generic[S]):
    """Looks for real parameters with which some actions, one after the other, refute a claim.

    Args:
        lockstep: how the machine is driven.
        listed: how many elements of each sort can be parameters.
        names: those of all actions that are taken.
    """

    def __init__(self, lockstep: Lockstep[S], listed: Scope, names: Collection[str]) -> None:
        machine = lockstep.machine
        named: list[Action[S]] = [
            Listed(act.text, act.name, act.parameters, listed)
            for act in machine.actions
            if act.name in names
        ]
        self.lockstep = lockstep
        self.batch = Batch(attrs.evolve(machine.bare, actions=named), lockstep.scope.numbered)

    def steps(self, claim: Callable[[S], bool], names: Sequence[str]) -> list[Taken[S]]:
        """The first run of actions of these names that refutes the claim.

        Raises MachineError if none does.
        """
        levels = [to_keys(self.batch.layout.pack([contents(self.lockstep)]))]
        for name in names:
            before = self._words(levels[-1])
            after = [
                to_keys(step.effect(before[:, step.allowed(before)]))
                for step in self._instances(name)
            ]
            levels.append(distinct(np.concatenate(after)))
        refuting = ~self.batch.predicate(claim)(self._words(levels[-1]))
        if not refuting.any():
            raise MachineError(
                f"{claim.__name__}: no values that are listed make {', '.join(names)} "
                "refute it; list more of them"
            )
        return self._way(names, levels, self._words(levels[-1][refuting][:1]))

    def _instances(self, name: str) -> list[Step[S]]:
        return [step for step in self.batch.steps if step.action.name == name]

    def _words(self, keys: Keys) -> Words:
        return to_words(keys, self.batch.layout.words)

    def _way(self, names: Sequence[str], levels: Sequence[Keys], target: Words) -> list[Taken[S]]:
        """The steps through the levels to a state of the last one."""
        way: list[Taken[S]] = []
        for name, level in reversed([*zip(names, levels, strict=False)]):
            step, target = self._last(name, self._words(level), target)
            way.insert(0, self._real(step))
        return way

    def _last(self, name: str, words: Words, target: Words) -> tuple[Step[S], Words]:
        for step in self._instances(name):
            before = words[:, step.allowed(words)]
            hits = np.flatnonzero((step.effect(before) == target).all(axis=0))
            if len(hits):
                return step, before[:, hits[:1]]
        raise AssertionError("a state of a level comes from one of the level before it")

    def _real(self, step: Step[S]) -> Taken[S]:
        """A step with the values that its numbers stand for."""
        universe = self.lockstep.scope.universe
        pairs = zip(step.args, step.action.parameters.values(), strict=True)
        args = tuple(universe[s][arg] if s in universe else arg for arg, s in pairs)
        return self.lockstep.machine.action(step.action.name), args


def _shown(run: Run[S]) -> S:
    """What the implementation holds, as a state of the machine. Raises MachineError for a gap."""
    machine, start = run.lockstep.machine, run.lockstep.start
    held = run.shown
    cells: dict[str, Value] = {}
    for name, field in machine.fields.items():
        blank = getattr(start, name)
        if field.kind is Fun:
            cells[name] = blank
        elif name not in held:
            raise MachineError(f"{machine.name}: the driver does not show {name}")
        else:
            cells[name] = {**blank, **held[name]} if field.kind is Map else held[name]
    return machine.concrete(run.lockstep.scope, cells)
