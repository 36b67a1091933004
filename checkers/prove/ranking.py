"""Termination: why every run comes to its end, as a ranking that is proved to fall.

A fair action that stays possible is taken sooner or later. So the goal is reached if, as long as it
is not: no action raises the ranking; some fair action is possible that lowers it; and whatever else
happens leaves that action possible and lowering, or lowers the ranking itself. Natural numbers
compared in order cannot fall for ever.

That what is written reaches the size of its sort ends a run at a size; a protocol has no such end,
and so a fair action counts as possible where its guards hold.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import Enum
from functools import cached_property
from typing import Generic, TypeVar

import attrs
import z3

from checkers.explore.ending import ENDS
from checkers.prove.obligations import Group, Induction, state_at, taken
from spec.notation import MachineError
from spec.notation.machine import Action, Ending
from spec.notation.reader import Check
from spec.notation.sorts import Fun, SortType
from spec.notation.symbolic import Formula, State, select
from spec.notation.term import Term

S = TypeVar("S")


@attrs.frozen
class _Helps:
    """What makes a fair action helpful in a state.

    Attributes:
        parameters: the action's.
        conditions: what must hold of the state and of the parameters.
        filled: what defines the maps that the action fills. There always are such maps, so that
            these are facts and no conditions.
    """

    parameters: Mapping[str, z3.ExprRef]
    conditions: Sequence[Formula]
    filled: Sequence[Formula]


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
        self.before, self.after = (state_at(self.symbolic, number) for number in (0, 1))
        self.pending = [
            *induction.background,
            *self.symbolic.typed(self.before),
            *(self._inside(term) for term in self.args),
            *(induction.holds(name, self.before) for name in kept),
            z3.Not(self._goal(self.before)),
        ]

    @property
    def parameters(self) -> list[tuple[z3.ExprRef, SortType]]:
        """What the goal's parameters are called, each with its sort."""
        return [(self._constant(term), term.sort) for term in self.args]

    def groups(self) -> Iterator[Group[S]]:
        """What is to be proved."""
        naturals = self.symbolic.all(
            z3.And(defined, rank >= 0) for defined, rank in self._ranks(self.before)
        )
        yield self._group("ranking is natural", self.pending, naturals)
        idle, filled = self._nothing_helps()
        for case, fact in self._cases():
            facts = [*self.pending, *filled, fact]
            yield self._group(f"something fair helps{case}", facts, z3.Not(idle))
        for act in self.actions:
            step = taken(self.symbolic, act, self.before, self.after, 0)
            facts = [*self.pending, *step]
            yield self._group(f"{act.name} raises no rank", facts, self._no_higher)
            yield self._undisturbed(act, step)

    def _cases(self) -> Iterator[tuple[str, Formula]]:
        """What to tell apart when a fair action is looked for: the phases that a run goes through.

        They are the values of the first field that gives the goal's parameters one of an
        enumeration. A solver finds each action quickly, and hardly finds all of them at once.
        """
        keys = tuple(term.sort for term in self.args)
        for name, field in self.symbolic.machine.fields.items():
            if field.kind is not Fun and field.keys == keys and issubclass(field.sort, Enum):
                at = [self._constant(term) for term in self.args]
                held = select(self.before[name], at)
                for value in field.sort:
                    fact = held == self.symbolic.constant(value, field.sort)
                    yield f" where {name} is {value.name}", fact
                return
        yield "", z3.BoolVal(True, self.symbolic.context)

    def _undisturbed(self, act: Action[S], step: Sequence[Formula]) -> Group[S]:
        facts = [*self.pending, *step, *self._filled, z3.Not(self._lower)]
        return self._group(f"{act.name} leaves helpful what helps", facts, self._stays_helpful)

    @cached_property
    def _no_higher(self) -> Formula:
        return self._falls(self.before, self.after, strictly=False)

    @cached_property
    def _lower(self) -> Formula:
        return self._falls(self.before, self.after, strictly=True)

    @cached_property
    def _helpful(self) -> list[tuple["_Helps", "_Helps"]]:
        """What makes each fair action helpful, before and after any action."""
        return [
            (self._helps(fair, self.before), self._helps(fair, self.after))
            for fair in self.ending.fair
        ]

    @cached_property
    def _filled(self) -> list[Formula]:
        return [fact for pair in self._helpful for helps in pair for fact in helps.filled]

    @cached_property
    def _stays_helpful(self) -> Formula:
        """Every fair action that helped before helps after."""
        return self.symbolic.all(
            z3.Implies(self.symbolic.all(before.conditions), self.symbolic.all(after.conditions))
            for before, after in self._helpful
        )

    def _group(self, label: str, facts: Sequence[Formula], goal: Formula) -> Group[S]:
        return Group(label, facts, {ENDS: goal}, self.kept)

    def _nothing_helps(self) -> tuple[Formula, list[Formula]]:
        """No fair action is possible that lowers the ranking or reaches the goal; and the maps
        that these actions fill are so filled."""
        idle: list[Formula] = []
        facts: list[Formula] = []
        for fair in self.ending.fair:
            helps = self._helps(fair, self.before)
            useless = z3.Not(self.symbolic.all(helps.conditions))
            bound = list(helps.parameters.values())
            idle.append(z3.ForAll(bound, useless) if bound else useless)
            facts += helps.filled
        return self.symbolic.all(idle), facts

    def _helps(self, fair: Action[S], state: State) -> "_Helps":
        """With these parameters, an action is possible, and lowers the ranking."""
        transition = self.symbolic.transition(fair, state)
        if transition.definitions and transition.parameters:
            raise MachineError(
                f"{self.symbolic.machine.name}.{fair.name} has parameters and fills a map, so it "
                "cannot be a fair action of a ranking; take one or the other"
            )
        # Of a parameter that the goal has too, only the goal's own choice is meant to help.
        mine = [
            transition.parameters[name] == self._constant(term)
            for name, term in zip(self.ending.parameters, self.args, strict=True)
            if fair.parameters.get(name) is term.sort
        ]
        checks = [formula for check, formula in transition.checks if not self._is_edge(check)]
        falls = self._falls(state, transition.after, strictly=True)
        conditions = [*transition.typed, *mine, *checks, falls]
        return _Helps(transition.parameters, conditions, transition.definitions)

    def _is_edge(self, check: Check) -> bool:
        """Whether a check stops an action only because a size is as it is, which matters to no
        text: at a greater size all is as it was, and the check is met."""
        counted = self.symbolic.machine.counted
        return check.kind == "high" and bool(check.edge) and not counted & set(check.edge)

    def _goal(self, state: State) -> Formula:
        return self.symbolic.condition(self.ending.goal, state, self.args)

    def _ranks(self, state: State) -> list[tuple[Formula, z3.ExprRef]]:
        """Per rank, whether it is defined, and the number."""
        return [self.symbolic.value(rank, state, self.args) for rank in self.ending.ranking]

    def _falls(self, before: State, after: State, *, strictly: bool) -> Formula:
        """The goal is reached or the ranking is lower, in lexicographic order; or else the same.

        A rank that is undefined is not lower, and not the same.
        """
        falls = z3.BoolVal(not strictly, self.symbolic.context)
        ranks = list(zip(self._ranks(before), self._ranks(after), strict=True))
        for (old_defined, old), (new_defined, new) in reversed(ranks):
            lower = z3.Or(new < old, z3.And(new == old, falls))
            falls = z3.And(old_defined, new_defined, lower)
        return z3.Or(self._goal(after), falls)

    def _inside(self, term: Term) -> Formula:
        return self.symbolic.inside(self._constant(term), term.sort)

    def _constant(self, term: Term) -> z3.ExprRef:
        return self.symbolic.free(term.args[0], term.sort)
