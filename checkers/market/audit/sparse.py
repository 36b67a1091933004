"""States of which only what has happened is kept, however much could have."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

import attrs

from spec.notation import Machine, MachineError, Scope
from spec.notation.concrete import Concrete, ConcreteFun, ConcreteMap
from spec.notation.sorts import Field, Fun, Map, SortType, Value

S = TypeVar("S")

Log: TypeAlias = list[tuple[Field, Value]]
"""The cells that were written one at a time: field and key."""


@attrs.frozen
class Listing(Concrete):
    """Reads a text on plain values, looking at the few instances that can make a difference.

    Attributes:
        listed: by the sorts that are quantified over together, the choices of their elements; of
            sorts that are not among them, every choice.
    """

    listed: Mapping[tuple[SortType, ...], Sequence[tuple[Value, ...]]]

    def _instances(self, sorts: Sequence[SortType], body: Callable[..., Value]) -> list[Value]:
        choices = self.listed.get((*sorts,))
        if choices is None:
            return super()._instances(sorts, body)
        return [body(*choice) for choice in choices]


class SparseMap(ConcreteMap):
    """A map that keeps the cells that differ from the blank one, which all others are like.

    Its keys are all that there can be, and not only those that a scope lists: the scope has for
    each of its sorts some element that nothing ever happens to, and stands for all such.

    Attributes:
        blank: what a cell holds that nothing was written to.
        log: where what is written is noted.
    """

    __slots__ = ("_beginning", "blank", "log")

    def __init__(
        self, field: Field, domain: Concrete, cells: Mapping[Value, Value], blank: Value, log: Log
    ) -> None:
        kept = {key: value for key, value in cells.items() if value != blank}
        super().__init__(field, domain, kept)
        self.blank = blank
        self.log = log
        self._beginning: defaultdict[Value, set[Value]] = defaultdict(set)
        for key in self:
            self._beginning[_first(key)].add(key)

    def about(self, element: Value) -> Mapping[Value, Value]:
        """The cells that differ from the blank one and whose key is an element, or begins so."""
        return {key: self[key] for key in self._beginning.get(element, ()) if key in self}

    def __missing__(self, key: Value) -> Value:
        missing = self._no_key(key)
        return self.blank if missing is None else missing

    def __setitem__(self, key: Value, value: Value) -> None:
        if key not in self and self._no_key(key) is not None:
            super().__setitem__(key, value)  # which stops
        self.log.append((self.field, key))
        self._keep(key, self.domain.assign(self.field, value))

    def fill_by(self, value: Callable[[Value], Value]) -> None:
        """Write to every key the value that a function of the key gives.

        Raises:
            MachineError: it would change what nothing was written to.
        """
        for keys in self.domain.scope.keys(self.field):
            key = keys if len(keys) != 1 else keys[0]
            if key not in self and value(key) != self.blank:
                raise MachineError(f"{self.field.name}: cells that nobody wrote to are filled")
        for key, filling in [(key, value(key)) for key in self]:
            self._keep(key, self.domain.assign(self.field, filling))

    def _keep(self, key: Value, value: Value) -> None:
        if value == self.blank:
            self.pop(key, None)
            return
        dict.__setitem__(self, key, value)
        self._beginning[_first(key)].add(key)

    def _no_key(self, key: Value) -> Value:
        return self.domain.no_key(self.field, key if isinstance(key, tuple) else (key,))


def sparse(machine: Machine[S], scope: Scope, free: Mapping[str, Value], log: Log) -> S:
    """A machine's state at the start, with sparse maps.

    Args:
        machine: the machine.
        scope: its sizes; the first element of each sort that is listed is one that nothing ever
            happens to.
        free: what its start leaves open.
        log: where what is written is noted.
    """
    keys = {sort for field in machine.fields.values() for sort in field.keys}
    smallest = {sort: 1 if sort in keys else size for sort, size in scope.sizes.items()}
    started = machine.start(attrs.evolve(scope, sizes=smallest), **free)
    domain, contents = Concrete(scope), dict[str, Value]()
    for name, field in machine.fields.items():
        content = getattr(started, name)
        if field.kind is Map:
            blank = next(iter(content.values()))
            contents[name] = SparseMap(field, domain, content, blank, log)
        elif field.kind is Fun:
            contents[name] = ConcreteFun(field, domain, content.call)
    changed: Any = started  # attrs cannot tell that every state is a class of its own
    state: S = attrs.evolve(changed, **contents)
    return state


def _first(key: Value) -> Value:
    return key[0] if isinstance(key, tuple) else key
