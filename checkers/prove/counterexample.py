"""Counterexamples to induction: found at a small size, and run again in the concrete domain."""

from collections.abc import Sequence
from typing import Generic, TypeVar

import attrs
import z3

from checkers.prove.disagreement import Disagreement
from checkers.prove.instance import Instance
from checkers.prove.limits import Limit, z3_answer
from checkers.prove.obligations import INIT, NATURAL, Group, failing
from checkers.traces.trace import describe, differences, state_lines
from spec.notation import OutOfRange, Refused, Scope
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Value
from spec.notation.symbolic import Formula, Transition

S = TypeVar("S")


@attrs.frozen
class Counterexample(Generic[S]):
    """A property holds before an action, and not after it.

    Both states were computed in the concrete domain. The first need not be reachable.

    Attributes:
        action: what is taken; None for the start.
        low: which number falls below zero, if one does; the action is then not taken.
    """

    machine: Machine[S]
    scope: Scope
    before: S
    action: Action[S] | None
    args: tuple[Value, ...]
    after: S
    low: str = ""

    def lines(self) -> list[str]:
        """For people: the state before, the action, and what it changed."""
        lines = ["in the state"]
        lines += [f"     {line}" for line in state_lines(self.machine, self.scope, self.before)]
        if self.action is not None:
            lines.append(describe(self.scope, self.action, self.args))
        if self.low:
            return [*lines, f"     {self.low}"]
        if self.action is None:
            return lines
        changes = differences(self.machine, self.scope, self.before, self.after)
        return lines + [f"     {change}" for change in changes]


def find_counterexample(
    machine: Machine[S], group: Group[S], name: str, scopes: Sequence[Scope], limit: Limit
) -> Counterexample[S] | None:
    """A counterexample to a goal at the first of some sizes that has one.

    Args:
        machine, group, name: what is to be kept, by which action or at the start, given what.
        scopes: the sizes.
        limit: the most that one of them may take.

    Raises:
        Disagreement: Z3 has found one, and in the concrete domain it is none.
    """
    if name != NATURAL and name not in machine.named:
        return None
    if group.action is None and group.label != INIT:
        return None  # of several states in a row
    for scope in scopes:
        found = _Small(Instance(machine, scope, limit), group, name).found()
        if found:
            return found
    return None


class _Small(Generic[S]):
    """A goal of a group at a size."""

    def __init__(self, small: Instance[S], group: Group[S], name: str) -> None:
        self.small = small
        self.machine, self.scope = small.machine, small.scope
        self.group = group
        self.name = name

    def found(self) -> Counterexample[S] | None:
        symbolic, act = self.small.symbolic, self.group.action
        before = symbolic.constants() if act else symbolic.before_start()
        transition = symbolic.transition(act, before) if act else symbolic.start(before)
        self.small.solver.add(*symbolic.typed(before), self._fails(transition))
        kept = [self.small.texts[name] for name in self.group.kept]
        self.small.solver.add(*(symbolic.predicate(text, before) for text in kept))
        if z3_answer(self.small.solver) != z3.sat:
            return None
        args = self.small.arguments(act, transition.parameters) if act else ()
        return self._replayed(self.small.state(before), act or self.machine.start_action, args)

    def _fails(self, transition: Transition) -> Formula:
        symbolic = self.small.symbolic
        if self.name == NATURAL:
            ways = failing(transition, "low")
            return z3.Or(*ways, z3.BoolVal(False, symbolic.context))
        lost = z3.Not(symbolic.predicate(self.small.texts[self.name], transition.after))
        return symbolic.all([*transition.conditions, lost])

    def _replayed(self, before: S, act: Action[S], args: tuple[Value, ...]) -> Counterexample[S]:
        after, low = self.machine.copy(before), ""
        try:
            self.machine.apply(act, after, args, self.scope)
        except (Refused, OutOfRange) as stopped:
            low = str(stopped) if isinstance(stopped, OutOfRange) and stopped.low else ""
            if self.name != NATURAL or not low:
                raise Disagreement(
                    f"{self.machine.name}: z3 takes {act.name}, which on plain values is refused: "
                    f"{stopped}; trust neither"
                ) from None
        if not low and (self.name == NATURAL or self._holds(after)):
            raise Disagreement(
                f"{self.machine.name}: z3 says that {act.name} loses {self.name}, and on plain "
                "values it holds; trust neither"
            )
        if low:
            after = before
        elif self.group.action is None:
            before = after
        taken = self.group.action
        return Counterexample(self.machine, self.scope, before, taken, args, after, low)

    def _holds(self, after: S) -> bool:
        return self.machine.holds(self.small.texts[self.name], after, self.scope)
