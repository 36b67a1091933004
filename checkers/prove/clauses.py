"""Clauses in the words of a machine: the candidates for lemmas.

A clause says that for all values of a few variables one of some literals holds. A literal compares
a cell of the state with a constant or a variable, or two variables, or says that some quorum is in
a map.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

import attrs

from spec.notation import any_of, implies, not_
from spec.notation.grammar import vouch
from spec.notation.machine import Machine
from spec.notation.sorts import Field, Fun, SortType, Value, is_finite
from spec.notation.words import current

S = TypeVar("S")

_MOST = 2  # variables of a sort

Env = Mapping[str, Value]
"""What each variable stands for."""


@attrs.frozen
class Literal(Generic[S]):
    """A condition on a state and some variables, or its opposite."""

    text: str
    variables: frozenset[str]
    holds: Callable[[S, Env], bool]

    def opposite(self) -> "Literal[S]":
        return Literal(f"not {self.text}", self.variables, lambda s, env: not_(self.holds(s, env)))


@attrs.frozen
class Variable:
    """A variable of a clause."""

    name: str
    sort: SortType


@attrs.frozen
class Clause(Generic[S]):
    """For all values of its variables, one of the literals holds."""

    literals: tuple[Literal[S], ...]
    variables: tuple[Variable, ...]

    @property
    def text(self) -> str:
        """The clause in words."""
        named = ", ".join(f"{v.sort.__name__} {v.name}" for v in self.variables)
        said = " or ".join(literal.text for literal in self.literals)
        return f"for all {named}: {said}" if named else said

    def predicate(self, name: str) -> Callable[[S], bool]:
        """The clause as a property that every domain can read."""

        def holds(s: S) -> bool:
            def instance(*values: Value) -> bool:
                env = dict(zip(names, values, strict=True))
                return any_of(*(literal.holds(s, env) for literal in self.literals))

            found: bool = current().forall(sorts, instance) if sorts else instance()
            return found

        names = [variable.name for variable in self.variables]
        sorts = [variable.sort for variable in self.variables]
        holds.__name__ = holds.__qualname__ = name
        holds.__doc__ = self.text
        vouch(holds)
        return holds


def more_and_more(machine: Machine[S]) -> Iterator[list[Variable]]:
    """Variables of the sorts that keys have: one of each, then more, a few first."""
    fields = machine.fields.values()
    sorts = list(dict.fromkeys(sort for field in fields for sort in field.keys))
    counts = itertools.product(range(1, _MOST + 1), repeat=len(sorts))
    for chosen in sorted(counts, key=sum):
        yield [
            Variable(
                f"{sort.__name__.lower()}{number}" if count > 1 else sort.__name__.lower(), sort
            )
            for sort, count in zip(sorts, chosen, strict=True)
            for number in range(1, count + 1)
        ]


def literals_of(machine: Machine[S], variables: Sequence[Variable]) -> list[Literal[S]]:
    """Every condition on one cell, or on two variables, each followed by its opposite."""
    atoms = [*_equalities(variables), *_quorums(machine, variables)]
    for field in machine.fields.values():
        for key in itertools.product(*(_of(variables, sort) for sort in field.keys)):
            atoms += _on_cell(field, key, variables)
    return [literal for atom in atoms for literal in (atom, atom.opposite())]


def _of(variables: Sequence[Variable], sort: SortType) -> list[Variable]:
    return [variable for variable in variables if variable.sort is sort]


def _equalities(variables: Sequence[Variable]) -> Iterator[Literal[S]]:
    for a, b in itertools.combinations(variables, 2):
        if a.sort is b.sort:
            yield _equals(a.name, [a.name], _stands_for(a), b.name, b)


def _stands_for(variable: Variable) -> Callable[[object, Env], Value]:
    return lambda s, env: env[variable.name]


def _on_cell(
    field: Field, key: Sequence[Variable], variables: Sequence[Variable]
) -> Iterator[Literal[S]]:
    """What a cell can hold: true, a member of an enumeration, or what a variable stands for."""
    names = [variable.name for variable in key]
    cell = field.name
    if names:
        cell += f"({', '.join(names)})" if field.kind is Fun else f"[{', '.join(names)}]"

    def held(s: S, env: Env) -> Value:
        return _cell(s, field, [env[name] for name in names])

    if field.sort is bool:
        yield Literal(cell, frozenset(names), held)
        return
    for member in field.sort if is_finite(field.sort) else ():
        yield _equals(cell, names, held, member.name, member)
    for variable in _of(variables, field.sort):
        yield _equals(cell, names, held, variable.name, variable)


def _equals(
    cell: str,
    names: Sequence[str],
    held: Callable[[S, Env], Value],
    other: str,
    value: Value,
) -> Literal[S]:
    """Whether what is held is an element, or what a variable stands for."""
    if not isinstance(value, Variable):
        return Literal(f"{cell} == {other}", frozenset(names), lambda s, env: held(s, env) == value)
    used = frozenset([*names, value.name])
    return Literal(f"{cell} == {other}", used, lambda s, env: held(s, env) == env[value.name])


def _quorums(machine: Machine[S], variables: Sequence[Variable]) -> Iterator[Literal[S]]:
    """For a relation that never changes, and a map: some element whose relatives all are in it."""
    for relation, field in itertools.product(machine.fields.values(), repeat=2):
        if relation.kind is not Fun or relation.sort is not bool or len(relation.keys) != 2:
            continue
        if field.kind is Fun or field.sort is not bool or field.keys.count(relation.keys[0]) != 1:
            continue
        place = field.keys.index(relation.keys[0])
        others = [sort for i, sort in enumerate(field.keys) if i != place]
        for key in itertools.product(*(_of(variables, sort) for sort in others)):
            yield _quorum(relation, field, place, [variable.name for variable in key])


def _quorum(relation: Field, field: Field, place: int, names: Sequence[str]) -> Literal[S]:
    member, group = relation.keys
    shown = [*names[:place], "m", *names[place:]]

    def holds(s: S, env: Env) -> bool:
        def all_in(g: Value) -> Value:
            def is_in(m: Value) -> Value:
                key = [env[name] for name in names]
                key.insert(place, m)
                return implies(_cell(s, relation, [m, g]), _cell(s, field, key))

            return current().forall([member], is_in)

        found: bool = current().exists([group], all_in)
        return found

    text = (
        f"(some {group.__name__} g: for all {member.__name__} m: "
        f"{relation.name}(m, g) implies {field.name}[{', '.join(shown)}])"
    )
    return Literal(text, frozenset(names), holds)


def _cell(s: S, field: Field, key: Sequence[Value]) -> Value:
    content = getattr(s, field.name)
    if field.kind is object:
        return content
    return content(*key) if field.kind is Fun else content[tuple(key) if len(key) > 1 else key[0]]


def clause_of(literals: Sequence[Literal[S]], variables: Sequence[Variable]) -> Clause[S]:
    used = frozenset[str]().union(*(literal.variables for literal in literals))
    return Clause(tuple(literals), tuple(v for v in variables if v.name in used))
