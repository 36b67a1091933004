"""The agreement test: on arbitrary states, the three domains say the same of every text.

Not only on reachable states, but on any that has the right sorts, each action must be refused by
the same guard, or lead to the same whole next state, in the concrete, the batch and the symbolic
domain; and each property must have the same truth value. The symbolic answer comes from the very
formulas that a proof uses, without sizes.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Generic, TypeVar

import attrs
import numpy as np
import z3
from hypothesis import strategies as st

from checkers.traces.trace import describe, state_lines
from spec.notation import OutOfRange, Refused, Scope
from spec.notation.batch import Batch, leading_guards
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Fun, Ordinal, SortType, Value, is_finite
from spec.notation.symbolic import Symbolic, select

S = TypeVar("S")
T = TypeVar("T")

Contents = Mapping[tuple[str, tuple[Value, ...]], Value]
"""A state, functions included, cell by cell: by field name and key."""


class Disagreement(AssertionError):
    """Two domains read a text differently."""


@attrs.frozen
class Outcome:
    """What an action came to: what stopped it, or every cell after it."""

    stopped: tuple[str, str] | None
    after: Contents = attrs.field(factory=dict)


def contents(machine: Machine[S], scope: Scope) -> st.SearchStrategy[Contents]:
    """Arbitrary states of the right sorts."""
    cells = {
        (name, key): st.sampled_from(scope.elements(field.sort))
        for name, field in machine.fields.items()
        for key in scope.keys(field)
    }
    return st.fixed_dictionaries(cells)


class Agreement(Generic[S]):
    """Compares the domains on one machine at one size."""

    def __init__(self, machine: Machine[S], scope: Scope) -> None:
        self.machine = machine
        self.scope = scope
        self.batch = Batch(machine, scope)
        self.steps = {(step.action.name, step.args): step for step in self.batch.steps}
        self.symbolic = Symbolic(machine)
        self.state = self.symbolic.constants()
        self.transitions = {
            act.name: self.symbolic.transition(act, self.state) for act in machine.actions
        }
        self.elements = {
            sort: [z3.Const(f"{sort.__name__} {i}", self.symbolic.sort(sort)) for i in range(size)]
            for sort in machine.sorts
            if not issubclass(sort, Ordinal)
            for size in [scope.size(sort)]
        }
        sorts = {s for f in machine.fields.values() for s in (*f.keys, f.sort)}
        self.finite = [sort for sort in sorts if is_finite(sort)]

    def varied(
        self, act: Action[S], seed: int, tries: int = 4096
    ) -> Iterator[tuple[Contents, tuple[Value, ...]]]:
        """Random states and parameters, one for each way in which the action comes out.

        Guards are seldom met by chance; among many states, some meet each of them.
        """
        random = np.random.default_rng(seed)
        cells = self.batch.layout.cells
        numbers = {place: random.integers(cell.size, size=tries) for place, cell in cells.items()}
        words = np.zeros((self.batch.layout.words, tries), np.uint64)
        for place, cell in cells.items():
            words[cell.word] |= numbers[place].astype(np.uint64) << np.uint64(cell.shift)
        step = self.steps[act.name, _pick(random, act.instances(self.scope))]
        outcomes = step.failing(words)
        for outcome in np.unique(outcomes):
            column = int(random.choice(np.flatnonzero(outcomes == outcome)))
            before = {
                place: self.scope.elements(cell.field.sort)[numbers[place][column]]
                for place, cell in cells.items()
            }
            yield before, step.args

    def check(self, before: Contents, act: Action[S], args: tuple[Value, ...]) -> None:
        """Take an action in each domain.

        Raises:
            Disagreement: the outcomes differ; the message says where.
        """
        concrete = self._concrete(before, act, args)
        for domain, outcome in (
            ("batch", self._batch(before, act, args)),
            ("symbolic", self._symbolic(before, act, args, concrete)),
        ):
            if outcome != concrete:
                self._disagree(before, describe(self.scope, act, args), domain, concrete, outcome)

    def check_predicate(self, before: Contents, text: Callable[[S], bool]) -> None:
        """Evaluate a property in each domain.

        Raises:
            Disagreement: the truth values differ.
        """
        state = self._state(before)
        concrete = self.machine.holds(text, state, self.scope)
        batch = bool(self.batch.predicate(text)(self.batch.layout.pack([before]))[0])
        symbolic = self._truth(self._solver(before), self.symbolic.predicate(text, self.state))
        for domain, value in (("batch", batch), ("symbolic", symbolic)):
            if value is not concrete:
                self._disagree(before, text.__name__, domain, concrete, value)

    def _disagree(
        self, before: Contents, what: str, domain: str, concrete: object, other: object
    ) -> None:
        state = "\n  ".join(state_lines(self.machine, self.scope, self._state(before)))
        raise Disagreement(
            f"{self.machine.name}: {what}\n concrete: {concrete}\n {domain}: {other}\n"
            f" in\n  {state}"
        )

    def _state(self, before: Contents) -> S:
        packed = self.batch.layout.pack([before])
        return self.batch.state(packed, 0)

    def _concrete(self, before: Contents, act: Action[S], args: tuple[Value, ...]) -> Outcome:
        state = self._state(before)
        try:
            self.machine.apply(act, state, args, self.scope)
        except Refused as refusal:
            return Outcome(("guard", refusal.reason))
        except OutOfRange as outside:
            return Outcome(("range", "low" if outside.low else "high"))
        return Outcome(None, {(f.name, key): v for f, key, v in self.machine.cells(state)})

    def _batch(self, before: Contents, act: Action[S], args: tuple[Value, ...]) -> Outcome:
        step = self.steps[act.name, args]
        words = self.batch.layout.pack([before])
        failing = int(step.failing(words)[0])
        leading = len(leading_guards(step.checks))
        if bool(step.guarded(words)[0]) is (0 <= failing < leading):
            return Outcome(("guard", "the guards together differ from the guards one by one"))
        if failing >= 0 and step.checks[failing].kind != "guard":
            return Outcome(("range", step.checks[failing].kind))
        if failing >= 0:
            return Outcome(("guard", step.checks[failing].reason))
        after = self.batch.state(step.effect(words), 0)
        return Outcome(None, {(f.name, key): v for f, key, v in self.machine.cells(after)})

    def _symbolic(
        self, before: Contents, act: Action[S], args: tuple[Value, ...], concrete: Outcome
    ) -> Outcome:
        transition = self.transitions[act.name]
        solver = self._solver(before)
        for (name, sort), value in zip(act.parameters.items(), args, strict=True):
            solver.add(transition.parameters[name] == self._value(value, sort))
        for check, formula in transition.checks:
            if not self._truth(solver, formula):
                kind = check.kind
                return Outcome((kind, check.reason) if kind == "guard" else ("range", kind))
        solver.add(*(self._unfolded(formula) for formula in transition.definitions))
        # The formulas say what the state after is by saying that it is the one expected.
        differing = {
            place: "something else"
            for place, value in concrete.after.items()
            if not self._truth(
                solver, self._cell(transition.after, *place) == self._value_at(place, value)
            )
        }
        return Outcome(None, {**concrete.after, **differing})

    def _solver(self, before: Contents) -> z3.Solver:
        """A solver that knows a state: every cell, how many elements there are, which is first."""
        solver = z3.Solver(ctx=self.symbolic.context)
        for sort, elements in self.elements.items():
            solver.add(z3.Distinct(*elements), self.symbolic.first(sort) == elements[0])
        for sort in self.machine.sorts:
            if issubclass(sort, Ordinal):
                solver.add(self.symbolic.size(sort) == self.scope.size(sort))
        for place, value in before.items():
            solver.add(self._cell(self.state, *place) == self._value_at(place, value))
        for name in self.machine.fields:
            if f"total {name}" in self.state:
                total = sum(value for (field, _), value in before.items() if field == name)
                solver.add(self.state[f"total {name}"] == total)
        return solver

    def _cell(
        self, state: Mapping[str, z3.ExprRef], name: str, key: tuple[Value, ...]
    ) -> z3.ExprRef:
        field = self.machine.fields[name]
        parts = [self._value(k, sort) for k, sort in zip(key, field.keys, strict=True)]
        if field.kind is Fun:
            return self.symbolic.function(name)(*parts)
        return select(state[name], parts)

    def _value_at(self, place: tuple[str, tuple[Value, ...]], value: Value) -> z3.ExprRef:
        return self._value(value, self.machine.fields[place[0]].sort)

    def _value(self, value: Value, sort: SortType) -> z3.ExprRef:
        elements = self.elements.get(sort)
        return elements[value] if elements else self.symbolic.constant(value, sort)

    def _truth(self, solver: z3.Solver, formula: z3.BoolRef) -> bool:
        ground = self._unfolded(formula)
        answers = {truth: solver.check(ground == truth) for truth in (True, False)}
        if sorted(map(str, answers.values())) != ["sat", "unsat"]:
            raise Disagreement(f"{self.machine.name}: a formula is undecided: {answers}: {formula}")
        return bool(answers[True] == z3.sat)

    def _unfolded(self, formula: z3.ExprRef) -> z3.ExprRef:
        """A formula with each quantifier written out over the elements that there are."""
        if z3.is_quantifier(formula):
            ranges = [self._range(formula.var_sort(i)) for i in range(formula.num_vars())]
            instances = [
                self._unfolded(z3.substitute_vars(formula.body(), *reversed(values)))
                for values in product(*ranges)
            ]
            return z3.And(*instances) if formula.is_forall() else z3.Or(*instances)
        children = [self._unfolded(child) for child in formula.children()]
        return formula.decl()(*children) if children else formula

    def _range(self, sort: z3.SortRef) -> Sequence[z3.ExprRef]:
        for known, elements in self.elements.items():
            if self.symbolic.sort(known) == sort:
                return elements
        for known in self.finite:
            if self.symbolic.sort(known) == sort:
                return [self.symbolic.constant(m, known) for m in self.scope.elements(known)]
        # A quantifier over numbers says itself which are of its sort.
        sizes = [self.scope.size(s) for s in self.machine.sorts if issubclass(s, Ordinal)]
        return [z3.IntVal(i, self.symbolic.context) for i in range(max(sizes))]


def _pick(random: np.random.Generator, choices: Sequence[T]) -> T:
    return choices[int(random.integers(len(choices)))]
