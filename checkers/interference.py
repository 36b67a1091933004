"""Non-interference: what is secret has no influence on what an onlooker sees.

Two copies of a machine agree on all that an onlooker sees and on what is given away on purpose; in
what is secret they may differ. Whatever action the one can take, the other can take too, given the
same but for parameters that are secret; and after it the two agree again on all that an onlooker
sees. So by induction no onlooker can tell two such runs apart (self-composition), for any number of
elements.
"""

import copy
import itertools
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Generic, TypeVar

import attrs
import z3

from checkers.counterexample import small_instances
from checkers.induction import INIT, Group
from checkers.instance import Instance
from checkers.limits import Limit
from checkers.opinion import Answer, confirm, questions
from checkers.prove import Status, prove
from checkers.trace import describe, place, shown
from spec.notation import MachineError, OutOfRange, Refused, Scope
from spec.notation.machine import Action, Machine, Secrecy
from spec.notation.sorts import Field, Fun, SortType, Value
from spec.notation.symbolic import Formula, State, Symbolic, Transition, select
from spec.notation.term import Term

S = TypeVar("S")

TAKEN = "both can take it, or neither"
FREE = "secrets can differ"


@attrs.frozen
class Leak(Generic[S]):
    """Two states that look alike, and an action after which they do not.

    All was computed in the concrete domain. The states need not be reachable.

    Attributes:
        what: the field that differs afterwards, or `TAKEN` where only the first can take it.
        states: before the action; at the start, of which no action is the cause.
        args: what the action is given in each.
        differences: what shows.
    """

    machine: Machine[S]
    scope: Scope
    what: str
    states: tuple[S, S]
    action: Action[S] | None
    args: tuple[tuple[Value, ...], tuple[Value, ...]]
    differences: Sequence[str]

    def lines(self) -> list[str]:
        """For people: what an onlooker sees before, what it does not, the action, what it shows."""
        lines = ["in a state"]
        lines += [f"     {line}" for line in shown(self.machine, self.scope, self.states[0])]
        lines += ["and one that looks the same, but differs in"]
        for field in self.machine.fields.values():
            cells = differing(self.machine, self.scope, field, self.states)
            lines += [f"     {cell}" for cell in cells]
        if self.action is not None:
            steps = dict.fromkeys(describe(self.scope, self.action, args) for args in self.args)
            lines.append(" | ".join(steps))
        return [*lines, *(f"     {line}" for line in self.differences)]


def differing(machine: Machine[S], scope: Scope, field: Field, states: tuple[S, S]) -> list[str]:
    """Where two states differ in a field, a line for each cell."""
    lines = []
    for key in scope.keys(field):
        values = [machine.cell(s, field, key) for s in states]
        if values[0] != values[1]:
            names = " | ".join(scope.name(value, field.sort) for value in values)
            lines.append(f"{place(scope, field, key)}: {names}")
    return lines


@attrs.frozen
class Alike(Generic[S]):
    """One thing to prove of an action: that it can be taken alike, or leaves a field alike."""

    action: str
    what: str
    status: Status
    seconds: float
    leak: Leak[S] | None = None


@attrs.frozen
class Concealment(Generic[S]):
    """What was proved of a machine's secrets, for any number of elements of its sorts.

    Attributes:
        kept: properties of each copy that were relied on; they are proved.
        answers: what cvc5 says of each obligation that took a proof, by action and `what`.
    """

    machine: Machine[S]
    obligations: Sequence[Alike[S]]
    seconds: float
    kept: Sequence[str] = ()
    answers: Mapping[tuple[str, str], Answer] = attrs.field(factory=dict)

    def actions(self, status: Status) -> list[str]:
        """The actions of which some obligation has a status, in the order of the machine."""
        return list(dict.fromkeys(o.action for o in self.obligations if o.status == status))

    @property
    def status(self) -> Status:
        """Proved, if whatever must be is, and what must be found to leak is found to."""
        secrecy = secrecy_of(self.machine)
        broken = set(self.actions("broken"))
        if broken != {act.name for act in secrecy.leaks}:
            return "broken"
        undecided = set(self.actions("undecided")) - broken
        return "undecided" if undecided else "proved"


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
        self.facts += [self._alike(text, sorts) for text, sorts in self.secrecy.given_away]

    def _alike(self, text: Callable[..., Value], sorts: Sequence[SortType]) -> Formula:
        """What is given away is the same in both, for all its parameters."""
        terms = [Term("free", (f"given {i}",), sort) for i, sort in enumerate(sorts)]
        one = self.symbolic.value(text, self.states[0], terms)
        other = self.twin.value(text, self.states[1], terms)
        at = [self.symbolic.free(term.args[0], term.sort) for term in terms]
        return self._everywhere(at, sorts, one == other)

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
    def initial(self) -> Sequence[tuple[Sequence[Formula], State]]:
        """How each copy starts: conditions, and the state."""
        return [self.symbolic.initial(), self.twin.initial()]

    def start(self) -> Group[S]:
        """All that an onlooker sees is the same at the start."""
        (facts, one), (others, other) = self.initial
        goals = {name: self._same(one, other, name) for name in self.fields}
        return Group(INIT, [*self.background, *facts, *others], goals)

    def step(self, act: Action[S]) -> Group[S]:
        """An action can be taken in both or neither, and what an onlooker sees stays the same."""
        one, other = self._transitions(act)
        conditions = [*other.typed, *(formula for _, formula in other.checks)]
        needed = [c for c in conditions if not any(c.eq(known) for known in one.conditions)]
        goals = {TAKEN: self._possible(act, other, needed)}
        taken = self.symbolic.all([*needed, *other.definitions])
        for name in self.fields:
            same = self._same(one.after, other.after, name)
            goals[name] = same if z3.is_true(same) else z3.Implies(taken, same)
        return Group(act.name, [*self.facts, *one.conditions], goals, (), act)

    def _transitions(self, act: Action[S]) -> tuple[Transition, Transition]:
        own = [f"parameter {name}" for name in self.own(act)]
        twin = self.twin.twin([*self.secrecy.secret, *own])
        return self.symbolic.transition(act, self.states[0]), twin.transition(act, self.states[1])

    def own(self, act: Action[S]) -> list[str]:
        """The parameters of an action that are secret."""
        return [name for a, name in self.secrecy.private if a.name == act.name]

    def parameters(self, act: Action[S]) -> Sequence[Mapping[str, z3.ExprRef]]:
        """The parameters of an action in each copy."""
        return [transition.parameters for transition in self._transitions(act)]

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


