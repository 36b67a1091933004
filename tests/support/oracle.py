"""An oracle for the engines: plain searches over the concrete domain.

It shares nothing with the engines but the protocol text and the concrete domain that runs it.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence
from itertools import product
from typing import Generic, TypeVar

import attrs

from spec.notation import Action, Fun, Machine, OutOfRange, Refused, Scope
from spec.notation.sorts import Field, Value

S = TypeVar("S")


@attrs.frozen
class Search(Generic[S]):
    """What a breadth-first search found.

    Attributes:
        states: each distinct state with its depth, shallowest first.
        generated: as TLC counts: the initial states plus every successor of every distinct state,
            duplicates and self-loops included.
    """

    states: Sequence[tuple[S, int]]
    generated: int


def search(machine: Machine[S], scope: Scope, free: Sequence[str] = ()) -> Search[S]:
    """Visit every reachable state; `free` names the fields that `init` leaves alone.

    Raises:
        OutOfRange: a number falls below zero.
    """
    found: dict[Hashable, tuple[S, int]] = {}
    waiting: deque[tuple[S, int]] = deque()
    generated = 0

    def generate(s: S, depth: int) -> None:
        nonlocal generated
        generated += 1
        key = identity(machine, s, scope)
        if key not in found:
            found[key] = s, depth
            waiting.append((s, depth))

    for s in initial_states(machine, scope, free):
        generate(s, 0)
    while waiting:
        s, depth = waiting.popleft()
        for _, _, after in successors(machine, s, scope):
            generate(after, depth + 1)
    return Search(list(found.values()), generated)


def initial_states(machine: Machine[S], scope: Scope, free: Sequence[str]) -> Iterator[S]:
    """Every start: one for each content of the free fields that is accepted and assumed."""
    for contents in _contents([machine.fields[name] for name in free], scope):
        try:
            s = machine.start(scope, **contents)
        except Refused:
            continue
        if holds(machine, machine.assumptions, s, scope):
            yield s


def all_states(machine: Machine[S], scope: Scope) -> Iterator[S]:
    """Every well-typed state, reachable or not."""
    for contents in _contents(list(machine.fields.values()), scope):
        yield machine.concrete(scope, contents)


def successors(
    machine: Machine[S], s: S, scope: Scope
) -> Iterator[tuple[Action[S], tuple[Value, ...], S]]:
    """Every action that a state allows within the sizes, its parameters, and the state after it."""
    for action in machine.actions:
        for args in action.instances(scope):
            after = machine.copy(s)
            try:
                machine.apply(action, after, args, scope)
            except Refused:
                continue
            except OutOfRange as outside:
                if outside.low:
                    raise
                continue
            yield action, args, after


def holds(
    machine: Machine[S], predicates: Sequence[Callable[[S], bool]], s: S, scope: Scope
) -> bool:
    """Whether every one of some properties holds in a state."""
    return all(machine.holds(predicate, s, scope) for predicate in predicates)


def identity(machine: Machine[S], s: S, scope: Scope) -> Hashable:
    """What makes two states the same: equal contents, those of functions included."""
    functions = [
        getattr(s, field.name)(*key)
        for field in machine.fields.values()
        if field.kind is Fun
        for key in scope.keys(field)
    ]
    return *functions, *(value for _, _, value in machine.cells(s))


def _contents(fields: Sequence[Field], scope: Scope) -> Iterator[dict[str, Value]]:
    """Every content of some fields, by name."""
    per_field = [list(_field_contents(field, scope)) for field in fields]
    for contents in product(*per_field):
        yield dict(zip((field.name for field in fields), contents, strict=True))


def _field_contents(field: Field, scope: Scope) -> Iterator[Value]:
    elements = scope.elements(field.sort)
    if field.kind is object:
        yield from elements
        return
    keys = [key if len(key) > 1 else key[0] for key in scope.keys(field)]
    for values in product(elements, repeat=len(keys)):
        yield dict(zip(keys, values, strict=True))
