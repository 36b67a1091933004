"""Two copies of a machine that an onlooker cannot tell apart, and what must be so of them.

They agree on all that the onlooker sees and on what is given away on purpose; in what is secret
they may differ.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Generic, TypeVar

import z3

from checkers.prove.obligations import INIT, Group
from spec.notation import MachineError
from spec.notation.machine import Action, Machine, Secrecy
from spec.notation.reader import Check
from spec.notation.sorts import Fun, SortType, Value
from spec.notation.symbolic import Formula, State, Symbolic, Transition, select
from spec.notation.term import Term

S = TypeVar("S")

TAKEN = "both can take it, or neither"
REFUSED = "refused alike"
FITS = "any secret fits what shows"


def secrecy_of(machine: Machine[S]) -> Secrecy[S]:
    """What a machine says of its secrets.

    Raises:
        MachineError: it says nothing, or names what it does not have.
    """
    if machine.secrecy is None:
        raise MachineError(f"{machine.name} has no secrets; give it secrecy=Secrecy(...)")
    for name in machine.secrecy.secret:
        if name not in machine.fields:
            raise MachineError(
                f"{machine.name} has no {name} to keep secret; name fields and functions"
            )
    for act, name in machine.secrecy.private:
        if name not in act.parameters:
            raise MachineError(
                f"{machine.name}: {act.name} has no parameter {name} to keep secret; "
                f"it has {', '.join(act.parameters) or 'none'}"
            )
    return machine.secrecy


class Copies(Generic[S]):
    """Two copies of a machine, side by side, that an onlooker cannot tell apart.

    Args:
        machine: the machine.
        symbolic: the machine as Z3 terms, for any size or for one.
        kept: properties that each copy has.
    """

    def __init__(
        self, machine: Machine[S], symbolic: Symbolic[S], kept: Collection[str] = ()
    ) -> None:
        self.machine = machine
        self.secrecy = secrecy_of(machine)
        self.symbolic = symbolic
        self.twin = symbolic.twin(self.secrecy.secret)
        self.states = symbolic.constants(), self.twin.constants()
        self.fields = [
            name
            for name, field in machine.fields.items()
            if field.kind is not Fun and name not in self.secrecy.secret
        ]
        texts = [text for text in machine.predicates if text.__name__ in kept]
        self.background = [*symbolic.background(), *self.twin.background()]
        self.facts = list(self.background)
        for copy_, state in zip((symbolic, self.twin), self.states, strict=True):
            self.facts += [*copy_.typed(state), *(copy_.predicate(t, state) for t in texts)]
        self.facts += self.given_away(*self.states)
        self._transitions: dict[Action[S], tuple[Transition, Transition]] = {}

    def given_away(self, one: State, other: State) -> list[Formula]:
        """What is given away is the same in both."""
        given = self.secrecy.given_away
        return [self._same_value(text, sorts, one, other) for text, sorts in given]

    def _same_value(
        self, text: Callable[..., Value], sorts: Sequence[SortType], here: State, beside: State
    ) -> Formula:
        """What a text says of either state is the same, for all its parameters."""
        terms = [Term("free", (f"given {i}",), sort) for i, sort in enumerate(sorts)]
        one_defined, one = self.symbolic.value(text, here, terms)
        other_defined, other = self.twin.value(text, beside, terms)
        at = [self.symbolic.free(term.args[0], term.sort) for term in terms]
        same = z3.And(one_defined == other_defined, z3.Implies(one_defined, one == other))
        return self._everywhere(at, sorts, same)

    def _everywhere(
        self, at: Sequence[z3.ExprRef], sorts: Sequence[SortType], fact: Formula
    ) -> Formula:
        """A fact about some free terms for all that these may be."""
        if self.symbolic.scope:
            return self.symbolic.all(self._instances(at, sorts, fact))
        return self.symbolic.each(at, sorts, fact)

    def _instances(
        self, at: Sequence[z3.ExprRef], sorts: Sequence[SortType], fact: Formula
    ) -> Iterator[Formula]:
        assert self.symbolic.scope is not None
        for choice in self.symbolic.scope.choices(sorts):
            values = [self.symbolic.constant(v, s) for v, s in zip(choice, sorts, strict=True)]
            yield z3.substitute(fact, *zip(at, values, strict=True))

    @cached_property
    def third(self) -> Symbolic[S]:
        """A machine beside the second that has its secrets, and shows what may be anything."""
        public = [n for n in self.machine.fields if n not in self.secrecy.secret]
        return self.twin.twin(public)

    @cached_property
    def _befores(self) -> tuple[State, State, State]:
        """What there was before either start, and before that of the third."""
        return self.symbolic.before_start(), self.twin.before_start(), self.third.before_start()

    @cached_property
    def _starts(self) -> tuple[Transition, Transition, Transition]:
        before, beside, third = self._befores
        return self.symbolic.start(before), self.twin.start(beside), self.third.start(third)

    @property
    def initial(self) -> tuple[State, State, State]:
        """How each copy starts, and how another starts that has the secrets of the second."""
        one, other, third = self._starts
        return one.after, other.after, third.after

    def fitting(self) -> Group[S]:
        """What shows at one start and what is secret at another make a start."""
        one, other, third = self._starts
        known = [*one.conditions, *third.conditions]
        needed = [f for _, f in other.checks if not any(f.eq(k) for k in known)]
        needed += [self.twin.predicate(text, {}) for text in self.machine.assumptions]
        secret = [n for n in self.secrecy.secret if n in other.after]
        needed += [self._same(other.after, third.after, name) for name in secret]
        facts = [
            *self.symbolic.background(),
            *self.third.background(),
            *self.symbolic.typed(self._befores[0]),
            *self.third.typed(self._befores[2]),
            *known,
            *other.definitions,
            *self.given_away(one.after, other.after),
        ]
        return Group(INIT, facts, {FITS: self._all_needed(needed)})

    def start(self) -> Group[S]:
        """All that an onlooker sees is the same at the start."""
        one, other, _ = self._starts
        facts = [
            *self.background,
            *self.symbolic.typed(self._befores[0]),
            *self.twin.typed(self._befores[1]),
            *one.conditions,
            *other.conditions,
            *self.given_away(one.after, other.after),
        ]
        goals = {name: self._same(one.after, other.after, name) for name in self.fields}
        return Group(INIT, facts, goals)

    def step(self, act: Action[S]) -> Group[S]:
        """An action can be taken in both or neither, and what an onlooker sees stays the same."""
        one, other = self.transitions(act)
        conditions = [*other.typed, *(formula for _, formula in other.checks)]
        needed = [c for c in conditions if not any(c.eq(known) for known in one.conditions)]
        goals = {TAKEN: self._possible(act, other, needed)}
        taken = self.symbolic.all([*needed, *other.definitions])
        for name in self.fields:
            same = self._same(one.after, other.after, name)
            goals[name] = same if z3.is_true(same) else z3.Implies(taken, same)
        return Group(act.name, [*self.facts, *one.conditions], goals, (), act)

    def refusal(self, act: Action[S]) -> Group[S]:
        """What is refused in both is refused for the same reason, if that is seen.

        If it can be taken in both or neither, it is refused in both or neither, but where the other
        could be given other secret parameters.
        """
        one, other = self.transitions(act)
        # A number past its size is the edge of what is looked at, and refused by nobody.
        reasons = dict.fromkeys(c.reason for c, _ in one.checks if c.kind == "guard")
        seen = self.secrecy.refusals != "unseen" and bool(reasons)
        goals = {}
        if seen and self.own(act):
            goals[REFUSED] = self._refused_alike(act, one, other, reasons)
        if seen and self.secrecy.refusals == "reasons":
            anyhow = self._possible(act, other, [*other.typed, self._refused(other, reasons)])
            for why in reasons:
                goal = self._refused_alike(act, one, other, [why])
                goals[refused_for(why)] = goal if z3.is_true(goal) else z3.Implies(anyhow, goal)
        return Group(act.name, [*self.facts, *one.typed], goals, (), act)

    def _refused_alike(
        self, act: Action[S], one: Transition, other: Transition, reasons: Collection[str]
    ) -> Formula:
        """What is refused in the first for one of some reasons can be in the second."""
        last = max(n for n, (check, _) in enumerate(one.checks) if _refuses(check, reasons))
        asked = [[f for _, f in t.checks[: last + 1]] for t in (one, other)]
        if all(a.eq(b) for a, b in zip(*asked, strict=True)):
            return z3.BoolVal(True, self.symbolic.context)
        refused = self._possible(act, other, [*other.typed, self._refused(other, reasons)])
        return z3.Implies(self._refused(one, reasons), refused)

    def _refused(self, transition: Transition, reasons: Collection[str]) -> Formula:
        """The first check that is not met is for one of some reasons."""
        refused = []
        met: list[Formula] = []
        for check, formula in transition.checks:
            if _refuses(check, reasons):
                refused.append(z3.And(*met, z3.Not(formula)))
            met.append(formula)
        return z3.Or(*refused)

    def _all_needed(self, needed: Sequence[Formula]) -> Formula:
        rest = [formula for formula in needed if not z3.is_true(formula)]
        return self.symbolic.all(rest) if rest else z3.BoolVal(True, self.symbolic.context)

    def transitions(self, act: Action[S]) -> tuple[Transition, Transition]:
        """An action in each copy, given the same but for secret parameters."""
        if act not in self._transitions:
            twin = self.twin.twin([f"parameter {name}" for name in self.own(act)])
            one, other = self.states
            both = self.symbolic.transition(act, one), twin.transition(act, other)
            self._transitions[act] = both
        return self._transitions[act]

    def own(self, act: Action[S]) -> list[str]:
        """The parameters of an action that are secret."""
        return [name for a, name in self.secrecy.private if a.name == act.name]

    def parameters(self, act: Action[S]) -> Sequence[Mapping[str, z3.ExprRef]]:
        """The parameters of an action in each copy."""
        return [transition.parameters for transition in self.transitions(act)]

    def _possible(self, act: Action[S], other: Transition, needed: Sequence[Formula]) -> Formula:
        """For some secret parameters all is met that is needed."""
        if not needed:
            return z3.BoolVal(True, self.symbolic.context)
        own = self.own(act)
        at = [other.parameters[name] for name in own]
        sorts = [act.parameters[name] for name in own]
        return z3.Not(self._everywhere(at, sorts, z3.Not(self.symbolic.all(needed))))

    def _same(self, one: State, other: State, name: str) -> Formula:
        if one[name].eq(other[name]):
            return z3.BoolVal(True, self.symbolic.context)
        field = self.machine.fields[name]
        if not any(map(self.symbolic.is_number, field.keys)):
            return one[name] == other[name]
        # Where keys are numbers, arrays hold something past the last key too.
        return self.symbolic.all(
            self.symbolic.everywhere(
                field, lambda *key: select(one[name], key) == select(other[name], key)
            )
        )


def _refuses(check: Check, reasons: Collection[str]) -> bool:
    """Whether a check is a guard that refuses for one of some reasons."""
    return check.kind == "guard" and check.reason in reasons


def parameter(act: Action[S], name: str) -> str:
    """What a secret parameter of an action is called."""
    return f"{act.name}.{name}"


def can_differ(secret: str) -> str:
    """What is asked of a secret."""
    return f"{secret} can differ"


def refused_for(why: str) -> str:
    """What is asked of refusals for a reason."""
    return f"{REFUSED}: {why}"