def conceal(
    machine: Machine[S],
    kept: Collection[str] = (),
    limit: Limit | None = None,
    progress: Callable[[str], None] | None = None,
    *,
    confirmed: bool = False,
) -> Concealment[S]:
    """Decide of every action of a machine whether it gives away what is secret.

    Args:
        machine: the machine, with its secrecy.
        kept: properties that are proved of it, to be relied on.
        limit: the most that one obligation may take; past it, that is undecided.
        progress: called before each obligation with a line that says which.
        confirmed: have cvc5 decide again what took a proof.

    Raises:
        MachineError: the machine says nothing of secrets, or names what it does not have.
        Disagreement: cvc5 refutes what Z3 has proved.
    """
    progress = progress or (lambda line: None)
    return _Decision(machine, kept, limit or Limit(), progress).run(confirmed)


def concealed(
    machine: Machine[S],
    limit: Limit | None = None,
    progress: Callable[[str], None] | None = None,
    *,
    confirmed: bool = False,
) -> Concealment[S]:
    """Decide the same as `conceal`, with all that can be proved of the machine where that helps."""
    alone = conceal(machine, (), limit, progress, confirmed=confirmed)
    if alone.status == "proved" or not (machine.always or machine.lemmas):
        return alone
    kept = prove(machine, limit, progress, confirmed=confirmed, witnessed=False).kept
    return conceal(machine, kept, limit, progress, confirmed=confirmed)


class _Decision(Generic[S]):
    def __init__(
        self,
        machine: Machine[S],
        kept: Collection[str],
        limit: Limit,
        progress: Callable[[str], None],
    ) -> None:
        self.machine = machine
        self.kept = kept
        self.limit = limit
        self.progress = progress
        self.copies = Copies(machine, Symbolic(machine), kept)

    def run(self, confirmed: bool) -> Concealment[S]:
        started = time.perf_counter()
        groups = [self.copies.start(), *map(self.copies.step, self.machine.actions)]
        found = [o for group in groups for o in self._decided(group)]
        seconds = time.perf_counter() - started
        result = Concealment(self.machine, [*self._free(), *found], seconds, tuple(self.kept))
        if not confirmed:
            return result
        proved = {(o.action, o.what) for o in found if o.status == "proved"}
        asked = [q for q in questions(map(_hard, groups)) if (q.action, q.property) in proved]
        return attrs.evolve(result, answers=confirm(asked, self.limit, self.progress))

    def _decided(self, group: Group[S]) -> Iterator[Alike[S]]:
        solver = z3.Solver(ctx=self.copies.symbolic.context)
        solver.add(*group.facts)
        for what, goal in group.goals.items():
            if z3.is_true(goal):  # what is secret does not occur in it
                yield Alike(group.label, what, "proved", 0.0)
                continue
            self.progress(f"{group.label}: {what}")
            started = time.perf_counter()
            solver.push()
            solver.add(z3.Not(goal))
            status, leak = self._status(solver, group, what)
            solver.pop()
            yield Alike(group.label, what, status, time.perf_counter() - started, leak)

    def _status(
        self, solver: z3.Solver, group: Group[S], what: str
    ) -> tuple[Status, Leak[S] | None]:
        answer = self._check(solver, self.limit.first)
        if answer == z3.unsat:
            return "proved", None
        # A leak is hard to find at any size, and quick to find at a small one.
        leak = self._leak(group, what)
        if leak:
            return "broken", leak
        if answer == z3.unknown:
            answer = self._check(solver, self.limit)
        return "proved" if answer == z3.unsat else "undecided", None

    def _check(self, solver: z3.Solver, limit: Limit) -> z3.CheckSatResult:
        limit.bind(solver)
        return solver.check()

    def _leak(self, group: Group[S], what: str) -> Leak[S] | None:
        for small in small_instances(self.machine, self.limit):
            found = _Small(small, self.kept).leak(group.action, what)
            if found:
                return found
        return None

    def _free(self) -> Iterator[Alike[S]]:
        """Of a secret in which the copies cannot differ, nothing would be proved."""
        missing = [n for n in self.copies.secrecy.secret if n in self.machine.fields]
        started = time.perf_counter()
        for small in small_instances(self.machine, self.limit):
            pair = _Small(small, self.kept)
            missing = [name for name in missing if not pair.can_differ(name)]
            if not missing:
                break
        seconds = time.perf_counter() - started
        yield Alike(INIT, FREE, "undecided" if missing else "proved", seconds)


