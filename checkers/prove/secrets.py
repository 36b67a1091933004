"""Non-interference: what is secret has no influence on what an onlooker sees.

Two copies of a machine agree on all that an onlooker sees and on what is given away on purpose; in
what is secret they may differ. Whatever action the one can take, the other can take too, given the
same but for parameters that are secret; and after it the two agree again on all that an onlooker
sees. So by induction no onlooker can tell two such runs apart (self-composition), for any number of
elements.

At the start, whatever is secret fits whatever shows: of any two ways to start, what shows in one
and what is secret in the other is a way to start too. Else what shows would tell of the secret.

Whether an onlooker learns that an attempt is refused, or even why, is for the author to say.
"""

import copy
import itertools
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Generic, TypeVar

import attrs
import z3

from checkers.prove.counterexample import small_instances
from checkers.prove.disagreement import Disagreement
from checkers.prove.instance import Instance
from checkers.prove.limits import Limit
from checkers.prove.obligations import INIT, Group
from checkers.prove.opinion import Answer, confirm, questions
from checkers.prove.prover import Status, prove
from checkers.prove.witness import ASSUMPTIONS, START, Possible, kept_witnesses, witnesses
from checkers.traces.trace import describe, differences, place, shown
from spec.notation import MachineError, OutOfRange, Refused, Scope
from spec.notation.batch import fields_read
from spec.notation.machine import Action, Machine, Refusals, Secrecy
from spec.notation.reader import Check, TermMap
from spec.notation.sorts import Field, Fun, SortType, Value
from spec.notation.symbolic import Formula, State, Symbolic, Transition, select
from spec.notation.term import Term
from spec.notation.words import reading

S = TypeVar("S")

TAKEN = "both can take it, or neither"
REFUSED = "refused alike"
FITS = "any secret fits what shows"
REFUSALS: Mapping[Refusals, str] = {
    "unseen": "attempts that are refused are taken to be unseen",
    "seen": "that an attempt is refused is taken to be seen, and why it is refused is not",
    "reasons": "that an attempt is refused is taken to be seen, and why it is refused",
}
"""What a verdict rests on, for people."""
_CUT = "a number leaves its sort"


@attrs.frozen
class Leak(Generic[S]):
    """Two states that look alike, and an action after which they do not.

    All was computed in the concrete domain. The states need not be reachable.

    Attributes:
        what: the field that differs afterwards, or else what is not alike in both.
        states: before the action; at the start, of which no action is the cause. What does not fit
            at the start is no way to start, and the second state.
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
        vacuous: why there is nothing that could leak, or nowhere to, if that is so.
        answers: what cvc5 says of each obligation that took a proof, by action and `what`.
        never: what is never possible, so that it says nothing to prove something of it.
    """

    machine: Machine[S]
    obligations: Sequence[Alike[S]]
    seconds: float
    kept: Sequence[str] = ()
    answers: Mapping[tuple[str, str], Answer] = attrs.field(factory=dict)
    vacuous: str = ""
    never: Sequence[str] = ()

    def actions(self, status: Status) -> list[str]:
        """The actions of which some obligation has a status, in the order of the machine."""
        return list(dict.fromkeys(o.action for o in self.obligations if o.status == status))

    @property
    def status(self) -> Status:
        """Proved, if whatever must be is, and what must be found to leak is found to."""
        secrecy = secrecy_of(self.machine)
        broken = set(self.actions("broken"))
        if self.vacuous or broken != {act.name for act in secrecy.leaks}:
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
        self.facts += self.given_away(*self.states)

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
        own = [f"parameter {name}" for name in self.own(act)]
        twin = self.twin.twin(own)
        return self.symbolic.transition(act, self.states[0]), twin.transition(act, self.states[1])

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


def untouched(machine: Machine[S]) -> list[str]:
    """The secrets that no action reads or writes, and that nothing depends on at the start."""
    touched: set[str] = set()
    for act in (machine.start_action, *machine.actions):
        read = machine.read(act)
        values: list[Value] = [check.condition for check in read.checks]
        with reading(read.reader):
            for name, field in machine.fields.items():
                if field.kind is not Fun:
                    written = list(_written(getattr(read.after, name), field))
                    values += written
                    touched |= {name} if written and act.name != machine.init.__name__ else set()
        touched |= {field.name for field in fields_read(values)}
    return [name for name in secrecy_of(machine).secret if name not in touched]


