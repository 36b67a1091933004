"""A machine at a small size in Z3, where formulas have no quantifiers and a model is a state."""

from collections.abc import Iterator, Mapping
from typing import Generic, TypeVar

import z3

from checkers.prove.limits import Limit
from spec.notation import Scope
from spec.notation.machine import Action, Machine
from spec.notation.sorts import Field, Fun, SortType, Value, is_finite
from spec.notation.symbolic import State, Symbolic, select

S = TypeVar("S")

_SMALL = (1, 2, 3)  # sizes at which states are looked for


class Instance(Generic[S]):
    """A machine at a size, with a solver.

    Args:
        machine: the machine.
        scope: the size.
        limit: the most that one question may take.
    """

    def __init__(self, machine: Machine[S], scope: Scope, limit: Limit) -> None:
        self.machine = machine
        self.scope = scope
        self.symbolic = Symbolic(machine, scope)
        self.solver = z3.Solver(ctx=self.symbolic.context)
        limit.bind(self.solver)
        self.solver.add(*self.symbolic.background())
        self.texts = machine.named

    def state(self, state: State) -> S:
        """The concrete state that the solver's model gives."""
        cells = {name: self._content(f, state) for name, f in self.machine.fields.items()}
        return self.machine.concrete(self.scope, cells)

    def arguments(self, act: Action[S], parameters: Mapping[str, z3.ExprRef]) -> tuple[Value, ...]:
        """The parameters of an action that the solver's model gives."""
        return tuple(self.plain(parameters[p], sort) for p, sort in act.parameters.items())

    def plain(self, term: z3.ExprRef, sort: SortType) -> Value:
        """The element of a sort that the solver's model gives for a term."""
        value = self.solver.model().eval(term, model_completion=True)
        if not is_finite(sort):
            return value.as_long()
        members = self.scope.elements(sort)
        return next(m for m in members if self.symbolic.constant(m, sort).eq(value))

    def _content(self, field: Field, state: State) -> Value:
        table = {}
        for key in self.scope.keys(field):
            parts = [self.symbolic.constant(k, s) for k, s in zip(key, field.keys, strict=True)]
            if field.kind is Fun:
                term = self.symbolic.function(field.name)(*parts)
            else:
                term = select(state[field.name], parts)
            table[key if len(key) != 1 else key[0]] = self.plain(term, field.sort)
        return table[()] if field.kind is object else table


def small_scopes(machine: Machine[S]) -> list[Scope]:
    """Sizes 1, 2 and 3 of every sort."""
    names = [sort.__name__ for sort in machine.sorts]
    return [machine.scope(**dict.fromkeys(names, size)) for size in _SMALL]


def own_scopes(machine: Machine[S]) -> list[Scope]:
    """The machine's own sizes, if it has one for each sort: its constants are among them."""
    return [machine.scope()] if set(machine.sorts) <= machine.sizes.keys() else []


def small_instances(machine: Machine[S], limit: Limit) -> Iterator[Instance[S]]:
    """A machine at sizes 1, 2 and 3 of every sort."""
    for scope in small_scopes(machine):
        yield Instance(machine, scope, limit)