def _hard(group: Group[S]) -> Group[S]:
    """What takes a proof."""
    hard = {what: goal for what, goal in group.goals.items() if not z3.is_true(goal)}
    return attrs.evolve(group, goals=hard)


class _Small(Generic[S]):
    """Two copies of a machine at a size, in which a model is a pair of states."""

    def __init__(self, small: Instance[S], kept: Collection[str]) -> None:
        self.machine = small.machine
        self.scope = small.scope
        self.solver = small.solver
        self.copies = Copies(small.machine, small.symbolic, kept)
        self.one, self.other = small, copy.copy(small)
        self.other.symbolic = self.copies.twin

    def can_differ(self, name: str) -> bool:
        """Whether the copies may look alike, and yet differ in something that is secret."""
        keys = self.copies.symbolic.keys(self.machine.fields[name])
        one, other = (self._contents(symbolic, state, name) for symbolic, state in self._both())
        self.solver.push()
        self.solver.add(*self.copies.facts, z3.Or(*(one(*k) != other(*k) for k in keys)))
        answer = self.solver.check()
        self.solver.pop()
        return bool(answer == z3.sat)

    def _both(self) -> Iterator[tuple[Symbolic[S], State]]:
        both = self.copies.symbolic, self.copies.twin
        return zip(both, self.copies.states, strict=True)

    def _contents(
        self, symbolic: Symbolic[S], state: State, name: str
    ) -> Callable[..., z3.ExprRef]:
        if self.machine.fields[name].kind is not Fun:
            return lambda *key: select(state[name], key)
        function: Callable[..., z3.ExprRef] = symbolic.function(name)
        return function

    def leak(self, act: Action[S] | None, what: str) -> Leak[S] | None:
        """A pair of states in which an obligation is broken, run again on plain values."""
        group = self.copies.step(act) if act else self.copies.start()
        self.solver.add(*group.facts, z3.Not(group.goals[what]))
        if self.solver.check() != z3.sat:
            return None
        one, other = self.copies.states if act else [state for _, state in self.copies.initial]
        states = self.one.state(one), self.other.state(other)
        args = self._arguments(act) if act else ((), ())
        if what == TAKEN:
            args = args[0], args[0]
        shows = self._shows(act, what, states, args)
        if not shows:
            raise MachineError(f"{group.label}: nothing shows after all; the domains disagree")
        return Leak(self.machine, self.scope, what, states, act, args, shows)

    def _arguments(self, act: Action[S]) -> tuple[tuple[Value, ...], tuple[Value, ...]]:
        one, other = self.copies.parameters(act)
        return self.one.arguments(act, one), self.one.arguments(act, other)

    def _shows(
        self,
        act: Action[S] | None,
        what: str,
        states: tuple[S, S],
        args: tuple[tuple[Value, ...], tuple[Value, ...]],
    ) -> Sequence[str]:
        """What an onlooker sees differ, and then knows that the copies differ."""
        if act is None:
            return differing(self.machine, self.scope, self.machine.fields[what], states)
        after = self._after(act, states[0], args[0])
        if what == TAKEN:
            return self._refusals(act, states[1], args[1])
        both = after, self._after(act, states[1], args[1])
        return differing(self.machine, self.scope, self.machine.fields[what], both)

    def _after(self, act: Action[S], s: S, args: tuple[Value, ...]) -> S:
        after = self.machine.copy(s)
        self.machine.apply(act, after, args, self.scope)
        return after

    def _refusals(self, act: Action[S], s: S, args: tuple[Value, ...]) -> Sequence[str]:
        """Why the second copy cannot take it, whatever its secret parameters; none if it can."""
        own = self.copies.own(act)
        choices = [
            self.scope.elements(sort) if name in own else [arg]
            for (name, sort), arg in zip(act.parameters.items(), args, strict=True)
        ]
        reasons: dict[str, None] = {}
        for choice in itertools.product(*choices):
            try:
                self._after(act, s, choice)
            except (Refused, OutOfRange) as refusal:
                reasons[f"only the first can take it, in the second is not met: {refusal}"] = None
            else:
                return []
        return list(reasons)