def _written(content: Value, field: Field) -> Iterator[Value]:
    """What an action writes to a field, with the keys."""
    if not isinstance(content, TermMap):
        untouched = isinstance(content, Term) and content.op == "read" and content.args == (field,)
        yield from () if untouched else (content,)
        return
    for key, value in content.writes:
        yield from (*key, value)
    if content.content:
        yield content.content(tuple(map(content.reader.fresh, field.keys)))


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
        groups = [self.copies.fitting(), self.copies.start()]
        for act in self.machine.actions:
            groups += [self.copies.step(act), self.copies.refusal(act)]
        found = [o for group in groups for o in self._decided(group)]
        seconds = time.perf_counter() - started
        result = Concealment(
            self.machine,
            [*self._free(), *found],
            seconds,
            tuple(self.kept),
            vacuous=self._vacuous(),
            never=self.possible.impossible,
        )
        if not confirmed:
            return result
        proved = {(o.action, o.what) for o in found if o.status == "proved"}
        asked = [q for q in questions(map(_hard, groups)) if (q.action, q.property) in proved]
        return attrs.evolve(result, answers=confirm(asked, self.limit, self.progress))

    def _vacuous(self) -> str:
        secrecy = self.copies.secrecy
        if not self.copies.fields:
            return "no field shows"
        if not secrecy.private and set(untouched(self.machine)) == set(secrecy.secret):
            return "no action reads or writes what is secret"
        impossible = self.possible.impossible
        if ASSUMPTIONS in impossible:
            return "the assumptions contradict each other"
        if START in impossible:
            return "no state is initial"
        if set(impossible) == {act.name for act in self.machine.actions}:
            return "no action is ever possible"
        return ""

    @cached_property
    def possible(self) -> Possible[S]:
        """What happens at all of which something is proved here."""
        kept = kept_witnesses(self.machine)
        return witnesses(self.machine, {}, self.limit, self.progress, kept)

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
        """Of a secret in which no two runs that look alike can differ, nothing would be proved."""
        started = time.perf_counter()
        secrecy = self.copies.secrecy
        secrets = [*secrecy.secret, *(parameter(act, name) for act, name in secrecy.private)]
        differ: set[str] = set()
        for small in small_instances(self.machine, self.limit):
            if not set(secrets) <= differ:
                differ = _Small(small, self.kept).differing(differ)
        seconds = (time.perf_counter() - started) / max(1, len(secrets))
        for name in secrets:
            yield Alike(
                INIT, can_differ(name), "proved" if name in differ else "undecided", seconds
            )


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
        self.secrets = self.copies.secrecy.secret

    def differing(self, known: Collection[str]) -> set[str]:
        """The secrets in which two runs that look alike come to differ: at the start, or by an
        action that has secret parameters or reads secrets in which they differ already.

        Args:
            known: secrets of which this is known.
        """
        start = self.copies.start().facts
        starts = {name: self._differs(name, self.copies.initial[:2]) for name in self.secrets}
        found = {*known, *self._possible(start, starts)}
        while more := {what for act in self.machine.actions for what in self._told(act, found)}:
            found |= more
        return found

    def _told(self, act: Action[S], differing: Collection[str]) -> Iterator[str]:
        """In what else two runs come to differ by an action that differ in some secrets alone."""
        others = [name for name in self.secrets if name not in differing]
        one, other = self.copies.transitions(act)
        after = one.after, other.after
        before = self.copies.states[0]
        written = [n for n in others if n in before and not one.after[n].eq(before[n])]
        unlike = {name: self._differs(name, after) for name in written}
        for name in self.copies.own(act):
            if parameter(act, name) not in differing:
                unlike[parameter(act, name)] = one.parameters[name] != other.parameters[name]
        alike = [z3.Not(self._differs(name, self.copies.states)) for name in others]
        taken = [*one.conditions, *other.conditions, *self.copies.given_away(*after)]
        yield from self._possible([*self.copies.facts, *alike, *taken], unlike)

    def _possible(self, facts: Iterable[Formula], asked: Mapping[str, Formula]) -> Iterator[str]:
        """What of some formulas can hold where some facts do."""
        self.solver.push()
        self.solver.add(*facts)
        for what, formula in asked.items():
            self.solver.push()
            self.solver.add(formula)
            if self.solver.check() == z3.sat:
                yield what
            self.solver.pop()
        self.solver.pop()

    def _differs(self, name: str, states: Sequence[State]) -> Formula:
        """The copies differ in something, in a state of either."""
        keys = self.copies.symbolic.keys(self.machine.fields[name])
        both = zip((self.copies.symbolic, self.copies.twin), states, strict=True)
        one, other = (self._contents(symbolic, state, name) for symbolic, state in both)
        return z3.Or(*(one(*key) != other(*key) for key in keys))

    def _contents(
        self, symbolic: Symbolic[S], state: State, name: str
    ) -> Callable[..., z3.ExprRef]:
        if self.machine.fields[name].kind is not Fun:
            return lambda *key: select(state[name], key)
        function: Callable[..., z3.ExprRef] = symbolic.function(name)
        return function

    def leak(self, act: Action[S] | None, what: str) -> Leak[S] | None:
        """A pair of states in which an obligation is broken, run again on plain values."""
        if what == FITS:
            return self._misfit()
        group = self._group(act, what)
        self.solver.add(*group.facts, z3.Not(group.goals[what]))
        if self.solver.check() != z3.sat:
            return None
        one, other = self.copies.states if act else self.copies.initial[:2]
        states = self.one.state(one), self.other.state(other)
        args = self._arguments(act) if act else ((), ())
        if what not in self.copies.fields:
            args = args[0], args[0]
        shows = self._shows(act, what, states, args)
        if not shows:
            raise Disagreement(f"{group.label}: nothing shows after all; the domains disagree")
        return Leak(self.machine, self.scope, what, states, act, args, shows)

    def _group(self, act: Action[S] | None, what: str) -> Group[S]:
        if act is None:
            return self.copies.start()
        step = self.copies.step(act)
        return step if what in step.goals else self.copies.refusal(act)

    def _misfit(self) -> Leak[S] | None:
        """A start, and what shows in it with the secrets of another: no way to start."""
        group = self.copies.fitting()
        self.solver.add(*group.facts, z3.Not(group.goals[FITS]))
        if self.solver.check() != z3.sat:
            return None
        one, _, third = self.copies.initial
        beyond = copy.copy(self.one)
        beyond.symbolic = self.copies.third
        start, other = self.one.state(one), beyond.state(third)
        mixed = self._mixed(start, other)
        why = [] if self._can_start(mixed) else self._no_start(mixed)
        if not why:
            return None
        return Leak(self.machine, self.scope, FITS, (start, mixed), None, ((), ()), why)

    def _mixed(self, start: S, other: S) -> S:
        """What shows in one state, with the secrets of another."""
        cells: dict[str, Value] = {}
        for name, field in self.machine.fields.items():
            source = other if name in self.copies.secrecy.secret else start
            table = {key: self.machine.cell(source, field, key) for key in self.scope.keys(field)}
            bare = {key if len(key) != 1 else key[0]: value for key, value in table.items()}
            cells[name] = table[()] if field.kind is object else bare
        return self.machine.concrete(self.scope, cells)

    def _can_start(self, s: S) -> bool:
        """Whether the machine can start so, whatever there was before."""
        symbolic = Symbolic(self.machine, self.scope)
        before = symbolic.before_start()
        start = symbolic.start(before)
        solver = z3.Solver(ctx=symbolic.context)
        solver.add(*symbolic.background(), *symbolic.typed(before), *start.conditions)
        for name, field in self.machine.fields.items():
            for key in self.scope.keys(field):
                at = [symbolic.constant(k, sort) for k, sort in zip(key, field.keys, strict=True)]
                is_function = field.kind is Fun
                term = (
                    symbolic.function(name)(*at) if is_function else select(start.after[name], at)
                )
                value = self.machine.cell(s, field, key)
                solver.add(term == symbolic.constant(value, field.sort))
        return bool(solver.check() != z3.unsat)

    def _no_start(self, s: S) -> Sequence[str]:
        """Why the machine does not start so."""
        for text in self.machine.assumptions:
            if not self.machine.holds(text, s, self.scope):
                return [f"the second does not meet an assumption: {text.__name__}"]
        try:
            after = self._after(self.machine.start_action, s, ())
        except (Refused, OutOfRange) as refusal:
            return [f"the machine cannot start in the second: {refusal}"]
        found = differences(self.machine, self.scope, s, after)
        return [f"the machine cannot start in the second, as init writes: {line}" for line in found]

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
        if what not in self.machine.fields:
            return self._outcomes(act, what, states, args[0])
        both = [self._after(act, s, given) for s, given in zip(states, args, strict=True)]
        return differing(self.machine, self.scope, self.machine.fields[what], (both[0], both[1]))

    def _after(self, act: Action[S], s: S, args: tuple[Value, ...]) -> S:
        after = self.machine.copy(s)
        self.machine.apply(act, after, args, self.scope)
        return after

    def _outcomes(
        self, act: Action[S], what: str, states: tuple[S, S], args: tuple[Value, ...]
    ) -> Sequence[str]:
        """What becomes of an attempt in either copy, whatever the secret parameters of the second;
        nothing if what is asked of it is alike."""
        own = self.copies.own(act)
        choices = itertools.product(
            *(
                self.scope.elements(sort) if name in own else [arg]
                for (name, sort), arg in zip(act.parameters.items(), args, strict=True)
            )
        )
        first = self._outcome(act, states[0], args)
        others = dict.fromkeys(self._outcome(act, states[1], choice) for choice in choices)
        if any(_is_alike(what, first, other) for other in others):
            return []
        if not first:
            return [f"only the first can take it, in the second is not met: {o}" for o in others]
        return [
            f"in the first is not met: {first}",
            *(f"in the second is not met: {o}" if o else "the second can take it" for o in others),
        ]

    def _outcome(self, act: Action[S], s: S, args: tuple[Value, ...]) -> str:
        """Why an attempt is refused; nothing if it is not."""
        try:
            self._after(act, s, args)
        except Refused as refusal:
            return refusal.reason
        except OutOfRange:
            return _CUT
        return ""


def _is_alike(what: str, one: str, other: str) -> bool:
    """Whether two outcomes of an attempt are alike, as far as is asked."""
    if what == TAKEN:
        return bool(one) == bool(other)
    if what == REFUSED:  # what is cut at a size is not taken there, and not refused
        return (one in ("", _CUT)) == (other in ("", _CUT))
    return one == other
