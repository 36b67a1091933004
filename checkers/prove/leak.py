"""Leaks: two states of a small size that look alike, and what tells them apart.

They are found with Z3, and all that is told of them was computed on plain values.
"""

import copy
import itertools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import attrs
import z3

from checkers.prove.copies import FITS, REFUSED, TAKEN, Copies, parameter
from checkers.prove.disagreement import Disagreement
from checkers.prove.instance import Instance
from checkers.prove.limits import z3_answer
from checkers.prove.obligations import Group
from checkers.traces.trace import describe, differences, place, state_lines
from spec.notation import OutOfRange, Refused, Scope
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Field, Fun, Value
from spec.notation.symbolic import Formula, State, Symbolic, select

S = TypeVar("S")

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
        """In words: what an onlooker sees before, and does not; the action, and what it shows."""
        lines = ["in a state"]
        lines += [f"     {line}" for line in state_lines(self.machine, self.scope, self.states[0])]
        fields = self.machine.fields.values()
        cells = [
            cell for f in fields for cell in differing(self.machine, self.scope, f, self.states)
        ]
        if cells:
            lines += ["and one that looks the same, but differs in", *(f"     {c}" for c in cells)]
        else:
            lines.append("of which only private parameters make two runs")
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


class Pairs(Generic[S]):
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
        if not unlike:
            return
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
            if z3_answer(self.solver) == z3.sat:
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
        if z3_answer(self.solver) != z3.sat:
            return None
        one, other = self.copies.states if act else self.copies.initial[:2]
        states = self.one.state(one), self.other.state(other)
        args = self._arguments(act) if act else ((), ())
        if what not in self.copies.fields:
            args = args[0], args[0]
        shows = self._shows(act, what, states, args)
        if not shows:
            raise Disagreement(
                f"{self.machine.name}: z3 says that {group.label} gives something away, and on "
                "plain values nothing shows; trust neither"
            )
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
        if z3_answer(self.solver) != z3.sat:
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
        return bool(z3_answer(solver) != z3.unsat)

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
