"""Two texts of an action, compared in every reachable state: what differs, and an example.

They are alike if they read as the same terms; if Z3 shows that they do the same wherever what is
proved of the protocol holds; or if no state that is reachable at some sizes tells them apart.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar

import attrs
import z3

from checkers.explore.explorer import prepare
from checkers.mutate.same_reading import reads_the_same
from checkers.prove.limits import Limit, z3_answer
from checkers.traces.trace import Trace, describe, differences
from spec.notation import OutOfRange, Refused, Scope, words
from spec.notation.grammar import vouch
from spec.notation.machine import Action, Machine, Reading, fields_of
from spec.notation.reader import Check, Reader, TermMap
from spec.notation.sorts import Field, Fun, Value
from spec.notation.symbolic import Symbolic
from spec.notation.term import choose, conjoin, equal
from spec.notation.words import current

S = TypeVar("S")

Aspect = Literal["state", "taken", "reason"]
"""In what two texts of an action can differ, the gravest first: the state after it (which is the
one before where it is refused), whether it is taken, and the reason for which it is refused."""


@attrs.frozen
class Comparison:
    """A mutant beside the protocol, in every reachable state.

    Attributes:
        differs: in what they differ somewhere.
        extent: the sizes at which they differ in nothing else.
        lines: a shortest difference, for people.
        undecided: in what they may differ, where no size can be explored.
    """

    differs: Sequence[Aspect]
    extent: str
    lines: Sequence[str] = ()
    undecided: Sequence[Aspect] = ()

    @property
    def is_hole(self) -> bool:
        """Whether the mutant may do something else, and does not only refuse otherwise."""
        return "state" in (*self.differs, *self.undecided)

    @property
    def said(self) -> str:
        """What it comes to, in words."""
        if self.is_hole:
            return "a hole" if "state" in self.differs else "not explained, and may be a hole"
        for aspect, where in _HARMLESS.items():
            if aspect in (*self.differs, *self.undecided):
                extent = "only" if aspect in self.differs else "at most"
                return f"differs {extent} {where}, {self.extent}"
        return f"equivalent, {self.extent}"


_HARMLESS: Mapping[Aspect, str] = {
    "taken": "in steps that change nothing",
    "reason": "in the reason of refusal",
}


class Comparer(Generic[S]):
    """Compares mutants with a protocol.

    Args:
        machine: the protocol.
        proved: properties that are proved of it.
        scopes: the sizes at which every reachable state is compared; there may be none.
        limit: the most that Z3 may take to show that two texts are alike at any size.
    """

    def __init__(
        self,
        machine: Machine[S],
        proved: Sequence[Callable[[S], bool]],
        scopes: Sequence[Scope],
        limit: Limit | None = None,
    ) -> None:
        self.machine = machine.bare
        self.scopes = scopes
        self.limit = limit or Limit(z3_steps=4_000_000)
        self.symbolic = Symbolic(machine)
        self.before = self.symbolic.constants()
        self.facts = [*self.symbolic.background(), *self.symbolic.typed(self.before)]
        for text in proved:
            self.facts.append(self.symbolic.predicate(text, self.before))

    def reads_the_same(self, mutant: Machine[S], action: str) -> bool:
        """Whether what is changed in an action of a mutant is never looked at."""
        return reads_the_same(self.machine, self.machine.action(action), mutant.action(action))

    def __call__(self, mutant: Machine[S], action: str) -> Comparison:
        """Compare a mutant, of which one action is changed."""
        if self.reads_the_same(mutant, action):
            return Comparison([], "since it reads the same")
        act, other = self.machine.action(action), mutant.action(action)
        # To be alike is a property of a state, and is decided as any other.
        alike = {aspect: _property(self.machine, aspect, act, other) for aspect in _ALIKE}
        asked = [a for a, text in alike.items() if not self._any_size(act, other, text)]
        if not self.scopes or not asked:
            return Comparison([], "at any size", undecided=asked)
        traces = self._differing([alike[aspect] for aspect in asked])
        differs = [aspect for aspect in asked if aspect in traces]
        sizes = "; ".join(sized(mutant, scope) for scope in self.scopes)
        extent = "at any size" if differs == asked else f"at {sizes}"
        lines = _difference(traces[differs[0]], differs[0], act, other) if differs else []
        return Comparison(differs, extent, lines)

    def _differing(self, alike: Sequence[Callable[[S], bool]]) -> Mapping[str, Trace[S]]:
        """A shortest trace to a state in which two texts differ, by the name of the property."""
        compared = attrs.evolve(self.machine, always=alike)
        traces: dict[str, Trace[S]] = {}
        for scope in self.scopes:
            for violation in prepare(compared, scope).run().violations:
                known = traces.setdefault(violation.property, violation.trace)
                if violation.trace.length < known.length:
                    traces[violation.property] = violation.trace
        return traces

    def _any_size(self, act: Action[S], other: Action[S], alike: Callable[[S], bool]) -> bool:
        """Whether Z3 shows that two texts are alike in every state that has what is proved."""
        transitions = [self.symbolic.transition(text, self.before) for text in (act, other)]
        if any(_is_nested(fact) for transition in transitions for fact in transition.definitions):
            return False  # what is bound inside is named as what is bound around it may be
        solver = z3.Solver(ctx=self.symbolic.context)
        self.limit.bind(solver)
        solver.add(*self.facts, *transitions[0].typed)
        differ = z3.Not(self.symbolic.predicate(alike, self.before))
        return bool(z3_answer(solver, differ) == z3.unsat)


def _is_nested(fact: z3.BoolRef) -> bool:
    """Whether there is a quantifier inside of a formula that begins with one."""
    inside = fact.body().sexpr() if z3.is_quantifier(fact) else ""
    return "(forall" in inside or "(exists" in inside


def _property(
    machine: Machine[S], aspect: Aspect, act: Action[S], other: Action[S]
) -> Callable[[S], bool]:
    """The property of a state that two texts of an action are alike in it.

    With sizes, for all parameters, and with the functions of the machine's example; without, the
    parameters stay free, as `Machine.read` names them, and so do the functions.
    """

    def alike(_: S) -> bool:
        reader = current()
        assert isinstance(reader, Reader)
        choices = act.instances(reader.scope) if reader.scope else [None]
        taken = machine.exemplary(reader.scope) if reader.scope else machine
        pairs = [[taken.read(a, reader.scope, args) for a in (act, other)] for args in choices]
        return words.all_of(*(_ALIKE[aspect](reader, *pair) for pair in pairs))

    alike.__name__ = aspect
    vouch(alike)
    return alike


def _taken(reading: Reading[S]) -> Value:
    return conjoin([check.condition for check in reading.checks])


def _same_taken(_: Reader, a: Reading[S], b: Reading[S]) -> Value:
    return equal(_taken(a), _taken(b))


def _same_reason(_: Reader, a: Reading[S], b: Reading[S]) -> Value:
    reasons = list(dict.fromkeys(map(_reason, (*a.checks, *b.checks))))

    def refusal(checks: Sequence[Check]) -> Value:
        """The number of the reason for which the first check that fails refuses."""
        found: Value = len(reasons)
        for check in reversed(checks):
            found = choose(check.condition, found, reasons.index(_reason(check)))
        return found

    return equal(refusal(a.checks), refusal(b.checks))


def _reason(check: Check) -> str:
    return check.reason if check.kind == "guard" else check.kind


def _same_state(reader: Reader, a: Reading[S], b: Reading[S]) -> Value:
    def after(reading: Reading[S], field: Field, key: tuple[Value, ...]) -> Value:
        content = getattr(reading.after, field.name)
        value = content.at(key) if isinstance(content, TermMap) else content
        return choose(_taken(reading), value, reader.read(field, key))

    def same(field: Field) -> Value:
        def at(*key: Value) -> Value:
            return equal(after(a, field, key), after(b, field, key))

        return reader.forall(field.keys, at) if field.keys else at()

    fields = fields_of(type(a.after)).values()
    return conjoin([same(f) for f in fields if _is_written(a, f) or _is_written(b, f)])


def _is_written(reading: Reading[S], field: Field) -> bool:
    content = getattr(reading.after, field.name)
    if isinstance(content, TermMap):
        return bool(content.writes or content.content)
    return field.kind is not Fun


_ALIKE: Mapping[Aspect, Callable[[Reader, Reading[Any], Reading[Any]], Value]] = {
    "state": _same_state,  # of any
    "taken": _same_taken,
    "reason": _same_reason,
}


@attrs.frozen
class _Tried:
    """What came of an action: what it changed, whether it was taken, and all of it in words."""

    state: Sequence[str]
    taken: bool
    reason: str


def _difference(trace: Trace[S], aspect: Aspect, act: Action[S], other: Action[S]) -> list[str]:
    """The trace to a state in which two texts differ, and what comes of each there."""
    for args in act.instances(trace.scope):
        protocol, mutant = (_tried(trace, text, args) for text in (act, other))
        if getattr(protocol, aspect) != getattr(mutant, aspect):
            return [
                *trace.lines(),
                f"{trace.length + 1}. {describe(trace.scope, act, args)}",
                f"     protocol: {protocol.reason}",
                f"     mutant: {mutant.reason}",
            ]
    raise AssertionError("two texts that differ as terms differ when they are run")


def _tried(trace: Trace[S], act: Action[S], args: tuple[Value, ...]) -> _Tried:
    machine, scope, before = trace.machine, trace.scope, trace.states[-1]
    after = machine.copy(before)
    try:
        machine.apply(act, after, args, scope)
    except Refused as refusal:
        return _Tried([], False, f"refused, {refusal.reason!r}")
    except OutOfRange as outside:
        return _Tried([], False, "stops below zero" if outside.low else "stops past the size")
    changes = differences(machine, scope, before, after)
    return _Tried(changes, True, f"accepted; {', '.join(changes) or 'nothing changes'}")


def sized(machine: Machine[S], scope: Scope) -> str:
    """A scope for people, by what differs from the machine's own sizes."""
    named = [f"{t.__name__}={n}" for t, n in scope.sizes.items() if n != machine.sizes.get(t)]
    return ", ".join(named) or "its own sizes"
