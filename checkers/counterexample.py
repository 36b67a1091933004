"""Counterexamples to induction: found at a small size, and run again in the concrete domain."""

from collections.abc import Iterator, Sequence
from typing import Generic, TypeVar

import attrs
import z3

from checkers.induction import Group
from checkers.instance import Instance
from checkers.reach import reach
from checkers.trace import describe, differences, shown
from spec.notation import MachineError, Refused, Scope
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Value
from spec.notation.symbolic import State

S = TypeVar("S")

_SMALL = (1, 2, 3)  # sizes at which a counterexample is looked for


@attrs.frozen
class Counterexample(Generic[S]):
    """A property holds before an action, and not after it.

    Both states were computed in the concrete domain. The first need not be reachable.
    """

    machine: Machine[S]
    scope: Scope
    before: S
    action: Action[S] | None
    args: tuple[Value, ...]
    after: S

    def lines(self) -> list[str]:
        """For people: the state before, the action, and what it changed."""
        lines = ["in the state"]
        lines += [f"     {line}" for line in shown(self.machine, self.scope, self.before)]
        if self.action is None:
            return lines
        lines.append(describe(self.scope, self.action, self.args))
        changes = differences(self.machine, self.scope, self.before, self.after)
        return lines + [f"     {change}" for change in changes]

    def reached(self) -> str:
        """Whether a run leads to the state before, at its size, in words."""
        found = reach(self.machine, self.scope, self.before)
        if found.trace:
            return f"a run of {found.trace.extent} leads there: what is lost does not hold"
        if found.complete:
            return "no run leads there at this size: a lemma that excludes it is missing"
        return f"no run of {found.depth} steps leads there; longer ones were not looked at"


def small_instances(machine: Machine[S], timeout: float) -> Iterator[Instance[S]]:
    """A machine at sizes 1, 2 and 3 of every sort."""
    for size in _SMALL:
        sizes = {sort.__name__: size for sort in machine.sorts}
        yield Instance(machine, machine.scope(**sizes), timeout)


def can_start(machine: Machine[S], timeout: float) -> bool:
    """Whether a machine has an initial state at a small size."""
    for small in small_instances(machine, timeout):
        small.solver.add(*small.symbolic.initial()[0])
        if small.solver.check() == z3.sat:
            return True
    return False


def find_counterexample(
    machine: Machine[S], group: Group[S], name: str, timeout: float
) -> Counterexample[S] | None:
    """A counterexample to a goal at the smallest of some sizes that has one."""
    for small in small_instances(machine, timeout):
        act = group.action
        found = _at_start(small, name) if act is None else _in_step(small, act, group.kept, name)
        if found:
            return found
    return None


def _at_start(small: Instance[S], name: str) -> Counterexample[S] | None:
    conditions, start = small.symbolic.initial()
    small.solver.add(*conditions, z3.Not(small.symbolic.predicate(small.texts[name], start)))
    if small.solver.check() != z3.sat:
        return None
    state = small.state(start)
    return Counterexample(small.machine, small.scope, state, None, (), state)


def _in_step(
    small: Instance[S], act: Action[S], kept: Sequence[str], name: str
) -> Counterexample[S] | None:
    symbolic = small.symbolic
    state = symbolic.constants()
    transition = symbolic.transition(act, state)
    small.solver.add(*symbolic.typed(state), *transition.conditions)
    small.solver.add(*(symbolic.predicate(small.texts[k], state) for k in kept))
    small.solver.add(z3.Not(symbolic.predicate(small.texts[name], transition.after)))
    if small.solver.check() != z3.sat:
        return None
    return _replayed(small, name, act, small.arguments(act, transition.parameters), state)


def _replayed(
    small: Instance[S], name: str, act: Action[S], args: tuple[Value, ...], state: State
) -> Counterexample[S]:
    machine, scope, before = small.machine, small.scope, small.state(state)
    after = machine.copy(before)
    try:
        machine.apply(act, after, args, scope)
    except Refused as refusal:
        raise MachineError(f"{act.name}: Z3 takes an action refused: {refusal}") from None
    if machine.holds(small.texts[name], after, scope):
        raise MachineError(f"{act.name}: {name} holds after all; the domains disagree")
    return Counterexample(machine, scope, before, act, args, after)
