"""Bounded model checking: does some run of at most so many steps refute a property?

The machine is read at a size, and its steps are laid end to end in Z3. A run that is found is run
again in the concrete domain before anyone sees it. To find none is a bound, not a proof.
"""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

import attrs
import z3

from checkers.induction import any_step, in_step, same, state_at, took
from checkers.instance import Instance
from checkers.limits import Limit
from checkers.trace import Trace, replay
from spec.notation import MachineError, Scope
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Value
from spec.notation.symbolic import State

S = TypeVar("S")


@attrs.frozen
class Bounded(Generic[S]):
    """What bounded checking found.

    Attributes:
        depth: every run of so many steps was looked at.
        complete: whether that is as deep as was asked for, or the limit came before.
        violations: by property, a shortest run that refutes it.
    """

    machine: Machine[S]
    scope: Scope
    depth: int
    complete: bool
    seconds: float
    violations: dict[str, Trace[S]]


def check_bounded(
    machine: Machine[S],
    scope: Scope,
    depth: int,
    limit: Limit | None = None,
    progress: Callable[[str], None] | None = None,
) -> Bounded[S]:
    """Look for runs of up to `depth` steps that refute what always holds.

    Args:
        machine: the machine.
        scope: its size.
        depth: steps.
        limit: the most that one question may take; past it, the bound is what was reached before.
        progress: called before each depth.
    """
    if depth < 0:
        raise MachineError(f"depth {depth}: give 0 steps or more")
    return _Unrolling(machine, scope, limit or Limit()).run(depth, progress)


class _Unrolling(Generic[S]):
    """Runs of a machine, one step longer at a time."""

    def __init__(self, machine: Machine[S], scope: Scope, limit: Limit) -> None:
        self.machine = machine
        self.scope = scope
        self.instance = Instance(machine, scope, limit)
        self.symbolic = self.instance.symbolic
        self.solver = self.instance.solver
        conditions, start = self.symbolic.initial()
        self.states: list[State] = [state_at(self.symbolic, 0)]
        self.solver.add(*conditions, same(start, self.states[0]))
        self.pending = {text.__name__: text for text in (*machine.always, *machine.refuted)}
        self.violations: dict[str, Trace[S]] = {}

    def run(self, depth: int, progress: Callable[[str], None] | None) -> Bounded[S]:
        started = time.perf_counter()
        reached = -1
        while reached < depth and self.pending:
            if progress:
                progress(f"depth {reached + 1} of {depth}: {len(self.pending)} properties")
            if reached >= 0:
                self._lengthen()
            known = [self._look_at(name) for name in list(self.pending)]
            if not all(known):
                break
            reached += 1
        seconds = time.perf_counter() - started
        complete = reached == depth or not self.pending
        return Bounded(self.machine, self.scope, reached, complete, seconds, self.violations)

    def _lengthen(self) -> None:
        number = len(self.states)
        after = state_at(self.symbolic, number)
        self.solver.add(any_step(self.symbolic, self.states[-1], after, number - 1))
        self.states.append(after)

    def _look_at(self, name: str) -> bool:
        """Whether it is known if a property holds in the last state of every run."""
        self.solver.push()
        self.solver.add(z3.Not(self.symbolic.predicate(self.pending[name], self.states[-1])))
        answer = self.solver.check()
        if answer == z3.sat:
            self.violations[name] = self._replayed(name)
            del self.pending[name]
        self.solver.pop()
        return bool(answer != z3.unknown)

    def _replayed(self, name: str) -> Trace[S]:
        start = self.instance.state(self.states[0])
        steps = [self._step(number) for number in range(len(self.states) - 1)]
        trace = replay(self.machine, self.scope, start, steps)
        if self.machine.holds(self.pending[name], trace.states[-1], self.scope):
            raise MachineError(f"{name} holds after all; the domains disagree")
        return trace

    def _step(self, number: int) -> tuple[Action[S], tuple[Value, ...]]:
        model = self.solver.model()
        act = next(
            act
            for act in self.machine.actions
            if z3.is_true(model[took(self.symbolic, act, number)])
        )
        parameters = in_step(self.symbolic, act, number).parameters(act)
        return act, self.instance.arguments(act, parameters)
