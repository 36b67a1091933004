"""Termination: why every run comes to its end, as a ranking that is proved to fall.

A fair action that stays possible is taken sooner or later. So the goal is reached if, as long as it
is not: no action raises the ranking; some fair action is possible that lowers it; and whatever else
happens leaves that action possible and lowering, or lowers the ranking itself. Natural numbers
compared in order cannot fall for ever.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import z3

from checkers.induction import Group, Induction, taken
from spec.notation import MachineError
from spec.notation.machine import Action, Ending
from spec.notation.symbolic import Formula, State
from spec.notation.term import Term

S = TypeVar("S")

ENDS = "every run comes to its end"


class Termination(Generic[S]):
    """The obligations that make a ranking prove that the goal is reached.

    Args:
        induction: the machine as formulas.
        ending: its ending, with a ranking.
        kept: the properties that always hold.
    """

    def __init__(self, induction: Induction[S], ending: Ending[S], kept: Collection[str]) -> None:
        self.actions = induction.machine.actions
        self.symbolic = induction.symbolic
        self.ending = ending
        self.kept = tuple(kept)
        # Any one choice of the goal's parameters.
        sorts = ending.parameters.items()
        self.args = [Term("free", (f"ending {name}",), sort) for name, sort in sorts]
        self.before, self.after = (self.symbolic.constants(f" at {i}") for i in (0, 1))
        self.pending = [
            *induction.background,
            *self.symbolic.typed(self.before),
            *(self._inside(term) for term in self.args),
            *(induction.holds(name, self.before) for name in kept),
            z3.Not(self._goal(self.before)),
        ]

    def groups(self) -> Iterator[Group[S]]:
        """What is to be proved."""
        naturals = self.symbolic.all(rank >= 0 for rank in self._ranks(self.before))
        yield self._group("ranking is natural", self.pending, naturals)
        yield self._group("something fair helps", self.pending, z3.Not(self._nothing_helps()))
        for act in self.actions:
            step = taken(self.symbolic, act, self.before, self.after, 0)
            no_higher = self._falls(self.before, self.after, strictly=False)
            yield self._group(f"{act.name} raises no rank", [*self.pending, *step], no_higher)
            for fair in self.ending.fair:
                yield self._undisturbed(fair, act, step)

    def _undisturbed(self, fair: Action[S], act: Action[S], step: Sequence[Formula]) -> Group[S]:
        lost = z3.Not(self._falls(self.before, self.after, strictly=True))
        facts = [*self.pending, *self._helps(fair, self.before)[1], *step, lost]
        helps = self.symbolic.all(self._helps(fair, self.after)[1])
        return self._group(f"{act.name} leaves {fair.name} helpful", facts, helps)

    def _group(self, label: str, facts: Sequence[Formula], goal: Formula) -> Group[S]:
        return Group(label, facts, {ENDS: goal}, self.kept)

    def _nothing_helps(self) -> Formula:
        """No fair action is possible that lowers the ranking or reaches the goal."""
        idle = []
        for fair in self.ending.fair:
            parameters, helps = self._helps(fair, self.before)
            useless = z3.Not(self.symbolic.all(helps))
            idle.append(z3.ForAll(list(parameters.values()), useless) if parameters else useless)
        return self.symbolic.all(idle)

    def _helps(
        self, fair: Action[S], state: State
    ) -> tuple[Mapping[str, z3.ExprRef], list[Formula]]:
        """With these parameters, an action is possible, and lowers the ranking."""
        transition = self.symbolic.transition(fair, state)
        if transition.definitions:
            raise MachineError(
                f"{fair.name} fills a map, so it cannot be a fair action of a ranking"
            )
        falls = self._falls(state, transition.after, strictly=True)
        return transition.parameters, [*transition.conditions, falls]

    def _goal(self, state: State) -> Formula:
        return self.symbolic.condition(self.ending.goal, state, self.args)

    def _ranks(self, state: State) -> list[z3.ArithRef]:
        return [self.symbolic.number(rank, state, self.args) for rank in self.ending.ranking]

    def _falls(self, before: State, after: State, *, strictly: bool) -> Formula:
        """The goal is reached or the ranking is lower, in lexicographic order; or else the same."""
        falls = z3.BoolVal(not strictly, self.symbolic.context)
        ranks = list(zip(self._ranks(before), self._ranks(after), strict=True))
        for old, new in reversed(ranks):
            falls = z3.Or(new < old, z3.And(new == old, falls))
        return z3.Or(self._goal(after), falls)

    def _inside(self, term: Term) -> Formula:
        constant = z3.Const(term.args[0], self.symbolic.sort(term.sort))
        return self.symbolic.inside(constant, term.sort)
