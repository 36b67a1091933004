"""Inductive proof: a property holds at the start, and every action keeps it.

What is claimed and what strengthens it are proved together: a candidate that some action breaks is
dropped and the rest is checked again, until all that remains is kept by every action, given all
that remains. So a property is only ever proved from properties that are proved too.
"""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Generic, Literal, TypeVar

import attrs
import z3

from checkers.trace import describe, differences, shown
from spec.notation import MachineError, Refused, Scope
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Field, Fun, SortType, Value, is_finite
from spec.notation.symbolic import State, Symbolic, select

S = TypeVar("S")

Status = Literal["proved", "broken", "unknown"]
_SMALL = (1, 2, 3)  # sizes at which a counterexample to induction is looked for
_FIRST_TRY = 0.2  # seconds


@attrs.frozen
class Counterexample(Generic[S]):
    """A counterexample to induction: the property holds before the action, and not after it.

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


@attrs.frozen
class Obligation(Generic[S]):
    """One thing to prove: that an action keeps a property (or that the start has it)."""

    property: str
    action: str
    status: Status
    seconds: float
    solver: str
    counterexample: Counterexample[S] | None = None


@attrs.frozen
class Proof(Generic[S]):
    """What was proved of a machine, for any number of elements of its sorts."""

    machine: Machine[S]
    obligations: Mapping[str, Sequence[Obligation[S]]]
    seconds: float

    def status(self, name: str) -> Status:
        """The status of a property: proved if each of its obligations is."""
        found = {obligation.status for obligation in self.obligations[name]}
        return "broken" if "broken" in found else "unknown" if "unknown" in found else "proved"

    @property
    def complete(self) -> bool:
        """Whether everything that must hold was proved."""
        refuted = {text.__name__ for text in self.machine.refuted}
        return all(self.status(name) == "proved" for name in self.obligations.keys() - refuted)


NATURAL = "no number falls below zero"
STARTS = "some state is initial"


class Prover(Generic[S]):
    """Proves what it can of a machine.

    Args:
        machine: the machine.
        timeout: seconds for one obligation; one that runs out of time is unknown.
        progress: called before each obligation with a line that says which.
    """

    def __init__(
        self,
        machine: Machine[S],
        timeout: float = 10.0,
        progress: Callable[[str], None] | None = None,
    ) -> None:
        self.machine = machine
        self.timeout = timeout
        self.progress = progress
        self.symbolic = Symbolic(machine)
        self.texts = {
            text.__name__: text for text in (*machine.always, *machine.lemmas, *machine.refuted)
        }
        self.refuted = {text.__name__ for text in machine.refuted}
        self.before = self.symbolic.constants()
        self.holds_before = self._formulas(self.before)
        self.transitions = {
            act.name: self.symbolic.transition(act, self.before) for act in machine.actions
        }
        self.holds_after = {
            name: self._formulas(transition.after) for name, transition in self.transitions.items()
        }
        self.background = self.symbolic.background()
        self.typed = self.symbolic.typed(self.before)

    def _formulas(self, state: State) -> dict[str, z3.BoolRef]:
        return {name: self.symbolic.predicate(text, state) for name, text in self.texts.items()}

    def run(self) -> Proof[S]:
        """Prove what can be proved, dropping what cannot."""
        started = time.perf_counter()
        starts = {o.property: o for o in self._start()}
        found = {name: [start] for name, start in starts.items()} | {STARTS: [self._starts()]}
        kept = [name for name, start in starts.items() if start.status == "proved"]
        while True:
            steps: list[Obligation[S]] = []
            for act in self.machine.actions:
                steps += self._keeps(act, kept, self._given_up(steps))
            for name in kept:
                found[name] = [starts[name], *(o for o in steps if o.property == name)]
            lost = {o.property for o in steps if o.status != "proved"}
            if not lost:
                break
            kept = [name for name in kept if name not in lost]
        natural = [o for act in self.machine.actions for o in self._natural(act, kept)]
        if natural:
            found[NATURAL] = natural
        return Proof(self.machine, found, time.perf_counter() - started)

    def _solver(self, *facts: z3.BoolRef) -> z3.Solver:
        solver = z3.Solver(ctx=self.symbolic.context)
        solver.set("timeout", int(1000 * self.timeout))
        solver.add(*self.background, *facts)
        return solver

    def _start(self) -> Iterator[Obligation[S]]:
        conditions, start = self.symbolic.initial()
        solver = self._solver(*conditions)
        for name, goal in self._formulas(start).items():
            yield self._obligation(solver, name, None, goal, ())

    def _given_up(self, steps: Sequence[Obligation[S]]) -> set[str]:
        """What must be refuted, and has been seen not to be inductive: once is enough."""
        return {o.property for o in steps if o.status != "proved"} & self.refuted

    def _starts(self) -> Obligation[S]:
        """Of a machine that cannot start, or whose assumptions contradict, all would be true."""
        started = time.perf_counter()
        possible = any(small.starts() for small in self._small())
        status: Status = "proved" if possible else "unknown"
        return Obligation(STARTS, "init", status, time.perf_counter() - started, "z3")

    def _small(self) -> Iterator["_Small[S]"]:
        """The machine at small sizes."""
        for size in _SMALL:
            sizes = {sort.__name__: size for sort in self.machine.sorts}
            yield _Small(self.machine, self.machine.scope(**sizes), self.timeout)

    def _keeps(
        self, act: Action[S], kept: Sequence[str], given_up: Collection[str]
    ) -> Iterator[Obligation[S]]:
        transition = self.transitions[act.name]
        facts = [self.holds_before[name] for name in kept]
        solver = self._solver(*self.typed, *facts, *transition.conditions)
        for name in kept:
            if name not in given_up:
                goal = self.holds_after[act.name][name]
                yield self._obligation(solver, name, act, goal, kept)

    def _natural(self, act: Action[S], kept: Sequence[str]) -> Iterator[Obligation[S]]:
        transition = self.transitions[act.name]
        solver = self._solver(*self.typed, *(self.holds_before[name] for name in kept))
        solver.add(*transition.typed, *transition.definitions)
        for check, formula in transition.checks:
            if check.kind == "low":
                yield self._obligation(solver, NATURAL, act, formula, kept)
            solver.add(formula)

    def _obligation(
        self,
        solver: z3.Solver,
        name: str,
        act: Action[S] | None,
        goal: z3.BoolRef,
        kept: Sequence[str],
    ) -> Obligation[S]:
        label = act.name if act else "init"
        if self.progress:
            self.progress(f"{label}: {name}")
        started = time.perf_counter()
        solver.push()
        solver.add(z3.Not(goal))
        status, example = self._decide(solver, name, act, kept)
        solver.pop()
        return Obligation(name, label, status, time.perf_counter() - started, "z3", example)

    def _decide(
        self, solver: z3.Solver, name: str, act: Action[S] | None, kept: Sequence[str]
    ) -> tuple[Status, Counterexample[S] | None]:
        """Whether a goal whose negation the solver holds is proved, and why not."""
        answer = self._check(solver, min(_FIRST_TRY, self.timeout))
        if answer == z3.unsat:
            return "proved", None
        # A counterexample is hard to find at any size, and quick to find at a small one.
        example = self._counterexample(name, act, kept)
        if answer == z3.unknown and not example:
            answer = self._check(solver, self.timeout)
        if answer == z3.unsat:
            return "proved", None
        return "broken" if example or answer == z3.sat else "unknown", example

    def _check(self, solver: z3.Solver, timeout: float) -> z3.CheckSatResult:
        solver.set("timeout", int(1000 * timeout))
        return solver.check()

    def _counterexample(
        self, name: str, act: Action[S] | None, kept: Sequence[str]
    ) -> Counterexample[S] | None:
        """A counterexample to induction at the smallest of some sizes that has one."""
        if name not in self.texts:
            return None
        for small in self._small():
            found = small.start(name) if act is None else small.step(name, act, kept)
            if found:
                return found
        return None


class _Small(Generic[S]):
    """A machine at a small size, where formulas have no quantifiers and a model is a state."""

    def __init__(self, machine: Machine[S], scope: Scope, timeout: float) -> None:
        self.machine = machine
        self.scope = scope
        self.symbolic = Symbolic(machine, scope)
        self.solver = z3.Solver(ctx=self.symbolic.context)
        self.solver.set("timeout", int(1000 * timeout))
        self.solver.add(*self.symbolic.background())
        self.texts = {text.__name__: text for text in machine.predicates}

    def starts(self) -> bool:
        """Whether there is an initial state."""
        self.solver.add(*self.symbolic.initial()[0])
        return bool(self.solver.check() == z3.sat)

    def start(self, name: str) -> Counterexample[S] | None:
        """An initial state that lacks a property."""
        conditions, start = self.symbolic.initial()
        self.solver.add(*conditions, z3.Not(self.symbolic.predicate(self.texts[name], start)))
        if self.solver.check() != z3.sat:
            return None
        state = self._state(start)
        return Counterexample(self.machine, self.scope, state, None, (), state)

    def step(self, name: str, act: Action[S], kept: Sequence[str]) -> Counterexample[S] | None:
        """A state with some properties that an action leads to one without one of them."""
        state = self.symbolic.constants()
        transition = self.symbolic.transition(act, state)
        self.solver.add(*self.symbolic.typed(state), *transition.conditions)
        self.solver.add(*(self.symbolic.predicate(self.texts[k], state) for k in kept))
        self.solver.add(z3.Not(self.symbolic.predicate(self.texts[name], transition.after)))
        if self.solver.check() != z3.sat:
            return None
        args = tuple(
            self._plain(transition.parameters[p], sort) for p, sort in act.parameters.items()
        )
        return self._replayed(name, act, args, self._state(state))

    def _replayed(
        self, name: str, act: Action[S], args: tuple[Value, ...], before: S
    ) -> Counterexample[S]:
        after = self.machine.copy(before)
        try:
            self.machine.apply(act, after, args, self.scope)
        except Refused as refusal:
            raise MachineError(f"{act.name}: Z3 takes an action refused: {refusal}") from None
        if self.machine.holds(self.texts[name], after, self.scope):
            raise MachineError(f"{act.name}: {name} holds after all; the domains disagree")
        return Counterexample(self.machine, self.scope, before, act, args, after)

    def _plain(self, term: z3.ExprRef, sort: SortType) -> Value:
        value = self.solver.model().eval(term, model_completion=True)
        if not is_finite(sort):
            return value.as_long()
        members = self.scope.elements(sort)
        return next(m for m in members if self.symbolic.constant(m, sort).eq(value))

    def _state(self, state: State) -> S:
        cells = {name: self._content(f, state) for name, f in self.machine.fields.items()}
        return self.machine.concrete(self.scope, cells)

    def _content(self, field: Field, state: State) -> Value:
        table = {}
        for key in self.scope.keys(field):
            parts = [self.symbolic.constant(k, s) for k, s in zip(key, field.keys, strict=True)]
            if field.kind is Fun:
                term = self.symbolic.function(field.name)(*parts)
            else:
                term = select(state[field.name], parts)
            table[key if len(key) != 1 else key[0]] = self._plain(term, field.sort)
        return table[()] if field.kind is object else table


def prove(
    machine: Machine[S],
    timeout: float = 10.0,
    progress: Callable[[str], None] | None = None,
) -> Proof[S]:
    """Prove what can be proved of a machine, for any number of elements of its sorts."""
    return Prover(machine, timeout, progress).run()
