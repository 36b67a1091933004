"""States in which a ranking does not do what it is there for: found at a small size.

Z3 finds a state in which an obligation of the ranking fails. What is wrong there is then looked for
on plain values, and only what is found there is shown. The state need not be reachable.
"""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from typing import Generic, TypeAlias, TypeVar

import attrs
import z3

from checkers.prove.instance import Instance, own_scopes, small_scopes
from checkers.prove.limits import Limit, z3_answer
from checkers.prove.obligations import Induction
from checkers.prove.ranking import Termination
from checkers.traces.trace import describe, differences, state_lines
from spec.notation import OutOfRange, Refused, Scope
from spec.notation.concrete import Concrete, Undefined
from spec.notation.machine import Action, Ending, Machine
from spec.notation.sorts import Value
from spec.notation.words import reading

S = TypeVar("S")

Step: TypeAlias = tuple[Action[S], tuple[Value, ...]]


@attrs.frozen
class Unranked(Generic[S]):
    """A state, computed in the concrete domain, in which a ranking fails.

    Attributes:
        goal: what is not reached there, with its parameters, for people.
        step: what is taken there and should not disturb; None where the state is wrong by itself.
        after: the state after it; else the same.
        why: what is wrong, for people.
    """

    machine: Machine[S]
    scope: Scope
    before: S
    goal: str
    step: Step[S] | None
    after: S
    why: str

    def lines(self) -> list[str]:
        """For people: the state, the step and what it changes, and what is wrong with that."""
        lines = [f"in the state, in which {self.goal} is not reached"]
        lines += [f"     {line}" for line in state_lines(self.machine, self.scope, self.before)]
        if self.step:
            lines.append(describe(self.scope, *self.step))
            changes = differences(self.machine, self.scope, self.before, self.after)
            lines += [f"     {change}" for change in changes]
        return [*lines, self.why]


def find_unranked(
    machine: Machine[S], failing: Collection[str], kept: Sequence[str], limit: Limit
) -> Unranked[S] | None:
    """A state in which a ranking fails, at the first of some sizes that has one.

    Args:
        machine: the machine, with a ranking.
        failing: the obligations of the ranking that were not proved, by label.
        kept: the properties that hold in the state.
        limit: the most that one question to Z3 may take.
    """
    found = (
        unranked
        for scope in (*small_scopes(machine), *own_scopes(machine))
        for unranked in _at(Instance(machine, scope, limit), failing, kept)
    )
    return next(found, None)


def _at(small: Instance[S], failing: Collection[str], kept: Sequence[str]) -> Iterator[Unranked[S]]:
    """For each obligation that fails at a size, what fails."""
    assert small.machine.ending  # it has a ranking
    induction = Induction(small.machine, small.symbolic)
    termination = Termination(induction, small.machine.ending, kept)
    for group in termination.groups():
        if group.label not in failing:
            continue
        small.solver.push()
        small.solver.add(*group.facts, *map(z3.Not, group.goals.values()))
        if z3_answer(small.solver) == z3.sat:
            args = tuple(small.plain(const, sort) for const, sort in termination.parameters)
            ranked = _Ranked(small.machine, small.machine.ending, small.scope, args)
            yield from ranked.wrong(small.state(termination.before))
        small.solver.pop()


@attrs.frozen
class _Ranked(Generic[S]):
    """A ranking on plain values, for one choice of the goal's parameters."""

    machine: Machine[S]
    ending: Ending[S]
    scope: Scope
    args: tuple[Value, ...]

    def wrong(self, s: S) -> Iterator[Unranked[S]]:
        """What is wrong with the ranking in a state; nothing where a size hides that."""
        if self._is_over(s):
            return
        for rank, number in zip(self.ending.ranking, self._ranks(s), strict=True):
            if isinstance(number, Undefined) or number < 0:
                yield self._unranked(s, f"{rank.__name__} is {_said(number)}")
        with suppress(OutOfRange):
            helping = self._helping(s)
            if not helping:
                yield self._unranked(s, f"no fair action that is possible lowers {self._told(s)}")
            for act in self.machine.actions:
                for args in act.instances(self.scope):
                    yield from self._wrong_after(s, helping, (act, args))

    def _wrong_after(
        self, s: S, helping: Sequence[Step[S]], step: Step[S]
    ) -> Iterator[Unranked[S]]:
        """What is wrong with the ranking in a step."""
        with suppress(Refused, OutOfRange):
            after = self._after(s, step)
            if self._falls(s, after, strictly=True):
                return
            if not self._falls(s, after, strictly=False):
                why = f"which raises {self._told(s)} to {self._told(after)}"
                yield self._unranked(s, why, step, after)
            still = self._helping(after)
            for lost in (one for one in helping if one not in still):
                why = f"after which {describe(self.scope, *lost)} lowers {self._told(s)} no more"
                yield self._unranked(s, why, step, after)

    def _unranked(
        self, s: S, why: str, step: Step[S] | None = None, after: S | None = None
    ) -> Unranked[S]:
        sorts = self.ending.parameters.values()
        named = [self.scope.name(a, sort) for a, sort in zip(self.args, sorts, strict=True)]
        goal = f"{self.ending.goal.__name__}({', '.join(named)})"
        return Unranked(self.machine, self.scope, s, goal, step, s if after is None else after, why)

    def _is_over(self, s: S) -> bool:
        return self.machine.holds(self.ending.at(self.args), s, self.scope)

    def _ranks(self, s: S) -> list[Value]:
        with reading(Concrete(self.scope)):
            return [rank(s, *self.args) for rank in self.ending.ranking]

    def _told(self, s: S) -> str:
        """The ranking in a state, for people."""
        ranks = zip(self.ending.ranking, self._ranks(s), strict=True)
        return ", ".join(f"{rank.__name__} = {_said(number)}" for rank, number in ranks)

    def _falls(self, before: S, after: S, *, strictly: bool) -> bool:
        """As `Termination` has it."""
        if self._is_over(after):
            return True
        for old, new in zip(self._ranks(before), self._ranks(after), strict=True):
            if isinstance(old, Undefined) or isinstance(new, Undefined):
                return False
            if old != new:
                return bool(new < old)
        return not strictly

    def _helping(self, s: S) -> list[Step[S]]:
        """The fair steps that are possible in a state and lower the ranking.

        Raises:
            OutOfRange: one leads past the size, and may be one of them at another.
        """
        steps = [(act, args) for act in self.ending.fair for args in act.instances(self.scope)]
        return [step for step in steps if self._is_meant(step) and self._helps(s, step)]

    def _helps(self, s: S, step: Step[S]) -> bool:
        try:
            return self._falls(s, self._after(s, step), strictly=True)
        except Refused:
            return False

    def _is_meant(self, step: Step[S]) -> bool:
        """Whether a step's parameters are those of the goal that they are called as."""
        act, args = step
        mine = dict(zip(self.ending.parameters.items(), self.args, strict=True))
        pairs = zip(act.parameters.items(), args, strict=True)
        return all(mine.get(parameter, arg) == arg for parameter, arg in pairs)

    def _after(self, s: S, step: Step[S]) -> S:
        after = self.machine.copy(s)
        self.machine.apply(step[0], after, step[1], self.scope)
        return after


def _said(number: Value) -> str:
    return "undefined" if isinstance(number, Undefined) else str(number)
